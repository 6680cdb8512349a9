/** One kind of device in use: whether it is wanted, its capture, and its trouble. */
import type { ErrorCode } from '../../../server/protocol.ts';
import type { CaptureKind, Lease, Wanted } from './capture-pool.ts';

/** Why a device is not available, or that a different device replaced it. */
export type DeviceTrouble = ErrorCode | 'deviceReplaced';

export interface CaptureSlot {
  readonly kind: CaptureKind;
  readonly deviceKind: 'audioinput' | 'videoinput';
  /** Whether the person wants it on. The microphone is captured in both cases. */
  on: boolean;
  lease: Lease | null;
  /** The last request. Turning the device off removes its kind, so that no further prompt asks for it. */
  wanted?: Wanted;
  opening: Promise<void> | null;
  error: DeviceTrouble | null;
  /** The device of the last capture, because some browsers forget the id of an ended track. */
  deviceId: string;
  /** Id of a device that disappeared while in use; `null` once another was chosen or it returned. */
  lost: string | null;
  /**
   * Identifies the last switch to another device: of several switches only the last counts. `LocalMedia.stop()` keeps
   * it, so that a switch under way can still store its choice.
   */
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

/** Returns the page's constraints or the defaults. They ask for one device, or for any if `deviceId` is empty. */
export function createTrackConstraints(
  given: boolean | MediaTrackConstraints | undefined,
  kind: CaptureKind,
  deviceId: string,
): MediaTrackConstraints {
  const defaults = kind === 'audio' ? AUDIO : VIDEO;
  const base = typeof given === 'object' ? given : defaults;
  // `exact`, because browsers give a preferred device less weight than the size of the picture.
  return deviceId ? { ...base, deviceId: { exact: deviceId } } : base;
}
