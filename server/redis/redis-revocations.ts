/**
 * `Revocations` that several processes share.
 *
 * Owns this process's copy of all that were taken back, so that asking is synchronous and goes on while Redis is
 * away. It is read whole with each return of Redis; what Redis has forgotten meanwhile it is told again.
 */
import { EventEmitter } from 'node:events';
import type { Grant } from '../grants.ts';
import { IssuerLead } from '../revocations.ts';
import type { Revocation, Revocations } from '../revocations.ts';
import { inPortions } from './connection.ts';
import type { RedisConnection } from './connection.ts';
import type { NodeScripts } from './node-scripts.ts';

/** Milliseconds a revocation is remembered: no grant should live longer. */
const KEPT_MS = 366 * 24 * 60 * 60_000;

const tokenKey = (id: string) => `j:${id}`;
const subjectKey = (subject: string) => `s:${subject}`;

export interface RedisRevocationsOptions {
  connection: RedisConnection;
  scripts: NodeScripts;
  now: () => number;
}

export class RedisRevocations implements Revocations {
  readonly changes = new EventEmitter<{ revoked: [] }>();
  readonly #options: RedisRevocationsOptions;
  readonly #lead: IssuerLead;
  /** By key, when. */
  #revoked = new Map<string, number>();

  constructor(options: RedisRevocationsOptions) {
    this.#options = options;
    this.#lead = new IssuerLead(options.now);
  }

  async revoke(revocation: Revocation): Promise<void> {
    const { connection, scripts } = this.#options;
    const [key, at] = ['jti' in revocation ? tokenKey(revocation.jti) : subjectKey(revocation.sub), this.#lead.latest()];
    await connection.run(scripts.revoke, key, at, KEPT_MS, 'now');
    // It comes back from Redis as well; the call that asked for it need not wait for that.
    this.handleRevoked(key, at, true);
  }

  isRevoked({ id, subject, issuedAt }: Grant): boolean {
    this.#lead.note(issuedAt);
    if (id !== null && this.#revoked.has(tokenKey(id))) return true;
    const at = subject === null ? undefined : this.#revoked.get(subjectKey(subject));
    return at !== undefined && this.#lead.isIssuedBy(at, issuedAt);
  }

  /** `isNow`: at this moment, which may be a later one by this process's clock than by the others'. */
  handleRevoked(key: string, toldAt: number, isNow: boolean): void {
    const at = isNow ? Math.max(toldAt, this.#lead.latest()) : toldAt;
    const before = this.#revoked.get(key);
    if (before !== undefined && before >= at) return;
    this.#revoked.set(key, at);
    this.changes.emit('revoked');
  }

  /** Redis is there, or there again. */
  async reload(): Promise<void> {
    const { connection, scripts } = this.#options;
    const flat = (await connection.runNow(scripts.revoked)) as (string | number)[];
    const known = new Map<string, number>();
    for (let index = 0; index + 1 < flat.length; index += 2) known.set(String(flat[index]), Number(flat[index + 1]));
    // By no clock of this process: what is too old Redis forgets again.
    const kept = [...this.#revoked];
    this.#revoked = new Map([...known, ...kept.filter(([key, at]) => (known.get(key) ?? 0) < at)]);
    this.changes.emit('revoked');
    await inPortions(kept.filter(([key, at]) => (known.get(key) ?? 0) < at), ([key, at]) => connection.runNow(scripts.revoke, key, at, KEPT_MS, ''));
  }
}
