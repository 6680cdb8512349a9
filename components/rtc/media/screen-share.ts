/** The shared screen and its sound: asked for each time, ended by us or by the browser's own button. */
import { CodedError } from '../../internal/coded-error.ts';
import { missingMediaError, toScreenError } from './media-error.ts';

/** What TypeScript's DOM does not know yet; a browser that does not either ignores it. */
interface ScreenOptions extends DisplayMediaStreamOptions {
  readonly audio: boolean | (MediaTrackConstraints & { restrictOwnAudio?: boolean });
  readonly selfBrowserSurface: 'exclude';
  readonly surfaceSwitching: 'include';
}

/**
 * What to ask for. The computer's sound holds what this page plays, the others' voices: without `restrictOwnAudio`,
 * or where that is not known without echo cancellation, each of them would hear itself.
 */
function createScreenOptions(mediaDevices: MediaDevices): ScreenOptions {
  const known: MediaTrackSupportedConstraints & { restrictOwnAudio?: boolean } =
    mediaDevices.getSupportedConstraints?.() ?? {};
  return {
    video: { frameRate: { ideal: 15 } },
    audio: known.restrictOwnAudio ? { restrictOwnAudio: true } : { echoCancellation: true },
    // A picture of the call in the call is a hall of mirrors.
    selfBrowserSurface: 'exclude',
    surfaceSwitching: 'include',
  };
}

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
    let tracks: readonly MediaStreamTrack[];
    try {
      tracks = (await this.#mediaDevices.getDisplayMedia(createScreenOptions(this.#mediaDevices))).getTracks();
    } catch (error) {
      throw toScreenError(error);
    }
    if (generation !== this.#generation) {
      for (const track of tracks) track.stop();
      return false;
    }
    const picture = tracks.find(({ kind }) => kind === 'video');
    if (picture) {
      // Letters matter more than motion.
      picture.contentHint = 'detail';
      picture.addEventListener('ended', () => this.#tracks === tracks && this.stop());
    }
    this.#tracks = tracks;
    this.#onChange();
    return tracks.length > 0;
  }
}
