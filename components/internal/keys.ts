/** Decides in one place what a key press in our elements does. */

/** By `event.key`. An action that returns false leaves the key to other listeners. */
export type KeyActions = Readonly<Record<string, () => unknown>>;

/**
 * Carries out the action of a pressed key and uses the key up: neither the browser (a dialog of the page would close)
 * nor the page acts on it as well.
 *
 * Does nothing if another listener prevented the event. Does nothing while an input method composes, because Escape and
 * Enter then belong to the input method. (In Safari the keydown that ends a composition comes after its end, with
 * `keyCode` 229.) Does nothing with a modifier, because the browser has commands of its own for such keys; Enter counts
 * with a modifier too.
 */
export function takeKey(event: KeyboardEvent, actions: KeyActions): void {
  const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  if (key !== 'Enter' && (altKey || ctrlKey || metaKey || shiftKey)) return;
  if (!Object.hasOwn(actions, key) || actions[key]!() === false) return;
  event.preventDefault();
  event.stopPropagation();
}
