/**
 * The devices of this machine and which of them the person chose.
 *
 * Owns the list (before and after permission), its following of plugging in and out, and the choice per
 * kind, remembered on this origin. Captures nothing itself (`CapturePool`).
 */
import { Store, type ReadableStore } from '../internal/store.ts';

export type DeviceChoice = Readonly<Record<MediaDeviceKind, string>>;

export interface DevicesSnapshot {
  /** False until the browser was asked for the first time. */
  readonly ready: boolean;
  /** All three kinds, each device once. Without permission their ids and labels are empty. */
  readonly devices: readonly MediaDeviceInfo[];
  /** Chosen device ids; empty where the system's default is used, or the chosen one is not there. */
  readonly chosen: DeviceChoice;
  readonly hasLabels: boolean;
}

export interface DevicesOptions {
  mediaDevices: MediaDevices | undefined;
  /** Where choices are remembered; `null` for nowhere. */
  storage?: Pick<Storage, 'getItem' | 'setItem'> | null;
}

export class Devices {
  readonly #store = new Store<DevicesSnapshot>({
    ready: false, devices: [], chosen: { audioinput: '', videoinput: '', audiooutput: '' }, hasLabels: false,
  });

  constructor(options: DevicesOptions) {
    void options;
  }

  get store(): ReadableStore<DevicesSnapshot> {
    return this.#store;
  }

  /** Asks the browser again, as after a permission was given. Never rejects. */
  async refresh(): Promise<void> {}

  /** Remembers the choice; `''` for the system's default. */
  choose(_kind: MediaDeviceKind, _deviceId: string): void {}

  /** Stops following. */
  close(): void {}
}
