/**
 * What an address may have worked out for it over HTTP.
 *
 * Owns the price of a request, which is a part of what the address may cause over all its connections. Files are not
 * counted: they lie ready in memory. Nor are `/healthz` and `/readyz`, by which somebody else decides whether to send
 * people here.
 */
import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import { isLocal } from '../rooms/local-address.ts';
import type { Limits } from '../traffic/limits.ts';
import type { Metrics } from '../metrics.ts';
import { Refusal } from '../refusal.ts';

/** Whether a grant decides who is answered: a good one always is, and bad ones are counted where they are looked at. */
const showsGrant = ({ path, headers }: Context) =>
  path !== '/metrics' && path !== '/api/rooms' && headers.authorization !== undefined;

/** Points of a request, beside one for each kilobyte of its answer: what a request costs that answers little. */
const REQUEST_POINTS = 20;

export interface AllowanceParts {
  limits: Limits;
  addressOf: (request: IncomingMessage) => string;
  /** Whether grants are asked for. */
  asksGrants: boolean;
  metrics: Metrics;
}

/** Refuses with 429 what an address asks beyond its allowance. */
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
