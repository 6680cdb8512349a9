/**
 * What an administrator may read and delete: the chat of a room, and everything that one subject (the `sub` of a grant)
 * wrote.
 *
 * Owns the order of the steps. Does not own what is kept (`ChatLog`), nor how pages learn of a deletion (`Messages`).
 */
import type { ChatLog } from './chat-log.ts';
import type { Messages } from './messages.ts';
import type { ChatMessage } from '../protocol.ts';
import type { Rooms } from './rooms.ts';

export interface DeletionParts {
  rooms: Rooms;
  chatLog: ChatLog;
  /** A function, because the messages are created after the routes. */
  messages: () => Messages;
  /** Asks the store to erase deleted text from its files as well. */
  scrub: () => void;
}

export interface Deletion {
  /** Every message that is shown in a room, oldest first, direct messages included. */
  messagesOf(room: string): Promise<ChatMessage[]>;
  /** Deletes every message of a room, shown or not. Resolves to their number. */
  deleteMessages(room: string): Promise<number>;
  /** Ends a room and deletes its chat. Resolves to the number of messages; null if neither existed. */
  deleteRoom(room: string): Promise<number | null>;
  /** Every message of a subject that is kept, room by room. */
  messagesBy(subject: string): Promise<(ChatMessage & { room: string })[]>;
  /** Deletes every message of a subject. Resolves to their number. */
  deleteBy(subject: string): Promise<number>;
}

/** Messages that one step reads. */
const PAGE = 500;

export function createDeletion({ rooms, chatLog, messages, scrub }: DeletionParts): Deletion {
  /** Deletes in all these rooms, then scrubs once. */
  async function purge(names: readonly string[], subject: string | null): Promise<number> {
    let count = 0;
    for (const room of names) count += await messages().purge(room, subject);
    if (count > 0) scrub();
    return count;
  }

  return {
    async messagesOf(room) {
      let all: ChatMessage[] = [];
      for (let before: string | undefined; ; before = all[0]?.id) {
        const page = await chatLog.readAll(room, { before, limit: PAGE });
        all = [...page.messages, ...all];
        if (!page.hasOlder || page.messages.length === 0) return all;
      }
    },
    deleteMessages: (room) => purge([room], null),
    async deleteRoom(room) {
      // The first purge empties the pages at once. The second one deletes what was sent before the last participant
      // left.
      const shown = await messages().purge(room, null);
      const existed = await rooms.end(room);
      const count = shown + (await messages().purge(room, null));
      if (count > 0) scrub();
      return existed || count > 0 ? count : null;
    },
    async messagesBy(subject) {
      const found: (ChatMessage & { room: string })[] = [];
      for (const room of await chatLog.roomsOf(subject)) {
        for (const message of await chatLog.readOf(room, subject)) found.push({ room, ...message });
      }
      return found;
    },
    deleteBy: async (subject) => purge(await chatLog.roomsOf(subject), subject),
  };
}
