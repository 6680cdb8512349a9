/** A line over the toolbar, for some seconds, which is also read to screen readers. Owns the line and its time. */
import type { CallParts } from '../call-view.ts';

/** How long the line stays after it was last shown, in milliseconds. */
const SHOWN_MS = 4_000;

export class NoticeLine {
  readonly #parts: CallParts;
  readonly #smallView: () => HTMLElement | null;
  readonly #line: HTMLElement;
  #said = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param smallView the view of the call in a small window, which shows the line while it is open */
  constructor(parts: CallParts, smallView: () => HTMLElement | null) {
    this.#parts = parts;
    this.#smallView = smallView;
    const line = parts.element.ownerDocument.createElement('p');
    line.className = 'notice';
    line.setAttribute('part', 'notice');
    // `say` reads it to screen readers.
    line.ariaHidden = 'true';
    this.#line = line;
  }

  show(text: string): void {
    const { element, say } = this.#parts;
    const root = this.#smallView()?.shadowRoot ?? element.renderRoot;
    const box = root.querySelector('.box');
    // Screen readers read a text again only if it differs.
    if (this.#timer === undefined || text !== this.#line.textContent)
      say((this.#said = text === this.#said ? `${text}\u00a0` : text));
    this.#line.textContent = text;
    if (this.#line.parentNode !== box) box?.append(this.#line);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.hide(), SHOWN_MS);
  }

  hide(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#line.remove();
  }
}
