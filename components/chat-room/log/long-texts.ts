/**
 * Long texts in the log: cut after some lines, with a button for the rest.
 *
 * Owns which texts are open. The stylesheet cuts, because only the layout knows the number of lines; the button appears
 * where something is hidden.
 */
import { html, type ReactiveController, type ReactiveElement } from 'lit';
import { showsNothing } from '../../../server/texts.ts';
import type { LocaleController } from '../../controllers/locale-controller.ts';
import { observersOf } from '../../internal/platform.ts';

/** A text with fewer UTF-16 units fits into the lines shown, however narrow the log is. */
const SHORT = 200;
/** Lines shown of a closed text. The stylesheet has the same number. */
const LINES = 20;
/** Most blank lines shown in a row. */
const BLANK_LINES = 2;

/** Removes blank lines beyond `BLANK_LINES` in a row, because they could push other messages out of sight. */
export function gatherBlankLines(text: string): string {
  let blank = 0;
  const lines = text.split(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/u);
  return lines.filter((line) => (blank = showsNothing(line) ? blank + 1 : 0) <= BLANK_LINES).join('\n');
}

export class LongTexts implements ReactiveController {
  readonly #host: ReactiveElement;
  readonly #locale: LocaleController;
  readonly #onToggle: () => void;
  #opened: ReadonlySet<string> = new Set();
  readonly #resize: ResizeObserver;

  /** @param onToggle called before a text grows or shrinks */
  constructor(host: ReactiveElement, locale: LocaleController, onToggle: () => void) {
    this.#host = host;
    this.#locale = locale;
    this.#onToggle = onToggle;
    this.#resize = new (observersOf(host).ResizeObserver)(() => this.hostUpdated());
    host.addController(this);
  }

  hostConnected(): void {
    this.#resize.observe(this.#host);
  }

  hostDisconnected(): void {
    this.#resize.disconnect();
  }

  /** A value for `guard`: it changes whenever a text is opened or closed. */
  get state(): unknown {
    return this.#opened;
  }

  /** @param key of the row */
  isOpen(key: string): boolean {
    return this.#opened.has(key);
  }

  /** Shows the button of each text that is cut or opened, and hides the button of each text that fits. */
  hostUpdated(): void {
    const root = this.#host.renderRoot as ParentNode | undefined;
    for (const text of root?.querySelectorAll<HTMLElement>('.long') ?? []) {
      const isOpen = !text.classList.contains('cut');
      const button = text.nextElementSibling as HTMLElement;
      button.hidden = !isOpen && text.scrollHeight <= text.clientHeight + 1;
    }
  }

  /** @param key of the row @param shown the rendered text */
  render(key: string, text: string, shown: unknown): unknown {
    if (text.length < SHORT && text.split('\n').length <= LINES) return shown;
    const isOpen = this.isOpen(key);
    return html`<div class="long ${isOpen ? '' : 'cut'}">${shown}</div><button type="button" part="show-more-button"
      aria-expanded=${isOpen}
      @click=${() => this.#toggle(key)}>${this.#locale.term(isOpen ? 'chatLess' : 'chatMore')}</button>`;
  }

  #toggle(key: string): void {
    const opened = new Set(this.#opened);
    if (!opened.delete(key)) opened.add(key);
    this.#opened = opened;
    this.#onToggle();
    this.#host.requestUpdate();
  }
}
