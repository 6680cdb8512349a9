/** Decides in one place what a key press in our elements does. */

/** By `event.key`. An action that returns false leaves the key to other listeners. */
export type KeyActions = Readonly<Record<string, () => unknown>>;

/**
 * Carries out the action of a pressed key and uses the key up: neither the browser (a dialog of the page would close)
 * nor the page acts on it as well.
 *
 * Nothing happens for a key that is used up already; while an input method composes, when Escape and Enter are its own
 * (229: Safari ends the composition before the keydown of the key that ended it); and with a modifier, which makes the
 * key a command of the browser. Only Enter means the same with one.
 */
export function takeKey(event: KeyboardEvent, actions: KeyActions): void {
  const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  if (key !== 'Enter' && (altKey || ctrlKey || metaKey || shiftKey)) return;
  if (!Object.hasOwn(actions, key) || actions[key]!() === false) return;
  event.preventDefault();
  event.stopPropagation();
}
