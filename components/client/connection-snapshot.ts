/** What a `Connection` shows and tells. */
import type { Announcement } from '../../server/protocol.ts';
import type { CodedError } from '../internal/coded-error.ts';

export interface ConnectionSnapshot {
  /**
   * `connecting → ready ⇄ reconnecting → closed`, or `replaced` (another page is this participant now), or `refused`.
   */
  readonly state: 'connecting' | 'ready' | 'reconnecting' | 'closed' | 'replaced' | 'refused';
  readonly participantId: string | null;
  /** Identifies one life of the server's state: it changes when the server lost rooms and chats by a restart. */
  readonly epoch: string | null;
  readonly displayName: string;
  /** Why the connection ended, or what currently prevents it. */
  readonly error: CodedError | null;
}

export interface ConnectionEvents {
  /** A text from the operator to everybody or to one room. Sessions show it among their messages. */
  announcement: Announcement;
  /** The server moved this participant to the room `to`, or, with `added`, put it into `to` as well. */
  moved: { from: string; to: string; added: boolean };
  /** The token expires in `inMs` milliseconds; emitted 60 s before. */
  'token-expire': { inMs: number };
}
