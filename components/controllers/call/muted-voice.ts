/**
 * Notices that a person speaks although the microphone is off.
 *
 * Owns a clone of the microphone's track, which is on while the track itself is off, and the meter that reads it. The
 * samples stay in this object: they are compared with a threshold and dropped. Opens no device: without a running
 * capture there is nothing to clone. Does not own whether the person wants to be told.
 */
import { AudioLevel } from '../../rtc/media/audio-level.ts';

/** How often the level is read, in milliseconds. */
const READ_MS = 150;
/** The level of a voice, on the scale of `AudioLevel`: -34 dB, above breathing and fans. */
const LOUD = 0.43;
/** So many loud readings of the last ones are speech: there are pauses between words. A cough is shorter. */
const LOUD_READINGS = 4;
const READINGS = 10;

export class MutedVoice {
  readonly #onVoice: () => void;
  #track: MediaStreamTrack | null = null;
  #clone: MediaStreamTrack | null = null;
  #level: AudioLevel | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #readings: boolean[] = [];

  /** @param onVoice called again and again while the person speaks */
  constructor(onVoice: () => void) {
    this.#onVoice = onVoice;
  }

  /** @param track of a microphone that runs and is off; `null` releases the clone */
  follow(track: MediaStreamTrack | null): void {
    if (track === this.#track) return;
    this.#close();
    this.#track = track;
    if (!track || track.readyState === 'ended') return;
    this.#clone = track.clone();
    this.#clone.enabled = true;
    this.#level = new AudioLevel(this.#clone);
    this.#timer = setInterval(() => this.#read(), READ_MS);
  }

  #read(): void {
    this.#readings = [...this.#readings, this.#level!.read() >= LOUD].slice(-READINGS);
    if (this.#readings.filter(Boolean).length >= LOUD_READINGS) this.#onVoice();
  }

  #close(): void {
    clearInterval(this.#timer);
    this.#level?.close();
    this.#clone?.stop();
    this.#level = this.#clone = null;
    this.#readings = [];
  }
}
