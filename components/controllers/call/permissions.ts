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

/**
 * Whether a kind is requested alone after the browser refused both. A kind that is known to be blocked is not. A person
 * who has just refused both is asked again only if the other kind alone was the reason.
 */
export async function mayAskAlone(kind: CaptureKind, answered: boolean, find = permissionFor): Promise<boolean> {
  const [own, other] = await Promise.all([find(kind), find(kind === 'audio' ? 'video' : 'audio')]);
  return own === 'granted' || (own === 'prompt' && (!answered || other === 'denied'));
}

/** From now on the pool knows what the person decided before. Until then it guesses. */
export function heedPermissions(): void {
  capturePool().mayAskAlone = mayAskAlone;
}
