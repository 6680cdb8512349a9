import type { DevicesSnapshot } from '../../rtc/media/devices.ts';

/** The name of the device that the system's default stands for; empty where the browser does not tell. */
export function defaultDeviceOf({ devices, aliases }: DevicesSnapshot, kind: MediaDeviceKind): string {
  const alias = aliases.find((one) => one.kind === kind && one.deviceId === 'default');
  const own = devices.filter((one) => one.kind === kind && one.label);
  // Microphone and speakers of one headset are one group; two of a kind in it are told apart by the alias's label.
  const same = own.filter(({ groupId }) => alias && groupId === alias.groupId);
  const named = same.find(({ label }) => alias!.label.endsWith(label)) ?? same[0];
  // A browser without aliases lists the default device first.
  return (aliases[0] ? named : own[0])?.label ?? '';
}
