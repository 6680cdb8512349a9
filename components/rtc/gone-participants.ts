/**
 * Participants who left the call, by id.
 *
 * If a participant returns with the same `joinId`, its next attempt gets a higher number, because the other end may
 * still hold the old link. `builtAt` stays, so that returning does not evade the pace of connections.
 */
import type { RemoteParticipant } from './remote-participant.ts';

/** How many are remembered. */
const KEPT = 100;

export class GoneParticipants {
  readonly #gone = new Map<string, RemoteParticipant>();

  get(id: string): RemoteParticipant | undefined {
    return this.#gone.get(id);
  }

  add(other: RemoteParticipant): void {
    // Without the deletion, an old entry would keep its old place in the `Map`, and the participant who left last could
    // be forgotten first.
    this.#gone.delete(other.info.id);
    this.#gone.set(other.info.id, other);
    for (const id of [...this.#gone.keys()].slice(0, -KEPT)) this.#gone.delete(id);
  }
}
