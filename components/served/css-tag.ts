/**
 * The styles of Lit's elements, in place of `@lit/reactive-element/css-tag.js` in the served build. Lit's file also
 * serves browsers without `adoptedStyleSheets`, which cannot run the served modules, and checks what it is given. Saves
 * 0.3 kB.
 */

export class CSSResult {
  readonly cssText: string;
  #sheet: CSSStyleSheet | undefined;

  constructor(cssText: string) {
    this.cssText = cssText;
  }

  /** Made at the first reading, and shared by all elements of this document. */
  get styleSheet(): CSSStyleSheet {
    if (!this.#sheet) (this.#sheet = new CSSStyleSheet()).replaceSync(this.cssText);
    return this.#sheet;
  }

  toString(): string {
    return this.cssText;
  }
}

export const unsafeCSS = (value: unknown) => new CSSResult(String(value));

/** A template may contain the results of other templates. */
export const css = (texts: TemplateStringsArray, ...values: readonly unknown[]) =>
  new CSSResult(texts.reduce((before, text, index) => before + String(values[index - 1]) + text));

export function adoptStyles(root: ShadowRoot, styles: readonly CSSResult[]): void {
  root.adoptedStyleSheets = styles.map(({ styleSheet }) => styleSheet);
}

export const getCompatibleStyle = (style: CSSResult): CSSResult => style;

export const supportsAdoptingStyleSheets = true;
