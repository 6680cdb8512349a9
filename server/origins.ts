import type { IncomingMessage } from 'node:http';
import { createProxyTrust } from './addresses.ts';
import type { Config } from './config.ts';

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
