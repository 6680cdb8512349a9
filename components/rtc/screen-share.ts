/** The shared screen and its sound: asked for each time, ended by us or by the browser's own button. */
import { CodedError } from '../internal/coded-error.ts';
import { missingMediaError, toScreenError } from './media-error.ts';

export class ScreenShare {
  readonly #mediaDevices: MediaDevices | undefined;
  readonly #onChange: () => void;
  #tracks: readonly MediaStreamTrack[] = [];
  #asking: Promise<boolean> | null = null;
  /** Grows with each stop: what was chosen too late is stopped as it comes. */
  #generation = 0;

  constructor(mediaDevices: MediaDevices | undefined, onChange: () => void) {
    this.#mediaDevices = mediaDevices;
    this.#onChange = onChange;
  }

  get tracks(): readonly MediaStreamTrack[] {
    return this.#tracks;
  }

  /** Resolves to the new state. @throws CodedError `cancelled` when nothing was chosen, `permission-denied`, `unsupported-browser` */
  async start(): Promise<boolean> {
    if (this.#tracks.length > 0) return true;
    return (this.#asking ??= this.#ask().finally(() => (this.#asking = null)));
  }

  stop(): void {
    this.#generation++;
    this.#asking = null;
    for (const track of this.#tracks) track.stop();
    this.#tracks = [];
    this.#onChange();
  }

  async #ask(): Promise<boolean> {
    const generation = this.#generation;
    if (!this.#mediaDevices) throw missingMediaError();
    if (!('getDisplayMedia' in this.#mediaDevices)) throw new CodedError('unsupported-browser');
    let stream: MediaStream;
    try {
      stream = await this.#mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 15 } }, audio: true });
    } catch (error) {
      throw toScreenError(error);
    }
    const tracks = stream.getTracks();
    if (generation !== this.#generation) {
      for (const track of tracks) track.stop();
      return false;
    }
    const [picture] = stream.getVideoTracks();
    if (picture) {
      // Letters matter more than motion.
      picture.contentHint = 'detail';
      picture.addEventListener('ended', () => this.#tracks === tracks && this.stop());
    }
    this.#tracks = tracks;
    this.#onChange();
    return true;
  }
}
