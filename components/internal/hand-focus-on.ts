/**
 * Keeps the focus in an element whose update removed the focused control. Otherwise the focus falls back to the page,
 * and the next Tab starts at the top.
 */
import type { ReactiveElement } from 'lit';

export const hasFocus = ({ shadowRoot }: ReactiveElement): boolean => shadowRoot?.activeElement != null;

/** If `host` lost the focus in an update, focuses the first element that it finds, in the order of `selectors`. */
export function handFocusOn(host: ReactiveElement, hadFocus: boolean, ...selectors: string[]): void {
  if (!hadFocus || hasFocus(host)) return;
  const found = selectors.map((selector) => host.renderRoot.querySelector<HTMLElement>(selector));
  found.find((element) => element !== null)?.focus();
}
