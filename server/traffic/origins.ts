/**
 * Which pages may connect.
 *
 * Owns what counts as the server's own origin, also behind proxies. Does not own who may enter which room: grants
 * decide that. Pages are distinguished by `Origin`, which no page can choose. Requests without it do not come from a
 * page.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { isLocal } from '../rooms/local-address.ts';
import { createProxyTrust } from './addresses.ts';
import type { Config } from '../config/config.ts';
import { LogQuota } from './log-quota.ts';

/** The entry of the nearest proxy. A client may have written the entries before it. */
const lastOf = (header: string | string[] | undefined) => [header ?? []].flat().join(',').split(',').at(-1)?.trim();

/**
 * Names that nobody can register, so that no foreign page can have one (RFC 6761, 6762, 8375, and names of routers).
 */
const UNREGISTRABLE = /(?:^|\.)(?:localhost|local|test|internal|intranet|private|lan|home|corp|home\.arpa)$/;

/** Headers that proxies add. */
const FORWARDING = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];

const isForwarded = (headers: IncomingHttpHeaders) => FORWARDING.some((name) => headers[name] !== undefined);

/** Answers whether the `Host` of a request can be a name of this server. */
function createHostCheck({ allowedOrigins, trustProxy, host }: OriginConfig): (request: IncomingMessage) => boolean {
  const settingsSayMore = allowedOrigins.length > 0 || trustProxy !== 0;
  const own = new Set([host, hostname()].map((name) => name.toLowerCase()));
  return ({ headers, socket }) => {
    const url = `http://${headers.host ?? ''}`;
    if (settingsSayMore || isForwarded(headers) || !isLocal(socket.remoteAddress ?? '') || !URL.canParse(url))
      return true;
    const name = new URL(url).hostname.replace(/\.$/, '');
    const isAddress = isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
    return isAddress || !name.includes('.') || UNREGISTRABLE.test(name) || own.has(name);
  };
}

type OriginConfig = Pick<Config, 'allowedOrigins' | 'trustProxy' | 'host'>;

/** A page that may not connect: its origin, and the origin that this server took for its own. */
export interface RefusedOrigin {
  origin: string;
  own: string;
}

/**
 * Answers whether the page that sent a request may connect. Pages of the server's own origin and of `ALLOWED_ORIGINS`
 * may connect. Requests without `Origin` may too, because no page sent them.
 *
 * A foreign name that points to this machine makes a foreign page look like this server's own (DNS rebinding). Such a
 * name is refused unless a setting or a header shows a proxy. A page over TLS cannot be such a page, because this
 * server speaks no TLS.
 */
export function createOriginCheck(
  config: OriginConfig,
  onRefused: (refused: RefusedOrigin) => void = () => undefined,
): (request: IncomingMessage) => boolean {
  const allowed = new Set(config.allowedOrigins);
  const comesThroughProxy = createProxyTrust(config.trustProxy);
  const isOwnHost = createHostCheck(config);

  /** The origin of this server's own pages, according to the request. */
  function ownOrigin(request: IncomingMessage, page: URL | null): string {
    const forwarded = comesThroughProxy(request);
    const scheme =
      (forwarded && lastOf(request.headers['x-forwarded-proto'])) || (page?.protocol.slice(0, -1) ?? 'http');
    return `${scheme}://${(forwarded && lastOf(request.headers['x-forwarded-host'])) || request.headers.host}`;
  }

  function decide(request: IncomingMessage, page: URL | null): boolean {
    if (request.headers.origin === undefined) return isOwnHost(request);
    if (!page || page.origin === 'null') return false;
    const own = ownOrigin(request, page);
    if (!URL.canParse(own) || new URL(own).origin !== page.origin) return false;
    return page.protocol === 'https:' || isOwnHost(request);
  }

  return (request) => {
    const { origin } = request.headers;
    if (allowed.has('*') || (origin !== undefined && allowed.has(origin))) return true;
    const page = origin !== undefined && URL.canParse(origin) ? new URL(origin) : null;
    if (decide(request, page)) return true;
    onRefused({ origin: origin ?? '', own: ownOrigin(request, page) });
    return false;
  };
}

/** Characters of an origin that are logged. */
const SHOWN_CHARACTERS = 100;
const REFUSALS_A_MINUTE = 10;

const REFUSED =
  'A page was refused because of its origin. If the page is yours, add its origin to ALLOWED_ORIGINS. ' +
  'If origin and own should be the same, a proxy changes Host, or TRUST_PROXY does not name the proxy.';

/** Logs the two origins that were compared, a limited number of times a minute. */
export function createRefusalLog(log: Logger): (refused: RefusedOrigin) => void {
  const quota = new LogQuota(REFUSALS_A_MINUTE);
  return ({ origin, own }) => {
    if (quota.take())
      log.warn({ origin: origin.slice(0, SHOWN_CHARACTERS), own: own.slice(0, SHOWN_CHARACTERS) }, REFUSED);
  };
}
