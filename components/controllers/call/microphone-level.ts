import { AudioLevel } from '../../rtc/media/audio-level.ts';

/** The level of the microphone in a stream, for a meter. Follows the stream's microphone when it changes. */
export class MicrophoneLevel {
  #meter: { readonly level: AudioLevel; readonly track: MediaStreamTrack } | null = null;

  /** The current level, 0 to 1. */
  read(stream: MediaStream | null): number {
    const track = stream?.getAudioTracks()[0];
    if (track !== this.#meter?.track) {
      this.close();
      if (track) this.#meter = { level: new AudioLevel(track), track };
    }
    return this.#meter?.level.read() ?? 0;
  }

  close(): void {
    this.#meter?.level.close();
    this.#meter = null;
  }
}
