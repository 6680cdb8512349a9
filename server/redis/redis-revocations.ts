/**
 * `Revocations` that several processes share.
 *
 * Owns a copy of all revocations in this process, so that asking is synchronous and goes on while Redis is away. The
 * copy is read whole at each return of Redis. What Redis has forgotten is told to it again.
 */
import { EventEmitter } from 'node:events';
import { entryIdOf } from '../grants/entry-id.ts';
import type { Grant } from '../grants/grants.ts';
import { IssuerLead, SHOWN_LIMIT, ShownKeys, listRevocations, revocationKey } from '../grants/revocations.ts';
import type { Revocation, RevocationEntry, Revocations } from '../grants/revocations.ts';
import { inPortions } from './connection.ts';
import type { RedisConnection } from './connection.ts';
import { SCRIPTS } from './scripts.ts';

/** Milliseconds a revocation is remembered. No grant should be valid for longer. */
const KEPT_MS = 366 * 24 * 60 * 60_000;

export interface RedisRevocationsOptions {
  connection: RedisConnection;
  now: () => number;
}

export class RedisRevocations implements Revocations {
  readonly changes = new EventEmitter<{ revoked: [] }>();
  readonly #options: RedisRevocationsOptions;
  readonly #lead: IssuerLead;
  readonly #shown = new ShownKeys();
  /** Key → time of the revocation. */
  #revoked = new Map<string, number>();

  constructor(options: RedisRevocationsOptions) {
    this.#options = options;
    this.#lead = new IssuerLead(options.now);
  }

  async revoke(revocation: Revocation): Promise<{ seen: boolean }> {
    const { connection } = this.#options;
    const key = revocationKey(revocation);
    const at = this.#lead.latest();
    await connection.run(SCRIPTS.revoke, { key, at, keepMs: KEPT_MS, isNow: true });
    // Redis tells it to this process too, but the caller need not wait for that.
    this.handleRevoked(key, at, true);
    const seen = this.#shown.has(revocation) || (await connection.run(SCRIPTS.wasShown, { name: entryIdOf(key) }));
    return { seen };
  }

  isRevoked({ id, subject, issuedAt }: Grant): boolean {
    this.#lead.note(issuedAt);
    if (id !== null && this.#revoked.has(`j:${id}`)) return true;
    const at = subject === null ? undefined : this.#revoked.get(`s:${subject}`);
    return at !== undefined && this.#lead.isIssuedBy(at, issuedAt);
  }

  handleShown(grant: Grant): void {
    const { connection } = this.#options;
    const names = this.#shown.note(grant);
    if (names.length === 0) return;
    // It only helps an administrator to notice a mistyped name, so a failure is not logged.
    connection.run(SCRIPTS.show, { limit: SHOWN_LIMIT, names }).catch(() => undefined);
  }

  list(): RevocationEntry[] {
    return listRevocations(this.#revoked);
  }

  async lift(id: string): Promise<boolean> {
    const { connection } = this.#options;
    const key = [...this.#revoked.keys()].find((candidate) => entryIdOf(candidate) === id);
    if (key === undefined) return false;
    await connection.run(SCRIPTS.lift, { key, keepMs: KEPT_MS });
    this.handleLifted(key);
    return true;
  }

  handleLifted(key: string): void {
    this.#revoked.delete(key);
  }

  /** `isNow`: revoked at this moment, which may be later by the clock of this process than by other clocks. */
  handleRevoked(key: string, toldAt: number, isNow: boolean): void {
    const at = isNow ? Math.max(toldAt, this.#lead.latest()) : toldAt;
    const before = this.#revoked.get(key);
    if (before !== undefined && before >= at) return;
    this.#revoked.set(key, at);
    this.changes.emit('revoked');
  }

  /** Reads all revocations again after Redis returned. */
  async reload(): Promise<void> {
    const { connection } = this.#options;
    const revoked = await connection.runNow(SCRIPTS.revoked, {});
    const known = new Map(revoked.map(([key, at]) => [key, Number(at)]));
    const lifted = new Set(await connection.runNow(SCRIPTS.lifted, {}));
    // Without a look at this process's clock: Redis forgets what is too old.
    const kept = [...this.#revoked].filter(([key]) => known.has(key) || !lifted.has(key));
    const newer = kept.filter(([key, at]) => (known.get(key) ?? 0) < at);
    this.#revoked = new Map([...known, ...newer]);
    this.changes.emit('revoked');
    await inPortions(newer, ([key, at]) =>
      connection.runNow(SCRIPTS.revoke, { key, at, keepMs: KEPT_MS, isNow: false }),
    );
  }
}
