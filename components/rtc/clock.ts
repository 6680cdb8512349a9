/** Time, handed in: so that a test can hold it, and so that nothing keeps ticking unseen. */
export interface Clock {
  /** Milliseconds that only ever grow. */
  now(): number;
  /** Calls once, `ms` later; returns what calls it off. */
  after(ms: number, callback: () => void): () => void;
  /** Calls again and again; returns its end. */
  every(ms: number, callback: () => void): () => void;
}

/** What Angular's zone.js puts there. */
interface Zones {
  Zone?: { root?: { run?<Result>(callback: () => Result): Result } };
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  every(ms, callback) {
    const start = (): ReturnType<typeof setInterval> => setInterval(callback, ms);
    // Inside a zone of Angular's, each tick would make it look for changes in the whole page.
    const timer = (globalThis as Zones).Zone?.root?.run?.(start) ?? start();
    return () => clearInterval(timer);
  },
};

/** One loop for however many want it; it runs only while somebody does. */
export class Pulse {
  readonly #clock: Clock;
  readonly #periodMs: number;
  readonly #listeners = new Set<() => void>();
  #stop: (() => void) | undefined;

  constructor(clock: Clock, periodMs: number) {
    this.#clock = clock;
    this.#periodMs = periodMs;
  }

  add(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#stop ??= this.#clock.every(this.#periodMs, () => this.#listeners.forEach((call) => call()));
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    };
  }
}

/** The page's own: every call looks after its links at this pace, milliseconds. */
export const pagePulse = new Pulse(systemClock, 200);
