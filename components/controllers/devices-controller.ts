/**
 * Ties the machine's devices, and a preview of them, to the life of a host element.
 *
 * Owns when they are acquired and released. The list and the choice are the page's (`Devices`, shared by
 * every picker and call); the picture and the sound of a preview come from the page's pool of captures.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { Emitter } from '../internal/emitter.ts';
import type { DeviceChoice } from '../rtc/devices.ts';

export interface DevicesControllerEvents {
  /** Plugged in or out, or named. */
  devices: readonly MediaDeviceInfo[];
  /** Chosen by whomever on this page. */
  value: DeviceChoice;
}

export class DevicesController implements ReactiveController {
  readonly events = new Emitter<DevicesControllerEvents>();
  readonly #host: ReactiveControllerHost;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  get devices(): readonly MediaDeviceInfo[] {
    return [];
  }

  /** True once the browser names the devices, that is, after a permission. */
  get hasLabels(): boolean {
    return false;
  }

  /** False where the browser has no `setSinkId`: then there is nothing to choose. */
  get canChooseSpeaker(): boolean {
    return false;
  }

  /** Device ids; empty for the system's default. */
  get value(): DeviceChoice {
    return { audioinput: '', videoinput: '', audiooutput: '' };
  }

  /** Loudness of the previewed microphone just now, 0 to 1. Cheap enough to be asked at every frame. */
  get level(): number {
    return 0;
  }

  /** Remembers, for every picker and every later capture of this page; `''` for the system's default. A running preview follows. */
  choose(_kind: MediaDeviceKind, _deviceId: string): void {}

  /** Asks the person once; what is captured for it is stopped again. @throws CodedError of the media group */
  async requestPermission(_kinds: readonly MediaDeviceKind[]): Promise<void> {}

  /** Camera and microphone as far as they are to be had. @throws CodedError of the media group, if neither is */
  async openPreview(_wanted: { camera?: boolean; microphone?: boolean } = {}): Promise<MediaStream> {
    return new MediaStream();
  }

  closePreview(): void {}

  hostConnected(): void {
    void this.#host;
  }

  hostDisconnected(): void {}
}
