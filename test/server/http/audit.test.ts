/** The log lines about calls of `/api`. They name the administrator and the action, and say nothing about a guest. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { Audit } from '../../../server/http/audit.ts';
import { createApiRoutes } from '../../../server/http/api-routes.ts';
import { TOKEN_SECRET, createToken } from '../../support/server/grants.ts';
import { startApp } from '../../support/server/server.ts';

interface Line {
  level: number;
  msg: string;
  [name: string]: unknown;
}

const GUEST = { name: 'Wilhelmine', text: 'a-word-of-hers', subject: 'wilhelmine@example.org' };

async function startLogged(t: TestContext) {
  const lines: Line[] = [];
  const log = pino(
    { base: null, level: 'info' },
    { write: (line: string) => void lines.push(JSON.parse(line) as Line) },
  );
  const app = await startApp(t, { tokenSecret: TOKEN_SECRET }, { log });
  const admin = await createToken({ rooms: ['*'], role: 'admin', subject: 'chief', id: 'jti-of-chief' });
  const call = async (method: string, path: string, body?: unknown, token: string | null = admin) => {
    const response = await fetch(`${app.url}/api${path}`, {
      method,
      headers: { ...(token !== null && { authorization: `Bearer ${token}` }), 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as unknown };
  };
  const audited = () => lines.filter(({ msg }) => msg === 'an administrator called /api');
  return { ...app, lines, call, audited };
}

/** Bodies of the calls that take one. */
const BODIES: Record<string, object> = {
  'POST /rooms/:room/lock': { locked: false },
  'POST /rooms/:room/move': { to: 'garden' },
  'POST /rooms/:room/add': { to: 'garden' },
  'POST /announcements': { text: GUEST.text, room: 'hall' },
  'POST /revocations': { sub: GUEST.subject },
};

test('logs the administrator, the action and the id for each call of the table, and nothing of a guest', async (t) => {
  const { audited, call, connect, lines } = await startLogged(t);
  const nothing = undefined as never;
  const routes = createApiRoutes({
    rooms: nothing,
    revocations: nothing,
    announce: nothing,
    transfer: nothing,
  } as never);
  assert.ok(routes.length >= 13);
  const guest = await connect();
  const token = await createToken({ rooms: ['*'], subject: GUEST.subject, name: GUEST.name });
  for (const { method, path } of routes) {
    await guest.answer('room:join', { room: 'hall', displayName: GUEST.name, token });
    await guest.answer('chat:send', { room: 'hall', clientId: path.slice(0, 100), text: GUEST.text });
    const before = audited().length;
    const target = path.includes(':sub') ? encodeURIComponent(GUEST.subject) : guest.id;
    const url = path.replace(':room', 'hall').replace(/:(?:id|sub)/, target);
    const { status } = await call(method, url, BODIES[`${method} ${path}`]);
    const [line, ...others] = audited().slice(before);
    assert.deepEqual(others, [], `${method} ${path}`);
    const shown = {
      method: line?.['method'],
      route: line?.['route'],
      sub: line?.['sub'],
      jti: line?.['jti'],
      status: line?.['status'],
      level: line?.level,
    };
    assert.deepEqual(shown, { method, route: `/api${path}`, sub: 'chief', jti: 'jti-of-chief', status, level: 30 });
    if (path.includes(':room')) assert.equal(line?.['room'], 'hall', path);
    if (path.includes(':id')) assert.equal(line?.['target'], guest.id, path);
    if (path.includes(':sub')) assert.match(String(line?.['target']), /^[\w-]{12}$/, path);
    assert.equal(typeof line?.['changed'], 'number', path);
  }
  const log = JSON.stringify(lines);
  for (const word of [GUEST.name, GUEST.text, GUEST.subject, '127.0.0.1'])
    assert.ok(!log.includes(word), `${word} in ${log}`);
});

test('logs how many were changed, and where they were moved', async (t) => {
  const { audited, call, connect } = await startLogged(t);
  const token = await createToken({ rooms: ['*'] });
  for (const _ of [1, 2]) await (await connect()).request('room:join', { room: 'hall', token });
  await call('POST', '/rooms/hall/add', { to: 'garden' });
  await call('GET', '/rooms/hall/participants');
  await call('DELETE', '/rooms/hall/participants/Wilhelmine');
  const shown = audited().map(({ room, to, changed, status, sub }) => ({ room, to, changed, status, sub }));
  assert.deepEqual(shown, [
    { room: 'hall', to: 'garden', changed: 2, status: 200, sub: 'chief' },
    { room: 'hall', to: undefined, changed: 0, status: 200, sub: 'chief' },
    { room: 'hall', to: undefined, changed: 0, status: 404, sub: 'chief' },
  ]);
  assert.doesNotMatch(JSON.stringify(audited()), /Wilhelmine/, 'an id in a path may be any text');
});

test('gives each subject a pseudonym of its own', async (t) => {
  const { audited, call } = await startLogged(t);
  for (const sub of ['ann', 'ben', 'ann']) await call('POST', '/revocations', { sub });
  await call('POST', '/revocations', { jti: '00000000-0000-4000-8000-000000000001' });
  const [first, second, third, byId] = audited().map(({ target }) => target);
  assert.equal(first, third);
  assert.notEqual(first, second);
  assert.equal(byId, '00000000-0000-4000-8000-000000000001');
});

test("counts calls without an admin's token, and logs the count at the latest when the app closes", async (t) => {
  const { app, audited, call, lines } = await startLogged(t);
  const spent = await createToken({ rooms: ['*'], role: 'admin', now: () => Date.now() - 3_600_000 });
  for (const token of [null, 'x.y.z', spent]) await call('DELETE', '/rooms/hall', undefined, token);
  // Valid tokens of guests: they may call often, so their calls are counted instead of logged one by one.
  const guests = ['participant', 'moderator', 'viewer'] as const;
  for (const role of guests) {
    const token = await createToken({ rooms: ['*'], role, subject: GUEST.subject, name: GUEST.name });
    for (const [method, path] of [
      ['DELETE', '/rooms/hall'],
      ['GET', '/people/somebody'],
    ] as const) {
      await call(method, path, undefined, token);
    }
  }
  await call('GET', '/rooms', undefined, 'x.y.z');
  await app.close();
  assert.deepEqual(
    [lines.filter(({ msg }) => msg.includes('without an administrator’s token')).map(({ count }) => count), audited()],
    [[10], []],
  );
  assert.ok(!JSON.stringify(lines).includes(GUEST.subject), 'no subject of a guest');
});

test('logs one line a minute for such calls, and none without any', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const counts: unknown[] = [];
  const log = pino({ base: null }, { write: (line: string) => void counts.push((JSON.parse(line) as Line)['count']) });
  const audit = new Audit({ log, pseudonymOf: String });
  for (let call = 0; call < 1_000; call++) audit.countStranger();
  assert.deepEqual(counts, []);
  t.mock.timers.tick(60_000);
  assert.deepEqual(counts, [1_000]);
  t.mock.timers.tick(600_000);
  assert.deepEqual(counts, [1_000]);
  audit.countStranger();
  t.mock.timers.tick(60_000);
  audit.close();
  assert.deepEqual(counts, [1_000, 1]);
});
