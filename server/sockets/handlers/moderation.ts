import type { Announce } from '../../rooms/announcements.ts';
import type { Caller, Handlers } from '../commands.ts';
import { Refusal } from '../../refusal.ts';
import type { Rooms } from '../../rooms/rooms.ts';

/** Commands of moderators. `commands.ts` has checked that the sender is one. */
export function createModerationHandlers({ rooms, announce }: { rooms: Rooms; announce: Announce }): Handlers {
  const found = (known: boolean): Record<string, never> => {
    if (!known) throw new Refusal('participant-gone');
    return {};
  };
  /** The price of a command has one fact to the room; these have one for each participant that they change. */
  const chargeForAll = (meter: Caller['meter'], room: string, count: number): Record<string, never> => {
    meter.charge(Math.max(0, count - 1) * rooms.countIn(room));
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

    'call:mute-all': async ({ room }, { id, meter }) => chargeForAll(meter, room, await rooms.muteAll(room, id)),

    async 'call:lower-hand'({ room, id }, { meter }) {
      const count = await rooms.lowerHands(room, id ?? null);
      found(count !== null);
      return chargeForAll(meter, room, count ?? 0);
    },
    // One fact more tells the permissions themselves.
    'room:permit': async ({ room, what, who }, { meter }) =>
      chargeForAll(meter, room, 1 + (await rooms.permit(room, what, who))),

    async 'call:end'({ room }) {
      await rooms.endCall(room);
      return {};
    },
    async 'announcement:send'({ room, text }) {
      return { count: await announce(text, room) };
    },
  };
}
