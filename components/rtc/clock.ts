/** Time, passed in so that a test can control it and no timer runs unnoticed. */
export interface Clock {
  /** Milliseconds; never goes back. */
  now(): number;
  /** Calls once after `ms`; returns a function that cancels it. */
  after(ms: number, callback: () => void): () => void;
  /** Calls every `ms`; returns a function that stops it. */
  every(ms: number, callback: () => void): () => void;
}

/** The global that Angular's zone.js defines. */
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
    // Inside an Angular zone, each tick would trigger change detection for the whole page.
    const timer = (globalThis as Zones).Zone?.root?.run?.(start) ?? start();
    return () => clearInterval(timer);
  },
};

/** One timer for all listeners. It runs only while there is at least one listener. */
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

/** The page's pulse: every call looks after its links at this pace, in milliseconds. */
export const pagePulse = new Pulse(systemClock, 250);
