import { Application } from '../../rtc/application.ts';
import type { Call } from '../../rtc/call.ts';
import type { SharedCall } from '../shared-call.ts';

const applications = new WeakMap<Call, Application>();

/** What the pages of a call tell each other directly. The elements of one page share it. `null` outside a call. */
export function applicationOf(shared: Pick<SharedCall, 'call'> | null): Application | null {
  const call = shared?.call;
  if (!call) return null;
  const known = applications.get(call) ?? new Application({ carried: () => call.carried });
  applications.set(call, known);
  return known;
}
