import type { Admission } from '../admission.ts';
import type { Channels } from '../channels.ts';
import type { ChatChanges, ChatLog } from '../chat-log.ts';
import type { Handlers } from '../commands.ts';
import type { Directory } from '../directory.ts';
import { roleIn } from '../grants.ts';
import type { Limits } from '../limits.ts';
import type { Permissions } from '../permissions.ts';
import type { Presence } from '../presence.ts';
import { LIMITS } from '../protocol.ts';
import type { ChatMessage, RoomSnapshot } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import type { Rooms } from '../rooms.ts';

/** Messages handed to somebody who comes back and names the last one it has, over all rooms it enters at once. */
const MESSAGES_ON_RETURN = 1000;
/** UTF-16 units of text handed out by one answer, over all of its rooms: somebody may be in fifty, full of the longest messages. */
const TEXT_IN_ANSWER = 400_000;

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

/** The newest of `messages` whose texts are within `budget`; one is always. */
function newestWithin(messages: readonly ChatMessage[], budget: number): ChatMessage[] {
  let first = messages.length;
  let length = 0;
  while (first > 0 && (first === messages.length || length + (messages[first - 1]?.text.length ?? 0) <= budget)) length += messages[--first]?.text.length ?? 0;
  return messages.slice(first);
}

/** `room:` commands that anybody may send: entering, leaving, and the public list. */
export function createRoomHandlers({ rooms, chatLog, presence, permissions, admission, limits, channels, directory }: RoomHandlersParts): Handlers {
  /** How many of `names` are no rooms yet. */
  async function countNew(names: readonly string[]): Promise<number> {
    const known = await Promise.all([...new Set(names)].map((name) => rooms.version(name).then(() => true, () => false)));
    return known.filter((is) => !is).length;
  }

  return {
    async 'room:join'({ room, rooms: several, displayName, token, unlisted, after }, { id, socket }) {
      const names = several ? [...several, ...(room === undefined ? [] : [room])] : room === undefined ? [] : [room];
      // One is paid for already, as any command.
      if (names.length > 1) await limits.consume('entry', id, names.length - 1);
      // Whenever it has waited a newer socket may have come, for which it must not enter, hold or wait for anything.
      const arrival = () => presence.arrivalOf(id, socket);
      const grant = await permissions.grantFor(id, token, names);
      arrival();
      permissions.hold(id, grant);
      const { address } = socket.data;
      const made = await countNew(names);
      if (made > 0) await admission.checkRooms(address, id);
      const name = grant?.name || (displayName === undefined ? presence.displayNameOf(id) : presence.nameFor(id, displayName));
      const entrant = { id, displayName: name, role: grant && roleIn(grant), subject: grant?.subject ?? null, address };
      const enter = () => rooms.enter({ ...entrant, arrival: arrival() }, names, { unlisted: unlisted ?? false });
      const states = await limits.countRefusals('knock', id, ['room-locked'], async () => enter());
      if (made > 0) await admission.countRooms(address, id, made);
      arrival();
      permissions.hold(id, grant, names);
      for (const state of states) {
        permissions.check(id, state.room);
        presence.settle(id, state.room);
      }
      if (grant) for (const under of permissions.roomsUnder(id, grant)) await rooms.setRole(under, id, roleIn(grant));
      arrival();
      if (name !== presence.displayNameOf(id)) {
        presence.setDisplayName(id, name);
        await rooms.rename(id, name);
      }
      // Read after the version was taken: what is posted meanwhile comes twice, and by its id is known to be one.
      const limit = after === undefined ? LIMITS.messagesOnJoin : Math.max(LIMITS.messagesOnJoin, Math.floor(MESSAGES_ON_RETURN / states.length));
      const budget = TEXT_IN_ANSWER / states.length;
      const snapshots = states.map(async (state): Promise<RoomSnapshot> => {
        const moderates = state.participants.some((participant) => participant.id === id && participant.role === 'moderator');
        const changes = after === undefined ? NO_CHANGES : await chatLog.changes(state.room, id, after, limit);
        const isTold = changes !== null && newestWithin(changes.edited, budget).length === changes.edited.length;
        const { edited, deleted } = isTold ? changes : NO_CHANGES;
        const page = await chatLog.read(state.room, id, { after: isTold ? after : undefined, limit });
        const messages = newestWithin(page.messages, budget);
        return {
          ...state, messages, ...(!isTold && { stale: true as const }), hasOlder: page.hasOlder || messages.length < page.messages.length,
          waiting: moderates ? state.waiting : [], ...(edited.length > 0 && { edited }), ...(deleted.length > 0 && { deleted }),
        };
      });
      return { participantId: id, rooms: await Promise.all(snapshots) };
    },

    async 'room:leave'({ room }, { id }) {
      presence.settle(id, room);
      if (!(await rooms.leave(room, id, 'left')) && !(await rooms.withdrawKnock(id, room))) throw new Refusal('not-in-room');
      return {};
    },

    async 'room:watch'({ token }, { id, socket }) {
      if (token !== undefined && permissions.required) permissions.hold(id, await permissions.verify(token));
      permissions.check(id);
      await directory.open();
      channels.watch(socket);
      socket.emit('rooms:snapshot', directory.snapshot());
      return {};
    },

    async 'room:unwatch'(_payload, { socket }) {
      channels.unwatch(socket);
      return {};
    },
  };
}
