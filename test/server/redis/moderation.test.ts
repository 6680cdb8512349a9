/** Locks, knocks, bans, roles and revocations of one node hold at the other. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import { Redis } from 'ioredis';
import type { ConfigInput } from '../../../server/app.ts';
import { TOKEN_SECRET, createToken } from '../../support/server/grants.ts';
import { startRedis } from '../../support/server/redis-server.ts';
import type { RedisServer } from '../../support/server/redis-server.ts';
import { startApp } from '../../support/server/server.ts';
import type { TestApp, TestClient } from '../../support/server/server.ts';
import { TcpProxy } from '../../support/server/tcp-proxy.ts';
import { eventually } from '../../support/waiting.ts';

const LONG_MS = 15_000;
const microphone = { source: 'microphone', mid: null, muted: false } as const;

let redis: RedisServer;
let databases = 0;

before(async () => {
  redis = await startRedis();
});
after(() => redis.stop());

interface Pair {
  near: TestApp;
  far: TestApp;
  /** The moderator, at the near node. */
  ann: TestClient;
  /** At the far node. */
  ben: TestClient;
}

async function startPair(
  t: TestContext,
  config: ConfigInput = {},
): Promise<{ near: TestApp; far: TestApp; url: string }> {
  const url = redis.url(databases++);
  const [near, far] = [
    await startApp(t, { ...config, redisUrl: url }),
    await startApp(t, { ...config, redisUrl: url }),
  ];
  return { near, far, url };
}

/** All clients come from one address, through a trusted proxy. */
const STREET = { headers: { 'x-forwarded-for': '192.0.2.1' } };

async function meet(t: TestContext): Promise<Pair> {
  const { near, far } = await startPair(t, { trustProxy: 1 });
  const [ann, ben] = [await near.connect(STREET), await far.connect(STREET)];
  await ann.request('room:join', { room: 'a', displayName: 'Ann' });
  await ben.request('room:join', { room: 'a', displayName: 'Ben' });
  return { near, far, ann, ben };
}

const admin = () => createToken({ subject: 'admin', role: 'admin', rooms: ['*'] });

async function call({ url }: TestApp, method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/api${path}`, {
    method,
    headers: { authorization: `Bearer ${await admin()}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  assert.equal(response.status, 200, path);
  return (await response.json()) as Record<string, unknown>;
}

test('holds a lock of one node at the other, and lets a moderator answer knocks of both', async (t) => {
  const { near, far, ann, ben } = await meet(t);
  await ann.request('room:lock', { room: 'a', locked: true });
  assert.equal((await ben.once('room:locked')).locked, true);
  const [cho, dan, eve] = [await far.connect(), await far.connect(), await far.connect()];
  for (const [client, displayName] of [
    [cho, 'Cho'],
    [dan, 'Dan'],
    [eve, 'Eve'],
  ] as const)
    assert.equal(await client.refusal('room:join', { room: 'a', displayName }), 'room-locked');
  assert.deepEqual(await ann.once('participant:knocked'), {
    room: 'a',
    participant: { id: cho.id, displayName: 'Cho' },
    waiting: true,
  });
  await ann.once('participant:knocked', ({ participant }) => participant.id === eve.id);
  assert.deepEqual(
    (await ann.request('room:join', { room: 'a' })).rooms[0]?.waiting.map(({ displayName }) => displayName),
    ['Cho', 'Dan', 'Eve'],
  );
  await ann.request('room:admit', { room: 'a', participantId: cho.id });
  await ann.request('room:refuse', { room: 'a', participantId: dan.id });
  assert.equal((await cho.once('participant:knocked')).admitted, true);
  assert.equal((await dan.once('participant:knocked')).code, 'knock-refused');
  await cho.request('room:join', { room: 'a' });
  eve.socket.disconnect();
  await ann.once('participant:knocked', ({ participant, waiting }) => participant.id === eve.id && !waiting);
  assert.equal(ben.all('participant:knocked').length, 0, 'only moderators hear of knocks');
  assert.equal(
    await (await near.connect()).refusal('room:join', { room: 'a' }),
    'room-locked',
    'at the node of the lock as well',
  );
  await ann.request('room:lock', { room: 'a', locked: false });
  await (await far.connect()).request('room:join', { room: 'a' });
});

test('shares admissions with a process of an earlier version in both directions', async (t) => {
  const { near, url } = await startPair(t);
  const ann = await near.connect();
  await ann.request('room:join', { room: 'a' });
  await ann.request('room:lock', { room: 'a', locked: true });
  const [cho, dan] = [await near.connect(), await near.connect()];
  for (const client of [cho, dan]) assert.equal(await client.refusal('room:join', { room: 'a' }), 'room-locked');
  const earlier = new Redis(url);
  t.after(() => earlier.disconnect());
  const prefix = `sarangbang:1:${new URL(url).pathname.slice(1)}:`;
  // What the earlier version (commit b0d21a7) writes into Redis when its moderator admits Cho.
  const fact = { room: 'a', participant: { id: cho.id, displayName: 'Cho' }, waiting: false, admitted: true };
  await earlier
    .multi()
    .hdel(`${prefix}waiting:a`, cho.id)
    .srem(`${prefix}knocks:${cho.id}`, 'a')
    .sadd(`${prefix}admitted:a`, cho.id)
    .publish(
      `${prefix}node:${await earlier.hget(`${prefix}who:${cho.id}`, 'node')}`,
      JSON.stringify(['knocked', cho.id, fact]),
    )
    .exec();
  await cho.once('participant:knocked');
  await cho.request('room:join', { room: 'a' });
  // Where the earlier version looks for an admission.
  const isLetInThere = async ({ id }: TestClient) => (await earlier.sismember(`${prefix}admitted:a`, id)) === 1;
  await ann.request('room:admit', { room: 'a', participantId: dan.id });
  assert.deepEqual([await isLetInThere(cho), await isLetInThere(dan)], [false, true]);
  assert.ok((await earlier.pttl(`${prefix}admitted:a`)) > 0, 'not without an end');
  await dan.request('room:join', { room: 'a' });
  assert.equal(await isLetInThere(dan), false);
});

test('answers a knock at the node where the participant resumed, and tells knocks to a new moderator', async (t) => {
  const { near, far, ann, ben } = await meet(t);
  await ann.request('room:lock', { room: 'a', locked: true });
  const cho = await near.connect();
  assert.equal(await cho.refusal('room:join', { room: 'a' }), 'room-locked');
  const next = await far.connect({ auth: { resumeToken: cho.session.resumeToken } });
  await cho.once('session:replaced');
  ann.socket.disconnect();
  await ben.once('participant:knocked', ({ participant, waiting }) => participant.id === cho.id && waiting);
  await ben.request('room:admit', { room: 'a', participantId: cho.id });
  assert.equal((await next.once('participant:knocked')).admitted, true);
  await next.request('room:join', { room: 'a' });
});

test('keeps a banned participant out at both nodes, also with a new id from the same address', async (t) => {
  const { near, far, ann, ben } = await meet(t);
  await ben.request('call:join', { room: 'a', joinId: 'j' });
  await ann.request('participant:remove', { room: 'a', participantId: ben.id });
  const left = await ben.once('participant:left');
  assert.deepEqual([left.participantId, left.reason], [ben.id, 'removed']);
  assert.equal(await ben.refusal('chat:send', { room: 'a', clientId: '1', text: 'x' }), 'not-in-room');
  assert.equal(await ben.refusal('room:join', { room: 'a' }), 'removed');
  for (const node of [near, far])
    assert.equal(await (await node.connect(STREET)).refusal('room:join', { room: 'a' }), 'removed');
  const resumed = await near.connect({ auth: { resumeToken: ben.session.resumeToken } });
  assert.equal(await resumed.refusal('room:join', { room: 'a' }), 'removed');
  ann.cut();
  const annsNext = await far.connect({ auth: { resumeToken: ann.session.resumeToken } });
  await annsNext.request('room:join', { room: 'a' });
});

test('bans an address at both nodes, for members and for participants who wait', async (t) => {
  const { near, far, ann, ben } = await meet(t);
  const [cho, dan, eve] = [await near.connect(STREET), await far.connect(), await far.connect(STREET)];
  for (const client of [cho, dan]) await client.request('room:join', { room: 'a' });
  await ann.request('room:lock', { room: 'a', locked: true });
  assert.equal(await eve.refusal('room:join', { room: 'a' }), 'room-locked');
  await ann.request('participant:remove', { room: 'a', participantId: ben.id, withAddress: true });
  for (const client of [ben, cho]) {
    assert.equal(
      (await client.once('participant:left', ({ participantId }) => participantId === client.id)).reason,
      'removed',
    );
  }
  assert.equal((await eve.once('participant:knocked')).code, 'removed');
  await dan.request('room:join', { room: 'a' });
});

test('mutes and ends the call from the other node, and a participant who was away does not restart it', async (t) => {
  const { near, far, ann, ben } = await meet(t);
  await ben.request('call:join', { room: 'a', joinId: 'j', tracks: [microphone] });
  await ann.once('participant:changed', ({ participant }) => participant.call !== null);
  await ann.request('participant:mute', { room: 'a', participantId: ben.id });
  const muted = await ben.once('participant:changed', ({ participant }) => participant.call?.tracks[0]?.muted === true);
  assert.equal(muted.participant.call?.tracks[0]?.mutedBy, ann.id);
  ben.cut();
  await ann.once('participant:changed', ({ participant }) => participant.id === ben.id && !participant.connected);
  await ann.request('call:end', { room: 'a' });
  const back = await near.connect({ auth: { resumeToken: ben.session.resumeToken } });
  await back.request('room:join', { room: 'a' });
  assert.equal(await back.refusal('call:join', { room: 'a', joinId: 'j' }), 'cancelled');
  await back.request('call:join', { room: 'a', joinId: 'another' });
  assert.equal((await far.app.participants('a')).filter(({ inCall }) => inCall).length, 1);
});

test('ends a revoked grant at all nodes at once', async (t) => {
  const { near, far } = await startPair(t, { tokenSecret: TOKEN_SECRET });
  const clients = [await near.connect(), await far.connect(), await far.connect()];
  const tokens = [
    await createToken({ subject: 'mallory' }),
    await createToken({ subject: 'mallory', id: 'hers' }),
    await createToken({ subject: 'ben' }),
  ];
  for (const [index, client] of clients.entries())
    await client.request('room:join', { room: 'a', token: tokens[index] ?? '' });
  const [here, there, ben] = clients;
  assert.ok(here && there && ben);
  const began = performance.now();
  await call(near, 'POST', '/revocations', { jti: 'hers' });
  assert.equal((await ben.once('participant:left')).participantId, there.id);
  t.diagnostic(`out ${(performance.now() - began).toFixed(0)} ms after the call`);
  assert.equal(await there.refusal('room:join', { room: 'a', token: tokens[1] }), 'token-invalid');
  await call(far, 'POST', '/revocations', { sub: 'mallory' });
  assert.equal(
    (await here.once('participant:left', ({ participantId }) => participantId === here.id)).reason,
    'removed',
  );
  for (const node of [near, far])
    assert.equal(await (await node.connect()).refusal('room:join', { room: 'a', token: tokens[0] }), 'token-invalid');
  await ben.request('chat:send', { room: 'a', clientId: '1', text: 'x' });
  assert.ok((await redis.client(databases - 1).pttl(`sarangbang:1:${databases - 1}:revoked`)) > 0, 'not for ever');
  const later = await startApp(t, { tokenSecret: TOKEN_SECRET, redisUrl: redis.url(databases - 1) });
  assert.equal(
    await (await later.connect()).refusal('room:join', { room: 'a', token: tokens[0] }),
    'token-invalid',
    'at a node that begins later',
  );
});

test('keeps a revocation while a node is away and after Redis forgot everything', async (t) => {
  const database = databases++;
  const path = await TcpProxy.start(t, `http://127.0.0.1:${redis.port}`);
  const near = await startApp(t, { tokenSecret: TOKEN_SECRET, redisUrl: redis.url(database) });
  const far = await startApp(t, {
    tokenSecret: TOKEN_SECRET,
    redisUrl: `${path.url.replace('http', 'redis')}/${database}`,
  });
  const token = await createToken({ subject: 'mallory', id: 'hers' });
  const [ann, mallory] = [await near.connect(), await far.connect()];
  await ann.request('room:join', { room: 'a', token: await createToken({ role: 'moderator' }) });
  await mallory.request('room:join', { room: 'a', token });
  path.goDown();
  await call(near, 'POST', '/revocations', { jti: 'hers' });
  path.restore();
  const left = await ann.once('participant:left', undefined, 'the removal of Mallory', LONG_MS);
  assert.deepEqual([left.participantId, left.reason], [mallory.id, 'removed']);
  await redis.client(database).flushdb();
  path.goDown();
  path.restore();
  const key = `sarangbang:1:${database}:revoked`;
  await eventually('a revocation in Redis', async () => (await redis.client(database).zcard(key)) > 0, LONG_MS);
  assert.equal(await mallory.refusal('room:join', { room: 'a', token }), 'token-invalid');
});

test('keeps a participant who moved to another node with a newer grant when the older grant ends', async (t) => {
  const { near, far } = await startPair(t, { tokenSecret: TOKEN_SECRET });
  const [older, newer] = [await createToken({ ttlMs: 2_000 }), await createToken({ ttlMs: 600_000 })];
  const [ann, ben, cho] = [await near.connect(), await near.connect(), await near.connect()];
  for (const client of [ann, ben, cho]) await client.request('room:join', { room: 'a', token: older });
  ben.cut();
  const moved: TestClient[] = [];
  for (const client of [ann, ben]) {
    const next = await far.connect({ auth: { resumeToken: client.session.resumeToken } });
    await next.request('room:join', { room: 'a', token: newer });
    moved.push(next);
  }
  const [, bensNext] = moved;
  // The control: Cho stayed at the first node with the older grant, and is removed when that grant ends.
  assert.equal(
    (await bensNext?.once('participant:left', ({ participantId }) => participantId === cho.id))?.reason,
    'token-expired',
  );
  for (const [index, client] of moved.entries())
    await client.request('chat:send', { room: 'a', clientId: `${index}`, text: 'still here' });
  assert.deepEqual(
    bensNext?.all('participant:left').map(({ participantId }) => participantId),
    [cho.id],
  );
});

test('shows the role of a newer grant at the other node, where nobody follows the moderator', async (t) => {
  const { near, far } = await startPair(t, { tokenSecret: TOKEN_SECRET });
  const [ann, ben] = [await near.connect(), await far.connect()];
  await ann.request('room:join', { room: 'a', token: await createToken({ subject: 'ann', role: 'moderator' }) });
  await ben.request('room:join', { room: 'a', token: await createToken({ subject: 'ben' }) });
  await ben.request('call:join', { room: 'a', joinId: 'j', tracks: [microphone] });
  await ben.request('participant:update', { token: await createToken({ subject: 'ben', role: 'viewer' }) });
  const changed = await ann.once('participant:changed', ({ participant }) => participant.role === 'viewer');
  assert.deepEqual([changed.participant.id, changed.participant.call?.tracks], [ben.id, []]);
  await ann.request('room:leave', { room: 'a' });
  await ben.request('participant:update', { token: await createToken({ subject: 'ben' }) });
  assert.deepEqual(
    (await near.app.participants('a')).map(({ role }) => role),
    ['participant'],
  );
});

test('announces to all holders of grants at every node and counts them', async (t) => {
  const { near, far } = await startPair(t, { tokenSecret: TOKEN_SECRET });
  const clients = await Promise.all([near, far, far, near, far].map(({ connect }) => connect()));
  for (const client of clients.slice(0, 4))
    await client.request('room:join', { room: 'a', token: await createToken() });
  const began = performance.now();
  assert.deepEqual(await call(near, 'POST', '/announcements', { text: 'to all' }), { count: 4 });
  assert.ok(performance.now() - began < 900, 'all have answered');
  for (const client of clients.slice(0, 4)) await client.once('announcement:posted');
  assert.equal(clients[4]?.all('announcement:posted').length, 0, 'a client without a grant');
  assert.deepEqual(await call(far, 'POST', '/announcements', { text: 'to the room', room: 'a' }), { count: 4 });
});

test('asks a moved participant for no token at another node', async (t) => {
  const { near, far } = await startPair(t, { tokenSecret: TOKEN_SECRET });
  const [ann, ben] = [await near.connect(), await near.connect()];
  const token = await createToken({ role: 'moderator' });
  for (const client of [ann, ben]) await client.request('room:join', { room: 'a', token });
  assert.deepEqual(await call(far, 'POST', '/rooms/a/move', { to: 'lobby' }), { count: 2 });
  for (const client of [ann, ben]) await client.once('room:moved');
  assert.equal((await ann.answer('chat:send', { room: 'lobby', clientId: 'c', text: 'hello' })).ok, true);
  const next = await far.connect({ auth: { resumeToken: ann.session.resumeToken } });
  const { rooms } = await next.request('room:join', { room: 'lobby', token });
  assert.equal(rooms[0]?.participants.find(({ id }) => id === ann.id)?.role, 'moderator');
  const stranger = await far.connect();
  assert.equal(await stranger.refusal('room:join', { room: 'lobby', token }), 'not-allowed');
});

test('ends a room at both nodes when the application ends it', async (t) => {
  const { near, far } = await startPair(t, { tokenSecret: TOKEN_SECRET });
  const [ann, ben] = [await near.connect(), await far.connect()];
  for (const client of [ann, ben]) await client.request('room:join', { room: 'a', token: await createToken() });
  await call(far, 'DELETE', '/rooms/a');
  for (const client of [ann, ben])
    assert.equal(
      (await client.once('participant:left', ({ participantId }) => participantId === client.id)).reason,
      'removed',
    );
  assert.deepEqual(await near.app.rooms(), []);
  assert.equal(await ann.refusal('chat:send', { room: 'a', clientId: '1', text: 'x' }), 'not-in-room');
});
