/** Turns a browser's refusal to open a device into one of our error codes. */
import type { ErrorCode } from '../../../server/protocol.ts';
import { CodedError } from '../../internal/coded-error.ts';

const CODES: Partial<Record<string, ErrorCode>> = {
  NotAllowedError: 'permission-denied',
  SecurityError: 'permission-denied',
  NotFoundError: 'device-not-found',
  OverconstrainedError: 'device-not-found',
  NotReadableError: 'device-in-use',
  AbortError: 'device-in-use',
  TypeError: 'unsupported-browser',
  NotSupportedError: 'unsupported-browser',
};

export function toMediaError(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  // A `DOMException` is an `Error` too.
  const { name = '', message = String(error) } = error instanceof Error ? error : {};
  return new CodedError(CODES[name] ?? 'internal', message, { cause: error });
}

/** Returns why this page has no `mediaDevices`. */
export function missingMediaError(): CodedError {
  return new CodedError(globalThis.isSecureContext === false ? 'insecure-context' : 'unsupported-browser');
}
