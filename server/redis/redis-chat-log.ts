/**
 * `ChatLog` in a Redis that several processes share.
 *
 * Owns nothing but the calls: appending once, trimming and telling are one script, so that a process that dies in
 * the middle leaves neither a message nobody was told of nor one that was told and is not kept, and ids ascend
 * in the order of a room's numbers.
 *
 * An acknowledged message is in the memory of Redis; what outlives Redis is for its operator to choose. With
 * `appendonly yes` and `appendfsync always` Redis answers only after the write is on disk, and a killed Redis
 * loses nothing that was acknowledged. With `everysec` a power cut may cost the last second; a process kill, which
 * leaves the page cache, costs nothing. Without the file, history ends with Redis, and what clients show stays. A
 * failover to a replica may lose what had not been copied yet; `min-replicas-to-write 1` with a small
 * `min-replicas-max-lag` bounds that without making every message wait for a round trip of `WAIT`, which would tell
 * of the loss but could not take the message back.
 */
import { assertEditable, editedAtAfter, isDeletable } from '../rooms/chat-log.ts';
import type { ChatChanges, ChatDraft, ChatEditor, ChatLog, ChatPage, ChatQuery } from '../rooms/chat-log.ts';
import type { Messages } from '../rooms/messages.ts';
import type { ChatMessage, ErrorCode, ParticipantId } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import { parseStoredMessage, parseStoredMessages } from '../rooms/stored.ts';
import type { ChatScripts } from './chat-scripts.ts';
import { toScriptJson } from './connection.ts';
import type { RedisConnection } from './connection.ts';

export interface RedisChatLogOptions {
  connection: RedisConnection;
  scripts: ChatScripts;
  historyLimit: number;
  retentionMs: number;
}

interface Peeked {
  /** As it is kept, and is compared with; undefined where there is none that is shown. */
  text: string | undefined;
  message: ChatMessage | undefined;
  /** Redis's clock. */
  now: number;
}

/** What was sent first, or just now. One that is deleted, or cannot be read, is sent no second time. */
function readFirst(text: string): ChatMessage {
  const message = parseStoredMessage(text);
  if (!message) throw new Refusal('payload-invalid');
  return message;
}

export class RedisChatLog implements ChatLog {
  /** The same, telling it in one step to all of the room or to the two ends. */
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
    const { connection, scripts } = this.#options;
    const changed = (await connection.run(scripts.changes, room, viewer, after, limit)) as [string[], string[]] | null;
    if (!changed) return null;
    const [edited, deleted] = changed;
    return { edited: parseStoredMessages(edited), deleted };
  }

  async sent(room: string, sender: ParticipantId, clientId: string): Promise<ChatMessage | null> {
    const { connection, scripts } = this.#options;
    const text = (await connection.run(scripts.sent, room, sender, clientId)) as string | null;
    return text === null ? null : readFirst(text);
  }

  async read(room: string, viewer: ParticipantId, { after = '', before = '', limit }: ChatQuery): Promise<ChatPage> {
    const { connection, scripts, historyLimit, retentionMs } = this.#options;
    const reply = await connection.run(scripts.read, room, viewer, after, before, limit, historyLimit, retentionMs);
    const [hasOlder, newestFirst] = reply as [number, string[]];
    return { messages: parseStoredMessages(newestFirst).toReversed(), hasOlder: hasOlder === 1 };
  }

  async readAll(room: string, { after = '', before = '', limit }: ChatQuery): Promise<ChatPage> {
    const { connection, scripts, historyLimit, retentionMs } = this.#options;
    const reply = await connection.run(scripts.readAll, room, after, before, limit, historyLimit, retentionMs);
    const [hasOlder, newestFirst] = reply as [number, string[]];
    return { messages: parseStoredMessages(newestFirst).toReversed(), hasOlder: hasOlder === 1 };
  }

  /** Looks into every room, because what a process of an earlier version deletes could leave no index true. */
  async roomsOf(subject: string): Promise<string[]> {
    const { connection, scripts } = this.#options;
    const rooms: string[] = [];
    for (const room of (await connection.run(scripts.authored)) as string[]) {
      if ((await this.readOf(room, subject)).length > 0) rooms.push(room);
    }
    return rooms;
  }

  async readOf(room: string, subject: string): Promise<ChatMessage[]> {
    const { connection, scripts } = this.#options;
    return parseStoredMessages((await connection.run(scripts.readOf, room, subject)) as string[]);
  }

  async purge(room: string, subject: string | null): Promise<ChatMessage[]> {
    return parseStoredMessages(await this.#purge(room, subject, false));
  }

  async drop(room: string): Promise<void> {
    await this.#options.connection.run(this.#options.scripts.drop, room);
  }

  async close(): Promise<void> {
    // What is kept is everybody's, and the connection is not its own.
  }

  async #append(
    room: string,
    draft: ChatDraft,
    subject: string | null,
    posting: boolean,
  ): Promise<{ message: ChatMessage; fresh: boolean }> {
    const { connection, scripts, historyLimit, retentionMs } = this.#options;
    const { from, clientId, to } = draft;
    const reply = await connection.run(
      scripts.append,
      room,
      from.id,
      clientId,
      to ?? '',
      toScriptJson(draft),
      posting ? 1 : 0,
      historyLimit,
      retentionMs,
      subject ?? '',
    );
    const [fresh, text] = reply as [number | ErrorCode, string];
    if (typeof fresh === 'string') throw new Refusal(fresh);
    return { message: readFirst(text), fresh: fresh === 1 };
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
      if (await this.#replace(room, before, kept, toScriptJson(message), posting)) return { message, fresh: true };
    }
  }

  async #delete(room: string, id: string, editor: ChatEditor, posting: boolean): Promise<ChatMessage | null> {
    for (;;) {
      const { message, text: kept } = await this.#peek(room, id);
      if (!isDeletable(message, editor)) return null;
      if (await this.#replace(room, message, kept, '', posting)) return message;
    }
  }

  async #purge(room: string, subject: string | null, posting: boolean): Promise<string[]> {
    const { connection, scripts } = this.#options;
    return (await connection.run(scripts.purge, room, subject ?? '', posting ? 1 : 0)) as string[];
  }

  async #peek(room: string, id: string): Promise<Peeked> {
    const { connection, scripts, historyLimit, retentionMs } = this.#options;
    const [now, text] = (await connection.run(scripts.peek, room, id, historyLimit, retentionMs)) as [number, string?];
    return { now, text, message: (text && parseStoredMessage(text)) || undefined };
  }

  /** False where somebody else was quicker. */
  async #replace(
    room: string,
    { id, from, to }: ChatMessage,
    kept = '',
    after: string,
    posting: boolean,
  ): Promise<boolean> {
    const { connection, scripts } = this.#options;
    return (await connection.run(scripts.replace, room, id, kept, after, from.id, to ?? '', posting ? 1 : 0)) === 1;
  }
}
