/** When a lobby opens camera and microphone before the person presses anything. Holds no state. */
import { permissionFor } from '../../controllers/call/permissions.ts';
import type { CallParts } from '../call-view.ts';

/** When camera and microphone are opened. `auto`: at once where that asks the person nothing, otherwise on a press. */
export type AskDevices = 'auto' | 'load' | 'join';

/**
 * Opens what the call starts with, unless the browser would ask the person for it. It asks nothing either for a device
 * that is blocked: the lobby then says so.
 */
export async function openEarly({ call, element }: Pick<CallParts, 'call' | 'element'>): Promise<void> {
  const { shared } = call;
  const { askDevices } = element;
  if (!shared || !element.isConnected || call.state !== 'prejoin' || askDevices === 'join') return;
  if (askDevices !== 'load') {
    const { microphone, camera } = shared.plan(element);
    const { audio, video } = element.constraints ?? {};
    const found = await Promise.all([
      microphone === null || audio === false || permissionFor('audio'),
      !camera || video === false || permissionFor('video'),
    ]);
    // The room may have changed meanwhile, or the page removed the element.
    if (!element.isConnected || call.state !== 'prejoin' || found.includes('prompt')) return;
  }
  await call.openDevices();
}
