/**
 * Signals that arrive before their link exists. The roster decides which links exist, and a signal may arrive before
 * the change of the roster that it belongs to.
 *
 * Owns how long signals are kept, and how many. Does not own what they mean (`Mesh`).
 */
import type { SignalBody } from '../../server/protocol.ts';

/** How long signals are kept, in milliseconds, and how many from each sender. */
const KEPT_MS = 10_000;
const MOST_EACH = 200;

interface EarlySignal {
  readonly from: string;
  readonly link: string;
  readonly signal: SignalBody;
  readonly at: number;
}

export class EarlySignals {
  #signals: EarlySignal[] = [];

  add(early: EarlySignal): void {
    // Each sender has its own share, so that no participant can push out the signals of another.
    if (this.#signals.filter(({ from }) => from === early.from).length < MOST_EACH) this.#signals.push(early);
  }

  /** Returns the kept signals that are not too old, and forgets all of them. */
  take(now: number): readonly EarlySignal[] {
    const early = this.#signals.filter(({ at }) => now - at < KEPT_MS);
    this.#signals = [];
    return early;
  }
}
