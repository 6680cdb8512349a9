/** The request of `<device-picker>`. */
import { REQUEST, readOnly } from './fields.ts';

/** Request of `<device-picker>`: a person selected a device. */
export class DeviceSelectEvent extends Event {
  static readonly eventName = 'device-select';
  constructor(
    readonly kind: MediaDeviceKind,
    readonly deviceId: string,
  ) {
    super(DeviceSelectEvent.eventName, REQUEST);
    readOnly(this);
  }

  /** Set by a call that handles the event. Resolves once the call has switched; rejects if it could not. */
  declare switching?: Promise<unknown>;
}
