/**
 * Ties the devices of the computer, and a preview, to the life of a host element.
 *
 * Owns when they are acquired and released. Does not own the list and the selection (`Devices`, shared by every picker
 * and call) or the captures of a preview (`CapturePool`).
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
  /** Devices were plugged in or out, or their names became known. */
  devices: readonly MediaDeviceInfo[];
  /** An element of this page selected a device. */
  value: DeviceChoice;
}

const EMPTY: DevicesSnapshot = {
  ready: false,
  devices: [],
  aliases: [],
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

  /** True once the browser tells the names of devices, that is, after a permission. */
  get hasLabels(): boolean {
    return this.#snapshot.hasLabels;
  }

  /** False if the browser has no `setSinkId`. */
  get canChooseSpeaker(): boolean {
    return canChooseSpeaker();
  }

  /** Device ids; empty for the system's default. */
  get value(): DeviceChoice {
    return this.#snapshot.chosen;
  }

  /** The stream of the preview; `null` while it has no track. */
  get stream(): MediaStream | null {
    return this.#preview?.store.get().stream ?? null;
  }

  /** The current level of the preview's microphone, 0 to 1. Cheap enough to be read at every frame. */
  get level(): number {
    const track = this.#preview?.store.get().tracks.find(({ source }) => source === 'microphone')?.track ?? null;
    if (track !== (this.#meter?.track ?? null)) {
      this.#meter?.meter.close();
      this.#meter = track && { meter: new AudioLevel(track), track };
    }
    return this.#meter?.meter.read() ?? 0;
  }

  /**
   * Selects a device for every picker and every later capture of this page; `''` for the system's default. A running
   * preview must open the device first.
   * @throws CodedError with a code for media, such as `device-in-use`; nothing changed then
   */
  async choose(kind: MediaDeviceKind, deviceId: string): Promise<void> {
    await (this.#preview ?? this.#devices)?.setDevice(kind, deviceId);
  }

  /** Asks the person for permission, and stops the captures again. @throws CodedError with a code for media */
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

  /** Opens what is available of camera and microphone into `stream`. @throws CodedError if neither can be opened */
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
    // The one trouble that is no error code, `deviceReplaced`, comes only with a stream.
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
