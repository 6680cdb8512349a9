/** What `/api` refuses, so that a typing error never looks like success. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { TOKEN_SECRET, createToken } from '../../support/server/grants.ts';
import { startApp } from '../../support/server/server.ts';

interface Answered {
  status: number;
  allow: string | null;
  body: unknown;
  error: { code: string; message: string } | undefined;
}

async function open(t: TestContext) {
  const app = await startApp(t, { tokenSecret: TOKEN_SECRET });
  const admin = await createToken({ subject: 'admin', role: 'admin', rooms: ['*'] });
  const call = async (method: string, path: string, body?: unknown): Promise<Answered> => {
    const response = await fetch(`${app.url}/api${path}`, {
      method,
      headers: { authorization: `Bearer ${admin}` },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = (text === '' ? {} : JSON.parse(text)) as { error?: { code: string; message: string } };
    return { status: response.status, allow: response.headers.get('allow'), body: answer, error: answer.error };
  };
  const ann = await app.connect();
  await ann.request('room:join', { room: 'a', token: await createToken({ subject: 'ann', role: 'moderator' }) });
  return { ...app, call, ann };
}

const UNKNOWN: [method: string, path: string, body: object | undefined, named: string[]][] = [
  ['POST', '/rooms/a/lock', { lokced: false }, ['lokced', 'locked']],
  ['POST', '/rooms/a/lock', { locked: false, Locked: true }, ['"Locked"']],
  ['POST', '/rooms/a/lock', JSON.parse('{"__proto__":{"locked":false}}') as object, ['__proto__']],
  ['POST', '/rooms/a/move', { to: 'b', form: 'a' }, ['form']],
  ['POST', '/rooms/a/add', { room: 'b' }, ['room']],
  ['POST', '/announcements', { text: 'Tea', rooom: 'a' }, ['rooom']],
  ['POST', '/revocations', { sub: 'ann', reason: 'lost' }, ['reason']],
  ['POST', `/rooms/a/participants/x/mute`, { muted: false }, ['muted']],
  ['DELETE', '/rooms/a/participants/x', { address: true }, ['address']],
  ['DELETE', '/rooms/a', { keep: 'chat' }, ['keep']],
  ['DELETE', '/rooms/a/participants/x?adress=true', undefined, ['adress', 'address']],
  ['DELETE', '/rooms/a/participants/x?address=1', undefined, ['address']],
  ['DELETE', '/rooms/a?force=true', undefined, ['force']],
  ['POST', '/rooms/a/lock?locked=false', undefined, ['locked']],
];

test('names an unknown field or parameter, and does nothing', async (t) => {
  const { call, ann, app } = await open(t);
  for (const [method, path, body, named] of UNKNOWN) {
    const { status, error } = await call(method, path, body);
    assert.deepEqual([status, error?.code], [400, 'payload-invalid'], `${method} ${path} ${JSON.stringify(body)}`);
    for (const name of named) assert.ok(error?.message.includes(name), `${method} ${path}: ${error?.message}`);
  }
  const long = await call('POST', '/rooms/a/lock', { ['x'.repeat(5_000)]: 1 });
  assert.ok(long.error && long.error.message.length < 200, `${long.error?.message.length} characters`);
  await ann.settle();
  assert.deepEqual(ann.all('room:locked'), []);
  assert.deepEqual(
    (await app.rooms()).map(({ name, locked }) => [name, locked]),
    [['a', false]],
  );
});

test('answers a wrong method with 405 and the right ones, and an unknown path with 404', async (t) => {
  const { call } = await open(t);
  const wrong: [method: string, path: string, allow: RegExp][] = [
    ['PUT', '/rooms/a/lock', /^POST$/],
    ['GET', '/rooms/a/lock', /^POST$/],
    ['PATCH', '/rooms/a', /DELETE/],
    ['POST', '/rooms/a/bans', /GET/],
    ['GET', '/revocations/x', /DELETE/],
    ['POST', '/rooms/a/participants', /GET/],
    ['POST', '/rooms/a/participants/x', /DELETE/],
    ['DELETE', '/rooms', /GET/],
    ['DELETE', '/announcements', /^POST$/],
    ['OPTIONS', '/rooms/a/lock', /^POST$/],
    ['PUT', '/revocations', /POST/],
  ];
  for (const [method, path, allow] of wrong) {
    const { status, error, allow: told } = await call(method, path);
    assert.deepEqual([status, error?.code], [405, 'route-unknown'], `${method} ${path}`);
    assert.match(told ?? '', allow, `${method} ${path}`);
  }
  for (const path of ['/nothing', '/rooms/a/nothing', '/rooms/a/participants/x/y/z', '/room', '/announcement', '/']) {
    for (const method of ['GET', 'POST', 'DELETE', 'PUT']) {
      const { status, error, allow } = await call(method, path);
      assert.deepEqual([status, error?.code, allow], [404, 'route-unknown', null], `${method} ${path}`);
    }
  }
});

const IN_A_ROOM: [method: string, path: string, body?: object][] = [
  ['GET', '/participants'],
  ['DELETE', '/participants/x'],
  ['POST', '/participants/x/mute'],
  ['GET', '/waiting'],
  ['POST', '/waiting/x'],
  ['DELETE', '/waiting/x'],
  ['POST', '/lock', { locked: true }],
  ['POST', '/lock', { locked: false }],
  ['DELETE', '/call'],
  ['POST', '/move', { to: 'a' }],
  ['POST', '/add', { to: 'a' }],
  ['DELETE', ''],
  ['GET', '/bans'],
  ['DELETE', '/bans/x'],
];

test('every call answers room-unknown if nothing of the room is kept', async (t) => {
  const { call, ann, app } = await open(t);
  for (const [method, path, body] of IN_A_ROOM) {
    const { status, error } = await call(method, `/rooms/aa${path}`, body);
    assert.deepEqual([status, error?.code], [404, 'room-unknown'], `${method} ${path}`);
  }
  assert.equal((await call('POST', '/announcements', { text: 'Tea', room: 'aa' })).error?.code, 'room-unknown');
  assert.deepEqual((await call('POST', '/announcements', { text: 'Tea', room: 'a' })).body, { count: 1 });
  assert.deepEqual(
    (await app.rooms()).map(({ name }) => name),
    ['a'],
  );

  // The API still knows a room that is empty or of which only the chat is left.
  await ann.request('chat:send', { room: 'a', clientId: 'c', text: 'kept' });
  await ann.request('room:leave', { room: 'a' });
  assert.deepEqual((await call('GET', '/rooms/a/participants')).body, []);
  assert.deepEqual((await call('POST', '/rooms/a/lock', { locked: true })).body, { locked: true });
});

test('mute tells a participant outside the call from one outside the room', async (t) => {
  const { call, ann } = await open(t);
  const [inside, outside] = [
    await call('POST', `/rooms/a/participants/${ann.id}/mute`),
    await call('POST', '/rooms/a/participants/x/mute'),
  ];
  for (const { status, error } of [inside, outside]) assert.deepEqual([status, error?.code], [404, 'participant-gone']);
  assert.match(inside.error?.message ?? '', /not in its call/);
  assert.match(outside.error?.message ?? '', /has left/);
});

test('lists and lifts bans and revocations', async (t) => {
  const { call, connect } = await open(t);
  const ben = await connect();
  const token = await createToken({ subject: 'ben', id: 'his token' });
  await ben.request('room:join', { room: 'a', token });
  await call('DELETE', `/rooms/a/participants/${ben.id}`);
  const [ban] = (await call('GET', '/rooms/a/bans')).body as { id: string; subject: string | null }[];
  assert.deepEqual({ ...ban, id: '' }, { id: '', subject: 'ben', participantId: null, address: null });
  assert.equal(await ben.refusal('room:join', { room: 'a', token }), 'removed');
  assert.equal((await call('DELETE', `/rooms/a/bans/${ban?.id}`)).status, 200);
  assert.equal((await call('DELETE', `/rooms/a/bans/${ban?.id}`)).status, 404);
  assert.deepEqual((await call('GET', '/rooms/a/bans')).body, []);
  await ben.request('room:join', { room: 'a', token });

  assert.deepEqual((await call('POST', '/revocations', { jti: 'his tokne' })).body, { seen: false });
  assert.deepEqual((await call('POST', '/revocations', { jti: 'his token' })).body, { seen: true });
  const entries = (await call('GET', '/revocations')).body as { id: string; jti?: string; sub?: string; at: number }[];
  assert.deepEqual(entries.map(({ jti }) => jti).toSorted(), ['his token', 'his tokne']);
  assert.equal(await ben.refusal('room:join', { room: 'a', token }), 'token-invalid');
  for (const { id } of entries) assert.equal((await call('DELETE', `/revocations/${id}`)).status, 200);
  assert.equal((await call('DELETE', `/revocations/${entries[0]?.id}`)).status, 404);
  assert.deepEqual((await call('GET', '/revocations')).body, []);
  await ben.request('room:join', { room: 'a', token });
});
