import type { Channels } from '../../rooms/channels.ts';
import type { ChatLog } from '../../rooms/chat-log.ts';
import type { Handlers } from '../commands.ts';
import type { Messages } from '../../rooms/messages.ts';
import type { Permissions } from '../../grants/permissions.ts';
import { LIMITS } from '../../protocol.ts';
import { TEXT_IN_ANSWER, readWithin } from '../../rooms/history.ts';

export interface ChatHandlersParts {
  chatLog: ChatLog;
  channels: Channels;
  messages: Messages;
  permissions: Permissions;
}

/** `chat:` commands. */
export function createChatHandlers({ chatLog, channels, messages, permissions }: ChatHandlersParts): Handlers {
  return {
    async 'chat:send'({ room, clientId, text, to }, { id }, self) {
      const from = { id, displayName: self.displayName };
      const draft = { clientId, from, text, kind: 'text' as const, ...(to !== undefined && { to }) };
      return { message: await messages.post(room, draft, permissions.subjectOf(id, room)) };
    },

    async 'chat:edit'({ room, id: messageId, text }, { id }) {
      return { message: await messages.edit(room, messageId, id, text) };
    },

    async 'chat:delete'({ room, id: messageId }, { id }, self) {
      await messages.delete(room, messageId, { id, isModerator: self.role === 'moderator' });
      return {};
    },

    async 'chat:history'({ room, before, after, limit }, { id }) {
      // A client that closes a gap (with `after`) takes a page with fewer than `limit` messages for the last one. So
      // its pages are not cut by their amount of text.
      const budget = after === undefined ? TEXT_IN_ANSWER : Infinity;
      return readWithin(chatLog, room, id, { before, after, limit: limit ?? LIMITS.messagesOnJoin }, budget);
    },

    async 'chat:typing'({ room }, { id, socket }) {
      await channels.tellOthers(socket, room, 'chat:typed', { room, participantId: id });
      return {};
    },
  };
}
