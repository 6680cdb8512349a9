import type { Middleware } from 'koa';

/** A request that broke off, an answer that nobody waited for, and what Node's parser says (`HPE_…`) of a body. */
const BROKEN_OFF =
  /^(?:ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ERR_STREAM_PREMATURE_CLOSE|ERR_STREAM_DESTROYED|HPE_\w+)$/;

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '');

/** Whether an error of an HTTP request is its sender's: what any stranger can cause is no line in the log. */
export function isClientFault(error: unknown): boolean {
  const { status } = (error ?? {}) as { status?: unknown };
  return (
    BROKEN_OFF.test(codeOf(error)) ||
    (error as Error | null)?.message === 'aborted' ||
    (typeof status === 'number' && status < 500)
  );
}

/** Answers an address that cannot be read with 400. */
export function createAddressCheck(): Middleware {
  return async (context, next) => {
    try {
      await next();
    } catch (error) {
      if (codeOf(error) !== 'ERR_INVALID_URL' && !(error instanceof URIError)) throw error;
      context.status = 400;
      context.body = 'This address cannot be read.\n';
    }
  };
}
