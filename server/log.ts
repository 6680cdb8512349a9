/**
 * The log, and what it records of an error: its name, code, message and frames, and the same of its cause.
 *
 * Owns that list. Libraries attach more to their errors: Redis attaches the whole refused command, with the texts and
 * names in it. A list of what is recorded keeps such data out.
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
    // The message of a syntax error quotes the text that could not be read.
    ...(name !== 'SyntaxError' && { message }),
    ...(frames >= 0 && { stack: stack.slice(frames + 1) }),
    ...(cause instanceof Error && { cause: describeError(cause) }),
  };
}
