/**
 * The styles of an element in any document, and the removal of the element when that document goes away. A stylesheet
 * belongs to one document: a frame, a popup or a picture-in-picture window refuses those that Lit made for the page.
 * An element that moves to another document loses those it has.
 */
import type { CSSResult, LitElement, ReactiveController } from 'lit';
import { makesSheets, viewOf } from '../platform.ts';

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
    // Lit's own `createRenderRoot` adopts the page's sheets at once, which throws in another document.
    Object.assign(host, { createRenderRoot: () => host.attachShadow({ mode: 'open' }) });
    host.addController(this);
  }

  /** Adds the styles of a part that was loaded later. */
  add(...styles: CSSResult[]): void {
    this.#styles.push(...styles);
    this.#adopt();
  }

  hostConnected(): void {
    if (!this.#host.shadowRoot!.adoptedStyleSheets?.length) this.#adopt();
  }

  /**
   * A popup or frame that is closed or shows a different page takes the element along, and the browser does not call
   * its `disconnectedCallback`. If the page inserts the element elsewhere soon, it continues as a moved element.
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

/** Gives an element the styles of its class in any document. */
export const dress = (host: LitElement): DocumentStyles => new DocumentStyles(host);
