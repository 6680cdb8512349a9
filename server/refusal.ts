import type { ErrorCode, WireError } from './protocol.ts';

/** The English sentence for each code that the server gives. Elements show the sentence of their locale instead. */
const SENTENCES: Partial<Record<ErrorCode, string>> = {
  'room-invalid': 'Choose a room name of 1 to 128 characters without control characters.',
  'room-full': 'This room is full; try again when a participant has left.',
  'call-full': 'This call is full; try again when a participant has left it.',
  'room-locked': 'This room is locked; ask a moderator to let you in.',
  'knock-refused': 'You were not let in; you may knock again.',
  'limit-reached': 'You are in too many rooms; leave one before you join another.',
  'not-in-room': 'Join the room first, and for signals also its call.',
  'participant-gone': 'This participant has left.',
  'token-required': 'This server needs a signed token; get one and set it.',
  'token-invalid': 'This token is not valid; get a new one.',
  'token-expired': 'This token has expired; get a new one.',
  'not-allowed': 'You don’t have permission to do this.',
  replaced: 'The same participant has connected from another place, which has taken over.',
  removed: 'A moderator has removed you from this room.',
  cancelled: 'The request was cancelled before it was done.',
  'origin-refused': 'The server does not allow pages of this origin; its operator can add it to ALLOWED_ORIGINS.',
  'rate-limited': 'Too many requests; try again in a moment.',
  'payload-invalid': 'The command does not have the form that the protocol requires.',
  'message-too-long': 'Shorten the message to 4,000 characters.',
  'peer-unreachable': 'This participant is disconnected at the moment; try again when it is back.',
  timeout: 'The server could not do this in time; try again in a moment.',
  'version-mismatch': 'Reload the page to get its current version.',
  internal: 'Something went wrong on the server; try again.',
};

/**
 * The refusal of a command, with a code of the closed list. It is expected, goes to the sender, and is not logged as an
 * error.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ErrorCode;
  /** With `rate-limited`: milliseconds until the server accepts the same command again. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, options: { message?: string; retryAfterMs?: number } = {}) {
    super(options.message ?? SENTENCES[code] ?? code);
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }

  toWire(): WireError {
    return this.retryAfterMs === undefined
      ? { code: this.code, message: this.message }
      : { code: this.code, message: this.message, retryAfterMs: this.retryAfterMs };
  }
}
