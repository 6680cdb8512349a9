/**
 * Applies the selection of a picker to the calls and the preview that use the device.
 *
 * Owns what is shown while a device opens, and the order: the calls switch first, then the preview, which remembers the
 * selection. Does not own what is selected (`Devices`). It stands apart so that only a page with a picker loads it.
 */
import type { ReactiveElement } from 'lit';
import type { DevicesController } from '../controllers/devices-controller.ts';
import { whenTargetsDefined } from '../internal/for-targets.ts';
import { spareHostPage } from '../internal/host-page.ts';
import { ignore } from '../internal/ignore.ts';

/** An element of `for` that can switch a device. */
type DeviceTarget = HTMLElement & { setDevice?(kind: MediaDeviceKind, deviceId: string): Promise<void> };

export interface DeviceChoiceOptions {
  readonly devices: DevicesController;
  readonly onError: (error: unknown) => void;
}

export class DeviceChoice {
  readonly #host: ReactiveElement & { readonly for: string };
  readonly #options: DeviceChoiceOptions;
  readonly #opening = new Map<MediaDeviceKind, { readonly deviceId: string }>();

  constructor(host: ReactiveElement & { readonly for: string }, options: DeviceChoiceOptions) {
    this.#host = host;
    this.#options = options;
    spareHostPage(host);
  }

  /** The device that a field shows: the one that is opening, otherwise the selected one. */
  shownOf(kind: MediaDeviceKind): string {
    return this.#opening.get(kind)?.deviceId ?? this.#options.devices.value[kind];
  }

  /** Applies a value that the page set: the kinds in it that differ from what is shown. */
  set(value: Partial<Record<MediaDeviceKind, string>>): void {
    for (const kind of Object.keys(this.#options.devices.value) as MediaDeviceKind[]) {
      const deviceId = value[kind];
      if (deviceId !== undefined && deviceId !== this.shownOf(kind)) void this.choose(kind, deviceId);
    }
  }

  /** Applies a selection of the person. Then fires `input` and `change`, as a form field does. */
  async pick(kind: MediaDeviceKind, deviceId: string, switching?: Promise<unknown>): Promise<void> {
    await this.choose(kind, deviceId, switching);
    if (this.#options.devices.value[kind] !== deviceId) return;
    for (const type of ['input', 'change']) this.#host.dispatchEvent(new Event(type, { bubbles: true }));
  }

  /**
   * Selects a device once it is open, or at once if nothing uses its kind. A failure goes to `onError`.
   * @param switching resolves when the call around the picker, which listened to `device-select`, has switched
   */
  async choose(kind: MediaDeviceKind, deviceId: string, switching?: Promise<unknown>): Promise<void> {
    const { devices, onError } = this.#options;
    const before = devices.value[kind];
    const opening = { deviceId };
    const isLast = (): boolean => this.#opening.get(kind) === opening;
    this.#opening.set(kind, opening);
    const switched: DeviceTarget[] = [];
    try {
      if (switching) await switching;
      for (const target of this.#findTargets(kind)) {
        await target.setDevice?.(kind, deviceId);
        switched.push(target);
      }
      if (isLast()) await devices.choose(kind, deviceId);
    } catch (error) {
      if (isLast() && devices.value[kind] !== before) {
        // A call that did not use the kind accepted the selection at once, so it must be undone.
        for (const target of switched) target.setDevice?.(kind, before).catch(ignore);
        devices.choose(kind, before).catch(ignore);
      }
      onError(error);
    }
    if (isLast()) this.#opening.delete(kind);
    this.#host.requestUpdate();
  }

  /** The calls named by `for` that are defined. A call whose element is defined later switches then. */
  #findTargets(kind: MediaDeviceKind): readonly DeviceTarget[] {
    const { devices, onError } = this.#options;
    const targets: DeviceTarget[] = [];
    let isLater = false;
    whenTargetsDefined(this.#host, this.#host.for, (target: DeviceTarget) => {
      if (isLater) target.setDevice?.(kind, devices.value[kind]).catch(onError);
      else targets.push(target);
    });
    isLater = true;
    return targets;
  }
}
