/** Runs jobs one after another in the order they came, so that what one socket sends is done as it was sent. */
export class Lane {
  #last: Promise<void> = Promise.resolve();

  /** `job` must not reject: it answers for its own faults. */
  run(job: () => Promise<void>): void {
    this.#last = this.#last.then(job);
  }
}
