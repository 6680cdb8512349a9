/**
 * Where the server is when nobody says so, and the one spelling of where somebody says it is.
 *
 * It stands apart from the client because only the build knows whether a module came from the server
 * itself (`__SERVED__`) or was bundled into somebody's own script.
 */
import { CodedError } from './internal/coded-error.ts';

/** Set by `build.mjs`: true in the modules the server hands out. */
declare const __SERVED__: boolean;

/** The server these modules came from: a URL without trailing slash; '' where they came from no server. */
export function defaultServerUrl(moduleUrl: string | undefined = import.meta.url): string {
  // Bundled into a classic script they know no address at all.
  if (!moduleUrl) return '';
  const { origin, protocol, pathname } = new URL(moduleUrl);
  if (!protocol.startsWith('http')) return '';
  // A mount prefix is part of the address: /base/chunks/x.js and /base/elements.js both came from /base.
  if (typeof __SERVED__ === 'undefined' || !__SERVED__) return origin;
  return origin + pathname.replace(/(\/chunks)?\/[^/]*$/, '');
}

/**
 * The canonical URL of a server, without trailing slash, query or fragment; relative ones are of the page.
 * @throws CodedError `server-unreachable` where it is no http(s) URL.
 */
export function normalizeServerUrl(server: string): string {
  const base = (globalThis.location as Location | undefined)?.href;
  const given = server.trim() || defaultServerUrl();
  if (given && URL.canParse(given, base)) {
    const { protocol, origin, host, pathname } = new URL(given, base);
    const path = pathname.replace(/\/+$/, '');
    if (/^https?:$/.test(protocol)) return origin + path;
    if (/^wss?:$/.test(protocol)) return `${protocol.replace('ws', 'http')}//${host}${path}`;
  }
  throw new CodedError('server-unreachable', given ? `"${given}" is no address of a server.` : 'Say with `server` where the server is.');
}
