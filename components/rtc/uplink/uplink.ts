/**
 * Fits what each link sends to what its receiver shows.
 *
 * Owns when a plan is made and carried out: at once for a change of this participant, paced for reports of others, so
 * that no receiver can keep the encoders busy. Does not own the arithmetic (`budget.ts`) or senders (`Encoding`). It
 * loads late; until then the receivers share equally (`sharing.ts`).
 */
import type { Clock } from '../clock.ts';
import type { LocalTrack } from '../media/local-media.ts';
import { planUplink, type Captured } from './budget.ts';
import { EncoderLoad, type Encoded } from './encoder-load.ts';
import type { Fit, Fits, LinkedReceiver } from './share.ts';
import { isSameShown, type Size, type VideoSource } from './shown.ts';

/** The least time between two plans that reports of others cause, in milliseconds. */
const PACE_MS = 200;

/** Assumed where a track does not tell its size. */
const USUAL_SIZES: Record<VideoSource, Size> = { camera: [640, 360], screen: [1_920, 1_080] };

export interface UplinkOptions {
  readonly clock: Clock;
  receivers(): readonly LinkedReceiver[];
  /** What is captured. */
  tracks(): readonly LocalTrack[];
}

function capturedIn(tracks: readonly LocalTrack[]): Captured {
  const sizeOf = (source: VideoSource): Size => {
    const { width, height } = tracks.find((one) => one.source === source)?.track.getSettings() ?? {};
    return width && height ? [width, height] : USUAL_SIZES[source];
  };
  return { camera: sizeOf('camera'), screen: sizeOf('screen') };
}

/** What a link may send while others still have their old parts: of each source the smaller of its old and new part. */
function lesser(before: Fits | null, after: Fits): Fits {
  const of = (source: VideoSource): Fit =>
    before && before[source].kbps < after[source].kbps ? before[source] : after[source];
  return { camera: of('camera'), screen: of('screen') };
}

export class Uplink {
  readonly #options: UplinkOptions;
  readonly #load = new EncoderLoad();
  #captured: Captured = USUAL_SIZES;
  #slowness = 0;
  #plans = 0;
  #cancel: (() => void) | null = null;
  #isReported = false;

  constructor(options: UplinkOptions) {
    this.#options = options;
    this.plan();
  }

  /** True while this machine steps down because it cannot keep up with encoding. */
  get limited(): boolean {
    return this.#slowness > 0;
  }

  /** Called once a second with the figures of each link. A shared window may change its size, and no event tells it. */
  handleSecond(links: readonly Encoded[]): void {
    const slowness = this.#load.handleSecond(links, this.#options.clock.now());
    const isSame = isSameShown(capturedIn(this.#options.tracks()), this.#captured);
    if (isSame && slowness === this.#slowness) return;
    this.#slowness = slowness;
    this.plan();
  }

  /** A receiver reported what it shows. */
  handleReport(): void {
    this.#isReported = true;
    if (this.#cancel) return;
    this.#isReported = false;
    this.#cancel = this.#options.clock.after(PACE_MS, () => {
      this.#cancel = null;
      if (this.#isReported) this.handleReport();
    });
    this.plan();
  }

  /** Plans for the current receivers and tracks, and tells the links. */
  plan(): void {
    this.#captured = capturedIn(this.#options.tracks());
    void this.#carryOut(++this.#plans);
  }

  close(): void {
    this.#plans++;
    this.#cancel?.();
  }

  /** Lowers limits first and raises others afterwards: the sum must not exceed the budget, even for a moment. */
  async #carryOut(plan: number): Promise<void> {
    const receivers = this.#options.receivers();
    const fits = planUplink(receivers, this.#captured, this.#slowness);
    await Promise.all(receivers.map(({ link }, index) => link?.fit(lesser(link.fits, fits[index]!))));
    // A newer plan was made meanwhile, and tells all links its limits.
    if (plan !== this.#plans) return;
    for (const [index, { link }] of receivers.entries()) void link?.fit(fits[index]!);
  }
}
