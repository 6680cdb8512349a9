/** Decides from a participant's level whether they speak, so that a tile neither flickers nor lags. */

/** Linear, 0 to 1. Above breathing and fans, below a quiet voice. */
const LOUD = 0.02;
/** The longest pause between words, in milliseconds. */
const PAUSE_MS = 700;

export class Speaking {
  #loudAt = -Infinity;
  #mark: number | undefined;
  #active = false;

  get active(): boolean {
    return this.#active;
  }

  /** @param mark unchanged if no new packet arrived; then the level is outdated and ignored */
  handleLevel(level: number, now: number, mark?: number): void {
    if (mark !== undefined && mark === this.#mark) return;
    this.#mark = mark;
    if (level >= LOUD) this.#loudAt = now;
  }

  /** Decides whether the participant speaks at `now`. Returns true if that changed. */
  decide(now: number): boolean {
    const before = this.#active;
    this.#active = now - this.#loudAt < PAUSE_MS;
    return before !== this.#active;
  }
}
