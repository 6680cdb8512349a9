import { EventEmitter } from 'node:events';
import type { Grant } from './grants.ts';

/** One token by its `jti`, or every token issued to `sub` until now. */
export type Revocation = { jti: string } | { sub: string };

/** Grants taken back before their end. Several processes, or a store, may be behind it; asking is synchronous, for every command asks. */
export interface Revocations {
  readonly changes: EventEmitter<{ revoked: [] }>;
  revoke(revocation: Revocation): Promise<void>;
  isRevoked(grant: Grant): boolean;
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
  readonly #ids = new Set<string>();
  /** By subject, when. */
  readonly #subjects = new Map<string, number>();

  /** @param known from an earlier process */
  constructor(now: () => number, known: readonly { revocation: Revocation; at: number }[] = []) {
    this.#lead = new IssuerLead(now);
    for (const { revocation, at } of known) this.#note(revocation, at);
  }

  async revoke(revocation: Revocation): Promise<void> {
    this.revokeNow(revocation);
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
    if (id !== null && this.#ids.has(id)) return true;
    const at = subject === null ? undefined : this.#subjects.get(subject);
    return at !== undefined && this.#lead.isIssuedBy(at, issuedAt);
  }

  #note(revocation: Revocation, at: number): void {
    if ('jti' in revocation) this.#ids.add(revocation.jti);
    else this.#subjects.set(revocation.sub, Math.max(at, this.#subjects.get(revocation.sub) ?? 0));
  }
}
