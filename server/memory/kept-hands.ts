/**
 * Raised hands of participants who said goodbye a moment ago, for example because they reload their page.
 *
 * Owns for how long each is kept. A hand keeps its place in the queue, because it keeps its number. Does not own hands
 * of participants in the room: these are part of their presence in the call (`MemoryRoom`).
 */
import type { Hand, ParticipantId } from '../protocol.ts';

export class KeptHands {
  readonly #keepMs: number;
  /** A clock that never jumps, in milliseconds. */
  readonly #elapsed: () => number;
  /** With the time until which each is kept. The one that ends first comes first. */
  readonly #hands = new Map<ParticipantId, { hand: Hand; until: number }>();

  constructor(keepMs: number, elapsed: () => number = () => performance.now()) {
    this.#keepMs = keepMs;
    this.#elapsed = elapsed;
  }

  keep(id: ParticipantId, hand: Hand): void {
    const now = this.#elapsed();
    for (const [other, { until }] of this.#hands) {
      if (until > now) break;
      this.#hands.delete(other);
    }
    this.#hands.delete(id);
    this.#hands.set(id, { hand, until: now + this.#keepMs });
  }

  /** The hand that is still kept for a participant who is back; it is kept no longer. */
  take(id: ParticipantId): Hand | undefined {
    const kept = this.#hands.get(id);
    this.#hands.delete(id);
    return kept && kept.until > this.#elapsed() ? kept.hand : undefined;
  }

  /** Ends the keeping for one participant or, with null, for all. */
  drop(id: ParticipantId | null): void {
    if (id === null) this.#hands.clear();
    else this.#hands.delete(id);
  }
}
