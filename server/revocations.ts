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

/** In the memory of one process. */
export class MemoryRevocations implements Revocations {
  readonly changes = new EventEmitter<{ revoked: [] }>();
  readonly #now: () => number;
  readonly #ids = new Set<string>();
  /** By subject, when. */
  readonly #subjects = new Map<string, number>();

  /** @param known from an earlier process */
  constructor(now: () => number, known: readonly { revocation: Revocation; at: number }[] = []) {
    this.#now = now;
    for (const { revocation, at } of known) this.#note(revocation, at);
  }

  async revoke(revocation: Revocation): Promise<void> {
    this.#note(revocation, this.#now());
    this.changes.emit('revoked');
  }

  isRevoked({ id, subject, issuedAt }: Grant): boolean {
    if (id !== null && this.#ids.has(id)) return true;
    const at = subject === null ? undefined : this.#subjects.get(subject);
    return at !== undefined && (issuedAt === null || issuedAt <= at);
  }

  #note(revocation: Revocation, at: number): void {
    if ('jti' in revocation) this.#ids.add(revocation.jti);
    else this.#subjects.set(revocation.sub, at);
  }
}
