/**
 * The URL of the server: the default where a page names none, and the canonical form of a given one.
 *
 * It stands apart from the client because only the build knows whether a module came from the server
 * itself (`__SERVED__`) or was bundled into a page's own script.
 */
import { CodedError } from './internal/coded-error.ts';

/** Set by `build.mjs`: true in the modules the server hands out. */
declare const __SERVED__: boolean;

const isServed = (): boolean => typeof __SERVED__ !== 'undefined' && __SERVED__;

const HOW_TO_NAME = 'Say with `server` where the server is.';

/** The origin that is tried because the page named no server; `''` before, `null` once no warning is due any more. */
let guess: string | null = '';

/** Takes the result of a connection attempt. Warns once if the page named no server and none answered. */
export function reportGuess(origin: string, isAnswered: boolean): void {
  if (isServed() || origin !== guess) return;
  guess = null;
  if (isAnswered) return;
  console.warn(`sarangbang: no server answers at ${origin}, where this script came from. ${HOW_TO_NAME}`);
}

/** URL of the server that these modules came from, without a trailing slash; '' if they came from no server. */
export function defaultServerUrl(moduleUrl: string | undefined = import.meta.url): string {
  // A module bundled into a classic script has no address.
  if (!moduleUrl) return '';
  const { origin, protocol, pathname } = new URL(moduleUrl);
  if (!protocol.startsWith('http')) return '';
  // A mount prefix is part of the address: /base/chunks/x.js and /base/elements.js both came from /base.
  if (!isServed()) return origin;
  return origin + pathname.replace(/(\/chunks)?\/[^/]*$/, '');
}

/** Read from the prototype, because `<img name="baseURI">` would hide the document's own property. */
function baseOfPage(): string | undefined {
  if (globalThis.document) return Reflect.get(Node.prototype, 'baseURI', document);
  return (globalThis.location as Location | undefined)?.href;
}

/**
 * The canonical URL of a server, without trailing slash, query or fragment. A relative URL is resolved as a link of the
 * page is.
 * @throws CodedError `server-unreachable` if it is no http(s) URL.
 */
export function normalizeServerUrl(server: string): string {
  const named = server.trim();
  const given = named || defaultServerUrl();
  const base = baseOfPage();
  if (given && URL.canParse(given, base)) {
    const { protocol, origin, host, pathname } = new URL(given, base);
    const path = pathname.replace(/\/+$/, '');
    if (!isServed() && !named && guess === '') guess = origin;
    if (/^https?:$/.test(protocol)) return origin + path;
    if (/^wss?:$/.test(protocol)) return `${protocol.replace('ws', 'http')}//${host}${path}`;
  }
  if (!isServed() && !given && guess === '') {
    guess = null;
    console.warn(`sarangbang: ${HOW_TO_NAME}`);
  }
  throw new CodedError('server-unreachable', given ? `"${given}" is no address of a server.` : HOW_TO_NAME);
}
