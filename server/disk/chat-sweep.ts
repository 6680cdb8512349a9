/**
 * Takes old messages, and those of rooms that are no more, off the disk: a portion with each commit, so that nobody
 * waits for it. Looks for old ones at the start and once an hour; for dropped rooms when it is told.
 */
import type { Database, Query } from './database.ts';

const PERIOD_MS = 3_600_000;
/** Messages of one commit. */
const PORTION = 200;
/** Above every id. */
const TOP = '~';

export class ChatSweep {
  readonly #database: Database;
  /** Ids up to this are too old. */
  readonly #horizon: () => string;
  readonly #writes: SweepStatements;
  readonly #reads: Record<'dropped' | 'aged' | 'last', Query>;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | null = null;
  #pending: 'nothing' | 'dropped' | 'all' = 'nothing';
  #closed = false;

  private constructor(database: Database, horizon: () => string, writes: SweepStatements) {
    this.#database = database;
    this.#horizon = horizon;
    this.#writes = writes;
    this.#reads = {
      dropped: database.prepareQuery('SELECT id FROM rooms WHERE name IS NULL LIMIT 1'),
      aged: database.prepareQuery('SELECT id FROM rooms WHERE EXISTS (SELECT 1 FROM messages WHERE room = rooms.id AND messages.id <= ?) LIMIT 1'),
      last: database.prepareQuery('SELECT max(id) AS id FROM (SELECT id FROM messages WHERE room = ? AND id <= ? ORDER BY id LIMIT ?)'),
    };
    this.#timer = setInterval(() => this.start('all'), PERIOD_MS).unref();
  }

  static async open(database: Database, horizon: () => string): Promise<ChatSweep> {
    const sweep = new ChatSweep(database, horizon, await prepareWrites(database));
    sweep.start('all');
    return sweep;
  }

  /** Where one is under way, another one follows. */
  start(what: 'dropped' | 'all'): void {
    if (this.#pending !== 'all') this.#pending = what;
    // What fails is tried again in its time; nobody waits for it.
    this.#running ??= this.#run().catch(() => undefined).finally(() => (this.#running = null));
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#pending !== 'nothing' && !this.#closed) {
      const what = this.#pending;
      this.#pending = 'nothing';
      await this.#sweepAll(() => this.#reads.dropped.all()[0], TOP);
      if (what === 'dropped') continue;
      const horizon = this.#horizon();
      await this.#sweepAll(() => this.#reads.aged.all(horizon)[0], horizon);
      await this.#database.write(() => this.#writes.forgetEmpty.run());
    }
  }

  async #sweepAll(find: () => Record<string, unknown> | undefined, horizon: string): Promise<void> {
    for (let room; !this.#closed && (room = find()); ) {
      const id = Number(room['id']);
      const last = this.#reads.last.all(id, horizon, PORTION)[0]?.['id'] ?? null;
      await this.#database.write(() => {
        if (last === null) return this.#writes.forgetDropped.run(id);
        const counted = this.#writes.countUpTo.get(id, last);
        this.#writes.deleteUpTo.run(id, last);
        return this.#writes.count.run(Number(counted?.['live']), Number(counted?.['gone']), id);
      });
    }
  }
}

type SweepStatements = Awaited<ReturnType<typeof prepareWrites>>;

async function prepareWrites(database: Database) {
  return database.prepareAll({
    countUpTo: 'SELECT count(body) AS live, count(*) - count(body) AS gone FROM messages WHERE room = ? AND id <= ?',
    deleteUpTo: 'DELETE FROM messages WHERE room = ? AND id <= ?',
    count: 'UPDATE rooms SET live = live - ?, gone = gone - ? WHERE id = ?',
    forgetDropped: 'DELETE FROM rooms WHERE id = ? AND name IS NULL',
    forgetEmpty: 'DELETE FROM rooms WHERE memory IS NULL AND NOT EXISTS (SELECT 1 FROM messages WHERE room = rooms.id)',
  });
}
