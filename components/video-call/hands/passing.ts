/**
 * Ends sentences of the banner that tell what just happened, and marks them as no warnings. What still needs the person
 * stays.
 *
 * Owns the time, which begins when the person can see the sentence. Does not own the sentence: it ends what that is
 * about, also when the person closes it.
 */
import type { LitElement } from 'lit';
import type { CallController } from '../../controllers/call-controller.ts';
import type { Banner } from '../banner.ts';
import { pip } from '../more/capabilities.ts';
import type { Trouble } from '../situation.ts';
import type { Term } from '../toolbar.ts';
import type { UserActions } from '../user-actions.ts';

/** How long such a sentence stays, in milliseconds. */
const SHOWN_MS = 10_000;
const RETRY_MS = 1_000;

const isNews = (trouble: Trouble): boolean => trouble === 'callHandLowered' || trouble.startsWith('callMay');

export interface PassingParts {
  readonly element: LitElement;
  readonly call: CallController;
  readonly term: Term;
  readonly actions: UserActions;
  readonly banner: Banner;
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
    // Adding it twice does nothing.
    this.#banner?.addEventListener('click', this.#onPress);
    if (isPassing) this.#begin();
  }

  /** Whether something new may be said: the banner is empty, or tells of what matters less by now. */
  get isFree(): boolean {
    const { actions, term } = this.#parts;
    const { trouble } = actions;
    if (trouble) return isNews(trouble) && !trouble.startsWith('callMayNot');
    return this.#text === '' || this.#text === term('callMuted');
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#parts.element.ownerDocument.removeEventListener('visibilitychange', this.#begin);
    this.#text = '';
  }

  /** There is none before the element was in a document. */
  get #banner(): HTMLElement | null {
    return this.#parts.element.shadowRoot?.querySelector<HTMLElement>('.banner') ?? null;
  }

  /** Whether the banner says something that ends by itself. */
  get #isPassing(): boolean {
    const { actions, call, term } = this.#parts;
    const { trouble } = actions;
    if (trouble) return isNews(trouble) && this.#text === term(trouble);
    return call.mutedByOther && this.#text === term('callMuted');
  }

  /** A press of the person. Else nothing that is less urgent would be said any more, or the same again. */
  readonly #onPress = ({ target }: Event): void => {
    const { actions, term } = this.#parts;
    if (!(target as Element).closest('.icon-only')) return;
    if (this.#isPassing) {
      this.#forget();
      this.#parts.banner.handleAction();
    }
    // What is dismissed stays so: a device may be missing for the same reason.
    else if (actions.trouble && this.#text === term(actions.trouble)) actions.trouble = null;
  };

  #forget(): void {
    const { actions, call, element } = this.#parts;
    if (actions.trouble) actions.trouble = null;
    else call.shared?.forgetMuted();
    element.requestUpdate();
  }

  readonly #begin = (): void => {
    const { element } = this.#parts;
    const page = element.ownerDocument;
    clearTimeout(this.#timer);
    // A small window shows the banner while the page is hidden.
    const isSeen = page.visibilityState !== 'hidden' || pip.loaded?.isOut(element);
    if (isSeen) this.#timer = setTimeout(this.#end, SHOWN_MS);
    else page.addEventListener('visibilitychange', this.#begin, { once: true });
  };

  readonly #end = (): void => {
    // The person may be about to press its button.
    if (this.#banner?.matches(':hover, :focus-within')) this.#timer = setTimeout(this.#end, RETRY_MS);
    else if (this.#isPassing) this.#forget();
  };
}
