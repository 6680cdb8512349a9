import type { Middleware } from 'koa';

/** Codes of a broken request, an answer that nobody read, and errors of Node's parser (`HPE_…`). */
const BROKEN_OFF =
  /^(?:ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ERR_STREAM_PREMATURE_CLOSE|ERR_STREAM_DESTROYED|HPE_\w+)$/;

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '');

/**
 * Whether the client caused an error of an HTTP request. Such errors are not logged, because any client can cause many.
 */
export function isClientFault(error: unknown): boolean {
  const { status } = (error ?? {}) as { status?: unknown };
  return (
    BROKEN_OFF.test(codeOf(error)) ||
    (error as Error | null)?.message === 'aborted' ||
    (typeof status === 'number' && status < 500)
  );
}

/** Answers a URL that cannot be parsed with status 400. */
export function createAddressCheck(): Middleware {
  return async (context, next) => {
    try {
      await next();
    } catch (error) {
      if (codeOf(error) !== 'ERR_INVALID_URL' && !(error instanceof URIError)) throw error;
      context.status = 400;
      context.body = 'The path of this URL cannot be decoded.\n';
    }
  };
}
