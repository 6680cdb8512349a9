/** The shared screen and its sound. It is requested each time and ended by us or by the browser's own button. */
import { CodedError } from '../../internal/coded-error.ts';
import { missingMediaError, toMediaError } from './media-error.ts';

/** Options that TypeScript's DOM types lack. Browsers ignore those they do not support. */
interface ScreenOptions extends DisplayMediaStreamOptions {
  readonly audio: boolean | (MediaTrackConstraints & { restrictOwnAudio?: boolean });
  readonly selfBrowserSurface: 'exclude';
  readonly surfaceSwitching: 'include';
}

/**
 * Options of the request. The computer's sound includes the other participants, whom this page plays. Each would hear
 * an echo without `restrictOwnAudio`, or without echo cancellation where that is not supported.
 */
function createScreenOptions(mediaDevices: MediaDevices): ScreenOptions {
  const known: MediaTrackSupportedConstraints & { restrictOwnAudio?: boolean } =
    mediaDevices.getSupportedConstraints?.() ?? {};
  return {
    video: { frameRate: { ideal: 15 } },
    audio: known.restrictOwnAudio ? { restrictOwnAudio: true } : { echoCancellation: true },
    // Sharing the call itself would show the picture within the picture, endlessly.
    selfBrowserSurface: 'exclude',
    surfaceSwitching: 'include',
  };
}

/** A person who closes the screen picker has changed their mind; only the system or a policy denies permission. */
function toScreenError(error: unknown): CodedError {
  const coded = toMediaError(error);
  if (coded.code !== 'permission-denied' || /system|policy/i.test(coded.message)) return coded;
  return new CodedError('cancelled', coded.message, { cause: error });
}

export class ScreenShare {
  readonly #mediaDevices: MediaDevices | undefined;
  readonly #onChange: () => void;
  #tracks: readonly MediaStreamTrack[] = [];
  #asking: Promise<boolean> | null = null;
  /** Grows with each stop. A screen that is chosen in a picker opened before the stop is ended at once. */
  #generation = 0;

  constructor(mediaDevices: MediaDevices | undefined, onChange: () => void) {
    this.#mediaDevices = mediaDevices;
    this.#onChange = onChange;
  }

  get tracks(): readonly MediaStreamTrack[] {
    return this.#tracks;
  }

  /**
   * Resolves to the new state.
   * @throws CodedError `cancelled` if nothing was chosen, `permission-denied`, `unsupported-browser`
   */
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
      // Text must stay sharp, even at a lower frame rate.
      picture.contentHint = 'detail';
      picture.addEventListener('ended', () => this.#tracks === tracks && this.stop());
    }
    this.#tracks = tracks;
    this.#onChange();
    return tracks.length > 0;
  }
}
