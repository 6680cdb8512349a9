/** The budget of what one participant sends, and the limits (`Fit`) within which one receiver's part is sent. */
import type { Shown, VideoSource } from './shown.ts';

/**
 * From three people on, what all copies of a source together may take, in kbps: every receiver costs the uplink a copy.
 * Screens get more, because they show text.
 */
export const BUDGET_KBPS: Readonly<Record<VideoSource, number>> = { camera: 768, screen: 2_500 };

/** What one `RTCRtpSender` may send. `Infinity` where there is no limit. */
export interface Fit {
  readonly active: boolean;
  /** Divides width and height. */
  readonly scale: number;
  readonly fps: number;
  readonly kbps: number;
}

export type Fits = Readonly<Record<VideoSource, Fit>>;

export interface Receiver {
  /** How large it shows this participant's pictures; `null` if it did not say, as an older client. */
  readonly shown: Shown | null;
  /** False if it takes sound only. */
  readonly receivesVideo: boolean;
}

/** A receiver, and the link that leads to it. */
export interface LinkedReceiver extends Receiver {
  readonly link: { readonly fits: Fits | null; fit(fits: Fits): Promise<void> } | null;
}

/** Full size, without any limit. */
export const UNLIMITED: Fit = { active: true, scale: 1, fps: Infinity, kbps: Infinity };

/** The same limits for each of `count` receivers. A call of two has no limit. */
export function equalFits(count: number): Fits {
  const part = (source: VideoSource): Fit => ({
    ...UNLIMITED,
    kbps: count > 1 ? Math.floor(BUDGET_KBPS[source] / count) : Infinity,
  });
  return { camera: part('camera'), screen: part('screen') };
}
