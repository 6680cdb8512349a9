import type { DevicesSnapshot } from '../../rtc/media/devices.ts';

/** The name of the device that the system's default stands for; empty where the browser does not tell. */
export function defaultDeviceOf({ devices, aliases }: DevicesSnapshot, kind: MediaDeviceKind): string {
  const alias = aliases.find((one) => one.kind === kind && one.deviceId === 'default');
  const own = devices.filter((one) => one.kind === kind && one.label);
  // A browser without an alias uses the device that it lists first.
  if (!alias) return own[0]?.label ?? '';
  // Microphone and speakers of one headset are one group. Of two in it, the label of the alias ends with the right one.
  const same = own.filter(({ groupId }) => groupId === alias.groupId);
  const named = own.find(({ label }) => alias.label.endsWith(label)) ?? same[0];
  return named?.label ?? alias.label;
}
