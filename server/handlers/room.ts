import type { Channels } from '../channels.ts';
import type { ChatLog } from '../chat-log.ts';
import type { Handlers } from '../commands.ts';
import type { Directory } from '../directory.ts';
import type { Presence } from '../presence.ts';
import { LIMITS } from '../protocol.ts';
import type { RoomSnapshot } from '../protocol.ts';
import type { Rooms } from '../rooms.ts';

/** Messages handed to somebody who comes back and names the last one it has. */
const MESSAGES_ON_RETURN = 1000;

export interface RoomHandlersParts {
  rooms: Rooms;
  chatLog: ChatLog;
  presence: Presence;
  channels: Channels;
  directory: Directory;
}

/** `room:` commands: entering, leaving, and the public list. */
export function createRoomHandlers({ rooms, chatLog, presence, channels, directory }: RoomHandlersParts): Handlers {
  return {
    async 'room:join'({ room, rooms: several, displayName, unlisted, after }, { id }) {
      const names = several ? [...several, ...(room === undefined ? [] : [room])] : room === undefined ? [] : [room];
      const name = displayName === undefined ? presence.displayNameOf(id) : presence.nameFor(id, displayName);
      const states = await rooms.enter({ id, displayName: name }, names, { unlisted: unlisted ?? false });
      for (const state of states) presence.settle(id, state.room);
      if (name !== presence.displayNameOf(id)) {
        presence.setDisplayName(id, name);
        await rooms.rename(id, name);
      }
      // Read after the version was taken: what is posted meanwhile comes twice, and by its id is known to be one.
      const snapshots = states.map(async (state): Promise<RoomSnapshot> => {
        const limit = after === undefined ? LIMITS.messagesOnJoin : MESSAGES_ON_RETURN;
        return { ...state, ...(await chatLog.read(state.room, id, { after, limit })) };
      });
      return { participantId: id, rooms: await Promise.all(snapshots) };
    },

    async 'room:leave'({ room }, { id }) {
      presence.settle(id, room);
      await rooms.leave(room, id, 'left');
      return {};
    },

    async 'room:watch'(_payload, { socket }) {
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
