import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Config } from './config.ts';

/** Answers whether `X-Forwarded-*` of a request may be believed: whether it came through a proxy that `TRUST_PROXY` names. */
function createProxyTrust(trustProxy: Config['trustProxy']): (request: IncomingMessage) => boolean {
  if (typeof trustProxy === 'number') return () => trustProxy > 0;
  const trusted = new BlockList();
  for (const range of trustProxy) {
    const [address = '', bits] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, Number(bits), family);
  }
  return ({ socket }) => {
    const address = socket.remoteAddress ?? '';
    // An IPv4 peer of a socket that listens on both families is spelled ::ffff:10.0.0.1.
    const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
    const family = isIP(plain);
    return family !== 0 && trusted.check(plain, family === 6 ? 'ipv6' : 'ipv4');
  };
}

const firstOf = (header: string | string[] | undefined) => (Array.isArray(header) ? header[0] : header)?.split(',')[0]?.trim();

/**
 * Answers whether the page a request comes from may connect. The server's own pages may (the origin's
 * host is the one that was asked for), those of `ALLOWED_ORIGINS`, and whatever has no `Origin`, for it
 * is no page.
 */
export function createOriginCheck(config: Pick<Config, 'allowedOrigins' | 'trustProxy'>): (request: IncomingMessage) => boolean {
  const allowed = new Set(config.allowedOrigins);
  const comesThroughProxy = createProxyTrust(config.trustProxy);
  return (request) => {
    const { origin } = request.headers;
    if (origin === undefined || allowed.has('*') || allowed.has(origin)) return true;
    if (!URL.canParse(origin)) return false;
    const page = new URL(origin);
    const forwarded = comesThroughProxy(request);
    const scheme = (forwarded && firstOf(request.headers['x-forwarded-proto'])) || page.protocol.slice(0, -1);
    const own = `${scheme}://${(forwarded && firstOf(request.headers['x-forwarded-host'])) || request.headers.host}`;
    return page.origin !== 'null' && URL.canParse(own) && new URL(own).origin === page.origin;
  };
}
