/** Decides from a participant's level whether they speak, so that a tile neither flickers nor lags. */
import type { Clock } from './clock.ts';
import type { RemoteParticipant } from './remote-participant.ts';

/** Linear, 0 to 1. Above breathing and fans, below a quiet voice. */
const LOUD = 0.02;
/** The longest pause between words, in milliseconds. */
const PAUSE_MS = 700;

export class Speaking {
  #loudAt = -Infinity;
  #mark: number | undefined;
  #active = false;

  get active(): boolean {
    return this.#active;
  }

  /** @param mark unchanged if no new packet arrived; then the level is outdated and ignored */
  handleLevel(level: number, now: number, mark?: number): void {
    if (mark !== undefined && mark === this.#mark) return;
    this.#mark = mark;
    if (level >= LOUD) this.#loudAt = now;
  }

  /** Decides whether the participant speaks at `now`. Returns true if that changed. */
  decide(now: number): boolean {
    const before = this.#active;
    this.#active = now - this.#loudAt < PAUSE_MS;
    return before !== this.#active;
  }
}

/**
 * Reads how loud another participant is. A microphone that is off is not read.
 * @param signaling true while the server can be reached: the roster then decides whether the microphone is on
 */
export async function hear(other: RemoteParticipant, signaling: boolean, clock: Clock): Promise<void> {
  const { link, stats, speaking } = other;
  if (!link || !stats || !other.isOn('microphone', signaling)) return;
  const microphone = link.remoteTracks().find(({ source }) => source === 'microphone');
  const report = microphone && (await link.getStats().catch(() => null));
  if (!report || other.link !== link) return;
  const level = stats.readLevel(report, microphone.track.id);
  const heard = level === null ? link.remoteLevel() : { level, mark: undefined };
  if (heard) speaking.handleLevel(heard.level, clock.now(), heard.mark);
}
