/**
 * The styles of an element in whatever document it stands. A stylesheet belongs to the document it was made for: in
 * a frame, a popup or a picture-in-picture window Lit's are refused, and an element that moves loses those it had.
 */
import type { CSSResult, LitElement, ReactiveController } from 'lit';

type PageWindow = Window & typeof globalThis;

/** `null` where nothing is drawn. Asked of the prototype: an image of that name would stand in its way. */
const viewOf = (document: Document): PageWindow | null => Reflect.get(Document.prototype, 'defaultView', document);

/** The window an element stands in: observers of another window are late, or silent while its page is hidden. */
export const windowOf = (element: Element): PageWindow => viewOf(element.ownerDocument) ?? window;

function makeSheet(view: PageWindow, { cssText }: CSSResult): CSSStyleSheet {
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
    if (!this.#host.shadowRoot!.adoptedStyleSheets.length) this.#adopt();
  }

  #adopt(): void {
    const { ownerDocument, shadowRoot } = this.#host;
    const view = viewOf(ownerDocument);
    if (!shadowRoot || !view) return;
    shadowRoot.adoptedStyleSheets = this.#styles.map((style) => (view === window ? style.styleSheet! : makeSheet(view, style)));
  }
}

/** Has an element of ours wear the styles of its class wherever it stands. */
export const dress = (host: LitElement): DocumentStyles => new DocumentStyles(host);
