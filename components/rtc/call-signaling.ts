/** What a call needs from its room: the path to the server and to the others. Owns only these types. */
import type { CallPresence, ParticipantInfo, SignalBody, TrackInfo } from '../../server/protocol.ts';
import type { IceServerList } from './ice-servers.ts';
import type { FirstOffer } from './link/first-offer.ts';

/** The ICE servers, and everybody in the room: also participants who are not in its call. */
export type CallAnswer = IceServerList & { readonly participants: readonly ParticipantInfo[] };

/** What a call needs from its room. */
export interface CallSignaling {
  /** This participant's id; known at the latest when `join()` has resolved. */
  readonly selfId: string;
  /**
   * Whether the server numbers participants in the order in which they enter the call. If so, the later of two makes
   * the first offer of their link (see `link/maker.ts`).
   */
  readonly newcomerOffers?: boolean;
  /**
   * The roster and the ICE servers, if the page knows both before it joins; otherwise `null`. With them, links need not
   * wait for the answer to `join`.
   */
  known?(): CallAnswer | null;
  /** True if a handshake will carry the next `join`, and with it an offer. */
  readonly isHandshakeAhead?: boolean;
  /** Enters the call. Calling it again with the same `joinId` only renews the answer. */
  join(presence: CallPresence, offer?: FirstOffer): Promise<CallAnswer>;
  update(fields: { tracks?: TrackInfo[]; receivesVideo?: boolean }): void;
  leave(): void;
  /** @throws CodedError `server-unreachable` while the server cannot be reached */
  send(to: string, link: string, signal: SignalBody): Promise<void>;
}
