/**
 * How loud a track was since the last reading, from the energy that the browser sums up.
 *
 * `audioLevel` is the level of one moment, and reading it twice a second would miss most of what is said. The sum of
 * the energy misses nothing.
 */
import type { Entry } from './link-report.ts';

export class Loudness {
  #track: string | undefined;
  #energy = 0;
  #seconds = 0;

  /** The level, linear, 0 to 1; `null` if the browser has played nothing since the last reading. */
  read({ trackIdentifier, totalAudioEnergy: energy, totalSamplesDuration: seconds, audioLevel }: Entry): number | null {
    if (energy === undefined || seconds === undefined) return audioLevel ?? null;
    const isKnown = trackIdentifier === this.#track && seconds >= this.#seconds;
    const energyAdded = energy - (isKnown ? this.#energy : 0);
    const secondsAdded = seconds - (isKnown ? this.#seconds : 0);
    this.#track = trackIdentifier;
    this.#energy = energy;
    this.#seconds = seconds;
    return secondsAdded > 0 ? Math.sqrt(Math.max(0, energyAdded) / secondsAdded) : null;
  }
}
