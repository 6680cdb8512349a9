/**
 * Registers `<device-picker>`. Apart from the class, for the settings of a call hold a picker under a
 * name of their own, and a page that loads the call alone shall not find this name taken.
 */
import { defineElement } from '../internal/define.ts';
import { DevicePicker } from './device-picker.ts';

export { DevicePicker };

defineElement('device-picker', DevicePicker);
