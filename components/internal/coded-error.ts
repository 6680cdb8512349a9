import type { ErrorCode, WireError } from '../../server/protocol.ts';

/** Milliseconds that a client waits at most before it asks again, whatever a server says, whose clock may have been set back. */
const LONGEST_WAIT_MS = 60_000;

/** The error every rejected promise of ours bears: `code` is of the closed list in `server/protocol.ts`. */
export class CodedError extends Error {
  override readonly name = 'CodedError';
  readonly code: ErrorCode;
  /** With `rate-limited`: milliseconds to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string = code, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }

  static fromWire(error: WireError): CodedError {
    const { code, message, retryAfterMs = 0 } = error;
    return new CodedError(code, message, retryAfterMs > 0 ? { retryAfterMs: Math.min(retryAfterMs, LONGEST_WAIT_MS) } : {});
  }

  /** Anything thrown, as one of ours; what we do not know becomes `internal`. */
  static from(error: unknown): CodedError {
    if (error instanceof CodedError) return error;
    return new CodedError('internal', error instanceof Error ? error.message : String(error), { cause: error });
  }
}
