import type { Middleware } from 'koa';
import type { HttpPart, Metrics } from '../metrics.ts';

function partOf(path: string): HttpPart {
  if (path.startsWith('/api/')) return 'api';
  return path === '/metrics' || path === '/healthz' || path === '/readyz' ? 'status' : 'files';
}

/** Counts each request by the part of the server that it asks and the status of its answer. */
export function createCounting(metrics: Metrics): Middleware {
  return async (context, next) => {
    let failed = true;
    try {
      await next();
      failed = false;
    } finally {
      // The raw URL, because Koa has no path for a URL that cannot be parsed.
      const [path = ''] = (context.req.url ?? '').split('?', 1);
      metrics.countRequest(partOf(path), failed ? 500 : context.status);
    }
  };
}
