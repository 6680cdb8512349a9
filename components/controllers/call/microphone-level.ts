import { AudioLevel } from '../../rtc/media/audio-level.ts';

/** The level of the microphone in a stream, for a meter. Follows the stream's microphone when it changes. */
export class MicrophoneLevel {
  #track: MediaStreamTrack | undefined;
  #level: AudioLevel | null = null;

  /** The current level, 0 to 1. */
  read(stream: MediaStream | null): number {
    const track = stream?.getAudioTracks()[0];
    if (track !== this.#track) {
      this.close();
      // Noted first: a track that cannot be measured is tried once, because each try makes an audio context.
      this.#track = track;
      if (track) this.#level = new AudioLevel(track);
    }
    return this.#level?.read() ?? 0;
  }

  close(): void {
    this.#level?.close();
    this.#level = null;
    this.#track = undefined;
  }
}
