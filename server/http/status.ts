import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import type { Forwarded } from '../traffic/addresses.ts';
import type { Metrics } from '../metrics.ts';

/**
 * A header in the answer of `/readyz` that shows an operator what a proxy does. It says whether `X-Forwarded-For` was
 * used, how many addresses were in it, how many were trusted (`believed`), and the port of the peer. It contains no
 * address.
 */
export const FORWARDED_HEADER = 'sarangbang-forwarded';

/**
 * `/healthz`: the process answers. `/readyz`: it accepts traffic. `/metrics`: its figures, unless `metrics` is null.
 */
export function createStatus(
  metrics: Metrics | null,
  isReady: () => Promise<boolean>,
  forwardingOf: (request: IncomingMessage) => Forwarded,
): Middleware {
  return async (context, next) => {
    if (context.method !== 'GET' && context.method !== 'HEAD') return next();
    if (context.path === '/healthz') {
      context.body = 'ok\n';
    } else if (context.path === '/readyz') {
      const ready = await isReady();
      context.status = ready ? 200 : 503;
      context.body = ready ? 'ready\n' : 'not ready\n';
      const { state, entries, believed } = forwardingOf(context.req);
      const peer = context.req.socket.remotePort;
      context.set(FORWARDED_HEADER, `${state}; peer=${peer}; entries=${entries}; believed=${believed}`);
    } else if (metrics && context.path === '/metrics') {
      context.body = await metrics.read();
      context.set('Content-Type', metrics.registry.contentType);
    } else {
      return next();
    }
    context.set('Cache-Control', 'no-store');
  };
}
