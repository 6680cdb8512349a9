/**
 * Where the server is when nobody says so, and the one spelling of where somebody says it is.
 *
 * It stands apart from the client because only the build knows whether a module came from the server
 * itself (`__SERVED__`) or was bundled into somebody's own script.
 */
import { CodedError } from './internal/coded-error.ts';

/** Set by `build.mjs`: true in the modules the server hands out. */
declare const __SERVED__: boolean;

const isServed = (): boolean => typeof __SERVED__ !== 'undefined' && __SERVED__;

const HOW_TO_NAME = 'Say with `server` where the server is.';

/** The origin that is tried because nobody named a server; `null` once the console need not be told any more. */
let guess: string | null = '';

/** An attempt at `origin` was answered or not. Where nobody named a server, the console says once what was tried. */
export function reportGuess(origin: string, isAnswered: boolean): void {
  if (isServed() || origin !== guess) return;
  guess = null;
  if (isAnswered) return;
  console.warn(`sarangbang: no server answers at ${origin}, where this script came from. ${HOW_TO_NAME}`);
}

/** The server these modules came from: a URL without trailing slash; '' where they came from no server. */
export function defaultServerUrl(moduleUrl: string | undefined = import.meta.url): string {
  // Bundled into a classic script they know no address at all.
  if (!moduleUrl) return '';
  const { origin, protocol, pathname } = new URL(moduleUrl);
  if (!protocol.startsWith('http')) return '';
  // A mount prefix is part of the address: /base/chunks/x.js and /base/elements.js both came from /base.
  if (!isServed()) return origin;
  return origin + pathname.replace(/(\/chunks)?\/[^/]*$/, '');
}

/** Asked of the prototype, because an image named `baseURI` would stand in its way. */
function baseOfPage(): string | undefined {
  if (globalThis.document) return Reflect.get(Node.prototype, 'baseURI', document);
  return (globalThis.location as Location | undefined)?.href;
}

/**
 * The canonical URL of a server, without trailing slash, query or fragment. A relative one is resolved as the page's
 * links are.
 * @throws CodedError `server-unreachable` where it is no http(s) URL.
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
