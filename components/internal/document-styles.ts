/**
 * An element in whatever document it stands: its styles, and its end with that document. A stylesheet belongs to the
 * document it was made for: in a frame, a popup or a picture-in-picture window Lit's are refused, and an element that
 * moves loses those it had.
 */
import type { CSSResult, LitElement, ReactiveController } from 'lit';
import { makesSheets, viewOf } from './platform.ts';

function makeSheet(view: Window & typeof globalThis, { cssText }: CSSResult): CSSStyleSheet {
  const sheet = new view.CSSStyleSheet();
  sheet.replaceSync(cssText);
  return sheet;
}

class DocumentStyles implements ReactiveController {
  readonly #host: LitElement;
  readonly #styles: CSSResult[];

  constructor(host: LitElement) {
    this.#host = host;
    this.#styles = [...(host.constructor as typeof LitElement).elementStyles] as CSSResult[];
    // Lit's own way adopts the page's sheets at once, which throws in another document.
    Object.assign(host, { createRenderRoot: () => host.attachShadow({ mode: 'open' }) });
    host.addController(this);
  }

  /** Adds what came with a part that was loaded later. */
  add(...styles: CSSResult[]): void {
    this.#styles.push(...styles);
    this.#adopt();
  }

  hostConnected(): void {
    if (!this.#host.shadowRoot!.adoptedStyleSheets?.length) this.#adopt();
  }

  /**
   * A popup or frame that is closed or shows a different page takes the element along, and the browser does not tell
   * it. For one that the page moves back in time it was a move.
   */
  handleEvent({ target }: Event): void {
    if (target === this.#host.ownerDocument) this.#host.disconnectedCallback();
  }

  #adopt(): void {
    const { ownerDocument, shadowRoot } = this.#host;
    const view = viewOf(ownerDocument);
    if (!shadowRoot || !view || !makesSheets(view)) return;
    if (view !== window) view.addEventListener('pagehide', this);
    shadowRoot.adoptedStyleSheets = this.#styles.map((style) =>
      view === window ? style.styleSheet! : makeSheet(view, style),
    );
  }
}

/** Has an element of ours wear the styles of its class wherever it stands. */
export const dress = (host: LitElement): DocumentStyles => new DocumentStyles(host);
