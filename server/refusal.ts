import type { ErrorCode, WireError } from './protocol.ts';

/** The English sentence for each code that the server gives. Elements show the sentence of their locale instead. */
const SENTENCES: Partial<Record<ErrorCode, string>> = {
  'room-invalid': 'Choose a room name of 1 to 128 characters without control characters.',
  'room-full': 'This room is full; try again when somebody has left.',
  'call-full': 'This call is full; try again when somebody has left it.',
  'room-locked': 'This room is locked; ask its moderator to let you in.',
  'knock-refused': 'Somebody inside did not let you in; you may knock again.',
  'limit-reached': 'Leave a room before entering another one.',
  'not-in-room': 'Enter the room, and for signals its call, first.',
  'participant-gone': 'This participant is not there any more.',
  'token-required': 'This server asks for a signed token; get one and set it.',
  'token-invalid': 'This token is not valid; get a new one.',
  'token-expired': 'This token has ended; get a new one.',
  'not-allowed': 'You may not do this here.',
  replaced: 'This page is open in another place, which has taken over.',
  removed: 'A moderator has removed you from this room.',
  cancelled: 'This has ended meanwhile.',
  'origin-refused': 'The server does not allow pages of this origin; its operator can add it to ALLOWED_ORIGINS.',
  'rate-limited': 'Too much at once; try again in a moment.',
  'payload-invalid': 'The command is not formed as the protocol says.',
  'message-too-long': 'Shorten the message to 4,000 characters.',
  'peer-unreachable': 'The connection of this participant is lost at the moment; try again when it is back.',
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
