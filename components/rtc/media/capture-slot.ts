/** One kind of device in use: what is wanted of it, what there is, and what stands in the way. */
import type { ErrorCode } from '../../../server/protocol.ts';
import type { CaptureKind, Lease, Wanted } from './capture-pool.ts';

/** Why a device is not to be had, or that another one is on because the wanted one went. */
export type DeviceTrouble = ErrorCode | 'deviceReplaced';

export interface CaptureSlot {
  readonly kind: CaptureKind;
  readonly deviceKind: 'audioinput' | 'videoinput';
  /** What the person wants; the microphone is captured whether it is on or not. */
  on: boolean;
  lease: Lease | null;
  /** What was asked for last: what is turned off is taken out, so that no further prompt asks for it. */
  wanted?: Wanted;
  opening: Promise<void> | null;
  error: DeviceTrouble | null;
  /** Of the last capture: an ended track need not know any more. */
  deviceId: string;
  /** Id of a device that went while in use; `null` once another was chosen or it came back. */
  lost: string | null;
  /** The last switch to another device: of several, it alone counts. Outlives a stop. */
  lastSwitch?: object;
}

const AUDIO: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const VIDEO: MediaTrackConstraints = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 30 } };

export const createCaptureSlot = (kind: CaptureKind): CaptureSlot => ({
  kind,
  deviceKind: kind === 'audio' ? 'audioinput' : 'videoinput',
  on: false,
  lease: null,
  opening: null,
  error: null,
  deviceId: '',
  lost: null,
});

/** The page's constraints or ours, with one device, or with whichever the browser takes. */
export function createTrackConstraints(
  given: boolean | MediaTrackConstraints | undefined,
  kind: CaptureKind,
  deviceId: string,
): MediaTrackConstraints {
  const base = typeof given === 'object' ? given : kind === 'audio' ? AUDIO : VIDEO;
  // Exactly this one: as a mere preference it counts less than a picture's size.
  return deviceId ? { ...base, deviceId: { exact: deviceId } } : base;
}
