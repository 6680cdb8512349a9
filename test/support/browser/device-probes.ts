/** Faults of devices, and what a call says about them. These functions run in a page, so each is self-contained. */
import type { CallElement, ChatElement } from './meeting.ts';

export interface DeviceFaults {
  /** Name of the error with which a request for a microphone fails, perhaps with `: message`. */
  audio: string | null;
  video: string | null;
  /** Ids of unplugged devices. */
  hidden: string[];
}

declare global {
  interface Window {
    deviceFaults: DeviceFaults;
    heardErrors: string[];
    offeredDevices: string[];
  }
}

/** Runs before any script of the page: from then on devices fail as `window.deviceFaults` says. */
export function breakDevices(): void {
  const faults: DeviceFaults = { audio: null, video: null, hidden: [] };
  window.deviceFaults = faults;
  const devices = navigator.mediaDevices;
  if (!devices) return;
  const getUserMedia = devices.getUserMedia.bind(devices);
  const enumerateDevices = devices.enumerateDevices.bind(devices);
  devices.enumerateDevices = async () =>
    (await enumerateDevices()).filter(
      ({ deviceId, kind }) =>
        !faults.hidden.includes(deviceId) &&
        !(kind !== 'audiooutput' && faults[kind === 'audioinput' ? 'audio' : 'video']?.startsWith('NotFound')),
    );
  devices.getUserMedia = async (constraints = {}) => {
    for (const kind of ['audio', 'video'] as const) {
      const [name, message] = faults[kind]?.split(': ') ?? [];
      if (constraints[kind] && name) throw new DOMException(message ?? '', name);
    }
    if (faults.hidden.some((id) => JSON.stringify(constraints).includes(id)))
      throw new DOMException('', 'NotFoundError');
    return getUserMedia(constraints);
  };
}

/**
 * Does to the page what an unplugged device does: each live track of this kind ends and fires `ended`, which `stop()`
 * alone does not, and then the list of devices changes.
 */
export function unplug(kind: string, deviceId: string): void {
  if (deviceId) window.deviceFaults.hidden.push(deviceId);
  for (const track of window.watched.tracks.filter((one) => one.kind === kind && one.readyState === 'live')) {
    track.stop();
    track.dispatchEvent(new Event('ended'));
  }
  navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
}

/** Records the events of the call; may run before the element exists. */
export function listenToCall(): void {
  window.heardErrors = [];
  window.offeredDevices = [];
  // These events do not bubble, but in the capture phase every event passes the window.
  window.addEventListener(
    'call-error',
    (event) => window.heardErrors.push((event as Event & { code: string }).code),
    true,
  );
  window.addEventListener(
    'devices-change',
    (event) => {
      window.offeredDevices = (event as Event & { devices: MediaDeviceInfo[] }).devices.map(({ deviceId }) => deviceId);
    },
    true,
  );
}

/** The codes of all `call-error` events since the last call of this. */
export const listHeard = (): string[] => window.heardErrors.splice(0);

/** The banner's sentence; empty if there is none. */
export function readBanner(): string {
  return (
    document.querySelector('video-call')?.shadowRoot?.querySelector('[part~="banner"] p')?.textContent?.trim() ?? ''
  );
}

/** The sentence on this participant's tile; empty if there is none. */
export function readOwnTile(): string {
  const tile = document.querySelector('video-call')?.shadowRoot?.querySelector('[part~="tile-self"]');
  return tile?.shadowRoot?.querySelector('.trouble')?.textContent?.trim() ?? '';
}

/** This participant's track of a kind, as the call shows it. */
export function readSelf(kind: string): { deviceId: string; live: boolean } {
  const call = document.querySelector('video-call') as unknown as {
    participants: readonly { stream: MediaStream | null }[];
  };
  const track = call.participants[0]?.stream?.getTracks().find((one) => one.kind === kind);
  return { deviceId: track?.getSettings().deviceId ?? '', live: track?.readyState === 'live' };
}

/** Requests camera, microphone and camera (by its button) and sends a message: three codes, and the message's state. */
export async function askAgain(): Promise<string[]> {
  const call = document.querySelector('video-call') as unknown as CallElement;
  const chat = document.querySelector('chat-room') as unknown as ChatElement;
  const codeOf = (asked: Promise<unknown>): Promise<string> =>
    asked.then(
      () => 'given',
      (error: { code: string }) => error.code,
    );
  const codes = [await codeOf(call.toggleCamera(true)), await codeOf(call.toggleMicrophone(true))];
  const told = new Promise<string>((resolve) =>
    call.addEventListener('call-error', (event) => resolve((event as Event & { code: string }).code), { once: true }),
  );
  call.shadowRoot!.querySelector<HTMLElement>('[part~="camera-button"]')!.click();
  return [...codes, await told, (await chat.sendMessage('from a page that is not secure')).state];
}
