import type { Announce } from '../../rooms/announcements.ts';
import type { Handlers } from '../commands.ts';
import { Refusal } from '../../refusal.ts';
import type { Rooms } from '../../rooms/rooms.ts';

/** Commands of moderators. `commands.ts` has checked that the sender is one. */
export function createModerationHandlers({ rooms, announce }: { rooms: Rooms; announce: Announce }): Handlers {
  const found = (known: boolean): Record<string, never> => {
    if (!known) throw new Refusal('participant-gone');
    return {};
  };
  return {
    async 'room:lock'({ room, locked }) {
      await rooms.lock(room, locked);
      return { locked };
    },
    'room:admit': async ({ room, participantId }) => found(await rooms.answerKnock(room, participantId, true)),
    'room:refuse': async ({ room, participantId }) => found(await rooms.answerKnock(room, participantId, false)),

    async 'participant:remove'({ room, participantId, withAddress }, { id }) {
      // Leaving is `room:leave`; a moderator who bans itself made a mistake.
      if (participantId === id) throw new Refusal('not-allowed');
      return found(await rooms.ban(room, participantId, { withAddress }));
    },
    'participant:mute': async ({ room, participantId }, { id }) => found(await rooms.mute(room, participantId, id)),

    async 'call:end'({ room }) {
      await rooms.endCall(room);
      return {};
    },
    async 'announcement:send'({ room, text }) {
      return { count: await announce(text, room) };
    },
  };
}
