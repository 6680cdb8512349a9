/**
 * What all elements of a page share of the machine's media: the devices and the captures, each once.
 *
 * Owns their counted life and where they come from (`navigator`, `localStorage`), so that `rtc/` need not know.
 */
import { CapturePool } from '../rtc/media/capture-pool.ts';
import { Devices } from '../rtc/media/devices.ts';
import { LocalMedia } from '../rtc/media/local-media.ts';

let devices: Devices | null = null;
let users = 0;
let pool: CapturePool | null = null;

/** `undefined` where the page is no secure context, or there is no browser at all. */
export const mediaDevices = (): MediaDevices | undefined => globalThis.navigator?.mediaDevices;

function findStorage(): Storage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    // Blocked for this page.
    return null;
  }
}

export function acquireDevices(): Devices {
  users++;
  return (devices ??= new Devices({ mediaDevices: mediaDevices(), storage: findStorage() }));
}

/** The last one to release ends the following of plugging in and out. */
export function releaseDevices(): void {
  if (--users > 0) return;
  devices?.close();
  devices = null;
}

export function capturePool(): CapturePool {
  return (pool ??= new CapturePool(mediaDevices()));
}

/** Somebody's microphone, camera and screen; the captures behind them are the page's. */
export function createLocalMedia(of: Devices): LocalMedia {
  return new LocalMedia({ mediaDevices: mediaDevices(), devices: of, pool: capturePool() });
}

export const canChooseSpeaker = (): boolean =>
  typeof HTMLMediaElement === 'function' && 'setSinkId' in HTMLMediaElement.prototype;
