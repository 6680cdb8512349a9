/** How much a mesh may send: every further participant takes its copy of the same uplink. */

/** Camera, kbps per connection by number of others (1, 2, …): none, then ever less, some 768 in all. */
const CAMERA_KBPS = [Infinity, 384, 256, 192, 128, 128, 64] as const;
/** Screens have letters on them; in all, kbps. */
const SCREEN_TOTAL_KBPS = 2_500;
const SCREEN_MIN_KBPS = 300;

/** The most one connection may send, kbps; `Infinity` for as much as it finds. */
export function bitrateCap(source: 'camera' | 'screen', others: number): number {
  if (others <= 1) return Infinity;
  if (source === 'camera') return CAMERA_KBPS[others - 1] ?? CAMERA_KBPS[6];
  return Math.max(SCREEN_MIN_KBPS, Math.round(SCREEN_TOTAL_KBPS / others));
}

/** Sets it, if it is not so already. A sender not yet negotiated takes it later. */
export function capBitrate(sender: RTCRtpSender, kbps: number): void {
  const parameters = sender.getParameters();
  const [encoding] = parameters.encodings ?? [];
  const maxBitrate = Number.isFinite(kbps) ? kbps * 1_000 : undefined;
  if (!encoding || encoding.maxBitrate === maxBitrate) return;
  if (maxBitrate === undefined) delete encoding.maxBitrate;
  else encoding.maxBitrate = maxBitrate;
  // Refused where negotiation came in between; the next settling of the link sets it again.
  sender.setParameters(parameters).catch(() => {});
}
