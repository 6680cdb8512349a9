/**
 * The look of the page in a document of its own: stylesheets, the attributes of `html` and `body`, and the custom
 * properties that a theme sets on any ancestor of the element.
 *
 * Owns the copies, and makes them again when the page changes its look. A sheet that cannot be read is linked. Does not
 * own what is shown. A rule that needs other ancestors than `html` and `body` matches nothing there.
 */
import { viewOf } from '../../internal/platform.ts';

type View = Window & typeof globalThis;

/** These names are in no sheet that can be read, where the page's theme comes from another origin. */
const THEME =
  'accent on-accent surface surface-raised surface-sunken text text-muted line danger radius font font-size private';

/** The text of rules, with that of imported sheets in the place of each `@import`, which a made sheet may not have. */
function textOf(rules: CSSRuleList, onUnreadable: (sheet: CSSStyleSheet) => void): string {
  return Array.from(rules, (rule) => {
    if (!('styleSheet' in rule)) return rule.cssText;
    const { styleSheet, media, layerName, supportsText } = rule as CSSImportRule;
    const inner = styleSheet && readSheet(styleSheet, onUnreadable);
    if (!inner) return '';
    const layered = layerName === null || layerName === undefined ? inner : `@layer ${layerName} {${inner}}`;
    const supported = supportsText ? `@supports ${supportsText} {${layered}}` : layered;
    return media.mediaText ? `@media ${media.mediaText} {${supported}}` : supported;
  }).join('\n');
}

/** `null` for a sheet of another origin that does not allow to be read. */
function readSheet(sheet: CSSStyleSheet, onUnreadable: (sheet: CSSStyleSheet) => void): string | null {
  try {
    return textOf(sheet.cssRules, onUnreadable);
  } catch {
    onUnreadable(sheet);
    return null;
  }
}

/** The sheets that style the element from outside: those of its document, and of the shadow root that it stands in. */
function sheetsAround(element: Element): CSSStyleSheet[] {
  const scopes = new Set<DocumentOrShadowRoot>([element.ownerDocument, element.getRootNode() as Document | ShadowRoot]);
  const all = [...scopes].flatMap((scope) => [...scope.styleSheets, ...scope.adoptedStyleSheets]);
  return all.filter(({ disabled }) => !disabled);
}

/** Makes the attributes of one element those of another. */
function copyAttributes(from: Element, to: HTMLElement): void {
  for (const { name } of [...to.attributes]) if (!from.hasAttribute(name)) to.removeAttribute(name);
  for (const { name, value } of from.attributes) {
    // A script of the page must not run twice, and a content security policy may forbid style attributes.
    if (name === 'style') to.style.cssText = value;
    else if (!name.startsWith('on')) to.setAttribute(name, value);
  }
}

export class PageLook {
  readonly #element: HTMLElement;
  readonly #copy: HTMLElement;
  readonly #view: View;
  readonly #observer: MutationObserver;
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
    const { documentElement, body, head } = element.ownerDocument;
    for (const one of [documentElement, body, element]) this.#observer.observe(one, { attributes: true });
    this.#observer.observe(head, { childList: true, subtree: true, characterData: true });
    this.#copySheets();
    this.#copyAttributes();
  }

  close(): void {
    this.#observer.disconnect();
  }

  #copyAttributes(): void {
    const { ownerDocument } = this.#copy;
    const page = this.#element.ownerDocument;
    copyAttributes(page.documentElement, ownerDocument.documentElement);
    copyAttributes(page.body, ownerDocument.body);
    copyAttributes(this.#element, this.#copy);
    this.#copyProperties();
  }

  #copySheets(): void {
    const linked: string[] = [];
    const sheets = sheetsAround(this.#element).flatMap((sheet) => {
      const text = readSheet(sheet, ({ href }) => href && linked.push(href));
      return text === null ? [] : [this.#makeSheet(sheet, text)];
    });
    this.#copy.ownerDocument.adoptedStyleSheets = sheets.map(({ made }) => made);
    this.#link(linked);
    this.#texts = sheets.map(({ text }) => text).join('\n');
  }

  #makeSheet({ href, media }: CSSStyleSheet, text: string): { made: CSSStyleSheet; text: string } {
    const baseURL = href ?? this.#element.ownerDocument.baseURI;
    const made = new this.#view.CSSStyleSheet({ baseURL, media: media.mediaText });
    made.replaceSync(text);
    return { made, text };
  }

  #link(addresses: readonly string[]): void {
    const { head } = this.#copy.ownerDocument;
    const links = addresses.map((href) =>
      Object.assign(head.ownerDocument.createElement('link'), { rel: 'stylesheet', href }),
    );
    head.replaceChildren(...links);
  }

  /** A theme may stand on an ancestor that the other document does not have. */
  #copyProperties(): void {
    let all = this.#texts;
    for (let one: Element | null = this.#element; one; one = parentOf(one)) all += one.getAttribute('style') ?? '';
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
