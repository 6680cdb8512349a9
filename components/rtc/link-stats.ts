/** What one link's `getStats()` say of the last second, in figures that a person can read. */

/** The entry of one participant in `getStats()` of `<video-call>`. `null` where nothing is known yet. */
export interface LinkFigures {
  /** Milliseconds there and back. */
  readonly roundTripMs: number | null;
  /** Part of the packets that did not arrive here, 0 to 1. */
  readonly lossRatio: number | null;
  readonly sentKbps: number;
  readonly receivedKbps: number;
  readonly framesPerSecond: number | null;
  readonly frameWidth: number | null;
  readonly frameHeight: number | null;
  readonly freezeCount: number;
  /** True when a TURN server carries it. */
  readonly relayed: boolean;
}
