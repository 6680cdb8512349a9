/**
 * Ties the machine's devices, and a preview of them, to the life of a host element.
 *
 * Owns when they are acquired and released. The list and the choice are the page's (`Devices`, shared by
 * every picker and call); the picture and the sound of a preview come from the page's pool of captures.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { ErrorCode } from '../../server/protocol.ts';
import { CodedError } from '../internal/coded-error.ts';
import { pauseBefore } from '../internal/removal-pause.ts';
import { Emitter } from '../internal/emitter.ts';
import type { DeviceChoice, Devices, DevicesSnapshot } from '../rtc/media/devices.ts';
import { AudioLevel } from '../rtc/media/audio-level.ts';
import type { LocalMedia } from '../rtc/media/local-media.ts';
import { acquireDevices, canChooseSpeaker, capturePool, createLocalMedia, releaseDevices } from './page-media.ts';

export interface DevicesControllerEvents {
  /** Plugged in or out, or named. */
  devices: readonly MediaDeviceInfo[];
  /** Chosen by whomever on this page. */
  value: DeviceChoice;
}

const EMPTY: DevicesSnapshot = {
  ready: false,
  devices: [],
  chosen: { audioinput: '', videoinput: '', audiooutput: '' },
  hasLabels: false,
};

export class DevicesController implements ReactiveController {
  readonly events = new Emitter<DevicesControllerEvents>();
  readonly #host: ReactiveControllerHost;
  #devices: Devices | null = null;
  #snapshot = EMPTY;
  #preview: LocalMedia | null = null;
  #endPreview: (() => void) | undefined;
  #meter: { readonly meter: AudioLevel; readonly track: MediaStreamTrack } | null = null;
  #endDevices: (() => void) | undefined;
  #onBack: (() => void) | undefined;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  get devices(): readonly MediaDeviceInfo[] {
    return this.#snapshot.devices;
  }

  /** True once the browser names the devices, that is, after a permission. */
  get hasLabels(): boolean {
    return this.#snapshot.hasLabels;
  }

  /** False where the browser has no `setSinkId`: then there is nothing to choose. */
  get canChooseSpeaker(): boolean {
    return canChooseSpeaker();
  }

  /** Device ids; empty for the system's default. */
  get value(): DeviceChoice {
    return this.#snapshot.chosen;
  }

  /** What the preview shows and hears; `null` while it has no track. */
  get stream(): MediaStream | null {
    return this.#preview?.store.get().stream ?? null;
  }

  /** Loudness of the previewed microphone just now, 0 to 1. Cheap enough to be asked at every frame. */
  get level(): number {
    const track = this.#preview?.store.get().tracks.find(({ source }) => source === 'microphone')?.track ?? null;
    if (track !== (this.#meter?.track ?? null)) {
      this.#meter?.meter.close();
      this.#meter = track && { meter: new AudioLevel(track), track };
    }
    return this.#meter?.meter.read() ?? 0;
  }

  /**
   * Remembers, for every picker and every later capture of this page; `''` for the system's default. A running
   * preview has to open the device first.
   * @throws CodedError of the media group; all is then as it was
   */
  async choose(kind: MediaDeviceKind, deviceId: string): Promise<void> {
    await (this.#preview ?? this.#devices)?.setDevice(kind, deviceId);
  }

  /** Asks the person once; what is captured for it is stopped again. @throws CodedError of the media group */
  async requestPermission(kinds: readonly MediaDeviceKind[]): Promise<void> {
    const wanted = {
      ...(kinds.some((kind) => kind !== 'videoinput') && { audio: {} }),
      ...(kinds.includes('videoinput') && { video: {} }),
    };
    const opened = Object.values(await capturePool().open(wanted));
    await this.#devices?.refresh();
    for (const one of opened) if (!(one instanceof CodedError)) one.release();
    const [first] = opened;
    if (first instanceof CodedError && opened.every((one) => one instanceof CodedError)) throw first;
  }

  /** Camera and microphone as far as they are to be had, in `stream`. @throws CodedError of the media group, if neither is */
  async openPreview({
    camera = true,
    microphone = true,
  }: { camera?: boolean; microphone?: boolean } = {}): Promise<void> {
    if (!this.#devices) throw new CodedError('cancelled');
    this.closePreview();
    const preview = (this.#preview = createLocalMedia(this.#devices));
    this.#endPreview = preview.store.subscribe(() => this.#host.requestUpdate());
    preview.setConstraints({ audio: microphone && undefined, video: camera && undefined });
    await preview.start({ microphone, camera });
    const { stream, cameraError, microphoneError } = preview.store.get();
    if (stream) return;
    // Without a stream no other device stands in for one that went.
    const code = (cameraError ?? microphoneError ?? 'device-not-found') as ErrorCode;
    throw new CodedError(this.#preview === preview ? code : 'cancelled');
  }

  closePreview(): void {
    this.#endPreview?.();
    this.#preview?.stop();
    this.#preview = null;
    this.#host.requestUpdate();
    this.#meter?.meter.close();
    this.#meter = null;
  }

  hostConnected(): void {
    this.#onBack?.();
    if (this.#devices) return;
    this.#devices = acquireDevices();
    this.#endDevices = this.#devices.store.subscribe((snapshot) => this.#onDevices(snapshot));
    this.#onDevices(this.#devices.store.get());
  }

  hostDisconnected(): void {
    this.#onBack?.();
    this.#onBack = pauseBefore(() => {
      this.closePreview();
      this.#endDevices?.();
      this.#devices = null;
      releaseDevices();
    });
  }

  #onDevices(snapshot: DevicesSnapshot): void {
    const before = this.#snapshot;
    this.#snapshot = snapshot;
    this.#host.requestUpdate();
    if (snapshot.ready && snapshot.devices !== before.devices) this.events.emit('devices', snapshot.devices);
    if (JSON.stringify(snapshot.chosen) !== JSON.stringify(before.chosen)) this.events.emit('value', snapshot.chosen);
  }
}
