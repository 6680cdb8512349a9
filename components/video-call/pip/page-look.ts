/**
 * The look of the page in a document of its own: stylesheets, the attributes of `html` and `body`, and the custom
 * properties that a theme sets on any ancestor of the element.
 *
 * Owns the copies, and makes them again when the page changes its look. A sheet that cannot be read is linked. Does not
 * own what is shown. A rule that needs other ancestors than `html` and `body` matches nothing there.
 */
import { viewOf, windowOf } from '../../internal/platform.ts';
import { documentStyles } from './pip.styles.ts';

type View = Window & typeof globalThis;

/** These names are in no sheet that can be read, where the page's theme comes from another origin. */
const THEME =
  'accent on-accent surface surface-raised surface-sunken text text-muted line danger radius font font-size private';

/** What a sheet says, or a part of it that stands in one file. */
interface Piece {
  readonly text: string;
  /** Addresses in the text are relative to it. */
  readonly baseURL: string;
  readonly media: string;
}

/** The text of an imported sheet, under the conditions of its rule. */
function conditional(text: string, { media, layerName, supportsText }: CSSImportRule): string {
  const layered = layerName === null || layerName === undefined ? text : `@layer ${layerName} {${text}}`;
  const supported = supportsText ? `@supports ${supportsText} {${layered}}` : layered;
  return media.mediaText ? `@media ${media.mediaText} {${supported}}` : supported;
}

/** A sheet that is made may have no `@import`, so an imported sheet is a piece of its own, before what follows. */
function piecesOf(sheet: CSSStyleSheet, home: string, onUnreadable: (sheet: CSSStyleSheet) => void): Piece[] {
  const media = sheet.media.mediaText;
  const baseURL = sheet.href ?? home;
  const pieces: Piece[] = [];
  let text = '';
  const flush = (): void => {
    if (text) pieces.push({ text, baseURL, media });
    text = '';
  };
  for (const rule of rulesOf(sheet, onUnreadable)) {
    const imported = 'styleSheet' in rule ? (rule as CSSImportRule) : null;
    if (!imported) text += `${rule.cssText}\n`;
    if (!imported?.styleSheet) continue;
    flush();
    for (const piece of piecesOf(imported.styleSheet, baseURL, onUnreadable))
      pieces.push({ ...piece, text: conditional(piece.text, imported), media });
  }
  flush();
  return pieces;
}

/** None of a sheet of another origin that does not allow to be read. */
function rulesOf(sheet: CSSStyleSheet, onUnreadable: (sheet: CSSStyleSheet) => void): Iterable<CSSRule> {
  try {
    return sheet.cssRules;
  } catch {
    onUnreadable(sheet);
    return [];
  }
}

/** The sheets that style the element from outside: those of its document, and of the shadow root that it stands in. */
function sheetsAround(element: Element): CSSStyleSheet[] {
  const scopes = new Set<DocumentOrShadowRoot>([element.ownerDocument, element.getRootNode() as Document | ShadowRoot]);
  const all = [...scopes].flatMap((scope) => [...scope.styleSheets, ...scope.adoptedStyleSheets]);
  return all.filter(({ disabled }) => !disabled);
}

/** What hides an element in its page, or takes it from the person there. In the small window it is there to be used. */
const OF_THE_PAGE = ['hidden', 'inert', 'aria-hidden', 'popover', 'tabindex', 'contenteditable'];

/** Makes the attributes of one element those of another. */
function copyAttributes(from: Element, to: HTMLElement): void {
  for (const { name } of [...to.attributes]) if (!from.hasAttribute(name)) to.removeAttribute(name);
  for (const { name, value } of from.attributes) {
    // A script of the page must not run twice, and a content security policy may forbid style attributes.
    if (name === 'style') to.style.cssText = value;
    else if (!name.startsWith('on') && !OF_THE_PAGE.includes(name)) to.setAttribute(name, value);
  }
}

/** The element and its ancestors, across shadow roots. */
function ancestorsOf(element: Element): Element[] {
  const all: Element[] = [];
  for (let one: Element | null = element; one; one = parentOf(one)) all.push(one);
  return all;
}

const DARK = '(prefers-color-scheme: dark)';

export class PageLook {
  readonly #element: HTMLElement;
  readonly #copy: HTMLElement;
  readonly #view: View;
  readonly #observer: MutationObserver;
  readonly #ending = new AbortController();
  /** What the copied sheets say. */
  #texts = '';

  /** @param copy stands for the element in the other document */
  constructor(element: HTMLElement, copy: HTMLElement) {
    this.#element = element;
    this.#copy = copy;
    this.#view = viewOf(copy.ownerDocument)!;
    // Attributes may change with every scroll of a page. Sheets change seldom, and cost more.
    this.#observer = new MutationObserver((records) => {
      if (records.some(({ type }) => type !== 'attributes')) this.#copySheets();
      this.#copyAttributes();
    });
    const { head } = element.ownerDocument;
    // A theme may stand on any ancestor.
    for (const one of ancestorsOf(element)) this.#observer.observe(one, { attributes: true });
    this.#observer.observe(element.ownerDocument.body, { attributes: true });
    this.#observer.observe(head, { childList: true, subtree: true, characterData: true });
    // A sheet is there only when it is loaded.
    head.addEventListener('load', this.#onSheet, { capture: true, signal: this.#ending.signal });
    const scheme = windowOf(element).matchMedia(DARK);
    scheme.addEventListener('change', () => this.#copyAttributes(), { signal: this.#ending.signal });
    this.#copySheets();
    this.#copyAttributes();
  }

  close(): void {
    this.#observer.disconnect();
    this.#ending.abort();
  }

  readonly #onSheet = (): void => {
    this.#copySheets();
    this.#copyAttributes();
  };

  #copyAttributes(): void {
    const { ownerDocument } = this.#copy;
    const page = this.#element.ownerDocument;
    copyAttributes(page.documentElement, ownerDocument.documentElement);
    copyAttributes(page.body, ownerDocument.body);
    copyAttributes(this.#element, this.#copy);
    this.#copyProperties();
  }

  #copySheets(): void {
    const { baseURI } = this.#element.ownerDocument;
    const unreadable: CSSStyleSheet[] = [];
    const pieces = sheetsAround(this.#element).flatMap((sheet) =>
      piecesOf(sheet, baseURI, (one) => one.href && unreadable.push(one)),
    );
    const { cssText: text } = documentStyles;
    this.#copy.ownerDocument.adoptedStyleSheets = [...pieces, { text, baseURL: baseURI, media: '' }].map((piece) =>
      this.#makeSheet(piece),
    );
    this.#link(unreadable);
    this.#texts = pieces.map((piece) => piece.text).join('\n');
  }

  #makeSheet({ baseURL, media, text }: Piece): CSSStyleSheet {
    const made = new this.#view.CSSStyleSheet({ baseURL, media });
    made.replaceSync(text);
    return made;
  }

  /** A link that is there already stays: it would be loaded again, and the window would have no style until then. */
  #link(sheets: readonly CSSStyleSheet[]): void {
    const { head } = this.#copy.ownerDocument;
    const before = [...head.querySelectorAll('link')];
    const links = sheets.map(({ href, media, ownerNode }) => {
      const known = before.find((link) => link.href === href);
      // A content security policy may ask for the nonce.
      const { nonce = '' } = (ownerNode ?? {}) as Partial<HTMLLinkElement>;
      const fields = { rel: 'stylesheet', href, media: media.mediaText, nonce };
      return known ?? Object.assign(head.ownerDocument.createElement('link'), fields);
    });
    for (const link of before) if (!links.includes(link)) link.remove();
    for (const link of links) if (!link.isConnected) head.append(link);
  }

  /** A theme may stand on an ancestor that the other document does not have. */
  #copyProperties(): void {
    let all = this.#texts;
    for (const one of ancestorsOf(this.#element)) all += one.getAttribute('style') ?? '';
    const names = new Set([
      ...THEME.split(' ').map((name) => `--sarangbang-${name}`),
      ...(all.match(/--sarangbang-[\w-]+/g) ?? []),
    ]);
    const computed = getComputedStyle(this.#element);
    const { style } = this.#copy;
    for (const name of names) {
      const value = computed.getPropertyValue(name);
      if (value) style.setProperty(name, value);
    }
    style.colorScheme = computed.colorScheme;
    style.direction = computed.direction;
  }
}

/** The parent across shadow roots. */
const parentOf = (element: Element): Element | null =>
  element.parentElement ?? (element.getRootNode() as Partial<ShadowRoot>).host ?? null;
