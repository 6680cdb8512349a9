/**
 * Protects the page around an element: keys typed into our fields do not trigger the page's shortcuts, and a dropped
 * file does not replace the page, which would end a call.
 */

import { windowOf } from './platform.ts';

/** Keys that write or move in a text. Escape, Tab and function keys still reach the page. */
const WRITING = /^(?:.|Enter|Backspace|Delete|Arrow\w+|Home|End|Page\w+)$/su;

/** A browser leaves the page for a dropped file, and for an address dropped outside a field. */
function leavesPage(event: DragEvent): boolean {
  const types = event.dataTransfer?.types ?? [];
  if (types.includes('Files')) return true;
  // In Firefox a text may be the target of a drag.
  return types.includes('text/uri-list') && !(event.composedPath()[0] as Partial<Element>).matches?.('input, textarea');
}

/**
 * Outside of `host` the element itself is the target of a key, and a page cannot see that it was meant for a field. The
 * page's listeners on `host` still hear it. Of what is dropped, a page that takes it around the element comes first.
 * @param onFiles files were dropped that nobody took
 */
export function spareHostPage(host: HTMLElement, onFiles?: () => void): void {
  for (const type of ['keydown', 'keypress'] as const) {
    host.addEventListener(type, (event) => {
      const isInField =
        event.target === host && (event.composedPath()[0] as Element).matches('input, textarea, select');
      if (isInField && WRITING.test(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey)
        event.stopPropagation();
    });
  }
  host.addEventListener('dragover', (event) => leavesPage(event) && event.preventDefault());
  host.addEventListener('drop', (event) => {
    if (!leavesPage(event)) return;
    const hasFiles = event.dataTransfer!.types.includes('Files');
    const decide = (last: Event): void => {
      if (last !== event || last.defaultPrevented) return;
      last.preventDefault();
      if (hasFiles) onFiles?.();
    };
    // Runs last, after all listeners of the page.
    EventTarget.prototype.addEventListener.call(windowOf(host), 'drop', decide, { once: true });
  });
}
