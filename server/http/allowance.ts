/**
 * How much work an address may cause over HTTP.
 *
 * Owns the price of a request, which draws on the same allowance as the address's connections. Files are free, because
 * they are in memory. `/healthz` and `/readyz` are free, because a load balancer asks them.
 */
import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import { isLocal } from '../rooms/local-address.ts';
import type { Limits } from '../traffic/limits.ts';
import type { Metrics } from '../metrics.ts';
import { Refusal } from '../refusal.ts';

/**
 * Whether the request brings a grant, so that this allowance does not apply. A valid grant is always answered, and
 * invalid ones are counted where they are checked.
 */
const showsGrant = ({ path, headers }: Context) =>
  path !== '/metrics' && path !== '/api/rooms' && headers.authorization !== undefined;

/**
 * Points of a request, besides one for each kilobyte of its answer. This is the cost of a request with a short answer.
 */
const REQUEST_POINTS = 20;

export interface AllowanceParts {
  limits: Limits;
  addressOf: (request: IncomingMessage) => string;
  /** Whether grants are required. */
  asksGrants: boolean;
  metrics: Metrics;
}

/** Refuses requests beyond the allowance of their address with status 429. */
export function createAllowance({ limits, addressOf, asksGrants, metrics }: AllowanceParts): Middleware {
  return async (context, next) => {
    const address = addressOf(context.req);
    if ((context.path !== '/metrics' && !context.path.startsWith('/api/')) || isLocal(address)) return next();
    const debtMs = asksGrants && showsGrant(context) ? 0 : limits.debtMs('crowdWork', address);
    if (debtMs > 0) {
      const refusal = new Refusal('rate-limited', { retryAfterMs: debtMs });
      metrics.countRefusal(refusal.code);
      context.status = 429;
      context.set('Retry-After', String(Math.ceil(debtMs / 1000)));
      context.body = { error: refusal.toWire() };
      return;
    }
    try {
      await next();
    } finally {
      limits.charge('crowdWork', address, REQUEST_POINTS + (context.length ?? 0) / 1024);
    }
  };
}
