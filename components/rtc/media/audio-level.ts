import { ignore } from '../../internal/ignore.ts';

/**
 * The level of a track as a meter shows it. Only a meter needs an audio graph; calls read their levels from the links.
 */
export class AudioLevel {
  readonly #context = new AudioContext();
  readonly #analyser: AnalyserNode;
  readonly #samples: Float32Array<ArrayBuffer>;

  constructor(track: MediaStreamTrack) {
    this.#analyser = this.#context.createAnalyser();
    this.#analyser.fftSize = 512;
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(this.#analyser);
  }

  /** The level, 0 to 1, on a logarithmic scale. Cheap enough for every frame. */
  read(): number {
    // Browsers start an audio context only after the person has clicked or typed.
    if (this.#context.state === 'suspended') void this.#context.resume().catch(ignore);
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const power = this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / this.#samples.length;
    // -60 dB and below is 0; 0 dB is 1.
    return power > 0 ? Math.min(1, Math.max(0, 1 + (10 * Math.log10(power)) / 60)) : 0;
  }

  close(): void {
    void this.#context.close().catch(ignore);
  }
}
