/** When a lobby opens camera and microphone before the person presses anything. */
import { permissionFor } from '../../controllers/call/permissions.ts';
import { observersOf } from '../../internal/platform.ts';
import type { CallParts } from '../call-view.ts';

/** When camera and microphone are opened. `auto`: at once where that asks the person nothing, otherwise on a press. */
export type AskDevices = 'auto' | 'load' | 'join';

/** Elements that wait to be shown. */
const hidden = new WeakSet<Element>();

/** Opens the devices when the element gets a box, for example because its dialog opens. */
function openWhenShown(parts: Pick<CallParts, 'call' | 'element'>): void {
  const { element } = parts;
  if (hidden.has(element)) return;
  hidden.add(element);
  const observer = new (observersOf(element).ResizeObserver)(() => {
    if (!element.checkVisibility()) return;
    hidden.delete(element);
    observer.disconnect();
    element.removeController(controller);
    void openEarly(parts);
  });
  const controller = {
    hostConnected: () => observer.observe(element),
    hostDisconnected: () => observer.disconnect(),
  };
  element.addController(controller);
}

/**
 * Opens what the call starts with, unless the browser would ask the person for it. It asks nothing either for a device
 * that is blocked: the lobby then says so. A call in a closed dialog waits until it is shown, because nobody expects
 * the light of a camera on a page without a picture.
 */
export async function openEarly({ call, element }: Pick<CallParts, 'call' | 'element'>): Promise<void> {
  const { shared } = call;
  const { askDevices } = element;
  if (!shared || !element.isConnected || call.state !== 'prejoin' || askDevices === 'join') return;
  if (askDevices !== 'load') {
    if (element.checkVisibility?.() === false) {
      openWhenShown({ call, element });
      return;
    }
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
