/**
 * `ChatLog` in the store under `DATA_DIR`.
 *
 * Owns the tables `messages` and `rooms` (except what a room remembers), and what is deleted: surplus messages with
 * each append, old messages and those of ended rooms little by little. A promise resolves when its data is on disk, and
 * reads see only data on disk. The ids of a room ascend over restarts too.
 */
import type { AgeClock } from '../rooms/age-clock.ts';
import { assertEditable, editedAtAfter, followingId, idBefore, isDeletable } from '../rooms/chat-log.ts';
import type { ChatChanges, ChatDraft, ChatEditor, ChatLog, ChatPage, ChatQuery } from '../rooms/chat-log.ts';
import { PURGE_PORTION, RETRY_MS, RETRY_WINDOW } from '../rooms/rules.ts';
import type { ChatMessage, ParticipantId } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import { parseStoredMessage, parseStoredMessages } from '../rooms/stored.ts';
import { ChatSweep } from './chat-sweep.ts';
import { openAgeClock } from './disk-age-clock.ts';
import type { Database, Query } from './database.ts';

/** Above every id. */
const TOP = '~';
/**
 * Surplus messages that one append deletes at most. Several, so that the surplus shrinks; few, so that no append takes
 * long.
 */
const PORTION = 20;

export interface DiskChatLogOptions {
  database: Database;
  historyLimit: number;
  retentionMs: number;
  now: () => number;
  /** Decides which messages are too old to be kept; by default the age clock whose time the database keeps. */
  ages?: AgeClock;
  /** Milliseconds between two searches for old messages. */
  sweepMs?: number | undefined;
}

interface RoomRow {
  id: number;
  live: number;
  gone: number;
  lastId: string | null;
}

const ROOM = 'SELECT id, live, gone, last_id AS lastId FROM rooms WHERE name = ?';

/** The newest id beyond the number of messages to show. */
const HORIZON = 'SELECT id FROM messages WHERE room = ? AND body IS NOT NULL ORDER BY id DESC LIMIT 1 OFFSET ?';

/**
 * Three walks along an index, of one page each: messages to the room, to the viewer (?4), and by the viewer to another
 * participant. Direct messages between others cost nothing.
 */
const PAGE = `
  SELECT id, body FROM (
    SELECT * FROM (
      SELECT id, body FROM messages
      WHERE room = ?1 AND recipient IS NULL AND id > ?2 AND id < ?3 AND body IS NOT NULL
      ORDER BY id DESC LIMIT ?5
    )
    UNION ALL
    SELECT * FROM (
      SELECT id, body FROM messages
      WHERE room = ?1 AND recipient = ?4 AND id > ?2 AND id < ?3 AND body IS NOT NULL
      ORDER BY id DESC LIMIT ?5
    )
    UNION ALL
    SELECT * FROM (
      SELECT id, body FROM messages
      WHERE room = ?1 AND sender = ?4 AND recipient IS NOT NULL AND recipient <> ?4
        AND id > ?2 AND id < ?3 AND body IS NOT NULL
      ORDER BY id DESC LIMIT ?5
    )
  ) ORDER BY id DESC LIMIT ?5`;

/** Messages for any receiver. */
const PAGE_OF_ALL = `
  SELECT id, body FROM messages WHERE room = ? AND id > ? AND id < ? AND body IS NOT NULL ORDER BY id DESC LIMIT ?`;

const ROOMS_OF = `
  SELECT name FROM rooms
  WHERE name IS NOT NULL AND id IN (SELECT DISTINCT room FROM messages WHERE subject = ? AND body IS NOT NULL)`;

const OF_SUBJECT = 'SELECT id, body FROM messages WHERE subject = ? AND room = ? AND body IS NOT NULL ORDER BY id';

/** Uses the index alone, so that too many changes cost no more than counting them. */
const COUNT_CHANGES = `
  SELECT count(*) AS count FROM (
    SELECT 1 FROM messages INDEXED BY messages_by_change WHERE room = ?1 AND changed_after >= ?2 LIMIT ?3
  )`;

/** One walk along the index over messages of all receivers. */
const CHANGES = `
  SELECT id, body, recipient IS NULL OR recipient = ?3 OR sender = ?3 AS seen FROM (
    SELECT id, body, recipient, sender FROM messages INDEXED BY messages_by_change
    WHERE room = ?1 AND changed_after >= ?2 LIMIT ?4
  ) ORDER BY id`;

async function prepareWrites(database: Database) {
  return database.prepareAll({
    room: ROOM,
    makeRoom: 'INSERT INTO rooms (name) VALUES (?) ON CONFLICT (name) DO NOTHING',
    bySending: 'SELECT id, body FROM messages WHERE room = ? AND sender = ? AND client_id = ?',
    insert: 'INSERT INTO messages (room, id, sender, recipient, client_id, body, subject) VALUES (?, ?, ?, ?, ?, ?, ?)',
    count: 'UPDATE rooms SET live = live + ?, gone = gone + ?, last_id = coalesce(?, last_id) WHERE id = ?',
    get: 'SELECT body FROM messages WHERE room = ? AND id = ? AND id > ?',
    change: 'UPDATE messages SET body = ?, changed_after = ? WHERE room = ? AND id = ?',
    takeOut: 'UPDATE messages SET body = NULL, subject = NULL, changed_after = ? WHERE room = ? AND id = ?',
    next: 'SELECT id, body FROM messages WHERE room = ? AND id > ? AND body IS NOT NULL ORDER BY id LIMIT 1',
    nextOf: `SELECT id, body FROM messages
      WHERE subject = ? AND room = ? AND id > ? AND body IS NOT NULL ORDER BY id LIMIT 1`,
    horizon: HORIZON,
    nth: 'SELECT id FROM messages WHERE room = ? AND (body IS NOT NULL OR ?) ORDER BY id LIMIT 1 OFFSET ?',
    countUpTo: 'SELECT count(body) AS live, count(*) - count(body) AS gone FROM messages WHERE room = ? AND id <= ?',
    deleteUpTo: 'DELETE FROM messages WHERE room = ? AND id <= ?',
    drop: 'UPDATE rooms SET name = NULL, memory = NULL WHERE name = ?',
    clear: 'DELETE FROM messages',
    uncount: 'UPDATE rooms SET live = 0, gone = 0',
  });
}

type ReadName = 'room' | 'page' | 'pageOfAll' | 'roomsOf' | 'ofSubject' | 'countChanges' | 'changes' | 'horizon';
type Writes = Awaited<ReturnType<typeof prepareWrites>>;

export class DiskChatLog implements ChatLog {
  readonly #options: DiskChatLogOptions;
  readonly #writes: Writes;
  readonly #reads: Record<ReadName, Query>;
  readonly #sweep: ChatSweep;
  readonly #ages: AgeClock;
  /** Rooms that have ended although the disk may not show it yet, and how many drops are still running for each. */
  readonly #dropping = new Map<string, number>();

  private constructor(options: DiskChatLogOptions, writes: Writes, sweep: ChatSweep, ages: AgeClock) {
    const { database } = options;
    this.#options = options;
    this.#writes = writes;
    this.#sweep = sweep;
    this.#ages = ages;
    this.#reads = {
      room: database.prepareQuery(ROOM),
      page: database.prepareQuery(PAGE),
      pageOfAll: database.prepareQuery(PAGE_OF_ALL),
      roomsOf: database.prepareQuery(ROOMS_OF),
      ofSubject: database.prepareQuery(OF_SUBJECT),
      countChanges: database.prepareQuery(COUNT_CHANGES),
      changes: database.prepareQuery(CHANGES),
      horizon: database.prepareQuery(HORIZON),
    };
  }

  static async open(options: DiskChatLogOptions): Promise<DiskChatLog> {
    const { database, retentionMs, now } = options;
    const ages = options.ages ?? (await openAgeClock(database, now));
    const keepMs = Math.max(retentionMs, RETRY_MS);
    const sweep = await ChatSweep.open(database, { now, ages, keepMs, sweepMs: options.sweepMs });
    return new DiskChatLog(options, await prepareWrites(database), sweep, ages);
  }

  append(
    room: string,
    draft: ChatDraft,
    subject: string | null = null,
  ): Promise<{ message: ChatMessage; fresh: boolean }> {
    const { insert, count } = this.#writes;
    const clientId = JSON.stringify(draft.clientId);
    return this.#options.database.write(() => {
      const known = this.#roomToWrite(room);
      const first = this.#firstSent(known.id, draft.from.id, draft.clientId);
      if (first) return { message: first, fresh: false };
      const at = this.#options.now();
      // With a wall clock that is behind the accepted time, the new message would be too old at once.
      const message: ChatMessage = { id: followingId(known.lastId, Math.max(at, this.#ages.read(at))), at, ...draft };
      insert.run(known.id, message.id, message.from.id, message.to ?? null, clientId, JSON.stringify(message), subject);
      count.run(1, 0, message.id, known.id);
      this.#trim({ ...known, live: known.live + 1 });
      return { message, fresh: true };
    });
  }

  sent(room: string, sender: ParticipantId, clientId: string): Promise<ChatMessage | null> {
    // As a write, so that it comes after an append that may be running.
    return this.#options.database.write(() => {
      const known = this.#writes.room.get(room) as unknown as RoomRow | undefined;
      return known ? this.#firstSent(known.id, sender, clientId) : null;
    });
  }

  async read(room: string, viewer: ParticipantId, { after = '', before = TOP, limit }: ChatQuery): Promise<ChatPage> {
    const known = this.#roomToRead(room);
    if (!known) return { messages: [], hasOlder: false };
    const horizon = this.#horizonToRead(known);
    const rows = this.#reads.page.all(known.id, after > horizon ? after : horizon, before, viewer, limit + 1);
    const messages = parseStoredMessages(rows.slice(0, limit).map(({ body }) => body)).toReversed();
    // Every message up to `after` is older than the whole page.
    const hasOlder =
      rows.length > limit ||
      (after > horizon && this.#reads.page.all(known.id, horizon, `${after}!`, viewer, 1).length > 0);
    return { messages, hasOlder };
  }

  async readAll(room: string, { after = '', before = TOP, limit }: ChatQuery): Promise<ChatPage> {
    const known = this.#roomToRead(room);
    if (!known) return { messages: [], hasOlder: false };
    const horizon = this.#horizonToRead(known);
    const rows = this.#reads.pageOfAll.all(known.id, after > horizon ? after : horizon, before, limit + 1);
    const messages = parseStoredMessages(rows.slice(0, limit).map(({ body }) => body)).toReversed();
    const hasOlder =
      rows.length > limit ||
      (after > horizon && this.#reads.pageOfAll.all(known.id, horizon, `${after}!`, 1).length > 0);
    return { messages, hasOlder };
  }

  async roomsOf(subject: string): Promise<string[]> {
    return this.#reads.roomsOf
      .all(subject)
      .map(({ name }) => String(name))
      .filter((name) => !this.#dropping.has(name));
  }

  async readOf(room: string, subject: string): Promise<ChatMessage[]> {
    const known = this.#roomToRead(room);
    return known ? parseStoredMessages(this.#reads.ofSubject.all(subject, known.id).map(({ body }) => body)) : [];
  }

  async purge(room: string, subject: string | null): Promise<ChatMessage[]> {
    const { next, nextOf, takeOut, count } = this.#writes;
    const messages = await this.#options.database.write(() => {
      const known = this.#writes.room.get(room) as unknown as RoomRow | undefined;
      const taken: ChatMessage[] = [];
      if (!known) return taken;
      for (let id = ''; taken.length < PURGE_PORTION;) {
        const row = subject === null ? next.get(known.id, id) : nextOf.get(subject, known.id, id);
        if (!row) break;
        id = String(row['id']);
        takeOut.run(known.lastId, known.id, id);
        count.run(-1, 1, null, known.id);
        // A damaged message has no known author. Its id is told all the same.
        const nobody = { id: '', displayName: '' };
        taken.push(
          parseStoredMessage(row['body']) ?? { id, clientId: '', from: nobody, text: '', at: 0, kind: 'text' },
        );
      }
      return taken;
    });
    if (messages.length > 0) this.#options.database.scrub();
    return messages;
  }

  async edit(
    room: string,
    id: string,
    editor: ParticipantId,
    text: string,
  ): Promise<{ message: ChatMessage; fresh: boolean }> {
    const edited = await this.#options.database.write(() => {
      const { known, message: before } = this.#find(room, id);
      assertEditable(before, editor);
      if (!known || before.text === text) return { message: before, fresh: false };
      const message = { ...before, text, editedAt: editedAtAfter(before, this.#options.now()) };
      this.#writes.change.run(JSON.stringify(message), known.lastId, known.id, id);
      return { message, fresh: true };
    });
    if (edited.fresh) this.#options.database.scrub();
    return edited;
  }

  async delete(room: string, id: string, editor: ChatEditor): Promise<ChatMessage | null> {
    const deleted = await this.#options.database.write(() => {
      const { known, message } = this.#find(room, id);
      if (!isDeletable(message, editor) || !known) return null;
      this.#writes.takeOut.run(known.lastId, known.id, id);
      this.#writes.count.run(-1, 1, null, known.id);
      return message;
    });
    if (deleted) this.#options.database.scrub();
    return deleted;
  }

  async changes(room: string, viewer: ParticipantId, after: string, limit: number): Promise<ChatChanges | null> {
    const known = this.#roomToRead(room);
    if (!known) return { edited: [], deleted: [] };
    if (Number(this.#reads.countChanges.all(known.id, after, limit + 1)[0]?.['count']) > limit) return null;
    const rows = this.#reads.changes.all(known.id, after, viewer, limit).filter(({ seen }) => seen === 1);
    const edited = rows.filter(({ id, body }) => body !== null && String(id) <= after);
    return {
      edited: parseStoredMessages(edited.map(({ body }) => body)),
      deleted: rows.filter(({ body }) => body === null).map(({ id }) => String(id)),
    };
  }

  /** A room of this name is a new one from now on. The messages of the old one are deleted little by little. */
  async drop(room: string): Promise<void> {
    this.#dropping.set(room, (this.#dropping.get(room) ?? 0) + 1);
    try {
      await this.#options.database.write(() => this.#writes.drop.run(room));
    } finally {
      const others = (this.#dropping.get(room) ?? 1) - 1;
      if (others > 0) this.#dropping.set(room, others);
      else this.#dropping.delete(room);
    }
    this.#sweep.start('dropped');
  }

  /** Deletes all messages. */
  async clear(): Promise<void> {
    await this.#options.database.write(() => {
      this.#writes.clear.run();
      this.#writes.uncount.run();
    });
    this.#options.database.scrub();
  }

  async close(): Promise<void> {
    await this.#sweep.close();
  }

  #roomToRead(name: string): RoomRow | undefined {
    return this.#dropping.has(name) ? undefined : (this.#reads.room.all(name)[0] as unknown as RoomRow | undefined);
  }

  #roomToWrite(name: string): RoomRow {
    const found = this.#writes.room.get(name);
    if (found) return found as unknown as RoomRow;
    this.#writes.makeRoom.run(name);
    return this.#writes.room.get(name) as unknown as RoomRow;
  }

  #firstSent(room: number, sender: ParticipantId, clientId: string): ChatMessage | null {
    const first = this.#writes.bySending.get(room, sender, JSON.stringify(clientId));
    if (!first) return null;
    const message = parseStoredMessage(first['body']);
    // A repeated sending of a deleted or damaged message is refused.
    if (!message) throw new Refusal('payload-invalid');
    return message;
  }

  /** A message that is shown. */
  #find(room: string, id: string): { known: RoomRow | undefined; message: ChatMessage | undefined } {
    const known = this.#writes.room.get(room) as unknown as RoomRow | undefined;
    const horizon = known && this.#horizon(known, (...values) => this.#writes.horizon.get(...values)?.['id']);
    const body = known && this.#writes.get.get(known.id, id, horizon ?? '')?.['body'];
    return { known, message: (body && parseStoredMessage(body)) || undefined };
  }

  #horizonToRead(room: RoomRow): string {
    return this.#horizon(room, (...values) => this.#reads.horizon.all(...values)[0]?.['id']);
  }

  /** Only ids above this one are shown. */
  #horizon({ id, live }: RoomRow, find: (room: number, offset: number) => unknown): string {
    const { historyLimit, retentionMs, now } = this.#options;
    const aged = idBefore(now() - retentionMs);
    const beyond = live > historyLimit ? String(find(id, historyLimit) ?? '') : '';
    return beyond > aged ? beyond : aged;
  }

  #trim({ id, live, gone }: RoomRow): void {
    const { nth, countUpTo, deleteUpTo, count } = this.#writes;
    const keep = Math.max(this.#options.historyLimit, RETRY_WINDOW);
    // Rows of deleted messages stay until the messages around them go. If there are too many of them, the oldest rows
    // go, deleted or not.
    const [surplus, any] = live > keep ? [live - keep, 0] : [live + gone - 2 * keep, 1];
    if (surplus <= 0) return;
    const last = nth.get(id, any, Math.min(surplus, PORTION) - 1)?.['id'] ?? '';
    const counted = countUpTo.get(id, last);
    deleteUpTo.run(id, last);
    this.#options.database.scrub();
    count.run(-Number(counted?.['live']), -Number(counted?.['gone']), null, id);
  }
}
