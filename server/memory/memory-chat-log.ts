import { AgeClock } from '../rooms/age-clock.ts';
import { assertEditable, editedAtAfter, followingId, idBefore, isDeletable, isSeenBy } from '../rooms/chat-log.ts';
import type { ChatChanges, ChatDraft, ChatEditor, ChatLog, ChatPage, ChatQuery } from '../rooms/chat-log.ts';
import type { ChatMessage, ParticipantId } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import { PURGE_PORTION, RETRY_MS, RETRY_WINDOW } from '../rooms/rules.ts';

/** UTF-16 units of text that one room may hold, so that long messages need no more memory than many short ones. */
const ROOM_TEXT_LIMIT = 4_000_000;

interface Entry {
  /** Replaced, never mutated. The text of a deleted message is empty. */
  message: ChatMessage;
  /** The subject of the author's grant. */
  subject: string | null;
  isDeleted: boolean;
  /** The latest id of the room when the message was last edited or deleted. */
  changedAfter: string | null;
}

interface RoomLog {
  /** Oldest first. */
  entries: Entry[];
  byId: Map<string, Entry>;
  bySending: Map<string, Entry>;
  textLength: number;
  lastId: string | null;
  deletedCount: number;
}

export interface MemoryChatLogOptions {
  historyLimit: number;
  retentionMs: number;
  now: () => number;
  /** Decides which messages are too old to be kept. */
  ages?: AgeClock;
}

const sendingKey = (sender: ParticipantId, clientId: string) => `${sender} ${clientId}`;

function firstSent(log: RoomLog | undefined, sender: ParticipantId, clientId: string): ChatMessage | null {
  const first = log?.bySending.get(sendingKey(sender, clientId));
  if (first?.isDeleted) throw new Refusal('payload-invalid');
  return first?.message ?? null;
}

/** A `ChatLog` in memory, bounded for each room by number, age and amount of text. It ends with the process. */
export class MemoryChatLog implements ChatLog {
  readonly #options: MemoryChatLogOptions;
  readonly #rooms = new Map<string, RoomLog>();
  readonly #ages: AgeClock;

  constructor(options: MemoryChatLogOptions) {
    this.#options = options;
    this.#ages = options.ages ?? new AgeClock({ wall: options.now() });
  }

  async append(
    room: string,
    draft: ChatDraft,
    subject: string | null = null,
  ): Promise<{ message: ChatMessage; fresh: boolean }> {
    let log = this.#rooms.get(room);
    if (!log)
      this.#rooms.set(
        room,
        (log = { entries: [], byId: new Map(), bySending: new Map(), textLength: 0, lastId: null, deletedCount: 0 }),
      );
    const first = firstSent(log, draft.from.id, draft.clientId);
    if (first) return { message: first, fresh: false };
    const at = this.#options.now();
    // With a wall clock that is behind the accepted time, the new message would be too old at once.
    const time = Math.max(at, this.#ages.read(at));
    const message: ChatMessage = { id: followingId(log.lastId, time), at, ...draft };
    const entry: Entry = { message, subject, isDeleted: false, changedAfter: null };
    log.lastId = message.id;
    log.entries.push(entry);
    log.byId.set(message.id, entry);
    log.bySending.set(sendingKey(message.from.id, message.clientId), entry);
    log.textLength += message.text.length;
    this.#trim(log, this.#ages.deletesBy(at));
    return { message, fresh: true };
  }

  async sent(room: string, sender: ParticipantId, clientId: string): Promise<ChatMessage | null> {
    return firstSent(this.#rooms.get(room), sender, clientId);
  }

  async read(room: string, viewer: ParticipantId, query: ChatQuery): Promise<ChatPage> {
    return this.#page(room, query, (message) => isSeenBy(message, viewer));
  }

  async readAll(room: string, query: ChatQuery): Promise<ChatPage> {
    return this.#page(room, query, () => true);
  }

  async roomsOf(subject: string): Promise<string[]> {
    return [...this.#rooms.keys()].filter((room) => this.#kept(room, subject).length > 0);
  }

  async readOf(room: string, subject: string): Promise<ChatMessage[]> {
    return this.#kept(room, subject).map(({ message }) => message);
  }

  async purge(room: string, subject: string | null): Promise<ChatMessage[]> {
    const log = this.#rooms.get(room);
    const entries = this.#kept(room, subject).slice(0, PURGE_PORTION);
    const messages = entries.map(({ message }) => message);
    if (log) for (const entry of entries) this.#takeOut(log, entry);
    return messages;
  }

  #page(room: string, query: ChatQuery, isWanted: (message: ChatMessage) => boolean): ChatPage {
    const log = this.#rooms.get(room);
    const page: ChatMessage[] = [];
    let hasOlder = false;
    // Newest first, so that the cost of a page near the end does not depend on the length of the log.
    for (const { message } of log ? this.#shown(log) : []) {
      if (hasOlder) break;
      if (query.before !== undefined && message.id >= query.before) continue;
      if (!isWanted(message)) continue;
      if (page.length === query.limit || (query.after !== undefined && message.id <= query.after)) hasOlder = true;
      else page.push(message);
    }
    return { messages: page.toReversed(), hasOlder };
  }

  async edit(
    room: string,
    id: string,
    editor: ParticipantId,
    text: string,
  ): Promise<{ message: ChatMessage; fresh: boolean }> {
    const log = this.#rooms.get(room);
    const entry = log && this.#find(log, id);
    const before = entry?.message;
    assertEditable(before, editor);
    if (!log || !entry || before.text === text) return { message: before, fresh: false };
    const message = { ...before, text, editedAt: editedAtAfter(before, this.#options.now()) };
    log.textLength += text.length - before.text.length;
    Object.assign(entry, { message, changedAfter: log.lastId });
    return { message, fresh: true };
  }

  async delete(room: string, id: string, editor: ChatEditor): Promise<ChatMessage | null> {
    const log = this.#rooms.get(room);
    const entry = log && this.#find(log, id);
    const message = entry?.message;
    if (!isDeletable(message, editor) || !log || !entry) return null;
    this.#takeOut(log, entry);
    return message;
  }

  async changes(room: string, viewer: ParticipantId, after: string, limit: number): Promise<ChatChanges | null> {
    const changed = (this.#rooms.get(room)?.entries ?? []).filter(
      ({ changedAfter }) => changedAfter !== null && changedAfter >= after,
    );
    if (changed.length > limit) return null;
    const seen = changed.filter(({ message }) => isSeenBy(message, viewer));
    return {
      edited: seen.filter(({ message, isDeleted }) => !isDeleted && message.id <= after).map(({ message }) => message),
      deleted: seen.filter(({ isDeleted }) => isDeleted).map(({ message }) => message.id),
    };
  }

  async drop(room: string): Promise<void> {
    this.#rooms.delete(room);
  }

  async close(): Promise<void> {
    this.#rooms.clear();
  }

  #takeOut(log: RoomLog, entry: Entry): void {
    log.textLength -= entry.message.text.length;
    log.deletedCount++;
    const message = { ...entry.message, text: '' };
    Object.assign(entry, { message, subject: null, isDeleted: true, changedAfter: log.lastId });
  }

  /** All messages that are kept, shown or not; only those of `subject` if it is not null. */
  #kept(room: string, subject: string | null): Entry[] {
    const entries = this.#rooms.get(room)?.entries ?? [];
    return entries.filter((entry) => !entry.isDeleted && (subject === null || entry.subject === subject));
  }

  /** All messages that are shown, newest first: not too old, not beyond the limit, not deleted. */
  *#shown(log: RoomLog): Generator<Entry> {
    const horizon = this.#horizon();
    let count = 0;
    for (let index = log.entries.length - 1; index >= 0 && count < this.#options.historyLimit; index--) {
      const entry = log.entries[index];
      if (!entry || entry.message.id <= horizon) break;
      if (entry.isDeleted) continue;
      count++;
      yield entry;
    }
  }

  /** The entry of a message that is shown. */
  #find(log: RoomLog, id: string): Entry | undefined {
    const entry = log.byId.get(id);
    if (!entry || entry.isDeleted || id <= this.#horizon()) return undefined;
    if (log.entries.length - log.deletedCount <= this.#options.historyLimit) return entry;
    for (const shown of this.#shown(log)) if (shown === entry) return entry;
    return undefined;
  }

  /** Only ids above this one are shown. */
  #horizon(): string {
    const { retentionMs, now } = this.#options;
    return retentionMs === 0 ? '~' : idBefore(now() - retentionMs);
  }

  #trim(log: RoomLog, now: number): void {
    const keep = Math.max(this.#options.historyLimit, RETRY_WINDOW);
    const aged = idBefore(now - Math.max(this.#options.retentionMs, RETRY_MS));
    let surplus = 0;
    for (const { message, isDeleted } of log.entries) {
      const count = log.entries.length - surplus - log.deletedCount;
      const isSurplus = count > keep || log.entries.length - surplus > 2 * keep;
      if (!isSurplus && log.textLength <= ROOM_TEXT_LIMIT && message.id > aged) break;
      surplus++;
      log.textLength -= message.text.length;
      if (isDeleted) log.deletedCount--;
      log.byId.delete(message.id);
      log.bySending.delete(sendingKey(message.from.id, message.clientId));
    }
    if (surplus > 0) log.entries.splice(0, surplus);
  }
}
