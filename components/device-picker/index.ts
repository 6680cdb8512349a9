/**
 * Registers `<device-picker>`. The class stands apart, because the settings of a call use it under an inner name:
 * a page that loads only the call must not find `device-picker` registered.
 */
import { defineElement } from '../internal/define.ts';
import { DevicePicker } from './device-picker.ts';

export { DevicePicker };

defineElement('device-picker', DevicePicker);
