/**
 * The devices and the captures that all elements of a page share.
 *
 * Owns the count of their users, and takes what they need from `navigator` and `localStorage`, so that `rtc/` does not
 * depend on these.
 */
import { CapturePool } from '../rtc/media/capture-pool.ts';
import { Devices } from '../rtc/media/devices.ts';
import { LocalMedia } from '../rtc/media/local-media.ts';

/** Only a different page or browser mends these. */
const LASTING = /^(?:insecure-context|unsupported-browser)$/;

let devices: Devices | null = null;
let users = 0;
let pool: CapturePool | null = null;

/** `undefined` outside a secure context and outside a browser. */
export const mediaDevices = (): MediaDevices | undefined => globalThis.navigator?.mediaDevices;

function findStorage(): Storage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    // Some browsers throw when a page may not use `localStorage`.
    return null;
  }
}

export function acquireDevices(): Devices {
  users++;
  return (devices ??= new Devices({ mediaDevices: mediaDevices(), storage: findStorage() }));
}

/** The last release stops watching the devices. */
export function releaseDevices(): void {
  if (--users > 0) return;
  devices?.close();
  devices = null;
}

export function capturePool(): CapturePool {
  return (pool ??= new CapturePool(mediaDevices()));
}

/** Microphone, camera and screen of one participant. The page shares the captures behind them. */
export function createLocalMedia(of: Devices): LocalMedia {
  return new LocalMedia({ mediaDevices: mediaDevices(), devices: of, pool: capturePool() });
}

/** Whether asking for a device again may succeed after an error with this code. */
export const canRetry = (code: string | null | undefined): boolean => !LASTING.test(`${code}`);

export const canChooseSpeaker = (): boolean =>
  typeof HTMLMediaElement === 'function' && 'setSinkId' in HTMLMediaElement.prototype;
