/**
 * What rooms remember over a restart, in the store under `DATA_DIR`: lock, bans, roles, whether they are listed, and
 * the epoch and number of the last fact.
 *
 * Owns the column `memory`, and which rooms end because nobody entered them again after a restart. Does not own when
 * they end (`backend.ts`), nor the content of a memory (`MemoryRoom`). Changes of one moment are written together, some
 * milliseconds later or as soon as `saved` is called.
 */
import type { Logger } from 'pino';
import { parseRoomMemory } from '../rooms/stored.ts';
import type { RoomMemories, RoomMemory } from '../rooms/rooms.ts';
import type { Database, Query, Statement } from './database.ts';

/** Milliseconds within which changes are written together. */
const GATHERING_MS = 50;
/** Milliseconds until the next attempt after a failed write. */
const RETRY_MS = 1_000;

/** Reads what to write for a room, at the time of the write. Null if the room must be forgotten. */
type Change = (() => RoomMemory) | null;

export class DiskRoomMemories implements RoomMemories {
  readonly #database: Database;
  readonly #writes: Record<'keep' | 'forget', Statement>;
  readonly #recall: Query;
  readonly #log: Logger;
  /** Rooms of an earlier process that nobody has entered yet. */
  readonly #unclaimed: Set<string>;
  #changes = new Map<string, Change>();
  /** Changes that are being written. */
  #underway = new Map<string, Change>();
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;

  private constructor(database: Database, writes: Record<'keep' | 'forget', Statement>, log: Logger) {
    this.#database = database;
    this.#writes = writes;
    this.#log = log;
    this.#recall = database.prepareQuery('SELECT memory FROM rooms WHERE name = ? AND memory IS NOT NULL');
    // Names of rooms of the other mode (with grants or without) begin with U+0001. They wait for a start in that mode.
    const names = database.prepareQuery('SELECT name FROM rooms WHERE unicode(name) <> 1').all();
    this.#unclaimed = new Set(names.map(({ name }) => String(name)));
  }

  static async open(database: Database, log: Logger): Promise<DiskRoomMemories> {
    const writes = await database.prepareAll({
      keep: 'INSERT INTO rooms (name, memory) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET memory = excluded.memory',
      forget: 'UPDATE rooms SET memory = NULL WHERE name = ?',
    });
    return new DiskRoomMemories(database, writes, log);
  }

  recall(room: string): RoomMemory | null {
    this.#unclaimed.delete(room);
    for (const changes of [this.#changes, this.#underway]) if (changes.has(room)) return changes.get(room)?.() ?? null;
    return this.#read(room);
  }

  #read(room: string): RoomMemory | null {
    const memory = this.#recall.all(room)[0]?.['memory'];
    const recalled = memory ? parseRoomMemory(memory) : null;
    if (memory && !recalled)
      this.#log.error({ room }, 'the stored lock and bans of this room are damaged: it starts without them');
    return recalled;
  }

  keep(room: string, read: () => RoomMemory): void {
    this.#change(room, read);
  }

  forget(room: string): void {
    this.#change(room, null);
  }

  async saved(): Promise<void> {
    while (this.#writing) await this.#writing;
    await this.#write();
  }

  /**
   * Ends rooms of an earlier process that nobody has entered, except for bans that last longer. Answers their names.
   */
  endUnclaimed(now: number): string[] {
    const rooms = [...this.#unclaimed].filter((room) => !this.#outlast(room, now));
    for (const room of rooms) this.forget(room);
    return rooms;
  }

  /** Rejects if the last changes could not be written. */
  async close(): Promise<void> {
    await this.saved();
    if (this.#timer) clearTimeout(this.#timer);
  }

  #outlast(room: string, now: number): boolean {
    const memory = this.#read(room);
    if (!memory || (memory.bansUntil ?? 0) <= now) return false;
    const { permissions: _, ...kept } = memory;
    if (!memory.over) this.keep(room, () => ({ ...kept, locked: false, members: {}, over: true }));
    return true;
  }

  #change(room: string, change: Change): void {
    this.#unclaimed.delete(room);
    this.#changes.set(room, change);
    this.#timer ??= this.#start(GATHERING_MS);
  }

  #start(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = null;
      this.saved().catch((error: unknown) => {
        this.#log.error({ err: error }, 'writing locks and bans of rooms to DATA_DIR failed; the server tries again');
      });
    }, delayMs).unref();
  }

  async #write(): Promise<void> {
    if (this.#changes.size === 0) return;
    const changes = this.#changes;
    this.#underway = changes;
    this.#changes = new Map();
    this.#writing = this.#database
      .write(() => {
        for (const [room, read] of changes) {
          if (read) this.#writes.keep.run(room, JSON.stringify(read()));
          else this.#writes.forget.run(room);
        }
      })
      .finally(() => {
        this.#underway = new Map();
        this.#writing = null;
      });
    try {
      await this.#writing;
      if ([...changes.values()].includes(null)) this.#database.scrub();
    } catch (error) {
      for (const [room, change] of changes) if (!this.#changes.has(room)) this.#changes.set(room, change);
      this.#timer ??= this.#start(RETRY_MS);
      throw error;
    }
  }
}
