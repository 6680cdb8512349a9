/**
 * The time by which things are old enough to be deleted.
 *
 * The wall clock can jump: one start with a clock that is weeks ahead would make everything old, and what is deleted
 * does not come back. Owns how far the wall clock is believed. Does not own what is shown: that goes by the wall clock
 * alone, because it is right again as soon as the clock is.
 *
 *   agreeing → (a jump) → doubting → (an hour in which both clocks ran evenly, or the jump undone) → agreeing
 */

/** Milliseconds of a jump that is believed at once: time servers, restarts and busy machines make such steps. */
export const STEP_MS = 120_000;
/** Milliseconds that a wall clock which has jumped must run evenly before it is believed. */
export const BELIEF_MS = 3_600_000;

export interface AgeClockOptions {
  /** What the wall clock says. */
  wall: number;
  /** The last time that an earlier process believed; by default the wall clock is believed. */
  believed?: number;
  /** Milliseconds of a clock that never jumps. */
  steady?: () => number;
}

export class AgeClock {
  readonly #steady: () => number;
  #believed: number;
  #steadyAt: number;
  /** How far ahead the wall clock has been, and since when by the steady one. */
  #doubt: { ahead: number; since: number } | null = null;

  constructor({ wall, believed = wall, steady = () => performance.now() }: AgeClockOptions) {
    this.#steady = steady;
    this.#steadyAt = steady();
    this.#believed = believed;
    this.read(wall);
  }

  /** The time that is believed where the wall clock says `wall`. */
  read(wall: number): number {
    const steady = this.#steady();
    const expected = this.#believed + steady - this.#steadyAt;
    const ahead = wall - expected;
    this.#steadyAt = steady;
    this.#believed = expected;
    if (Math.abs(ahead) <= STEP_MS) this.#believe(wall);
    else if (!this.#doubt || Math.abs(ahead - this.#doubt.ahead) > STEP_MS) this.#doubt = { ahead, since: steady };
    else if (steady - this.#doubt.since >= BELIEF_MS) this.#believe(wall);
    return Math.floor(this.#believed);
  }

  /** The time by which things may be deleted: of the believed and the wall clock's the earlier one. */
  deletesBy(wall: number): number {
    return Math.min(this.read(wall), wall);
  }

  #believe(wall: number): void {
    this.#believed = wall;
    this.#doubt = null;
  }
}
