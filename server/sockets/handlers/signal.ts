import { after } from '../../awaitable.ts';
import type { Channels } from '../../rooms/channels.ts';
import type { Handlers } from '../commands.ts';
import { Refusal } from '../../refusal.ts';
import type { Rooms } from '../../rooms/rooms.ts';

/** `signal:send`: from one participant of a call to one other, unread. */
export function createSignalHandlers({ rooms, channels }: { rooms: Rooms; channels: Channels }): Handlers {
  return {
    'signal:send'({ room, to, link, signal }, { id }) {
      return after(rooms.find(room, to), (target) => {
        if (!target?.call) throw new Refusal('participant-gone');
        // Said rather than swallowed, so that the sender may take another way or wait for its return.
        if (!target.connected) throw new Refusal('peer-unreachable');
        return after(channels.tellParticipant(to, 'signal:received', { room, from: id, link, signal }), (isTold) => {
          if (!isTold) throw new Refusal('peer-unreachable');
          return {};
        });
      });
    },
  };
}
