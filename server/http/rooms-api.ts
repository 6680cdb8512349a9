import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import type { Directory } from '../directory.ts';
import { Refusal } from '../refusal.ts';

/** `GET /api/rooms`: the public list as `<room-list>` shows it, readable by pages that may connect. */
export function createRoomsApi(directory: Directory, isAllowed: (request: IncomingMessage) => boolean): Middleware {
  return async (context, next) => {
    if (context.path !== '/api/rooms' || (context.method !== 'GET' && context.method !== 'HEAD')) return next();
    const origin = context.get('Origin');
    context.vary('Origin');
    if (origin && isAllowed(context.req)) {
      context.set('Access-Control-Allow-Origin', origin);
      context.set('Cross-Origin-Resource-Policy', 'cross-origin');
    }
    context.set('Cache-Control', 'no-store');
    try {
      await directory.open();
      context.body = directory.snapshot().rooms;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      context.status = 503;
      context.set('Retry-After', '1');
      context.body = error.toWire();
    }
  };
}
