import { after } from '../../awaitable.ts';
import type { Channels } from '../../rooms/channels.ts';
import type { Handlers } from '../commands.ts';
import { Refusal } from '../../refusal.ts';
import type { Rooms } from '../../rooms/rooms.ts';

/** `signal:send`: relays a signal from one participant of a call to another. */
export function createSignalHandlers({ rooms, channels }: { rooms: Rooms; channels: Channels }): Handlers {
  return {
    'signal:send'({ room, to, link, signal }, { id }) {
      return after(rooms.find(room, to), (target) => {
        if (!target?.call) throw new Refusal('participant-gone');
        // The sender learns this, so that it can send the signal over the link's data channel, or again later.
        if (!target.connected) throw new Refusal('peer-unreachable');
        return after(channels.tellParticipant(to, 'signal:received', { room, from: id, link, signal }), (isTold) => {
          if (!isTold) throw new Refusal('peer-unreachable');
          return {};
        });
      });
    },
  };
}
