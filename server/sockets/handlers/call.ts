import type { Channels } from '../../rooms/channels.ts';
import { ignore } from '../../awaitable.ts';
import type { Handlers } from '../commands.ts';
import type { IceGrant } from '../../rooms/ice-servers.ts';
import { LIMITS } from '../../protocol.ts';
import type { ParticipantId, ParticipantInfo } from '../../protocol.ts';
import { Refusal } from '../../refusal.ts';
import type { Rooms } from '../../rooms/rooms.ts';

export interface CallHandlersParts {
  rooms: Rooms;
  channels: Channels;
  iceServersFor: (id: ParticipantId) => IceGrant;
}

/**
 * To whom the server passes the offer that travels with a `call:join`, and the name of their link. The first of the
 * roster whom the rule of `newcomerOffers` lets receive it; null if nobody is there.
 */
function findReceiver(joinId: string, participants: readonly ParticipantInfo[]): { to: string; link: string } | null {
  for (const { id, connected, call } of participants) {
    if (!connected || !call?.newcomerOffers) continue;
    const link = `${joinId}.${call.joinId}.0`;
    if (link.length <= LIMITS.idCharacters) return { to: id, link };
  }
  return null;
}

/** `call:` commands of everybody in a room: entering, leaving, hands and reactions. And `ice:servers`, for entering. */
export function createCallHandlers({ rooms, channels, iceServersFor }: CallHandlersParts): Handlers {
  return {
    async 'call:join'({ room, joinId, tracks, receivesVideo, newcomerOffers, offer }, { id, sendBehind }, self) {
      if (self.role === 'viewer' && tracks && tracks.length > 0) throw new Refusal('not-allowed');
      const before = self.call?.joinId === joinId ? self.call : null;
      const { epoch, n, participants } = await rooms.enterCall(room, id, {
        joinId,
        tracks: tracks ?? before?.tracks ?? [],
        receivesVideo: receivesVideo ?? before?.receivesVideo ?? true,
        ...((newcomerOffers ?? before?.newcomerOffers) && { newcomerOffers: true }),
      });
      // A presence that is only renewed has its links already.
      const others = before || !newcomerOffers ? [] : participants.filter((participant) => participant.id !== id);
      const receiver = offer ? findReceiver(joinId, others) : null;
      if (receiver && offer) sendBehind({ room, ...receiver, signal: offer });
      return { epoch, n, participants, ...iceServersFor(id), ...(receiver && { offered: receiver.to }) };
    },

    async 'ice:servers'({ room }, { id }) {
      await rooms.checkCall(room, id);
      return iceServersFor(id);
    },

    async 'call:leave'({ room }, { id }) {
      await rooms.leaveCall(room, id);
      return {};
    },

    async 'call:hand'({ room, on }, { id }) {
      await rooms.raiseHand(room, id, on);
      return {};
    },

    async 'call:react'({ room, emoji }, { id }) {
      // While Redis is away, a reaction is shown at this process alone.
      await channels.tellRoom(room, 'call:reacted', { room, from: id, emoji }).catch(ignore);
      return {};
    },
  };
}
