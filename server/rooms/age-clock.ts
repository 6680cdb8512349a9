/**
 * The time that decides what is old enough to be deleted.
 *
 * The wall clock can jump, so it is compared with a steady clock, which never jumps. A start with a clock that is
 * weeks ahead would make everything old, and deleted data does not come back. Owns how far the wall clock is trusted.
 * Does not own what is shown: that follows the wall clock alone, because it is right again as soon as the clock is.
 *
 *   trusting → (a jump) → doubting → (an hour without a further jump, or the jump undone) → trusting
 */

/** Milliseconds of a jump that is accepted at once. Time servers, restarts and busy machines cause such jumps. */
export const STEP_MS = 120_000;
/** Milliseconds for which a wall clock must run evenly after a jump before it is trusted again. */
export const BELIEF_MS = 3_600_000;

export interface AgeClockOptions {
  /** The time of the wall clock, in milliseconds since 1970. */
  wall: number;
  /** The last time that an earlier process accepted. By default the wall clock is accepted. */
  believed?: number;
  /** Milliseconds of a clock that never jumps. */
  steady?: () => number;
}

export class AgeClock {
  readonly #steady: () => number;
  #believed: number;
  #steadyAt: number;
  /** The size of the jump, and when it happened by the steady clock. */
  #doubt: { ahead: number; since: number } | null = null;

  constructor({ wall, believed = wall, steady = () => performance.now() }: AgeClockOptions) {
    this.#steady = steady;
    this.#steadyAt = steady();
    this.#believed = believed;
    this.read(wall);
  }

  /** The accepted time when the wall clock shows `wall`. */
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

  /** The time by which data may be deleted: the earlier of the accepted time and the wall clock. */
  deletesBy(wall: number): number {
    return Math.min(this.read(wall), wall);
  }

  #believe(wall: number): void {
    this.#believed = wall;
    this.#doubt = null;
  }
}
