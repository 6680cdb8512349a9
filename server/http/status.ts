import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import type { Forwarding } from '../addresses.ts';
import type { Awaitable } from '../awaitable.ts';
import type { Metrics } from '../metrics.ts';

/**
 * Of the answer of `/readyz`: what became of `X-Forwarded-For`, and from which port the request came, by which an operator
 * finds out what a proxy does to requests. It tells nobody's address.
 */
export const FORWARDED_HEADER = 'sarangbang-forwarded';

/** `/healthz`: the process answers. `/readyz`: it takes traffic. `/metrics`: its figures, where `metrics` is not null. */
export function createStatus(
  metrics: Metrics | null, isReady: () => Awaitable<boolean>, forwardingOf: (request: IncomingMessage) => Forwarding,
): Middleware {
  return async (context, next) => {
    if (context.method !== 'GET' && context.method !== 'HEAD') return next();
    if (context.path === '/healthz') {
      context.body = 'ok\n';
    } else if (context.path === '/readyz') {
      const ready = await isReady();
      context.status = ready ? 200 : 503;
      context.body = ready ? 'ready\n' : 'not ready\n';
      context.set(FORWARDED_HEADER, `${forwardingOf(context.req)}; peer=${context.req.socket.remotePort}`);
    } else if (metrics && context.path === '/metrics') {
      context.body = await metrics.read();
      context.set('Content-Type', metrics.registry.contentType);
    } else {
      return next();
    }
    context.set('Cache-Control', 'no-store');
  };
}
