/**
 * One of the two mechanisms by which layers talk: what is *shown*.
 *
 * Owns a snapshot and its subscribers. A snapshot is replaced whole, never mutated, so that a
 * comparison by identity tells whether anything changed. Does not own what *happens* (see `Emitter`).
 */
export interface ReadableStore<Snapshot> {
  get(): Snapshot;
  /** Calls `listener` after each change. Returns a function that ends the subscription. */
  subscribe(listener: (snapshot: Snapshot) => void): () => void;
}

export class Store<Snapshot> implements ReadableStore<Snapshot> {
  #snapshot: Snapshot;
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();

  constructor(initial: Snapshot) {
    this.#snapshot = initial;
  }

  get(): Snapshot {
    return this.#snapshot;
  }

  /** Replaces the snapshot. Setting the same snapshot again calls no listener. */
  set(snapshot: Snapshot): void {
    if (Object.is(snapshot, this.#snapshot)) return;
    this.#snapshot = snapshot;
    for (const listener of [...this.#listeners]) listener(snapshot);
  }

  /** Replaces some of the fields. */
  patch(fields: Partial<Snapshot>): void {
    this.set({ ...this.#snapshot, ...fields });
  }

  subscribe(listener: (snapshot: Snapshot) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
