/**
 * Revoked grants.
 *
 * Owns which tokens a revocation means, and the copy of all revocations in the memory of one process. Does not own how
 * they outlive a restart (`disk/`) or reach other processes (`redis/`).
 */
import { EventEmitter } from 'node:events';
import { entryIdOf } from './entry-id.ts';
import type { Grant } from './grants.ts';

/** One token by its `jti`, or every token issued to `sub` until now. */
export type Revocation = { jti: string } | { sub: string };

/** A revocation that is in force. */
export interface RevocationEntry {
  /** Names the revocation when it is lifted. */
  id: string;
  revocation: Revocation;
  /** Time of the revocation, in milliseconds since 1970. */
  at: number;
}

/** The revocations in force. `isRevoked` is synchronous, because every command asks it. */
export interface Revocations {
  readonly changes: EventEmitter<{ revoked: [] }>;
  /** Resolves to whether such a token was seen lately. A token that was never seen is revoked as well. */
  revoke(revocation: Revocation): Promise<{ seen: boolean }>;
  isRevoked(grant: Grant): boolean;
  /** A participant sent a token, which then counts as seen. */
  handleShown(grant: Grant): void;
  /** Oldest first. */
  list(): RevocationEntry[];
  /** Resolves to false if no revocation has this id. The tokens are valid again until they expire. */
  lift(id: string): Promise<boolean>;
}

/** The key under which stores keep a revocation: `j:` and a token's id, or `s:` and a subject. */
export const revocationKey = (revocation: Revocation): string =>
  'jti' in revocation ? `j:${revocation.jti}` : `s:${revocation.sub}`;

const revocationOf = (key: string): Revocation =>
  key.startsWith('j:') ? { jti: key.slice(2) } : { sub: key.slice(2) };

/** The revocations in a map from key to time. */
export const listRevocations = (revoked: ReadonlyMap<string, number>): RevocationEntry[] =>
  Array.from(revoked, ([key, at]) => ({ id: entryIdOf(key), revocation: revocationOf(key), at })).toSorted(
    (one, other) => one.at - other.at,
  );

/** Keys that are remembered as seen. At twice as many, the older half is forgotten. */
export const SHOWN_LIMIT = 20_000;

/** Which tokens and subjects were seen lately, so that an administrator notices a misspelt revocation. */
export class ShownKeys {
  #newer = new Set<string>();
  #older = new Set<string>();

  /** Remembers the keys of a token. Returns those that were not among the newer half. */
  note({ id, subject }: Grant): string[] {
    const keys = [...(id === null ? [] : [`j:${id}`]), ...(subject === null ? [] : [`s:${subject}`])].map(entryIdOf);
    const fresh = keys.filter((key) => !this.#newer.has(key));
    for (const key of fresh) this.#newer.add(key);
    if (this.#newer.size > SHOWN_LIMIT) [this.#older, this.#newer] = [this.#newer, new Set()];
    return fresh;
  }

  has(revocation: Revocation): boolean {
    const key = entryIdOf(revocationKey(revocation));
    return this.#newer.has(key) || this.#older.has(key);
  }
}

/** Milliseconds by which an issuer's clock may be ahead of this server's. */
const LEAD_LIMIT_MS = 60_000;
/** A lead of so many milliseconds does not show a fast clock, because tokens hold whole seconds. */
const SLACK_MS = 1_000;

/**
 * How far the clocks of issuers are ahead of this server's, by the tokens seen here. A token that was issued before a
 * revocation may carry a later time.
 */
export class IssuerLead {
  readonly #now: () => number;
  #leadMs = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Reads the time of issue of a token, in milliseconds. */
  note(issuedAt: number | null): void {
    const leadMs = (issuedAt ?? 0) - this.#now();
    if (leadMs > this.#leadMs) this.#leadMs = Math.min(leadMs, LEAD_LIMIT_MS);
  }

  /** The latest time of issue that a token can carry now, by the fastest clock seen so far. */
  latest(): number {
    return this.#now() + this.#leadMs;
  }

  /**
   * Whether a token may have been issued before the moment at which `latest` was `at`. With a fast clock, a token never
   * seen before that moment may carry a later time.
   */
  isIssuedBy(at: number, issuedAt: number | null): boolean {
    return issuedAt === null || issuedAt <= at + (this.#leadMs > SLACK_MS ? LEAD_LIMIT_MS : 0);
  }
}

/** Revocations in the memory of one process. */
export class MemoryRevocations implements Revocations {
  readonly changes = new EventEmitter<{ revoked: [] }>();
  readonly #lead: IssuerLead;
  readonly #shown = new ShownKeys();
  /** The time of each revocation, by its key. */
  readonly #revoked = new Map<string, number>();

  /** `known` are revocations from an earlier process. */
  constructor(now: () => number, known: readonly { revocation: Revocation; at: number }[] = []) {
    this.#lead = new IssuerLead(now);
    for (const { revocation, at } of known) this.#note(revocation, at);
  }

  async revoke(revocation: Revocation): Promise<{ seen: boolean }> {
    this.revokeNow(revocation);
    return { seen: this.hasShown(revocation) };
  }

  /** In force when it returns. Returns the time up to which issued tokens are revoked. Stores keep that time. */
  revokeNow(revocation: Revocation): number {
    const at = this.#lead.latest();
    this.#note(revocation, at);
    this.changes.emit('revoked');
    return at;
  }

  isRevoked({ id, subject, issuedAt }: Grant): boolean {
    this.#lead.note(issuedAt);
    if (id !== null && this.#revoked.has(`j:${id}`)) return true;
    const at = subject === null ? undefined : this.#revoked.get(`s:${subject}`);
    return at !== undefined && this.#lead.isIssuedBy(at, issuedAt);
  }

  handleShown(grant: Grant): void {
    this.#shown.note(grant);
  }

  hasShown(revocation: Revocation): boolean {
    return this.#shown.has(revocation);
  }

  list(): RevocationEntry[] {
    return listRevocations(this.#revoked);
  }

  async lift(id: string): Promise<boolean> {
    return this.liftNow(id) !== null;
  }

  /** No longer in force when it returns. Answers what was lifted; null if no revocation has this id. */
  liftNow(id: string): Revocation | null {
    const entry = this.list().find((candidate) => candidate.id === id);
    if (!entry) return null;
    this.#revoked.delete(revocationKey(entry.revocation));
    return entry.revocation;
  }

  #note(revocation: Revocation, at: number): void {
    const key = revocationKey(revocation);
    this.#revoked.set(key, Math.max(at, this.#revoked.get(key) ?? 0));
  }
}
