import type { EventEmitter } from 'node:events';
import { AgeClock } from '../rooms/age-clock.ts';
import type { Grant } from '../grants/grants.ts';
import { MemoryRevocations } from '../grants/revocations.ts';
import type { Revocation, RevocationEntry, Revocations } from '../grants/revocations.ts';
import type { Database, Statement } from './database.ts';

/** Milliseconds for which a revocation is kept: longer than the longest lifetime of a token. */
const KEPT_MS = 400 * 86_400_000;

const columnsOf = (revocation: Revocation): [kind: string, name: string] =>
  'jti' in revocation ? ['jti', revocation.jti] : ['sub', revocation.sub];

/** Revocations in the store under `DATA_DIR`, with a copy in memory for `isRevoked`. */
export class DiskRevocations implements Revocations {
  readonly changes: EventEmitter<{ revoked: [] }>;
  readonly #memory: MemoryRevocations;
  readonly #database: Database;
  readonly #insert: Statement;
  readonly #remove: Statement;

  private constructor(
    database: Database,
    { insert, remove }: Record<'insert' | 'remove', Statement>,
    now: () => number,
  ) {
    this.#database = database;
    this.#insert = insert;
    this.#remove = remove;
    const known = database.prepareQuery('SELECT kind, name, at FROM revocations').all();
    this.#memory = new MemoryRevocations(
      now,
      known.map(({ kind, name, at }) => ({
        revocation: kind === 'jti' ? { jti: String(name) } : { sub: String(name) },
        at: Number(at),
      })),
    );
    this.changes = this.#memory.changes;
  }

  static async open(
    database: Database,
    now: () => number,
    ages = new AgeClock({ wall: now() }),
  ): Promise<DiskRevocations> {
    const { forget, ...statements } = await database.prepareAll({
      insert: `INSERT INTO revocations (kind, name, at) VALUES (?, ?, ?)
        ON CONFLICT (kind, name) DO UPDATE SET at = max(at, excluded.at)`,
      remove: 'DELETE FROM revocations WHERE kind = ? AND name = ?',
      // Age is measured from the newest revocation too, so that one start with a wrong clock makes no revoked token
      // valid.
      forget: 'DELETE FROM revocations WHERE at <= min(?, (SELECT max(at) FROM revocations)) - ?',
    });
    await database.write(() => forget.run(ages.deletesBy(now()), KEPT_MS));
    return new DiskRevocations(database, statements, now);
  }

  /** In force at once; resolves when it is on disk. */
  async revoke(revocation: Revocation): Promise<{ seen: boolean }> {
    const at = this.#memory.revokeNow(revocation);
    const seen = this.#memory.hasShown(revocation);
    await this.#database.write(() => this.#insert.run(...columnsOf(revocation), at));
    return { seen };
  }

  isRevoked(grant: Grant): boolean {
    return this.#memory.isRevoked(grant);
  }
  handleShown(grant: Grant): void {
    this.#memory.handleShown(grant);
  }

  list(): RevocationEntry[] {
    return this.#memory.list();
  }

  /** Lifted at once; resolves when it is off the disk. */
  async lift(id: string): Promise<boolean> {
    const lifted = this.#memory.liftNow(id);
    if (lifted) await this.#database.write(() => this.#remove.run(...columnsOf(lifted)));
    return lifted !== null;
  }
}
