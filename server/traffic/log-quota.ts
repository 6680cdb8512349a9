const MINUTE_MS = 60_000;

/** So many lines a minute of one kind, where guests decide how many there would be. */
export class LogQuota {
  readonly #perMinute: number;
  #count = 0;
  #since = -Infinity;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Whether one more may be written; counts it then. */
  take(): boolean {
    const now = performance.now();
    if (now - this.#since >= MINUTE_MS) {
      this.#since = now;
      this.#count = 0;
    }
    return this.#count++ < this.#perMinute;
  }
}
