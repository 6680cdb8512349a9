/**
 * The keys of a call. Holds no state.
 *
 * A key counts by its place on the keyboard (`event.code`), so that M is the same key while a person writes Korean. It
 * counts only while the focus is in the shadow root of the call: what a page puts into a slot belongs to the page.
 */
import type { ToolbarAction } from '../toolbar.ts';

/** What a key does: the press of a button, or the list of keys. */
export type KeyAction = ToolbarAction | 'help';

/** By `event.code`. */
export const KEYS: Readonly<Record<string, ToolbarAction>> = {
  KeyM: 'microphone',
  KeyV: 'camera',
  KeyS: 'screen',
  KeyH: 'hand',
};

/** What writes a text or has keys of its own. */
const FIELDS = 'input, textarea, select, [contenteditable]:not([contenteditable="false"]), [role="textbox"]';
/** What is open over the call has its own keys. */
const OVERLAYS = 'dialog, [role="menu"], [popover]';
/** What a space bar presses. */
export const PRESSABLE = 'button, a[href], summary, audio, video[controls], [role="button"], [role="switch"]';

/** The elements from the focus up to the call; `null` for a key that a field or an element of the page received. */
export function ownPath(event: Event, call: Element): readonly Element[] | null {
  // Outside the shadow root, the target of what happens in it is the call itself. Some code dispatches a plain `Event`.
  if (event.target !== call || !('code' in event)) return null;
  const path = event.composedPath();
  const own = path.slice(0, path.indexOf(call)).filter((one): one is Element => 'matches' in one);
  const isTaken = own.some((one) => one.matches(FIELDS) || one.matches(OVERLAYS) || isEditable(one));
  return isTaken ? null : own;
}

const isEditable = (element: Element): boolean => (element as Partial<HTMLElement>).isContentEditable === true;

/** True if the key is pressed alone and no input method composes. (Safari tells the latter only by `keyCode`.) */
export function isPlain(event: KeyboardEvent): boolean {
  const { altKey, ctrlKey, metaKey, shiftKey, isComposing, keyCode } = event;
  if (altKey || ctrlKey || metaKey || shiftKey || event.getModifierState('AltGraph')) return false;
  return !event.defaultPrevented && !isComposing && keyCode !== 229;
}

/** True for the key that writes a question mark. Where it is, and whether it needs Shift, depends on the keyboard. */
function isQuestion(event: KeyboardEvent): boolean {
  const { key, altKey, ctrlKey, metaKey, isComposing, keyCode, defaultPrevented } = event;
  return key === '?' && !(altKey || ctrlKey || metaKey || isComposing || defaultPrevented) && keyCode !== 229;
}

/** What a key that was pressed in a call does; `null` for a key that is none of the call's. */
export function actionOf(event: KeyboardEvent, call: Element): KeyAction | null {
  if (event.repeat || !ownPath(event, call)) return null;
  if (isQuestion(event)) return 'help';
  return isPlain(event) && Object.hasOwn(KEYS, event.code) ? KEYS[event.code]! : null;
}
