/**
 * `/api`: the public list for pages, and what a program may do with an admin's token.
 *
 * Owns the routes, the reading of bodies and the form of answers, `{ error: { code, message } }` where it says
 * no. Does not own what the calls do: that is the same as behind the wire's commands.
 */
import type { IncomingMessage } from 'node:http';
import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import type { Announce } from '../announcements.ts';
import type { Directory } from '../directory.ts';
import { coversRoom } from '../grants.ts';
import type { Grant } from '../grants.ts';
import type { Limits } from '../limits.ts';
import type { Metrics } from '../metrics.ts';
import { parseAnnouncement, parseRevocation, parseRoom } from '../parse.ts';
import type { Permissions } from '../permissions.ts';
import type { ErrorCode } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import type { Revocations } from '../revocations.ts';
import type { Rooms } from '../rooms.ts';
import { readJson } from './json-body.ts';

export interface ApiParts {
  directory: Directory;
  isAllowed: (request: IncomingMessage) => boolean;
  permissions: Permissions;
  limits: Limits;
  addressOf: (request: IncomingMessage) => string;
  revocations: Revocations;
  rooms: Rooms;
  announce: Announce;
  transfer: (from: string, to: string, leaving: boolean) => Promise<number>;
  metrics: Metrics;
  log: Logger;
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  'token-required': 401, 'token-invalid': 401, 'token-expired': 401, 'not-allowed': 403, 'origin-refused': 403, 'participant-gone': 404, 'not-in-room': 404,
  'message-too-long': 413, 'rate-limited': 429, internal: 500, timeout: 503,
};

const tokenOf = (context: Context): string | undefined => /^Bearer +(\S+)$/i.exec(context.get('Authorization'))?.[1];

export function createApi({ directory, isAllowed, permissions, limits, addressOf, revocations, rooms, announce, transfer, metrics, log }: ApiParts): Middleware {
  const router = new Router({ prefix: '/api' });

  /** Bad tokens count by address: nobody may try out one after another. One that has ended was a good one, and is no guess. */
  const verify = (context: Context): Promise<Grant> =>
    limits.countFailures('denied', addressOf(context.req), ['token-required', 'token-invalid'], () => permissions.verify(tokenOf(context)));

  /** Only an admin whose token covers all of `named`; where none is, one for every room. */
  async function mustBeAdmin(context: Context, ...named: string[]): Promise<void> {
    if (!permissions.required) throw new Refusal('not-allowed', { message: 'This server asks for no tokens, so nobody is its admin; set TOKEN_SECRET, TOKEN_PUBLIC_KEY or TOKEN_JWKS_URL.' });
    const grant = await verify(context);
    const covers = named.length > 0 ? named.every((room) => coversRoom(grant, room)) : grant.rooms === '*';
    if (grant.role !== 'admin' || !covers) throw new Refusal('not-allowed');
  }

  async function adminOfRoom(context: Context): Promise<string> {
    const room = parseRoom(context['params'].room);
    await mustBeAdmin(context, room);
    return room;
  }

  const found = (known: boolean): Record<string, never> => {
    if (!known) throw new Refusal('participant-gone');
    return {};
  };

  /** Lets the page that asks read the answer, where it may connect; answers whether it may. */
  function admitPage(context: Context): boolean {
    const origin = context.get('Origin');
    context.vary('Origin');
    const allowed = isAllowed(context.req);
    if (origin && allowed) {
      context.set('Access-Control-Allow-Origin', origin);
      context.set('Access-Control-Expose-Headers', 'Retry-After');
      context.set('Cross-Origin-Resource-Policy', 'cross-origin');
    }
    return allowed;
  }

  // Before a page of another origin may show its grant, its browser asks whether it may.
  router.options('/rooms', (context) => {
    if (admitPage(context)) {
      context.set('Access-Control-Allow-Methods', 'GET');
      context.set('Access-Control-Allow-Headers', 'Authorization');
      context.set('Access-Control-Max-Age', '600');
    }
    context.status = 204;
  });
  router.get('/rooms', async (context) => {
    // Of a page that may not its browser sees to it; one that seems to be of this server has no origin to be told by.
    if (!admitPage(context) && !context.get('Origin')) throw new Refusal('origin-refused');
    if (permissions.required) await verify(context);
    await directory.open();
    context.type = 'json';
    context.body = directory.json;
  });

  router.get('/rooms/:room/participants', async (context) => {
    const state = await rooms.state(await adminOfRoom(context));
    context.body = (state?.participants ?? []).map(({ id, displayName, role, connected, call }) => ({ id, displayName, role, connected, inCall: call !== null }));
  });
  router.delete('/rooms/:room/participants/:id', async (context) => {
    const room = await adminOfRoom(context);
    const { address = 'false' } = context.query;
    if (address !== 'true' && address !== 'false') throw new Refusal('payload-invalid');
    context.body = found(await rooms.ban(room, context.params['id'] ?? '', { withAddress: address === 'true' }));
  });
  router.post('/rooms/:room/participants/:id/mute', async (context) => {
    context.body = found(await rooms.mute(await adminOfRoom(context), context.params['id'] ?? '', ''));
  });
  router.get('/rooms/:room/waiting', async (context) => {
    context.body = (await rooms.state(await adminOfRoom(context)))?.waiting ?? [];
  });
  router.post('/rooms/:room/waiting/:id', async (context) => {
    context.body = found(await rooms.answerKnock(await adminOfRoom(context), context.params['id'] ?? '', true));
  });
  router.delete('/rooms/:room/waiting/:id', async (context) => {
    context.body = found(await rooms.answerKnock(await adminOfRoom(context), context.params['id'] ?? '', false));
  });
  router.post('/rooms/:room/lock', async (context) => {
    const room = await adminOfRoom(context);
    const { locked = true } = await readJson(context.req);
    if (typeof locked !== 'boolean') throw new Refusal('payload-invalid');
    await rooms.lock(room, locked);
    context.body = { locked };
  });
  router.delete('/rooms/:room/call', async (context) => {
    await rooms.endCall(await adminOfRoom(context));
    context.body = {};
  });
  for (const [path, leaving] of [['move', true], ['add', false]] as const) {
    router.post(`/rooms/:room/${path}`, async (context) => {
      const from = await adminOfRoom(context);
      const to = parseRoom((await readJson(context.req))['to']);
      await mustBeAdmin(context, to);
      context.body = { count: await transfer(from, to, leaving) };
    });
  }
  router.delete('/rooms/:room', async (context) => {
    await rooms.end(await adminOfRoom(context));
    context.body = {};
  });

  router.post('/announcements', async (context) => {
    // Before the body is read: nobody else may have us read one. Which room it is for stands in the body.
    if (permissions.required) await verify(context);
    else await mustBeAdmin(context);
    const { text, room } = await readJson(context.req);
    const name = room === undefined || room === null ? null : parseRoom(room);
    await mustBeAdmin(context, ...(name === null ? [] : [name]));
    context.body = { count: await announce(parseAnnouncement(text), name) };
  });
  router.post('/revocations', async (context) => {
    await mustBeAdmin(context);
    await revocations.revoke(parseRevocation(await readJson(context.req)));
    context.body = {};
  });

  const routes = router.routes();
  return async (context, next) => {
    if (!context.path.startsWith('/api/')) return next();
    context.set('Cache-Control', 'no-store');
    try {
      await routes(context as Parameters<typeof routes>[0], async () => {
        context.status = 404;
        context.body = { error: { code: 'payload-invalid', message: 'This server knows no such call.' } };
      });
    } catch (error) {
      if (!(error instanceof Refusal)) log.error({ err: error }, 'an API call failed');
      const refusal = error instanceof Refusal ? error : new Refusal('internal');
      metrics.countRefusal(refusal.code);
      context.status = STATUS[refusal.code] ?? 400;
      if (refusal.retryAfterMs !== undefined) context.set('Retry-After', String(Math.ceil(refusal.retryAfterMs / 1000)));
      if (context.status === 401) context.set('WWW-Authenticate', 'Bearer');
      context.body = { error: refusal.toWire() };
    }
  };
}
