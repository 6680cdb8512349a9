/**
 * The language of an element: of its nearest ancestor that sets one, across shadow roots.
 *
 * Owns finding it, following its changes, and having a language loaded. The texts are in `locales/`. The
 * direction needs no code: styles follow it, and reading it would lay out the page each time an element is inserted.
 */
import type { ReactiveController, ReactiveElement } from 'lit';
import type { CodedError } from '../internal/coded-error.ts';
import { LANGUAGES, en, errorSentences, type Locale } from '../locales/index.ts';

/** Texts that take no values. */
type SentenceKey = { [Key in keyof Locale]: Locale[Key] extends string ? Key : never }[keyof Locale];
type Values<Text> = Text extends (...values: infer Given) => string ? Given : [];

/** How long after a failure a language is requested again, in milliseconds. */
const PAUSE_MS = 5_000;

const controllers = new Set<LocaleController>();
const asked = new Set<string>();
let observer: MutationObserver | undefined;

/** Texts were loaded: renders all elements again. */
function renderAll(): void {
  for (const { host } of controllers) host.requestUpdate();
}

/** The key of the text shown in place of error sentences if they could not be loaded; `null` if they could. */
let stand: 'internal' | 'version-mismatch' | null = null;

const standFor = ({ code }: CodedError) => (stand = code === 'version-mismatch' ? code : 'internal');

function loadLocale(code: string): void {
  const language = LANGUAGES[code];
  if (!language || asked.has(code)) return;
  asked.add(code);
  // Until the language is loaded, an element shows English texts.
  const attempt = (): unknown => language.load().then(renderAll, () => setTimeout(attempt, PAUSE_MS));
  attempt();
}

/** One observer for the page, on the document and on each shadow root between it and an element of ours. */
function observe(element: Element): void {
  observer ??= new MutationObserver(() => {
    for (const controller of controllers) controller.handleAttributes();
  });
  for (let host: Element | null = element; host; host = shadowHost(host)) {
    observer.observe(host.getRootNode(), { subtree: true, attributeFilter: ['lang'] });
  }
}

function shadowHost(node: Node): Element | null {
  const root = node.getRootNode();
  // Not `root.host` alone: a document with `<img name="host">` has one. Not `instanceof ShadowRoot`: the root may be of
  // another window.
  return root === node.ownerDocument ? null : ((root as ShadowRoot).host ?? null);
}

/** The `lang` of the element, its nearest ancestor, or the page; otherwise the browser's language. */
function findLang(element: Element): string {
  for (let node: Element | null = element; node; node = node.parentElement ?? shadowHost(node)) {
    const lang = node.getAttribute('lang');
    if (lang) return lang;
  }
  return document.documentElement.lang || navigator.language;
}

/** A tag that `Intl` takes, or English. */
function canonicalTag(lang: string): string {
  try {
    return new Intl.Locale(lang.trim().replaceAll('_', '-')).baseName;
  } catch {
    return en.$code;
  }
}

export class LocaleController implements ReactiveController {
  readonly host: ReactiveElement;
  #tag = en.$code;

  constructor(host: ReactiveElement) {
    this.host = host;
    host.addController(this);
  }

  hostConnected(): void {
    controllers.add(this);
    observe(this.host);
    this.handleAttributes();
  }

  hostDisconnected(): void {
    controllers.delete(this);
    if (controllers.size > 0) return;
    observer?.disconnect();
    observer = undefined;
  }

  /** A `lang` attribute of the page changed. */
  handleAttributes(): void {
    const tag = canonicalTag(findLang(this.host));
    loadLocale(tag.split('-')[0]!);
    if (tag !== this.#tag) this.host.requestUpdate();
    this.#tag = tag;
  }

  /** Returns the text of `key`: empty while a rare text is loading, a general sentence if it cannot be loaded. */
  term<Key extends keyof Locale>(key: Key, ...values: Values<Locale[Key]>): string {
    const text = this.#find(key);
    if (typeof text === 'function') return (text as (...given: unknown[]) => string)(...values);
    if (typeof text === 'string') return text;
    const before = stand;
    // The error sentences are loaded, so this code comes from a newer server. Loading again would render without end.
    if ('cancelled' in en) return this.term('internal');
    void errorSentences
      .load()
      .then(() => (stand = null), standFor)
      .then((now) => (now && now === before) || renderAll());
    return before ? this.term(before) : '';
  }

  /** Calls `told` once with the text of `key`: now, or when it was loaded or could not be. For events with a text. */
  say(key: SentenceKey, told: (text: string) => void): void {
    if (typeof this.#find(key) === 'string') told(this.term(key));
    else
      void errorSentences
        .load()
        .catch(standFor)
        .then(() => told(this.term(key)));
  }

  #find(key: keyof Locale): unknown {
    return LANGUAGES[this.textLang]?.loaded?.[key] ?? en[key];
  }

  /** The element's language, for dates and numbers: a tag such as `ko-KR`. */
  lang(): string {
    return this.#tag;
  }

  /** The language of the texts: that of the element where there is a translation, otherwise English. */
  get textLang(): string {
    const code = this.#tag.split('-')[0]!;
    return code in LANGUAGES ? code : en.$code;
  }
}
