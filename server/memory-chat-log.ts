import type { ChatDraft, ChatLog, ChatPage, ChatQuery } from './chat-log.ts';
import type { ChatMessage, ParticipantId } from './protocol.ts';

/** Messages kept at least, though not shown beyond `historyLimit`, so that a retry finds its first sending. */
const RETRY_WINDOW = 256;
/** UTF-16 units of text one room may hold, so that few long messages cost no more than many short ones. */
const ROOM_TEXT_LIMIT = 4_000_000;

interface RoomLog {
  messages: ChatMessage[];
  bySending: Map<string, ChatMessage>;
  textLength: number;
  lastTime: number;
  lastSequence: number;
}

export interface MemoryChatLogOptions {
  historyLimit: number;
  retentionMs: number;
  now: () => number;
}

const sendingKey = (message: Pick<ChatMessage, 'from' | 'clientId'>) => `${message.from.id} ${message.clientId}`;

/** A `ChatLog` in memory: bounded for each room by number, age and amount of text; gone with the process. */
export class MemoryChatLog implements ChatLog {
  readonly #options: MemoryChatLogOptions;
  readonly #rooms = new Map<string, RoomLog>();

  constructor(options: MemoryChatLogOptions) {
    this.#options = options;
  }

  async append(room: string, draft: ChatDraft): Promise<{ message: ChatMessage; fresh: boolean }> {
    let log = this.#rooms.get(room);
    if (!log) this.#rooms.set(room, (log = { messages: [], bySending: new Map(), textLength: 0, lastTime: 0, lastSequence: 0 }));
    const first = log.bySending.get(sendingKey(draft));
    if (first) return { message: first, fresh: false };
    const at = this.#options.now();
    const message: ChatMessage = { id: this.#createId(log, at), at, ...draft };
    log.messages.push(message);
    log.bySending.set(sendingKey(message), message);
    log.textLength += message.text.length;
    this.#trim(log, at);
    return { message, fresh: true };
  }

  async read(room: string, viewer: ParticipantId, query: ChatQuery): Promise<ChatPage> {
    const log = this.#rooms.get(room);
    if (!log) return { messages: [], hasOlder: false };
    const oldest = this.#options.now() - this.#options.retentionMs;
    const first = Math.max(0, log.messages.length - this.#options.historyLimit);
    const page: ChatMessage[] = [];
    let hasOlder = false;
    // Newest first, so that a page near the end of a long log costs no more than its own length.
    for (let index = log.messages.length - 1; index >= first && !hasOlder; index--) {
      const message = log.messages[index];
      if (!message || message.at <= oldest) break;
      if (query.before !== undefined && message.id >= query.before) continue;
      if (message.to !== undefined && message.to !== viewer && message.from.id !== viewer) continue;
      if (page.length === query.limit || (query.after !== undefined && message.id <= query.after)) hasOlder = true;
      else page.push(message);
    }
    return { messages: page.toReversed(), hasOlder };
  }

  async drop(room: string): Promise<void> {
    this.#rooms.delete(room);
  }

  async close(): Promise<void> {
    this.#rooms.clear();
  }

  /** Ascends as a string even where the clock stands still or goes back. */
  #createId(log: RoomLog, at: number): string {
    if (at > log.lastTime) {
      log.lastTime = at;
      log.lastSequence = 0;
    } else log.lastSequence++;
    return `${log.lastTime.toString(36).padStart(9, '0')}-${log.lastSequence.toString(36).padStart(5, '0')}`;
  }

  #trim(log: RoomLog, now: number): void {
    const keep = Math.max(this.#options.historyLimit, RETRY_WINDOW);
    const oldest = now - Math.max(this.#options.retentionMs, 60_000);
    let surplus = 0;
    for (const message of log.messages) {
      const beyond = log.messages.length - surplus > keep || log.textLength > ROOM_TEXT_LIMIT || message.at <= oldest;
      if (!beyond) break;
      surplus++;
      log.textLength -= message.text.length;
      log.bySending.delete(sendingKey(message));
    }
    if (surplus > 0) log.messages.splice(0, surplus);
  }
}
