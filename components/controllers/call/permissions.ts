import type { CaptureKind } from '../../rtc/media/capture-pool.ts';
import { capturePool } from '../page-media.ts';

/** What the person decided about a kind of device; `prompt` where the browser does not tell. Asks nobody. */
export async function permissionFor(kind: CaptureKind): Promise<PermissionState> {
  const name = kind === 'audio' ? 'microphone' : 'camera';
  try {
    return (await navigator.permissions.query({ name })).state;
  } catch {
    return 'prompt';
  }
}

/** From now on a device that is known to be blocked is not asked for again, when the browser refused both. */
export function heedPermissions(): void {
  capturePool().permissionFor = permissionFor;
}
