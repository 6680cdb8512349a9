/**
 * The devices of this machine, and which of them the person chose.
 *
 * Owns the list (before and after permission), its updates when devices are plugged in or out, and the choice per kind,
 * stored for this origin. Captures nothing (`CapturePool`).
 */
import { CodedError } from '../../internal/coded-error.ts';
import { Store, type ReadableStore } from '../../internal/store.ts';
import { systemClock, type Clock } from '../clock.ts';

/** A device id for each kind. */
export type DeviceChoice = Readonly<Record<MediaDeviceKind, string>>;

export interface DevicesSnapshot {
  /** False until the browser has listed its devices for the first time. */
  readonly ready: boolean;
  /** All three kinds, each device once. Without permission, ids and labels are empty. */
  readonly devices: readonly MediaDeviceInfo[];
  /** The system's defaults, where the browser lists them a second time under an id of their own. */
  readonly aliases: readonly MediaDeviceInfo[];
  /** Chosen device ids. Empty for the system's default, or if the chosen device is missing. */
  readonly chosen: DeviceChoice;
  /** True once the browser reveals the labels, which requires a permission. */
  readonly hasLabels: boolean;
}

export interface DevicesOptions {
  mediaDevices: MediaDevices | undefined;
  /** Where choices are stored; `null` for nowhere. */
  storage?: Pick<Storage, 'getItem' | 'setItem'> | null;
  clock?: Clock;
}

/** Plugging in one headset fires several events, and its label comes last. */
const DEBOUNCE_MS = 300;
const STORAGE_KEY = 'sarangbang:devices';
const KINDS = ['audioinput', 'videoinput', 'audiooutput'] as const;
const NONE: DeviceChoice = { audioinput: '', videoinput: '', audiooutput: '' };

/** Browsers may list the system's default device a second time, under one of these two ids. */
const isAlias = ({ deviceId }: MediaDeviceInfo): boolean => deviceId === 'default' || deviceId === 'communications';

/** Ids change when site data are cleared, labels when the language changes. With both, most devices are recognised. */
type Remembered = Partial<Record<MediaDeviceKind, { id: string; label: string }>>;

export class Devices {
  readonly #store = new Store<DevicesSnapshot>({
    ready: false,
    devices: [],
    aliases: [],
    chosen: NONE,
    hasLabels: false,
  });
  readonly #options: DevicesOptions;
  #remembered: Remembered;
  /** The browser's list, aliases included. */
  #found: readonly MediaDeviceInfo[] = [];
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: DevicesOptions) {
    this.#options = options;
    this.#remembered = this.#read();
    options.mediaDevices?.addEventListener?.('devicechange', this.#onDeviceChange);
    this.#publish([]);
    void this.refresh();
  }

  get store(): ReadableStore<DevicesSnapshot> {
    return this.#store;
  }

  /**
   * Reads the list again, for example after a permission was given. Never rejects.
   * @param tell true publishes the list even if it did not change
   */
  async refresh({ tell = false } = {}): Promise<void> {
    let found: readonly MediaDeviceInfo[] | undefined;
    try {
      found = await this.#options.mediaDevices?.enumerateDevices();
    } catch {
      // Rejected, or thrown at once by a page's own function: the list stays as it is.
    }
    if (this.#closed || !Array.isArray(found)) return;
    this.#found = found;
    const unique = new Map(found.map((device) => [`${device.kind} ${device.deviceId}`, device]));
    const devices = [...unique.values()].filter(
      (device) => !isAlias(device) || !found.some((one) => one.kind === device.kind && !isAlias(one)),
    );
    this.#publish(devices, true, tell);
  }

  /** Stores the choice; `''` for the system's default. */
  choose(kind: MediaDeviceKind, deviceId: string): void {
    const { devices } = this.#store.get();
    const label = devices.find((device) => device.kind === kind && device.deviceId === deviceId)?.label ?? '';
    this.#remembered = { ...this.#remembered, [kind]: { id: deviceId, label } };
    try {
      this.#options.storage?.setItem(STORAGE_KEY, JSON.stringify(this.#remembered));
    } catch {
      // Storage is full or forbidden: the choice lasts as long as the page.
    }
    this.#publish(devices);
  }

  /**
   * Like `choose`, but checks that the device exists.
   * @throws CodedError `device-not-found`; the choice is then unchanged
   */
  async setDevice(kind: MediaDeviceKind, deviceId: string): Promise<void> {
    // Without permission, the browser hides ids, so they cannot be compared. Any device of the kind may be the right
    // one.
    const isThere = (): boolean =>
      this.#found.some((device) => device.kind === kind && (device.deviceId === deviceId || !device.deviceId)) ||
      (!deviceId && KINDS.includes(kind));
    // The device may have been plugged in a moment ago.
    if (!isThere()) await this.refresh();
    if (!isThere()) throw new CodedError('device-not-found');
    this.choose(kind, deviceId);
  }

  /** Stops watching the devices. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#options.mediaDevices?.removeEventListener?.('devicechange', this.#onDeviceChange);
  }

  readonly #onDeviceChange = (): void => {
    this.#cancel?.();
    // A device that was unplugged for a moment leaves the list unchanged, but its capture has ended.
    this.#cancel = (this.#options.clock ?? systemClock).after(DEBOUNCE_MS, () => void this.refresh({ tell: true }));
  };

  #publish(devices: readonly MediaDeviceInfo[], ready = this.#store.get().ready, tell = false): void {
    const chosen = { ...NONE };
    for (const kind of KINDS)
      chosen[kind] = this.#resolve(
        kind,
        devices.filter((device) => device.kind === kind),
      );
    const before = this.#store.get();
    const key = (list: readonly MediaDeviceInfo[]) => JSON.stringify(list);
    // Browsers create new objects for an unchanged list. Without the comparison each refresh would count as a change.
    const same = key(before.devices) === key(devices) ? before.devices : devices;
    if (
      !tell &&
      same === before.devices &&
      before.ready === ready &&
      JSON.stringify(chosen) === JSON.stringify(before.chosen)
    )
      return;
    this.#store.set({
      ready,
      devices: same,
      aliases: this.#found.filter(isAlias),
      chosen,
      hasLabels: devices.some(({ label }) => label !== ''),
    });
  }

  #resolve(kind: MediaDeviceKind, devices: readonly MediaDeviceInfo[]): string {
    const { id = '', label = '' } = this.#remembered[kind] ?? {};
    // Without permission, ids are empty and cannot be compared: keep the stored id.
    if (!devices.some(({ deviceId }) => deviceId)) return id;
    if (devices.some(({ deviceId }) => deviceId === id)) return id;
    return (label && devices.find((device) => device.label === label)?.deviceId) || '';
  }

  #read(): Remembered {
    try {
      const value: unknown = JSON.parse(this.#options.storage?.getItem(STORAGE_KEY) ?? '{}');
      const remembered: Remembered = {};
      if (typeof value !== 'object' || value === null) return remembered;
      for (const kind of KINDS) {
        const { id, label } = ((value as Record<string, unknown>)[kind] ?? {}) as Record<string, unknown>;
        if (typeof id === 'string') remembered[kind] = { id, label: typeof label === 'string' ? label : '' };
      }
      return remembered;
    } catch {
      return {};
    }
  }
}
