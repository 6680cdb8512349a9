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
      metrics.countRequest(partOf(context.path), failed ? 500 : context.status);
    }
  };
}
