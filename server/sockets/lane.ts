import type { Awaitable } from '../awaitable.ts';

/** Runs jobs one after another in the order they came, so that what one socket sends is done as it was sent. */
export class Lane {
  #last: Promise<void> = Promise.resolve();
  #length = 0;

  /** Jobs not yet done. */
  get length(): number {
    return this.#length;
  }

  /** `job` must not reject: it answers for its own faults. */
  run(job: () => Awaitable<void>): void {
    this.#length++;
    this.#last = this.#last.then(async () => {
      await job();
      this.#length--;
    });
  }
}
