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
import type { ChatDraft, ChatLog, ChatPage, ChatQuery } from '../chat-log.ts';
import type { ChatMessage, ErrorCode, ParticipantId } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import type { ChatScripts } from './chat-scripts.ts';
import type { RedisConnection } from './connection.ts';

export interface RedisChatLogOptions {
  connection: RedisConnection;
  scripts: ChatScripts;
  historyLimit: number;
  retentionMs: number;
}

export class RedisChatLog implements ChatLog {
  readonly #options: RedisChatLogOptions;

  constructor(options: RedisChatLogOptions) {
    this.#options = options;
  }

  async append(room: string, draft: ChatDraft): Promise<{ message: ChatMessage; fresh: boolean }> {
    return this.#append(room, draft, false);
  }

  /** Appends, and tells all of the room or the two ends, in one step. Throws `not-in-room`, `participant-gone`. */
  async post(room: string, draft: ChatDraft): Promise<ChatMessage> {
    return (await this.#append(room, draft, true)).message;
  }

  async read(room: string, viewer: ParticipantId, { after = '', before = '', limit }: ChatQuery): Promise<ChatPage> {
    const { connection, scripts, historyLimit, retentionMs } = this.#options;
    const reply = await connection.run(scripts.read, room, viewer, after, before, limit, historyLimit, retentionMs);
    const [hasOlder, newestFirst] = reply as [number, string[]];
    return { messages: newestFirst.map((text) => JSON.parse(text) as ChatMessage).toReversed(), hasOlder: hasOlder === 1 };
  }

  async drop(room: string): Promise<void> {
    await this.#options.connection.run(this.#options.scripts.drop, room);
  }

  async close(): Promise<void> {
    // What is kept is everybody's, and the connection is not its own.
  }

  async #append(room: string, draft: ChatDraft, posting: boolean): Promise<{ message: ChatMessage; fresh: boolean }> {
    const { connection, scripts, historyLimit, retentionMs } = this.#options;
    const { from, clientId, to } = draft;
    const reply = await connection.run(
      scripts.append, room, from.id, clientId, to ?? '', JSON.stringify(draft), posting ? 1 : 0, historyLimit, retentionMs,
    );
    const [fresh, text] = reply as [number | ErrorCode, string];
    if (typeof fresh === 'string') throw new Refusal(fresh);
    return { message: JSON.parse(text) as ChatMessage, fresh: fresh === 1 };
  }
}
