/** A member of a room as Redis keeps it, and how it is made of what a process shows. */
import type { ParticipantInfo } from '../../protocol.ts';
import type { Entrant } from '../../rooms/rooms.ts';
import { toScriptJson } from '../scripts.ts';

/** A member as Redis keeps it. */
export interface StoredMember {
  name: string;
  role: ParticipantInfo['role'];
  connected: '0' | '1';
  seq: string;
  join: string;
  tracks: string;
  video: '0' | '1';
  wait: string;
  subject: string;
  address: string;
  /** `since` of the presence with the `joinId` in `sinceOf`, and '1' if that presence has `newcomerOffers`. */
  since?: string;
  sinceOf?: string;
  offers?: '0' | '1';
  /** The JSON of the raised hand of the presence with the `joinId` in `handOf`. */
  hand?: string;
  handOf?: string;
}

/** What a participant showed when it entered. */
export type Pass = Pick<Entrant, 'subject' | 'address'>;

/** What Redis must keep of a member that it has forgotten. */
export function toStoredMember(
  { displayName, role, connected, call }: ParticipantInfo,
  seq: number,
  { subject, address }: Pass,
): StoredMember {
  return {
    subject: subject ?? '',
    address,
    name: displayName,
    role,
    connected: connected ? '1' : '0',
    seq: String(seq),
    wait: '',
    join: call?.joinId ?? '',
    tracks: toScriptJson(call?.tracks ?? []),
    video: (call?.receivesVideo ?? true) ? '1' : '0',
    ...(call?.since !== undefined && {
      since: String(call.since),
      sinceOf: call.joinId,
      offers: call.newcomerOffers ? '1' : '0',
    }),
    ...(call?.hand && { hand: JSON.stringify(call.hand), handOf: call.joinId }),
  };
}
