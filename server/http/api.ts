/**
 * `/api`: the public list for pages, and the calls for programs that hold an admin's token.
 *
 * Owns who may call, the reading of queries and bodies, and the form of answers; a refusal is `{ error: { code, message
 * } }`. Does not own which calls there are: each is one line in `api-routes.ts`.
 */
import type { IncomingMessage } from 'node:http';
import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import type { ChatLog } from '../rooms/chat-log.ts';
import type { Directory } from '../rooms/directory.ts';
import { coversRoom } from '../grants/grants.ts';
import type { Grant } from '../grants/grants.ts';
import type { Limits } from '../traffic/limits.ts';
import type { Metrics } from '../metrics.ts';
import { parseRoom } from '../parse.ts';
import type { Permissions } from '../grants/permissions.ts';
import { EVERY_ROOM } from '../texts.ts';
import type { ErrorCode } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { Audit, AuditedCall } from './audit.ts';
import { ApiRefusal, assertKnown } from './api-route.ts';
import type { ApiRoute } from './api-route.ts';
import { readJson } from './json-body.ts';

export interface ApiParts {
  /** Null if administrators have an address of their own. This address then offers the public list only. */
  routes: readonly ApiRoute[] | null;
  directory: Directory;
  rooms: Pick<Rooms, 'list' | 'isKept'>;
  chatLog: Pick<ChatLog, 'readAll'>;
  isAllowed: (request: IncomingMessage) => boolean;
  permissions: Permissions;
  limits: Limits;
  addressOf: (request: IncomingMessage) => string;
  metrics: Metrics;
  audit: Audit;
  log: Logger;
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  'token-required': 401,
  'token-invalid': 401,
  'token-expired': 401,
  'not-allowed': 403,
  'origin-refused': 403,
  'participant-gone': 404,
  'not-in-room': 404,
  'message-too-long': 413,
  'rate-limited': 429,
  internal: 500,
  timeout: 503,
};

const NO_ADMIN =
  'This server asks for no tokens, so it has no administrator; set TOKEN_SECRET, TOKEN_PUBLIC_KEY or TOKEN_JWKS_URL.';

/** The codes for callers without an admin's token. */
const STRANGE: readonly string[] = ['token-required', 'token-invalid', 'token-expired', 'not-allowed', 'rate-limited'];

const tokenOf = (context: Context): string | undefined => /^Bearer +(\S+)$/i.exec(context.get('Authorization'))?.[1];

/** The flags in a request's query. Throws `payload-invalid`. */
function readQuery(context: Context, known: readonly string[] = []): Record<string, boolean> {
  assertKnown('parameter', Object.keys(context.query), known);
  const flags = Object.entries(context.query).map(([name, value]) => {
    if (value !== 'true' && value !== 'false') {
      throw new Refusal('payload-invalid', { message: `${name} may hold true or false, once.` });
    }
    return [name, value === 'true'] as const;
  });
  return Object.fromEntries(flags);
}

export function createApi({
  routes,
  directory,
  rooms,
  chatLog,
  isAllowed,
  permissions,
  limits,
  addressOf,
  metrics,
  audit,
  log,
}: ApiParts): Middleware {
  const router = new Router({ prefix: '/api' });

  /**
   * Counts invalid tokens by address, so that nobody can try many. An expired token is no guess, so it is not counted.
   */
  const verify = (context: Context): Promise<Grant> =>
    limits.countFailures('denied', addressOf(context.req), ['token-required', 'token-invalid'], () =>
      permissions.verify(tokenOf(context)),
    );

  /** Calls with a line of their own in the log. */
  const calls = new WeakMap<Context, AuditedCall>();

  /** Checks the token before a name, a query or a body is read. */
  async function verifyAdmin(context: Context, route: ApiRoute): Promise<AuditedCall> {
    if (!permissions.required) throw new Refusal('not-allowed', { message: NO_ADMIN });
    const grant = await verify(context);
    // The token of a guest gets no line of its own: its subject may be a name, and such calls may be very many.
    if (grant.role !== 'admin') throw new Refusal('not-allowed');
    const call = audit.begin(route, grant);
    calls.set(context, call);
    return call;
  }

  /** Answers whether the page may connect, and if so lets it read the answer. */
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

  // A browser asks this before a page of another origin may send its grant.
  router.options('/rooms', (context) => {
    if (admitPage(context)) {
      context.set('Access-Control-Allow-Methods', 'GET');
      context.set('Access-Control-Allow-Headers', 'Authorization');
      context.set('Access-Control-Max-Age', '600');
    }
    context.status = 204;
  });
  router.get('/rooms', async (context) => {
    // A browser hides the answer from other pages. A page by DNS rebinding sends no `Origin`, so it is refused here.
    if (!admitPage(context) && !context.get('Origin')) throw new Refusal('origin-refused');
    if (readQuery(context, ['unlisted'])['unlisted']) {
      if (routes === null)
        throw new ApiRefusal('route-unknown', 'Unlisted rooms are listed only at the address in ADMIN_LISTEN.');
      context.body = await run(listAll, context);
      return;
    }
    if (permissions.required) await verify(context);
    await directory.open();
    context.type = 'json';
    context.body = directory.json;
  });

  /** Unlisted rooms are in this list only. Without it nobody could moderate them. */
  const listAll: ApiRoute = { method: 'GET', path: '/rooms', query: ['unlisted'], answer: () => rooms.list() };

  async function mustBeKept(room: string): Promise<void> {
    if ((await rooms.isKept(room)) || (await chatLog.readAll(room, { limit: 1 })).messages.length > 0) return;
    throw new ApiRefusal('room-unknown', 'Nothing is stored for a room of this name; check the spelling.');
  }

  async function run(route: ApiRoute, context: Context): Promise<object> {
    const call = await verifyAdmin(context, route);
    const { grant } = call;
    const mustCover = (room: string | null) => {
      if (room !== null) call.rooms.push(room);
      if (room === null ? grant.rooms !== EVERY_ROOM : !coversRoom(grant, room)) throw new Refusal('not-allowed');
    };
    const { room: name, ...others } = context['params'] as Record<string, string>;
    const target = Object.values(others)[0] ?? '';
    audit.noteTarget(call, target);
    const room = name === undefined ? '' : parseRoom(name);
    if (!route.roomInBody) mustCover(name === undefined ? null : room);
    const query = readQuery(context, route.query);
    const body = await readJson(context.req);
    assertKnown('field', Object.keys(body), route.body ?? []);
    audit.noteTarget(call, target, body);
    if (room !== '') await mustBeKept(room);
    return route.answer({ grant, room, target, query, body, mustCover, mustBeKept });
  }

  for (const route of routes ?? []) {
    router.register(route.path, [route.method.toLowerCase()], async (context) => {
      context.body = await run(route, context);
    });
  }

  /** Tells why no route took the request. */
  function refuseRoute(context: Context): never {
    const { path } = router.match(context.path, context.method);
    const methods = [...new Set(path.flatMap((layer) => layer.methods))].toSorted().join(', ');
    if (methods === '') throw new ApiRefusal('route-unknown', 'This server knows no such call.');
    context.set('Allow', methods);
    throw new ApiRefusal(
      'route-unknown',
      `This call is not made by ${context.method}; it may be one of ${methods}.`,
      405,
    );
  }

  const answer = router.routes();
  return async (context, next) => {
    if (!context.path.startsWith('/api/')) return next();
    context.set('Cache-Control', 'no-store');
    try {
      await answer(context as Parameters<typeof answer>[0], async () => refuseRoute(context));
    } catch (error) {
      const isRefusal = error instanceof Refusal || error instanceof ApiRefusal;
      if (!isRefusal) log.error({ err: error }, 'answering an API call failed');
      const refusal = isRefusal ? error : new Refusal('internal');
      metrics.countRefusal(refusal.code);
      context.status = refusal instanceof ApiRefusal ? refusal.status : (STATUS[refusal.code] ?? 400);
      if (refusal instanceof Refusal && refusal.retryAfterMs !== undefined) {
        context.set('Retry-After', String(Math.ceil(refusal.retryAfterMs / 1000)));
      }
      if (context.status === 401) context.set('WWW-Authenticate', 'Bearer');
      context.body = { error: refusal.toWire() };
      if (!calls.has(context) && STRANGE.includes(refusal.code)) audit.countStranger();
    }
    const call = calls.get(context);
    if (call) audit.end(call, context.status, context.body);
  };
}
