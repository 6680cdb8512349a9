/**
 * A smaller picture of the own camera while the person saves data, and how large this page then says that it shows
 * others at most. `stage/extras/watching.ts` and the small window tell them. The sound stays as it is.
 */
import { ignore } from '../../internal/ignore.ts';
import type { SavedSizes } from '../stage/stage-scene.ts';

/** Of most cameras, and of the one in front. */
export const SAVED_SIZES: SavedSizes = { front: [320, 180], others: [160, 90] };
/** The longer side of the own picture, in pixels, and its frames a second. */
const LONGER_SIDE = 320;
const FPS = 15;

export class Saver {
  #track: MediaStreamTrack | null = null;
  #before: MediaTrackConstraints = {};

  /** @param track of the camera that is sent small; `null` sends it as the page wants */
  follow(track: MediaStreamTrack | null): void {
    if (track === this.#track) return;
    if (this.#track?.readyState === 'live') void this.#track.applyConstraints(this.#before).catch(ignore);
    this.#track = track;
    if (!track) return;
    this.#before = track.getConstraints();
    const { width = 0, height = 0 } = track.getSettings();
    const scale = LONGER_SIDE / Math.max(width, height);
    if (!(scale < 1)) return;
    // In the same shape: a browser cuts off what does not fit.
    const small: MediaTrackConstraints = {
      width: { ideal: Math.round(width * scale) },
      height: { ideal: Math.round(height * scale) },
      frameRate: { ideal: FPS },
    };
    // A camera that has no such size keeps its own.
    void track.applyConstraints({ ...this.#before, ...small }).catch(ignore);
  }
}
