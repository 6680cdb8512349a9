/** Hands and permissions of one node hold at the other, over a move to another node and over the loss of Redis. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Hand, RoomSnapshot } from '../../../server/protocol.ts';
import { startRedis } from '../../support/server/redis-server.ts';
import type { RedisServer } from '../../support/server/redis-server.ts';
import { startApp } from '../../support/server/server.ts';
import type { TestApp, TestClient } from '../../support/server/server.ts';
import { eventually } from '../../support/waiting.ts';

const LONG_MS = 15_000;
const room = 'a';
const microphone = { source: 'microphone', mid: null, muted: false } as const;

async function join(client: TestClient, joinId = client.id): Promise<TestClient> {
  await client.request('room:join', { room });
  await client.request('call:join', { room, joinId, tracks: [microphone] });
  return client;
}

interface Pair {
  redis: RedisServer;
  near: TestApp;
  far: TestApp;
  /** The moderator, at the near node. */
  ann: TestClient;
  /** At the far node. */
  ben: TestClient;
}

async function meet(t: TestContext): Promise<Pair> {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const [near, far] = [await startApp(t, { redisUrl: redis.url() }), await startApp(t, { redisUrl: redis.url() })];
  return { redis, near, far, ann: await join(await near.connect()), ben: await join(await far.connect()) };
}

const snapshot = async (client: TestClient): Promise<RoomSnapshot> =>
  (await client.request('room:join', { room })).rooms[0]!;

/** The participants with a raised hand as `client` is told, the first one first. */
async function queue(client: TestClient): Promise<string[]> {
  const { participants } = await snapshot(client);
  const hands = participants.flatMap(({ id, call }) => (call?.hand ? [{ id, hand: call.hand }] : []));
  return hands.toSorted((one, other) => one.hand.n - other.hand.n).map(({ id }) => id);
}

async function handOf(client: TestClient, id: string): Promise<Hand | undefined> {
  return (await snapshot(client)).participants.find((one) => one.id === id)?.call?.hand;
}

test('two who raise at once at two nodes stand in one order at both', async (t) => {
  const { ann, ben, far } = await meet(t);
  const cho = await join(await far.connect());
  await Promise.all([ann, ben, cho].map((client) => client.request('call:hand', { room, on: true })));
  const order = await queue(ann);
  assert.equal(order.length, 3);
  for (const client of [ben, cho]) assert.deepEqual(await queue(client), order);
});

for (const goodbye of [true, false]) {
  test(`a hand moves with its participant to the other node, after a ${goodbye ? 'goodbye' : 'loss'}`, async (t) => {
    const { near, ann, ben } = await meet(t);
    await ben.request('call:hand', { room, on: true });
    await ann.request('call:hand', { room, on: true });
    const hand = await handOf(ann, ben.id);
    const order = await queue(ann);
    if (goodbye) ben.socket.disconnect();
    else ben.cut();
    const isAway = goodbye ? 'participant:left' : 'participant:changed';
    await ann.once(isAway, (fact) => !('participant' in fact) || !fact.participant.connected);
    await join(await near.connect({ auth: { resumeToken: ben.session.resumeToken } }), goodbye ? 'reloaded' : ben.id);
    assert.deepEqual(await handOf(ann, ben.id), hand);
    assert.deepEqual(await queue(ann), order);
  });
}

test('a permission of one node holds at the other at once, for tracks and for the chat', async (t) => {
  const { near, far, ann, ben } = await meet(t);
  await ann.request('room:permit', { room, what: 'chat', who: 'moderators' });
  await ann.request('room:permit', { room, what: 'microphone', who: 'moderators' });
  const { n, permissions } = await ben.once('room:permitted', (fact) => fact.permissions.microphone === 'moderators');
  assert.equal(permissions.chat, 'moderators');
  const changed = ben.all('participant:changed').findLast(({ participant }) => participant.id === ben.id);
  assert.deepEqual([changed?.participant.call?.tracks, changed?.n], [[], n]);
  assert.equal(await ben.refusal('chat:send', { room, clientId: 'c', text: 'x' }), 'not-allowed');
  await ben.request('participant:update', { room, tracks: [microphone] });
  for (const client of [ann, ben]) {
    const { participants } = await snapshot(client);
    assert.deepEqual(participants.find(({ id }) => id === ben.id)?.call?.tracks, []);
  }
  ben.cut();
  await ann.once('participant:changed', ({ participant }) => participant.id === ben.id && !participant.connected);
  const back = await join(await near.connect({ auth: { resumeToken: ben.session.resumeToken } }), ben.id);
  assert.equal(await back.refusal('chat:send', { room, clientId: 'c', text: 'x' }), 'not-allowed');
  assert.deepEqual((await snapshot(await join(await far.connect()))).permissions, permissions);
});

test('hands, their order and permissions are restored when Redis returns empty', async (t) => {
  const { redis, ann, ben, far } = await meet(t);
  const cho = await join(await far.connect());
  for (const client of [cho, ann]) await client.request('call:hand', { room, on: true });
  await ann.request('room:permit', { room, what: 'camera', who: 'moderators' });
  await ben.once('room:permitted');
  const { epoch, permissions } = await snapshot(ann);
  await redis.kill();
  await redis.restart();
  await ann.once('participant:changed', (fact) => fact.epoch !== epoch, 'a fact of the new epoch', LONG_MS);
  await eventually('everybody back', async () => (await snapshot(ann)).participants.length === 3, LONG_MS);
  assert.deepEqual(await queue(ann), [cho.id, ann.id]);
  assert.deepEqual((await snapshot(ben)).permissions, permissions);
  await ben.request('call:hand', { room, on: true });
  assert.deepEqual(await queue(ben), [cho.id, ann.id, ben.id], 'raised later, it stands at the end');
});
