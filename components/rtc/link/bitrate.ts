/** How much a mesh may send. Every further participant receives a copy over the same uplink. */
import { ignore } from '../../internal/ignore.ts';

/** Camera, kbps per connection by the number of others (1, 2, …): unlimited for one, then some 768 kbps in total. */
const CAMERA_KBPS = [Infinity, 384, 256, 192, 128, 128, 64] as const;
/** Screens, kbps in total; higher because they show text. */
const SCREEN_TOTAL_KBPS = 2_500;
const SCREEN_MIN_KBPS = 300;

/** The most that one connection may send, in kbps; `Infinity` for no limit. */
export function bitrateCap(source: 'camera' | 'screen', others: number): number {
  if (others <= 1) return Infinity;
  if (source === 'camera') return CAMERA_KBPS[others - 1] ?? CAMERA_KBPS[6];
  return Math.max(SCREEN_MIN_KBPS, Math.round(SCREEN_TOTAL_KBPS / others));
}

/** The encodings of a new line, so that its limit holds from the first frame on. */
export const firstEncodings = (kbps: number): RTCRtpEncodingParameters[] =>
  Number.isFinite(kbps) ? [{ maxBitrate: kbps * 1_000 }] : [];

/** Sets the limit if it changed. A sender that is not negotiated yet receives it later. */
export function capBitrate(sender: RTCRtpSender, kbps: number): void {
  const parameters = sender.getParameters();
  const [encoding] = parameters.encodings ?? [];
  const maxBitrate = Number.isFinite(kbps) ? kbps * 1_000 : undefined;
  if (!encoding || encoding.maxBitrate === maxBitrate) return;
  if (maxBitrate === undefined) delete encoding.maxBitrate;
  else encoding.maxBitrate = maxBitrate;
  // Rejected if a negotiation came in between; the link sets the limit again when negotiation ends.
  sender.setParameters(parameters).catch(ignore);
}
