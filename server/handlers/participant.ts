import type { Handlers } from '../commands.ts';
import type { Presence } from '../presence.ts';
import type { Rooms } from '../rooms.ts';

/** `participant:` commands: one's own name, and what one sends in a call. */
export function createParticipantHandlers({ rooms, presence }: { rooms: Rooms; presence: Presence }): Handlers {
  return {
    async 'participant:update'({ displayName, room, tracks, receivesVideo }, { id }) {
      if (room !== undefined && (tracks !== undefined || receivesVideo !== undefined)) {
        await rooms.updateCall(room, id, { ...(tracks && { tracks }), ...(receivesVideo !== undefined && { receivesVideo }) });
      }
      if (displayName !== undefined) {
        presence.setDisplayName(id, presence.nameFor(id, displayName));
        await rooms.rename(id, presence.displayNameOf(id));
      }
      return { displayName: presence.displayNameOf(id) };
    },
  };
}
