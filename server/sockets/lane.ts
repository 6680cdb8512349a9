import type { Awaitable } from '../awaitable.ts';

/** Runs jobs one after another, so that what one socket sends is handled in the order of sending. */
export class Lane {
  #last: Promise<void> = Promise.resolve();
  #length = 0;

  /** Jobs that are not finished. */
  get length(): number {
    return this.#length;
  }

  /** `job` must handle its own errors and never reject. */
  run(job: () => Awaitable<void>): void {
    this.#length++;
    this.#last = this.#last.then(async () => {
      await job();
      this.#length--;
    });
  }
}
