/** Tells speech from silence by how loud somebody is, so that a tile neither flickers nor lags. */

/** Linear, 0 to 1: above breathing and fans, below a quiet voice. */
const LOUD = 0.02;
/** Pauses between words, milliseconds. */
const PAUSE_MS = 700;

export class Speaking {
  #loudAt = -Infinity;
  #mark: number | undefined;
  #active = false;

  get active(): boolean {
    return this.#active;
  }

  /** @param mark the same as last time when no new packet came: then the level is an old one */
  handleLevel(level: number, now: number, mark?: number): void {
    if (mark !== undefined && mark === this.#mark) return;
    this.#mark = mark;
    if (level >= LOUD) this.#loudAt = now;
  }

  /** True when somebody began or ended. */
  decide(now: number): boolean {
    const before = this.#active;
    this.#active = now - this.#loudAt < PAUSE_MS;
    return before !== this.#active;
  }
}
