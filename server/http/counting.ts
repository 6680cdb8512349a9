import type { Middleware } from 'koa';
import type { HttpPart, Metrics } from '../metrics.ts';

function partOf(path: string): HttpPart {
  if (path.startsWith('/api/')) return 'api';
  return path === '/metrics' || path === '/healthz' || path === '/readyz' ? 'status' : 'files';
}

/** Counts each request by what it was for and how it was answered. */
export function createCounting(metrics: Metrics): Middleware {
  return async (context, next) => {
    let failed = true;
    try {
      await next();
      failed = false;
    } finally {
      // As it came: of an address that cannot be read Koa has no path.
      const [path = ''] = (context.req.url ?? '').split('?', 1);
      metrics.countRequest(partOf(path), failed ? 500 : context.status);
    }
  };
}
