/** Time that passes only when a test says so. */
import type { Clock } from '../../../components/rtc/clock.ts';

interface Timer {
  at: number;
  readonly periodMs: number | null;
  readonly callback: () => void;
}

export class FakeClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    return this.#add({ at: this.#now + ms, periodMs: null, callback });
  }

  every(ms: number, callback: () => void): () => void {
    return this.#add({ at: this.#now + ms, periodMs: ms, callback });
  }

  /** Moves the time on by `ms`, and runs all timers that are due meanwhile, in the order of their times. */
  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#now = due.at;
      if (due.periodMs === null) this.#timers.delete(due);
      else due.at += due.periodMs;
      due.callback();
    }
    this.#now = end;
  }

  /** How many timers are set. Tests check that none is left at the end. */
  get pending(): number {
    return this.#timers.size;
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }
}
