import type { Channels } from '../channels.ts';
import type { ChatLog } from '../chat-log.ts';
import type { Handlers } from '../commands.ts';
import type { PostMessage } from '../post-message.ts';
import { LIMITS } from '../protocol.ts';

export interface ChatHandlersParts {
  chatLog: ChatLog;
  channels: Channels;
  postMessage: PostMessage;
}

/** `chat:` commands. */
export function createChatHandlers({ chatLog, channels, postMessage }: ChatHandlersParts): Handlers {
  return {
    async 'chat:send'({ room, clientId, text, to }, { id }, self) {
      const from = { id, displayName: self.displayName };
      return { message: await postMessage(room, { clientId, from, text, kind: 'text', ...(to !== undefined && { to }) }) };
    },

    async 'chat:history'({ room, before, after, limit }, { id }) {
      return chatLog.read(room, id, { before, after, limit: limit ?? LIMITS.messagesOnJoin });
    },

    async 'chat:typing'({ room }, { id, socket }) {
      await channels.tellOthers(socket, room, 'chat:typed', { room, participantId: id });
      return {};
    },
  };
}
