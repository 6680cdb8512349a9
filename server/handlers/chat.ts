import type { Channels } from '../channels.ts';
import type { ChatLog } from '../chat-log.ts';
import type { Handlers } from '../commands.ts';
import { LIMITS } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import type { Rooms } from '../rooms.ts';

export interface ChatHandlersParts {
  rooms: Rooms;
  chatLog: ChatLog;
  channels: Channels;
}

/** `chat:` commands. */
export function createChatHandlers({ rooms, chatLog, channels }: ChatHandlersParts): Handlers {
  return {
    async 'chat:send'({ room, clientId, text, to }, { id }, self) {
      if (to !== undefined && !(await rooms.find(room, to))) throw new Refusal('participant-gone');
      const from = { id, displayName: self.displayName };
      const { message, fresh } = await chatLog.append(room, { clientId, from, text, kind: 'text', ...(to !== undefined && { to }) });
      if (!fresh) return { message };
      if (to === undefined) {
        await rooms.publish(room, 'chat:posted', { message });
      } else {
        const fact = { room, ...(await rooms.version(room)), message };
        for (const end of new Set([id, to])) channels.tellParticipant(end, 'chat:posted', fact);
      }
      return { message };
    },

    async 'chat:history'({ room, before, after, limit }, { id }) {
      return chatLog.read(room, id, { before, after, limit: limit ?? LIMITS.messagesOnJoin });
    },

    async 'chat:typing'({ room }, { id, socket }) {
      channels.tellOthers(socket, room, 'chat:typed', { room, participantId: id });
      return {};
    },
  };
}
