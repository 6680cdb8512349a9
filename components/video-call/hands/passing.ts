/**
 * Ends sentences of the banner that tell what just happened, and marks them as no warnings. What still needs the person
 * stays.
 *
 * Owns the time. Does not own the sentence: ending it is a press of its button, unless the person is about to press it.
 */
import type { LitElement } from 'lit';
import type { CallController } from '../../controllers/call-controller.ts';
import type { Term } from '../toolbar.ts';
import type { UserActions } from '../user-actions.ts';

/** How long such a sentence stays, in milliseconds. */
const SHOWN_MS = 10_000;
const RETRY_MS = 1_000;

export interface PassingParts {
  readonly element: LitElement;
  readonly call: CallController;
  readonly term: Term;
  readonly actions: UserActions;
}

export class Passing {
  readonly #parts: PassingParts;
  /** What the banner says. */
  #text = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: PassingParts) {
    this.#parts = parts;
  }

  /** Called after each rendering. */
  look(): void {
    const text = this.#banner?.querySelector('p')?.textContent ?? '';
    if (text === this.#text) return;
    this.close();
    this.#text = text;
    const isPassing = this.#isPassing;
    this.#banner?.classList.toggle('passing', isPassing);
    if (isPassing) this.#timer = setTimeout(this.#end, SHOWN_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#text = '';
  }

  get #banner(): HTMLElement | null {
    // There is no root before the element was in a document.
    return this.#parts.element.shadowRoot?.querySelector<HTMLElement>('.banner') ?? null;
  }

  get #isPassing(): boolean {
    const { actions, call, term } = this.#parts;
    const { trouble } = actions;
    if (trouble?.startsWith('callMay')) return this.#text === term(trouble);
    return call.mutedByOther && this.#text === term('callMuted');
  }

  readonly #end = (): void => {
    const banner = this.#banner;
    if (!banner?.matches(':hover, :focus-within')) return banner?.querySelector('button')?.click();
    this.#timer = setTimeout(this.#end, RETRY_MS);
  };
}
