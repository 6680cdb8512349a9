import type { Middleware } from 'koa';
import type { Awaitable } from '../awaitable.ts';
import type { Metrics } from '../metrics.ts';

/** `/healthz`: the process answers. `/readyz`: it takes traffic. `/metrics`: its figures, where `metrics` is not null. */
export function createStatus(metrics: Metrics | null, isReady: () => Awaitable<boolean>): Middleware {
  return async (context, next) => {
    if (context.method !== 'GET' && context.method !== 'HEAD') return next();
    if (context.path === '/healthz') {
      context.body = 'ok\n';
    } else if (context.path === '/readyz') {
      const ready = await isReady();
      context.status = ready ? 200 : 503;
      context.body = ready ? 'ready\n' : 'not ready\n';
    } else if (metrics && context.path === '/metrics') {
      context.body = await metrics.read();
      context.set('Content-Type', metrics.registry.contentType);
    } else {
      return next();
    }
    context.set('Cache-Control', 'no-store');
  };
}
