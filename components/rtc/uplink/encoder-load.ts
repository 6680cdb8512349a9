/**
 * Whether this machine keeps up with encoding, and how far it has to step down.
 *
 * `0 → (overloaded for 3 s) → 1 → … → SLOWEST`, and back by one after a calm time, which doubles after each relapse.
 *
 * Owns the decision. Does not own the figures (`LinkStats`) or what a step means (`budget.ts`). It loads late, with the
 * code that reads the figures.
 */
import { SLOWEST } from './budget.ts';

/** What limits the pictures that are sent, as far as the browser tells. */
export type LimitedBy = 'cpu' | 'bandwidth' | null;

/** How the video encoders of one link worked in the last second. */
export interface Encoded {
  readonly limitedBy: LimitedBy;
  /** The part of the second in which the busiest encoder worked, 0 to 1. */
  readonly busyRatio: number;
}

/** An encoder that works for longer than this part of a second is about to drop frames. */
const BUSY_RATIO = 0.8;
/** How long the overload lasts before a step down, in milliseconds: a start of encoders is always expensive. */
const OVERLOADED_MS = 3_000;
/** How long it must be calm before a step up, in milliseconds, at first and at most. */
const CALM_MS = 15_000;
const MOST_CALM_MS = 240_000;

export class EncoderLoad {
  #slowness = 0;
  #overloadedSince: number | null = null;
  #calmSince: number | null = null;
  #calmMs = CALM_MS;
  #raisedAt = -Infinity;

  /** Called once a second with one entry a link. @returns how far to step down, 0 to `SLOWEST` */
  handleSecond(links: readonly Encoded[], now: number): number {
    const isOverloaded = links.some(({ limitedBy, busyRatio }) => limitedBy === 'cpu' || busyRatio > BUSY_RATIO);
    if (isOverloaded) {
      this.#calmSince = null;
      this.#overloadedSince ??= now;
      if (now - this.#overloadedSince >= OVERLOADED_MS) this.#stepDown(now);
    } else {
      this.#overloadedSince = null;
      this.#calmSince ??= now;
      if (this.#slowness > 0 && now - this.#calmSince >= this.#calmMs) this.#stepUp(now);
    }
    return this.#slowness;
  }

  #stepDown(now: number): void {
    // The last step up was too much.
    if (now - this.#raisedAt < this.#calmMs) this.#calmMs = Math.min(this.#calmMs * 2, MOST_CALM_MS);
    this.#slowness = Math.min(this.#slowness + 1, SLOWEST);
    this.#overloadedSince = now;
  }

  #stepUp(now: number): void {
    this.#slowness--;
    this.#raisedAt = now;
    this.#calmSince = now;
  }
}
