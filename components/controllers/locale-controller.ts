/**
 * The language and direction of an element: of its nearest ancestor that sets them, across shadow roots.
 *
 * Owns finding them, following their changes, and having a language loaded. The texts are in `locales/`.
 * It stands on a controller that knows only the host's own `lang` and the document's, and replaces that.
 */
import { LocalizeController, registerTranslation } from '@shoelace-style/localize';
import { LAZY_LOCALES, en, type Locale } from '../locales/index.ts';

const controllers = new Set<LocaleController>();
const asked = new Set<string>();
let observer: MutationObserver | undefined;

// The first one registered is what the others fall back to.
registerTranslation(en);

/** Elements that speak the language follow by themselves when it is here. */
function loadLocale(code: string): void {
  const load = LAZY_LOCALES[code];
  if (!load || asked.has(code)) return;
  asked.add(code);
  // Without its chunk an element speaks English; the next one that wants the language asks again.
  load().then(registerTranslation, () => asked.delete(code));
}

/** One observer for the page, on the document and on each shadow root between it and an element of ours. */
function observe(element: Element): void {
  observer ??= new MutationObserver(() => {
    for (const controller of controllers) controller.handleAttributes();
  });
  for (let host: Element | null = element; host; host = shadowHost(host)) {
    observer.observe(host.getRootNode(), { subtree: true, attributeFilter: ['lang', 'dir'] });
  }
}

function shadowHost(node: Node): Element | null {
  const root = node.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}

/** What the element or its nearest ancestor says; the browser's language where nobody says. */
function findLang(element: Element): string {
  for (let node: Element | null = element; node; node = node.parentElement ?? shadowHost(node)) {
    const lang = node.getAttribute('lang');
    if (lang) return lang;
  }
  return navigator.language;
}

/** A tag that `Intl` takes, or English. */
function canonicalTag(lang: string): string {
  try {
    return new Intl.Locale(lang.trim().replaceAll('_', '-')).baseName;
  } catch {
    return en.$code;
  }
}

export class LocaleController extends LocalizeController<Locale> {
  #tag = en.$code;
  #direction = '';

  override hostConnected(): void {
    super.hostConnected();
    controllers.add(this);
    observe(this.host);
    this.handleAttributes();
  }

  override hostDisconnected(): void {
    super.hostDisconnected();
    controllers.delete(this);
    if (controllers.size > 0) return;
    observer?.disconnect();
    observer = undefined;
  }

  /** Some `lang` or `dir` of the page is another one. */
  handleAttributes(): void {
    const tag = canonicalTag(findLang(this.host));
    const direction = this.dir();
    loadLocale(tag.split('-')[0]!);
    if (tag !== this.#tag || direction !== this.#direction) this.host.requestUpdate();
    this.#tag = tag;
    this.#direction = direction;
  }

  /** The element's language, for dates and numbers: a tag such as `ko-KR`. */
  override lang(): string {
    return this.#tag;
  }

  /** The language of the texts: English where we do not speak the element's. */
  get textLang(): string {
    const code = this.#tag.split('-')[0]!;
    return code in LAZY_LOCALES ? code : en.$code;
  }

  /** `ltr` or `rtl`. */
  override dir(): string {
    return getComputedStyle(this.host).direction;
  }
}
