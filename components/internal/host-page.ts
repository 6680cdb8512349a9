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
  // In Firefox the target of a drag may be a text node, which has no `matches`.
  return types.includes('text/uri-list') && !(event.composedPath()[0] as Partial<Element>).matches?.('input, textarea');
}

/**
 * Outside the shadow root, the target of a key event is `host`, so a page cannot see that a field got the key. Such
 * events stop at `host`, whose own listeners still receive them. Of a drop, the page's listeners learn first; only if
 * none of them prevented it, it is prevented here.
 * @param onFiles called when files were dropped and the page did not take them
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
