/**
 * Participants who left the call, by id.
 *
 * If a participant returns with the same `joinId`, the next connection gets a higher `attempt` number, because the
 * other end may still hold the old link under the old number. `builtAt`, the time of the last connection, is kept: a
 * participant who leaves and returns must not get connections faster than others.
 */

/** How many of these participants are remembered. */
const KEPT = 100;

/** What is remembered of one of them. */
export interface Gone {
  readonly info: { readonly id: string };
  readonly joinId: string;
  readonly attempt: number;
  readonly builtAt: number;
  readonly isOurs: boolean;
}

export class GoneParticipants {
  readonly #gone = new Map<string, Gone>();

  get(id: string): Gone | undefined {
    return this.#gone.get(id);
  }

  add(other: Gone): void {
    // Without the deletion, an old entry would keep its old place in the `Map`, and the participant who left last could
    // be forgotten first.
    this.#gone.delete(other.info.id);
    this.#gone.set(other.info.id, other);
    for (const id of [...this.#gone.keys()].slice(0, -KEPT)) this.#gone.delete(id);
  }
}
