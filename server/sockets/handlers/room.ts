import type { Admission } from '../../traffic/admission.ts';
import type { Channels } from '../../rooms/channels.ts';
import type { ChatChanges, ChatLog } from '../../rooms/chat-log.ts';
import type { Handlers } from '../commands.ts';
import type { Directory } from '../../rooms/directory.ts';
import { roleIn } from '../../grants/grants.ts';
import type { Limits } from '../../traffic/limits.ts';
import type { Permissions } from '../../grants/permissions.ts';
import type { Presence } from '../../rooms/presence.ts';
import { LIMITS } from '../../protocol.ts';
import type { RoomSnapshot } from '../../protocol.ts';
import { Refusal } from '../../refusal.ts';
import type { Rooms } from '../../rooms/rooms.ts';
import { takeGrantedRole } from '../granted-role.ts';
import { TEXT_IN_ANSWER, lengthOf, readWithin } from '../../rooms/history.ts';

/**
 * The most messages for a participant who returns and names the last one it has (`after`), over all rooms that it
 * enters at once.
 */
const MESSAGES_ON_RETURN = 1000;

const NO_CHANGES: ChatChanges = { edited: [], deleted: [] };

export interface RoomHandlersParts {
  rooms: Rooms;
  chatLog: ChatLog;
  presence: Presence;
  permissions: Permissions;
  admission: Admission;
  limits: Limits;
  channels: Channels;
  directory: Directory;
}

/** `room:` commands that every participant may send: entering, leaving, and the public list. */
export function createRoomHandlers({
  rooms,
  chatLog,
  presence,
  permissions,
  admission,
  limits,
  channels,
  directory,
}: RoomHandlersParts): Handlers {
  /** How many of `names` are not rooms yet. */
  async function countNew(names: readonly string[]): Promise<number> {
    const known = await Promise.all(
      [...new Set(names)].map((name) =>
        rooms.version(name).then(
          () => true,
          () => false,
        ),
      ),
    );
    return known.filter((is) => !is).length;
  }

  return {
    async 'room:join'({ room, rooms: several, displayName, token, unlisted, after, knock }, { id, socket, meter }) {
      const names = [...(several ?? []), ...(room === undefined ? [] : [room])];
      // The command itself has already paid for one room.
      if (names.length > 1) await limits.consume('entry', id, names.length - 1);
      // Throws if a newer socket of the participant has arrived. Called after each wait, so that nothing is entered or
      // held for the older socket.
      const arrival = () => presence.arrivalOf(id, socket);
      const grant = await permissions.grantFor(id, token, names);
      arrival();
      permissions.hold(id, grant);
      const { address } = socket.data;
      const made = await countNew(names);
      if (made > 0) await admission.checkRooms(address, id);
      const name =
        grant?.name || (displayName === undefined ? presence.displayNameOf(id) : presence.nameFor(id, displayName));
      const entrant = { id, displayName: name, role: grant && roleIn(grant), subject: grant?.subject ?? null, address };
      const options = { unlisted: unlisted ?? false, knocks: knock !== false };
      const enter = async () => rooms.enter({ ...entrant, arrival: arrival() }, names, options);
      // Without a knock no moderator is asked to look.
      const states = options.knocks ? await limits.countRefusals('knock', id, ['room-locked'], enter) : await enter();
      if (made > 0) await admission.countRooms(address, id, made);
      arrival();
      permissions.hold(id, grant, names);
      for (const state of states) {
        permissions.check(id, state.room);
        presence.settle(id, state.room);
      }
      if (grant) await takeGrantedRole(rooms, permissions, { id, meter }, grant);
      arrival();
      if (name !== presence.displayNameOf(id)) {
        presence.setDisplayName(id, name);
        meter.charge(rooms.countAround(id));
        await rooms.rename(id, name);
      }
      // Messages are read after the state of the rooms: a message posted in between is sent twice, and the client
      // recognises it by its id.
      const limit =
        after === undefined
          ? LIMITS.messagesOnJoin
          : Math.max(LIMITS.messagesOnJoin, Math.floor(MESSAGES_ON_RETURN / states.length));
      const budget = TEXT_IN_ANSWER / states.length;
      const snapshots = states.map(async (state): Promise<RoomSnapshot> => {
        const moderates = state.participants.some(
          (participant) => participant.id === id && participant.role === 'moderator',
        );
        const changes = after === undefined ? NO_CHANGES : await chatLog.changes(state.room, id, after, limit);
        const isTold = changes !== null && lengthOf(changes.edited) <= budget;
        const { edited, deleted } = isTold ? changes : NO_CHANGES;
        // Reading costs the same, whether or not the result is in the answer.
        if (!isTold && changes) meter.charge(lengthOf(changes.edited) / 1024);
        const { messages, hasOlder } = await readWithin(
          chatLog,
          state.room,
          id,
          { after: isTold ? after : undefined, limit },
          budget,
        );
        return {
          ...state,
          messages,
          ...(!isTold && { stale: true as const }),
          hasOlder,
          waiting: moderates ? state.waiting : [],
          ...(edited.length > 0 && { edited }),
          ...(deleted.length > 0 && { deleted }),
        };
      });
      return { participantId: id, rooms: await Promise.all(snapshots) };
    },

    async 'room:leave'({ room }, { id }) {
      presence.settle(id, room);
      if (!(await rooms.leave(room, id, 'left')) && !(await rooms.withdrawKnock(id, room)))
        throw new Refusal('not-in-room');
      return {};
    },

    async 'room:watch'({ token }, { id, socket, meter }) {
      if (token !== undefined && permissions.required) permissions.hold(id, await permissions.verify(token));
      permissions.check(id);
      await directory.open();
      channels.watch(socket);
      meter.chargeFor(() => socket.emit('rooms:snapshot', directory.snapshot()));
      return {};
    },

    async 'room:unwatch'(_payload, { socket }) {
      channels.unwatch(socket);
      return {};
    },
  };
}
