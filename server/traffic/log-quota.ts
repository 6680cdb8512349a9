const MINUTE_MS = 60_000;

/** Limits the lines of one kind that the log gets in a minute, where clients decide how many there would be. */
export class LogQuota {
  readonly #perMinute: number;
  #count = 0;
  #since = -Infinity;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Counts one more line. Answers whether it may be written. */
  take(): boolean {
    const now = performance.now();
    if (now - this.#since >= MINUTE_MS) {
      this.#since = now;
      this.#count = 0;
    }
    return this.#count++ < this.#perMinute;
  }
}
