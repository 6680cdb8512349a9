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
/** How many readings more are loud than not, before it counts as speech. A cough is shorter. */
const LOUD_READINGS = 4;

export class MutedVoice {
  readonly #onVoice: () => void;
  #track: MediaStreamTrack | null = null;
  #clone: MediaStreamTrack | null = null;
  #level: AudioLevel | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #loud = 0;

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
    const isLoud = this.#level!.read() >= LOUD;
    this.#loud = Math.max(0, Math.min(LOUD_READINGS, this.#loud + (isLoud ? 1 : -1)));
    if (this.#loud === LOUD_READINGS) this.#onVoice();
  }

  #close(): void {
    clearInterval(this.#timer);
    this.#level?.close();
    this.#clone?.stop();
    this.#level = this.#clone = null;
    this.#loud = 0;
  }
}
