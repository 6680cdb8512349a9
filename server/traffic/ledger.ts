/**
 * What each participant or address has spent of an allowance that refills steadily.
 *
 * Owns debts. The cost of work is known only when it is done, so it is charged afterwards, whatever it was. The next
 * work is refused until the debt is paid off. Time is taken from a clock that never jumps. Does not own what anything
 * costs.
 */
/** A number of points for each `duration`, in seconds. */
export interface Allowance {
  points: number;
  duration: number;
}

export class Ledger {
  readonly #now: () => number;
  /** Milliseconds in which one point refills. */
  readonly #pointMs: number;
  /** Milliseconds of refilling that a key (a participant id or an address) may spend in advance. */
  readonly #aheadMs: number;
  /** The most milliseconds that a key has to wait, however much it has spent. */
  readonly #mostMs: number;
  /** The time at which each key will have refilled completely, in milliseconds of `#now()`. */
  readonly #paidAt = new Map<string, number>();
  #sweptAt: number;

  constructor({ points, duration }: Allowance, now: () => number = () => performance.now(), mostMs = Infinity) {
    this.#now = now;
    this.#mostMs = mostMs;
    this.#aheadMs = duration * 1000;
    this.#pointMs = this.#aheadMs / points;
    this.#sweptAt = now();
  }

  /** The number of keys with points spent. Keys that have refilled count until the next sweep. */
  get size(): number {
    return this.#paidAt.size;
  }

  charge(key: string, points: number): void {
    if (points <= 0) return;
    const now = this.#now();
    const paidAt = Math.max(this.#paidAt.get(key) ?? 0, now) + points * this.#pointMs;
    this.#paidAt.set(key, Math.min(paidAt, now + this.#aheadMs + this.#mostMs));
    if (now - this.#sweptAt > this.#aheadMs) this.#sweep(now);
  }

  /** Milliseconds until `key` may spend again; 0 if it may now. */
  waitMs(key: string): number {
    const paidAt = this.#paidAt.get(key);
    return paidAt === undefined ? 0 : Math.max(0, Math.ceil(paidAt - this.#now() - this.#aheadMs));
  }

  #sweep(now: number): void {
    this.#sweptAt = now;
    for (const [key, paidAt] of this.#paidAt) if (paidAt <= now) this.#paidAt.delete(key);
  }
}
