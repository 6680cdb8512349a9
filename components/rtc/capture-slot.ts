/** One kind of device in use: what is wanted of it, what there is, and what stands in the way. */
import type { ErrorCode } from '../../server/protocol.ts';
import type { CaptureKind, Lease } from './capture-pool.ts';

export interface CaptureSlot {
  readonly kind: CaptureKind;
  readonly deviceKind: 'audioinput' | 'videoinput';
  /** What the person wants; the microphone is captured whether it is on or not. */
  on: boolean;
  lease: Lease | null;
  opening: Promise<void> | null;
  error: ErrorCode | null;
  /** Id of a device that went while in use. */
  lost: string | null;
  /** Grows with each switch to another device: of several, the last one counts. */
  switches: number;
}

const AUDIO: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const VIDEO: MediaTrackConstraints = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 30 } };

export const createCaptureSlot = (kind: CaptureKind): CaptureSlot => ({
  kind, deviceKind: kind === 'audio' ? 'audioinput' : 'videoinput', on: false, lease: null, opening: null, error: null, lost: null, switches: 0,
});

/** The page's constraints or ours, with a device: by preference, or exactly this one. */
export function createTrackConstraints(
  given: boolean | MediaTrackConstraints | undefined, kind: CaptureKind, device: { ideal?: string; exact?: string },
): MediaTrackConstraints {
  const base = typeof given === 'object' ? given : kind === 'audio' ? AUDIO : VIDEO;
  if (device.exact) return { ...base, deviceId: { exact: device.exact } };
  return device.ideal ? { ...base, deviceId: { ideal: device.ideal } } : base;
}
