import type { ErrorCode, WireError } from '../../server/protocol.ts';

/** The longest wait before a client asks again, in milliseconds. A server whose clock was set back may ask for more. */
const LONGEST_WAIT_MS = 60_000;

/** The error of every rejected promise of ours. `code` is from the closed list in `server/protocol.ts`. */
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

  /** The error for a refusal of the server. A code of a newer server stays; anything that is no code is `internal`. */
  static fromWire({ code, message, retryAfterMs }: Partial<Record<keyof WireError, unknown>>): CodedError {
    const isCode = typeof code === 'string' && /^[a-z-]+$/.test(code);
    return new CodedError(
      isCode ? (code as ErrorCode) : 'internal',
      typeof message === 'string' ? message : undefined,
      typeof retryAfterMs === 'number' && retryAfterMs > 0
        ? { retryAfterMs: Math.min(retryAfterMs, LONGEST_WAIT_MS) }
        : {},
    );
  }

  /** Anything thrown, as one of ours; what we do not know becomes `internal`. */
  static from(error: unknown): CodedError {
    if (error instanceof CodedError) return error;
    return new CodedError('internal', error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** After an error with one of these codes, the server may have carried out the command. */
export const DOUBTFUL: readonly string[] = ['server-unreachable', 'timeout', 'internal'];
