/**
 * What an administrator takes away, and what it may read before: the chat of a room, and all that one person wrote.
 *
 * Owns the order of these steps. Does not own what is kept (`ChatLog`), nor how pages are told (`Messages`).
 */
import type { ChatLog } from './chat-log.ts';
import type { Messages } from './messages.ts';
import type { ChatMessage } from '../protocol.ts';
import type { Rooms } from './rooms.ts';

export interface DeletionParts {
  rooms: Rooms;
  chatLog: ChatLog;
  /** Asked for with each call: it is made later than the routes are. */
  messages: () => Messages;
  /** What still holds deleted text is to let go of it. */
  scrub: () => void;
}

export interface Deletion {
  /** Everything that is shown in a room, oldest first, direct messages included. */
  messagesOf(room: string): Promise<ChatMessage[]>;
  /** Deletes them, and those that are not shown any more. Answers how many. */
  deleteMessages(room: string): Promise<number>;
  /** Ends a room and deletes its chat. Answers how many messages; null where nothing was there. */
  deleteRoom(room: string): Promise<number | null>;
  /** All that is kept of what a subject wrote, room by room. */
  messagesBy(subject: string): Promise<(ChatMessage & { room: string })[]>;
  /** Deletes it. Answers how many messages. */
  deleteBy(subject: string): Promise<number>;
}

/** Messages that are read in one step. */
const PAGE = 500;

export function createDeletion({ rooms, chatLog, messages, scrub }: DeletionParts): Deletion {
  /** In all rooms of these names; what still holds it is asked once. */
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
      // First what pages show; then what was said until the last participant was out.
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
