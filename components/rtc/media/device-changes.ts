/**
 * Changes of a running capture: to another device, after its device was lost, and after that one returned.
 *
 * Does not own what is captured and sent (`LocalMedia`). It stands apart because it loads late, together with the
 * sharing of a screen: nobody needs either to see and hear others.
 */
import { CodedError } from '../../internal/coded-error.ts';
import { ignore } from '../../internal/ignore.ts';
import type { Lease } from './capture-pool.ts';
import type { CaptureSlot } from './capture-slot.ts';
import type { Devices, DevicesSnapshot } from './devices.ts';

// Exported from here, so that one chunk holds all of it.
export { ScreenShare } from './screen-share.ts';

/** What of `LocalMedia` a change of devices needs. */
export interface ChangedMedia {
  readonly devices: Devices;
  readonly slots: readonly CaptureSlot[];
  /** Grows with each stop: captures that were requested before it are released when they arrive. */
  readonly generation: number;
  captureFrom(slot: CaptureSlot, deviceId: string): Promise<Lease | CodedError>;
  accept(slot: CaptureSlot, lease: Lease, generation: number): void;
  release(slot: CaptureSlot): void;
  publish(): void;
}

/** Resolves to false if a later switch replaced this one. @throws CodedError of the media group, `cancelled` */
export async function switchDevice(media: ChangedMedia, slot: CaptureSlot, deviceId: string): Promise<boolean> {
  const { generation } = media;
  const self = (slot.lastSwitch = {});
  const oldId = slot.deviceId;
  const isLast = (): boolean => slot.lastSwitch === self;
  let result = await media.captureFrom(slot, deviceId);
  if (result instanceof CodedError && result.code === 'device-in-use' && slot.lease && isLast()) {
    // Phones open one camera at a time: release the old one first, and reopen it if that does not help.
    media.release(slot);
    result = await media.captureFrom(slot, deviceId);
    if (result instanceof CodedError) {
      const old = await media.captureFrom(slot, oldId);
      // A later switch may have opened a device in the meantime.
      if (!(old instanceof CodedError) && slot.lease) old.release();
      else if (!(old instanceof CodedError)) media.accept(slot, old, generation);
    }
  }
  if (result instanceof CodedError) {
    media.publish();
    throw isLast() ? result : new CodedError('cancelled');
  }
  if (isLast()) slot.lost = null;
  if (isLast() || !slot.lease) media.accept(slot, result, generation);
  else result.release();
  return isLast();
}

/**
 * The device of `lease` or its permission was lost: uses another of its kind, or continues without.
 * @param before the devices at the time of the loss
 */
export async function replaceLost(
  media: ChangedMedia,
  slot: CaptureSlot,
  lease: Lease,
  before: DevicesSnapshot,
): Promise<void> {
  const { generation, devices } = media;
  if (slot.lease !== lease) return;
  // A device that is off is not replaced now; turning it on looks for another.
  const result = slot.on ? await media.captureFrom(slot, '') : new CodedError('device-lost');
  const denied = result instanceof CodedError && result.code === 'permission-denied';
  // The device was switched, turned off or stopped during the request.
  if (slot.lease !== lease || generation !== media.generation)
    return result instanceof CodedError ? undefined : result.release();
  if (result instanceof CodedError) media.release(slot);
  else media.accept(slot, result, generation);
  slot.error = slot.lease ? 'deviceReplaced' : 'device-lost';
  if (denied) {
    // Without permission there is nothing to wait for, and a prompt would come without a reason the person can see.
    slot.error = 'permission-denied';
    slot.lost = null;
  }
  media.publish();
  // The device may have been plugged in again during the request.
  if (devices.store.get() !== before) useReturned(media);
}

/** Goes back to the chosen device where it has returned. */
export function useReturned(media: ChangedMedia): void {
  const { devices, chosen } = media.devices.store.get();
  for (const slot of media.slots) {
    const { on, lost, deviceKind, lease } = slot;
    if (lost === null || !on) continue;
    const ids = devices.filter(({ kind }) => kind === deviceKind).map(({ deviceId }) => deviceId);
    // The chosen device takes precedence over any other. A slot without a device takes whichever appears.
    const wanted = [chosen[deviceKind], ...(lease ? [] : [lost, ...ids])].find((id) => id && ids.includes(id));
    if (wanted && (!lease || wanted !== slot.deviceId)) switchDevice(media, slot, wanted).catch(ignore);
  }
}
