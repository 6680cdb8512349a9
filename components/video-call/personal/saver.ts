/**
 * A smaller picture of the own camera while the person saves data. What this page receives is a matter of how large it
 * says that it shows others (`stage/extras/watching.ts`). The sound stays as it is.
 */
import { ignore } from '../../internal/ignore.ts';

const SMALL: MediaTrackConstraints = {
  width: { ideal: 320 },
  height: { ideal: 180 },
  frameRate: { ideal: 15 },
};

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
    // A camera that has no such size keeps its own.
    void track.applyConstraints({ ...this.#before, ...SMALL }).catch(ignore);
  }
}
