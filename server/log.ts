/**
 * What the log holds of an error: its name, code, message and frames, and of its cause the same.
 *
 * Libraries hang more on their errors, the whole command that Redis has refused for one, with all that was said in
 * it and by whom. So it is listed here what is written down, rather than what is not.
 */
import { pino } from 'pino';
import type { LevelWithSilent, Logger } from 'pino';

interface Described {
  type: string;
  code?: string;
  message?: string;
  stack?: string;
  cause?: Described;
}

export function createLog(level: LevelWithSilent): Logger {
  return pino({ level, base: null, serializers: { err: describeError } }, process.stderr);
}

export function describeError(error: unknown): Described {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name, message, stack = '', cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const frames = stack.indexOf('\n    at ');
  return {
    type: name,
    ...(code !== undefined && { code }),
    // Who cannot read something quotes it.
    ...(name !== 'SyntaxError' && { message }),
    ...(frames >= 0 && { stack: stack.slice(frames + 1) }),
    ...(cause instanceof Error && { cause: describeError(cause) }),
  };
}
