/**
 * Fits what each link sends to what its receiver shows.
 *
 * Owns when a plan is made and carried out: at once for a change of this participant, paced for reports of others, so
 * that no receiver can keep the encoders busy. Does not own the arithmetic (`budget.ts`) or senders (`Encoding`).
 */
import type { Clock } from '../clock.ts';
import { findReaders } from '../link/readers.ts';
import type { LocalTrack } from '../media/local-media.ts';
import { planUplink, type Captured, type Fits, type Receiver } from './budget.ts';
import type { Encoded, EncoderLoad } from './encoder-load.ts';
import { VIDEO_SOURCES, isSameShown, type Size, type VideoSource } from './shown.ts';

/** The least time between two plans that reports of others cause, in milliseconds. */
const PACE_MS = 200;

/** Assumed where a track does not tell its size. */
const USUAL_SIZES: Record<VideoSource, Size> = { camera: [640, 360], screen: [1_920, 1_080] };

/** A receiver, and the link that leads to it. */
export interface LinkedReceiver extends Receiver {
  readonly link: { readonly fits: Fits | null; fit(fits: Fits): Promise<void> } | null;
}

export interface UplinkOptions {
  readonly clock: Clock;
  receivers(): readonly LinkedReceiver[];
}

function sizeOf(source: VideoSource, tracks: readonly LocalTrack[]): Size {
  const { width, height } = tracks.find((one) => one.source === source)?.track.getSettings() ?? {};
  return width && height ? [width, height] : USUAL_SIZES[source];
}

const capturedIn = (tracks: readonly LocalTrack[]): Captured => ({
  camera: sizeOf('camera', tracks),
  screen: sizeOf('screen', tracks),
});

/** True if the link may send less than before. */
const lowers = (before: Fits | null, fits: Fits): boolean =>
  VIDEO_SOURCES.some((source) => fits[source].kbps < (before?.[source].kbps ?? Infinity));

export class Uplink {
  readonly #options: UplinkOptions;
  #tracks: readonly LocalTrack[] = [];
  #captured = capturedIn([]);
  #load: EncoderLoad | null = null;
  #slowness = 0;
  #plans = 0;
  #cancel: (() => void) | null = null;
  #reported = false;

  constructor(options: UplinkOptions) {
    this.#options = options;
  }

  /** Sets what is captured. */
  setTracks(tracks: readonly LocalTrack[]): void {
    this.#tracks = tracks;
    this.handleTick();
  }

  /** Called about once a second. A shared window may change its size, and no event tells it. */
  handleTick(): void {
    const captured = capturedIn(this.#tracks);
    if (isSameShown(captured, this.#captured)) return;
    this.#captured = captured;
    this.plan();
  }

  /** True while this machine steps down because it cannot keep up with encoding. */
  get limited(): boolean {
    return this.#slowness > 0;
  }

  /** Called once a second with the figures of each link. */
  handleFigures(links: readonly Encoded[]): void {
    const readers = findReaders();
    if (!readers) return;
    this.#load ??= new readers.EncoderLoad();
    const slowness = this.#load.handleSecond(links, this.#options.clock.now());
    if (slowness === this.#slowness) return;
    this.#slowness = slowness;
    this.plan();
  }

  /** A receiver reported what it shows. */
  handleReport(): void {
    this.#reported = true;
    if (this.#cancel) return;
    this.#reported = false;
    this.#cancel = this.#options.clock.after(PACE_MS, () => {
      this.#cancel = null;
      if (this.#reported) this.handleReport();
    });
    this.plan();
  }

  /** Plans for the current receivers and tells their links. */
  plan(): void {
    void this.#carryOut(++this.#plans);
  }

  close(): void {
    this.#plans++;
    this.#cancel?.();
  }

  /** Lowers first: the sum must not exceed the budget for a moment either. */
  async #carryOut(plan: number): Promise<void> {
    const receivers = this.#options.receivers();
    const fits = planUplink(receivers, this.#captured, this.#slowness);
    const raised: (() => void)[] = [];
    const lowered = receivers.map(({ link }, index) => {
      const own = fits[index]!;
      if (link && lowers(link.fits, own)) return link.fit(own);
      return void raised.push(() => void link?.fit(own));
    });
    await Promise.all(lowered);
    // A newer plan tells all links.
    if (plan === this.#plans) for (const raise of raised) raise();
  }
}
