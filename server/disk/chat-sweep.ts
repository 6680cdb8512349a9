/**
 * Deletes old messages and the messages of ended rooms from the disk, a portion with each commit, so that no write
 * waits for long.
 *
 * Owns when it runs: at the start and every minute for old messages, and on request for ended rooms.
 */
import type { AgeClock } from '../rooms/age-clock.ts';
import { idBefore } from '../rooms/chat-log.ts';
import type { Database, Query } from './database.ts';
import { keepAgeClock } from './disk-age-clock.ts';

const PERIOD_MS = 60_000;
/**
 * A run that deleted something forgets rooms without messages and stores the time of `ages`. A run that deleted nothing
 * does so only after this many milliseconds.
 */
const UPKEEP_MS = 3_600_000;
/** The most messages that one commit deletes. */
const PORTION = 200;
/** Rooms that one commit looks at. Most of them hold few messages. */
const ROOMS = 50;
/** Above every id. */
const TOP = '~';

export interface ChatSweepOptions {
  now: () => number;
  ages: AgeClock;
  /** Milliseconds for which a message is kept. */
  keepMs: number;
  /** Milliseconds between two runs. */
  sweepMs?: number | undefined;
}

export class ChatSweep {
  readonly #database: Database;
  readonly #options: ChatSweepOptions;
  readonly #writes: SweepStatements;
  readonly #reads: Record<'dropped' | 'aged', Query>;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | null = null;
  #pending: 'nothing' | 'dropped' | 'all' = 'nothing';
  #closed = false;
  #keptUpAt = -Infinity;

  private constructor(database: Database, options: ChatSweepOptions, writes: SweepStatements) {
    this.#database = database;
    this.#options = options;
    this.#writes = writes;
    this.#reads = {
      dropped: database.prepareQuery(`SELECT id FROM rooms WHERE name IS NULL LIMIT ${ROOMS}`),
      aged: database.prepareQuery(`
        SELECT id FROM rooms
        WHERE EXISTS (SELECT 1 FROM messages WHERE room = rooms.id AND messages.id <= ?) LIMIT ${ROOMS}
      `),
    };
    this.#timer = setInterval(() => this.start('all'), options.sweepMs ?? PERIOD_MS).unref();
  }

  static async open(database: Database, options: ChatSweepOptions): Promise<ChatSweep> {
    const sweep = new ChatSweep(database, options, await prepareWrites(database));
    sweep.start('all');
    return sweep;
  }

  /** Runs once more if it is running already. */
  start(what: 'dropped' | 'all'): void {
    if (this.#pending !== 'all') this.#pending = what;
    // A failed run is repeated at the next interval. Nothing waits for it.
    this.#running ??= this.#run()
      .catch(() => undefined)
      .finally(() => (this.#running = null));
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
    await keepAgeClock(this.#database, this.#options.ages.read(this.#options.now())).catch(() => undefined);
  }

  async #run(): Promise<void> {
    while (this.#pending !== 'nothing' && !this.#closed) {
      const what = this.#pending;
      this.#pending = 'nothing';
      const hasDropped = await this.#sweepAll(() => this.#reads.dropped.all(), TOP);
      if (what === 'dropped') continue;
      const { now, ages, keepMs } = this.#options;
      const horizon = idBefore(ages.deletesBy(now()) - keepMs);
      const hasAged = await this.#sweepAll(() => this.#reads.aged.all(horizon), horizon);
      if (!hasDropped && !hasAged && performance.now() - this.#keptUpAt < UPKEEP_MS) continue;
      this.#keptUpAt = performance.now();
      await this.#database.write(() => this.#writes.forgetEmpty.run());
      await keepAgeClock(this.#database, ages.read(now()));
    }
  }

  /** Resolves to whether it deleted anything. */
  async #sweepAll(find: () => Record<string, unknown>[], horizon: string): Promise<boolean> {
    let found = false;
    for (let rooms; !this.#closed && (rooms = find()).length > 0;) {
      found = true;
      const ids = rooms.map(({ id }) => Number(id));
      await this.#database.write(() => {
        let left = PORTION;
        for (const id of ids) if (left > 0) left -= this.#sweepRoom(id, horizon, left);
      });
    }
    if (found) this.#database.scrub();
    return found;
  }

  /** Deletes at most `most` messages of a room, and an ended room without messages. Answers how many rows that was. */
  #sweepRoom(id: number, horizon: string, most: number): number {
    const { last, countUpTo, deleteUpTo, count, forgetDropped } = this.#writes;
    const upTo = last.get(id, horizon, most)?.['id'] ?? null;
    if (upTo === null) {
      forgetDropped.run(id);
      return 1;
    }
    const counted = countUpTo.get(id, upTo);
    const live = Number(counted?.['live']);
    const gone = Number(counted?.['gone']);
    deleteUpTo.run(id, upTo);
    count.run(live, gone, id);
    if (live + gone < most) forgetDropped.run(id);
    return live + gone;
  }
}

type SweepStatements = Awaited<ReturnType<typeof prepareWrites>>;

async function prepareWrites(database: Database) {
  return database.prepareAll({
    last: 'SELECT max(id) AS id FROM (SELECT id FROM messages WHERE room = ? AND id <= ? ORDER BY id LIMIT ?)',
    countUpTo: 'SELECT count(body) AS live, count(*) - count(body) AS gone FROM messages WHERE room = ? AND id <= ?',
    deleteUpTo: 'DELETE FROM messages WHERE room = ? AND id <= ?',
    count: 'UPDATE rooms SET live = live - ?, gone = gone - ? WHERE id = ?',
    forgetDropped: `
      DELETE FROM rooms WHERE id = ?1 AND name IS NULL AND NOT EXISTS (SELECT 1 FROM messages WHERE room = ?1)
    `,
    forgetEmpty: 'DELETE FROM rooms WHERE memory IS NULL AND NOT EXISTS (SELECT 1 FROM messages WHERE room = rooms.id)',
  });
}
