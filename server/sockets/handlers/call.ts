import type { Handlers } from '../commands.ts';
import type { IceGrant } from '../../rooms/ice-servers.ts';
import type { ParticipantId } from '../../protocol.ts';
import { Refusal } from '../../refusal.ts';
import type { Rooms } from '../../rooms/rooms.ts';

export interface CallHandlersParts {
  rooms: Rooms;
  iceServersFor: (id: ParticipantId) => IceGrant;
}

/** `call:` commands, which enter and leave the call of a room, and `ice:servers`, which prepares for it. */
export function createCallHandlers({ rooms, iceServersFor }: CallHandlersParts): Handlers {
  return {
    async 'call:join'({ room, joinId, tracks, receivesVideo, newcomerOffers }, { id }, self) {
      if (self.role === 'viewer' && tracks && tracks.length > 0) throw new Refusal('not-allowed');
      const before = self.call?.joinId === joinId ? self.call : null;
      const { epoch, n, participants } = await rooms.enterCall(room, id, {
        joinId,
        tracks: tracks ?? before?.tracks ?? [],
        receivesVideo: receivesVideo ?? before?.receivesVideo ?? true,
        ...((newcomerOffers ?? before?.newcomerOffers) && { newcomerOffers: true }),
      });
      return { epoch, n, participants, ...iceServersFor(id) };
    },

    async 'ice:servers'({ room }, { id }) {
      await rooms.checkCall(room, id);
      return iceServersFor(id);
    },

    async 'call:leave'({ room }, { id }) {
      await rooms.leaveCall(room, id);
      return {};
    },
  };
}
