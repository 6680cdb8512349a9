/**
 * `ChatLog` in a Redis that several processes share.
 *
 * Owns only the calls to Redis. Appending, trimming and telling are one function. So a process that dies in the middle
 * leaves no message that was not told, and no told message that is not kept. Ids ascend as the numbers of facts do.
 *
 * An acknowledged message is in the memory of Redis, and its operator chooses what outlives Redis. With
 * `appendonly yes` and `appendfsync always` Redis answers only after the write is on disk. With `everysec` a power cut
 * may lose the last second, and a killed Redis loses nothing. Without `appendonly` the history ends with Redis.
 * A failover to a replica may lose messages that were not copied yet. `min-replicas-to-write 1` with a small
 * `min-replicas-max-lag` limits that. `WAIT` would only report such a loss, and each message would wait for it.
 */
import { assertEditable, editedAtAfter, isDeletable } from '../rooms/chat-log.ts';
import type { ChatChanges, ChatDraft, ChatEditor, ChatLog, ChatPage, ChatQuery } from '../rooms/chat-log.ts';
import type { Messages } from '../rooms/messages.ts';
import type { ChatMessage, ParticipantId } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import { parseStoredMessage, parseStoredMessages } from '../rooms/stored.ts';
import type { RedisConnection } from './connection.ts';
import { SCRIPTS, toScriptJson } from './scripts.ts';

export interface RedisChatLogOptions {
  connection: RedisConnection;
  historyLimit: number;
  retentionMs: number;
}

interface Peeked {
  /** The stored JSON, with which a change is compared; '' when no such message is shown. */
  text: string;
  message: ChatMessage | undefined;
  /** Milliseconds of the clock of Redis. */
  now: number;
}

/** The message in a reply about a sending. Throws `payload-invalid` if it was deleted ('') or cannot be read. */
function readFirst(text: string): ChatMessage {
  const message = parseStoredMessage(text);
  if (!message) throw new Refusal('payload-invalid');
  return message;
}

export class RedisChatLog implements ChatLog {
  /** As the methods below, but a change is told in the same step: to the room, or to both ends of a direct message. */
  readonly messages: Messages = {
    post: async (room, draft, subject = null) => (await this.#append(room, draft, subject, true)).message,
    edit: async (room, id, editor, text) => (await this.#edit(room, id, editor, text, true)).message,
    delete: async (room, id, editor) => void (await this.#delete(room, id, editor, true)),
    purge: async (room, subject) => {
      let count = 0;
      for (let taken; (taken = await this.#purge(room, subject, true)).length > 0;) count += taken.length;
      return count;
    },
  };
  readonly #options: RedisChatLogOptions;

  constructor(options: RedisChatLogOptions) {
    this.#options = options;
  }

  async append(
    room: string,
    draft: ChatDraft,
    subject: string | null = null,
  ): Promise<{ message: ChatMessage; fresh: boolean }> {
    return this.#append(room, draft, subject, false);
  }

  async edit(
    room: string,
    id: string,
    editor: ParticipantId,
    text: string,
  ): Promise<{ message: ChatMessage; fresh: boolean }> {
    return this.#edit(room, id, editor, text, false);
  }

  async delete(room: string, id: string, editor: ChatEditor): Promise<ChatMessage | null> {
    return this.#delete(room, id, editor, false);
  }

  async changes(room: string, viewer: ParticipantId, after: string, limit: number): Promise<ChatChanges | null> {
    const changed = await this.#options.connection.run(SCRIPTS.changes, { room, viewer, after, limit });
    if (!changed) return null;
    const [edited, deleted] = changed;
    return { edited: parseStoredMessages(edited), deleted };
  }

  async sent(room: string, sender: ParticipantId, clientId: string): Promise<ChatMessage | null> {
    const text = await this.#options.connection.run(SCRIPTS.sent, { room, sender, clientId });
    return text === null ? null : readFirst(text);
  }

  async read(room: string, viewer: ParticipantId, { after = '', before = '', limit }: ChatQuery): Promise<ChatPage> {
    const { connection, historyLimit, retentionMs } = this.#options;
    const values = { room, viewer, after, before, limit, historyLimit, retentionMs };
    const { newestFirst, hasOlder } = await connection.run(SCRIPTS.read, values);
    return { messages: parseStoredMessages(newestFirst).toReversed(), hasOlder };
  }

  async readAll(room: string, { after = '', before = '', limit }: ChatQuery): Promise<ChatPage> {
    const { connection, historyLimit, retentionMs } = this.#options;
    const values = { room, after, before, limit, historyLimit, retentionMs };
    const { newestFirst, hasOlder } = await connection.run(SCRIPTS.readAll, values);
    return { messages: parseStoredMessages(newestFirst).toReversed(), hasOlder };
  }

  /** Looks into each room with known authors: an earlier version deletes messages and would not update an index. */
  async roomsOf(subject: string): Promise<string[]> {
    const rooms: string[] = [];
    for (const room of await this.#options.connection.run(SCRIPTS.authored, {})) {
      if ((await this.readOf(room, subject)).length > 0) rooms.push(room);
    }
    return rooms;
  }

  async readOf(room: string, subject: string): Promise<ChatMessage[]> {
    return parseStoredMessages(await this.#options.connection.run(SCRIPTS.readOf, { room, subject }));
  }

  async purge(room: string, subject: string | null): Promise<ChatMessage[]> {
    return parseStoredMessages(await this.#purge(room, subject, false));
  }

  async drop(room: string): Promise<void> {
    await this.#options.connection.run(SCRIPTS.dropChat, { room });
  }

  async close(): Promise<void> {
    // The messages belong to all processes, and the connection to the backend.
  }

  async #append(
    room: string,
    draft: ChatDraft,
    subject: string | null,
    posting: boolean,
  ): Promise<{ message: ChatMessage; fresh: boolean }> {
    const { connection, historyLimit, retentionMs } = this.#options;
    const values = {
      room,
      sender: draft.from.id,
      clientId: draft.clientId,
      to: draft.to ?? null,
      draft: toScriptJson(draft),
      posting,
      historyLimit,
      retentionMs,
      subject,
    };
    try {
      const { isFresh, text } = await connection.run(SCRIPTS.append, values);
      return { message: readFirst(text), fresh: isFresh };
    } catch (error) {
      // A Redis that refuses writes refuses the function before it finds the first sending of the message.
      const kept =
        error instanceof Refusal && error.code === 'internal'
          ? await this.sent(room, draft.from.id, draft.clientId).catch(() => null)
          : null;
      if (!kept) throw error;
      return { message: kept, fresh: false };
    }
  }

  async #edit(
    room: string,
    id: string,
    editor: ParticipantId,
    text: string,
    posting: boolean,
  ): Promise<{ message: ChatMessage; fresh: boolean }> {
    for (;;) {
      const { message: before, text: kept, now } = await this.#peek(room, id);
      assertEditable(before, editor);
      if (before.text === text) return { message: before, fresh: false };
      const message = { ...before, text, editedAt: editedAtAfter(before, now) };
      const values = { ...this.#place(room, before, kept, posting), after: toScriptJson(message) };
      if (await this.#options.connection.run(SCRIPTS.replace, values)) return { message, fresh: true };
    }
  }

  async #delete(room: string, id: string, editor: ChatEditor, posting: boolean): Promise<ChatMessage | null> {
    for (;;) {
      const { message, text: kept } = await this.#peek(room, id);
      if (!isDeletable(message, editor)) return null;
      const values = this.#place(room, message, kept, posting);
      if (await this.#options.connection.run(SCRIPTS.delete, values)) return message;
    }
  }

  async #purge(room: string, subject: string | null, posting: boolean): Promise<string[]> {
    return this.#options.connection.run(SCRIPTS.purge, { room, subject, posting });
  }

  async #peek(room: string, id: string): Promise<Peeked> {
    const { connection, historyLimit, retentionMs } = this.#options;
    const [now, text] = await connection.run(SCRIPTS.peek, { room, id, historyLimit, retentionMs });
    return { now, text: text ?? '', message: (text && parseStoredMessage(text)) || undefined };
  }

  /** Names the message to change, and the stored JSON from which the change began: another process may be first. */
  #place(room: string, { id, from, to }: ChatMessage, before: string, posting: boolean) {
    return { room, id, before, sender: from.id, to: to ?? null, posting };
  }
}
