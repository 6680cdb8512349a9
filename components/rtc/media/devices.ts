/**
 * The devices of this machine and which of them the person chose.
 *
 * Owns the list (before and after permission), its following of plugging in and out, and the choice per
 * kind, remembered on this origin. Captures nothing itself (`CapturePool`).
 */
import { CodedError } from '../../internal/coded-error.ts';
import { Store, type ReadableStore } from '../../internal/store.ts';
import { systemClock, type Clock } from '../clock.ts';

/** A device id for each kind. */
export type DeviceChoice = Readonly<Record<MediaDeviceKind, string>>;

export interface DevicesSnapshot {
  /** False until the browser was asked for the first time. */
  readonly ready: boolean;
  /** All three kinds, each device once. Without permission their ids and labels are empty. */
  readonly devices: readonly MediaDeviceInfo[];
  /** Chosen device ids; empty where the system's default is used, or the chosen one is not there. */
  readonly chosen: DeviceChoice;
  /** True once the browser names the devices, that is, after a permission. */
  readonly hasLabels: boolean;
}

export interface DevicesOptions {
  mediaDevices: MediaDevices | undefined;
  /** Where choices are remembered; `null` for nowhere. */
  storage?: Pick<Storage, 'getItem' | 'setItem'> | null;
  clock?: Clock;
}

/** Plugging in one headset makes a burst of events, and the names come last. */
const DEBOUNCE_MS = 300;
const STORAGE_KEY = 'sarangbang:devices';
const KINDS = ['audioinput', 'videoinput', 'audiooutput'] as const;
const NONE: DeviceChoice = { audioinput: '', videoinput: '', audiooutput: '' };

/** A browser's names for "whatever the system uses", which stand beside the device they mean. */
const isAlias = ({ deviceId }: MediaDeviceInfo): boolean => deviceId === 'default' || deviceId === 'communications';

/** Ids change when site data are cleared, labels when a language is: between them most devices are known again. */
type Remembered = Partial<Record<MediaDeviceKind, { id: string; label: string }>>;

export class Devices {
  readonly #store = new Store<DevicesSnapshot>({ ready: false, devices: [], chosen: NONE, hasLabels: false });
  readonly #options: DevicesOptions;
  #remembered: Remembered;
  /** As the browser names them, aliases too. */
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
   * Asks the browser again, as after a permission was given. Never rejects.
   * @param tell even where the list is the same as before
   */
  async refresh({ tell = false } = {}): Promise<void> {
    let found: readonly MediaDeviceInfo[] | undefined;
    try {
      found = await this.#options.mediaDevices?.enumerateDevices();
    } catch {
      // Refused, or thrown at once by a page's own: the list stays as it is.
    }
    if (this.#closed || !Array.isArray(found)) return;
    this.#found = found;
    const unique = new Map(found.map((device) => [`${device.kind} ${device.deviceId}`, device]));
    const devices = [...unique.values()].filter(
      (device) => !isAlias(device) || !found.some((one) => one.kind === device.kind && !isAlias(one)),
    );
    this.#publish(devices, true, tell);
  }

  /** Remembers the choice; `''` for the system's default. */
  choose(kind: MediaDeviceKind, deviceId: string): void {
    const { devices } = this.#store.get();
    const label = devices.find((device) => device.kind === kind && device.deviceId === deviceId)?.label ?? '';
    this.#remembered = { ...this.#remembered, [kind]: { id: deviceId, label } };
    try {
      this.#options.storage?.setItem(STORAGE_KEY, JSON.stringify(this.#remembered));
    } catch {
      // Full or forbidden: the choice lives as long as the page.
    }
    this.#publish(devices);
  }

  /**
   * As `choose`, for a device that somebody says there is: at once where it is known.
   * @throws CodedError `device-not-found`; the choice is then as it was
   */
  async setDevice(kind: MediaDeviceKind, deviceId: string): Promise<void> {
    // Without permission nothing can be compared: where there is a device of its kind, any id may be its.
    const isThere = (): boolean =>
      this.#found.some((device) => device.kind === kind && (device.deviceId === deviceId || !device.deviceId)) ||
      (!deviceId && KINDS.includes(kind));
    // Plugged in a moment ago, perhaps.
    if (!isThere()) await this.refresh();
    if (!isThere()) throw new CodedError('device-not-found');
    this.choose(kind, deviceId);
  }

  /** Stops following. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#options.mediaDevices?.removeEventListener?.('devicechange', this.#onDeviceChange);
  }

  readonly #onDeviceChange = (): void => {
    this.#cancel?.();
    // One that was out for a moment stands in the same list, and yet its capture has ended.
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
    // The same list again is no change: a browser makes new objects each time.
    const same = key(before.devices) === key(devices) ? before.devices : devices;
    if (
      !tell &&
      same === before.devices &&
      before.ready === ready &&
      JSON.stringify(chosen) === JSON.stringify(before.chosen)
    )
      return;
    this.#store.set({ ready, devices: same, chosen, hasLabels: devices.some(({ label }) => label !== '') });
  }

  #resolve(kind: MediaDeviceKind, devices: readonly MediaDeviceInfo[]): string {
    const { id = '', label = '' } = this.#remembered[kind] ?? {};
    // Without permission nothing can be compared: the id is as good as it was.
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
