/** Repeatable randomness: the same seed gives the same numbers. */
export class Dice {
  readonly seed: number;
  #state: number;

  constructor(seed: number) {
    this.seed = seed;
    this.#state = seed;
  }

  /** A number of at least `least` and below `below`; not rounded. */
  between(least: number, below: number): number {
    // mulberry32: 32 bits of state are enough for a test.
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return least + (((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * (below - least);
  }

  pick<Item>(list: readonly Item[]): Item {
    return list[Math.floor(this.between(0, list.length))]!;
  }
}
