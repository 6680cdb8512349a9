/**
 * Grants taken back before their end.
 *
 * Owns the rule which tokens a revocation means, and the copy of all of them in the memory of one process. What keeps
 * them over a restart, or shares them among processes, stands in `disk/` and `redis/`.
 */
import { EventEmitter } from 'node:events';
import { entryIdOf } from './entry-id.ts';
import type { Grant } from './grants.ts';

/** One token by its `jti`, or every token issued to `sub` until now. */
export type Revocation = { jti: string } | { sub: string };

/** A revocation that is in force. */
export interface RevocationEntry {
  /** By which it is lifted. */
  id: string;
  revocation: Revocation;
  /** Milliseconds since 1970. */
  at: number;
}

/** Grants taken back before their end. Several processes, or a store, may be behind it; asking is synchronous, because every command asks. */
export interface Revocations {
  readonly changes: EventEmitter<{ revoked: [] }>;
  /** Answers whether a token that it means is remembered as shown; one that never was is taken back all the same. */
  revoke(revocation: Revocation): Promise<{ seen: boolean }>;
  isRevoked(grant: Grant): boolean;
  /** A token was shown. */
  handleShown(grant: Grant): void;
  /** Oldest first. */
  list(): RevocationEntry[];
  /** False where none has this id. Tokens that it meant are good again until their end. */
  lift(id: string): Promise<boolean>;
}

/** `j:` and a token's id, or `s:` and a subject: what stores keep it under. */
export const revocationKey = (revocation: Revocation): string =>
  'jti' in revocation ? `j:${revocation.jti}` : `s:${revocation.sub}`;

const revocationOf = (key: string): Revocation =>
  key.startsWith('j:') ? { jti: key.slice(2) } : { sub: key.slice(2) };

/** The revocations of a map from key to time. */
export const listRevocations = (revoked: ReadonlyMap<string, number>): RevocationEntry[] =>
  Array.from(revoked, ([key, at]) => ({ id: entryIdOf(key), revocation: revocationOf(key), at })).toSorted(
    (one, other) => one.at - other.at,
  );

/** Keys remembered as shown: of twice as many the older half is forgotten. */
export const SHOWN_LIMIT = 20_000;

/** Which tokens and subjects have been shown lately, so that a slip in a revocation is noticed. */
export class ShownKeys {
  #newer = new Set<string>();
  #older = new Set<string>();

  /** Answers the keys that it had not remembered. */
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
/** Less than this ahead is no sign of a fast clock: tokens bear whole seconds. */
const SLACK_MS = 1_000;

/**
 * How far issuers' clocks are ahead of this one, as the tokens shown here tell: of the tokens issued until a moment
 * those may bear a later time.
 */
export class IssuerLead {
  readonly #now: () => number;
  #leadMs = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A token is shown. */
  note(issuedAt: number | null): void {
    const leadMs = (issuedAt ?? 0) - this.#now();
    if (leadMs > this.#leadMs) this.#leadMs = Math.min(leadMs, LEAD_LIMIT_MS);
  }

  /** What the tokens shown until now bear at most. */
  latest(): number {
    return this.#now() + this.#leadMs;
  }

  /** Whether a token may have been issued by the moment when `latest` was `at`. Of a fast clock one never shown until then may bear more. */
  isIssuedBy(at: number, issuedAt: number | null): boolean {
    return issuedAt === null || issuedAt <= at + (this.#leadMs > SLACK_MS ? LEAD_LIMIT_MS : 0);
  }
}

/** In the memory of one process. */
export class MemoryRevocations implements Revocations {
  readonly changes = new EventEmitter<{ revoked: [] }>();
  readonly #lead: IssuerLead;
  readonly #shown = new ShownKeys();
  /** By key, when. */
  readonly #revoked = new Map<string, number>();

  /** @param known from an earlier process */
  constructor(now: () => number, known: readonly { revocation: Revocation; at: number }[] = []) {
    this.#lead = new IssuerLead(now);
    for (const { revocation, at } of known) this.#note(revocation, at);
  }

  async revoke(revocation: Revocation): Promise<{ seen: boolean }> {
    this.revokeNow(revocation);
    return { seen: this.hasShown(revocation) };
  }

  /** In force when it returns. Answers the time up to which tokens are taken back, for who keeps it. */
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

  /** No longer in force when it returns. Answers what it was; null where none has this id. */
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
