/** One of two nodes (server processes) loses its connection to Redis, and what it corrects when Redis is back. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { AppParts } from '../../../server/app.ts';
import { startRedis } from '../../support/server/redis-server.ts';
import type { RedisServer } from '../../support/server/redis-server.ts';
import { startApp } from '../../support/server/server.ts';
import type { TestApp, TestClient } from '../../support/server/server.ts';
import { TcpProxy } from '../../support/server/tcp-proxy.ts';

const LONG_MS = 20_000;

let redis: RedisServer;
let databases = 0;

before(async () => {
  redis = await startRedis();
});
after(() => redis.stop());

interface Pair {
  near: TestApp;
  /** The node that reaches Redis through `path`. */
  far: TestApp;
  path: TcpProxy;
  ann: TestClient;
  ben: TestClient;
}

/** Ann at one node and Ben at the other, in the call of a room. */
async function startPair(t: TestContext, parts: AppParts = {}): Promise<Pair> {
  const database = databases++;
  const path = await TcpProxy.start(t, `http://127.0.0.1:${redis.port}`);
  const near = await startApp(t, { redisUrl: redis.url(database) }, parts);
  const far = await startApp(t, { redisUrl: `${path.url.replace('http', 'redis')}/${database}` }, parts);
  const [ann, ben] = [await near.connect(), await far.connect()];
  for (const client of [ann, ben]) {
    await client.request('room:join', { room: 'a' });
    await client.request('call:join', { room: 'a', joinId: client.id });
  }
  await ann.once('participant:changed', ({ participant }) => participant.id === ben.id && participant.call !== null);
  return { near, far, path, ann, ben };
}

const texts = (client: TestClient) => client.all('chat:posted').map(({ message }) => message.text);

function numbersOf(client: TestClient): number[] {
  return client.heard.flatMap(({ fact }) =>
    typeof fact === 'object' && fact !== null && 'n' in fact ? [fact.n as number] : [],
  );
}

test('tells missed facts from the log of the room, without a gap', async (t) => {
  const { path, ann, ben } = await startPair(t);
  path.goDown();
  for (let index = 0; index < 30; index++)
    await ann.request('chat:send', { room: 'a', clientId: `${index}`, text: `${index}` });
  path.restore();
  await ben.once('chat:posted', ({ message }) => message.text === '29', 'the last message', LONG_MS);
  assert.deepEqual(
    texts(ben),
    Array.from({ length: 30 }, (_, index) => `${index}`),
  );
  const numbers = numbersOf(ben);
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => (numbers[0] ?? 0) + index),
  );
});

test('has clients ask for a snapshot after more facts than the log holds', async (t) => {
  const { path, ann, ben } = await startPair(t);
  const {
    rooms: [before],
  } = await ben.request('room:join', { room: 'a' });
  path.goDown();
  for (let index = 0; index < 60; index++)
    await ann.request('chat:send', { room: 'a', clientId: `${index}`, text: `${index}` });
  for (let index = 0; index < 100; index++) await ann.request('participant:update', { displayName: `Ann ${index}` });
  path.restore();
  const fact = await ben.once(
    'participant:changed',
    ({ n }) => n > (before?.n ?? 0) + 1,
    'the word where the room stands',
    LONG_MS,
  );
  const {
    rooms: [now],
  } = await ben.request('room:join', { room: 'a', after: '0' });
  assert.deepEqual([now?.epoch, now?.n], [fact.epoch, fact.n]);
  assert.equal(now?.participants.find(({ id }) => id === ann.id)?.displayName, 'Ann 99');
  assert.deepEqual(
    now?.messages.map(({ text }) => text),
    Array.from({ length: 60 }, (_, index) => `${index}`),
  );
  await ann.request('chat:send', { room: 'a', clientId: 'after', text: 'after' });
  assert.equal((await ben.once('chat:posted', ({ message }) => message.text === 'after')).n, fact.n + 1);
});

test('lets commands wait for a short absence, passes signals within the node and refuses others at once', async (t) => {
  const { far, path, ann, ben } = await startPair(t);
  const cho = await far.connect();
  await cho.request('room:join', { room: 'a' });
  await cho.request('call:join', { room: 'a', joinId: 'c' });
  path.goDown();
  const sending = ben.request('chat:send', { room: 'a', clientId: '1', text: 'in between' });
  for (let index = 0; index < 20; index++)
    await ben.request('signal:send', { room: 'a', to: cho.id, link: `${index}`, signal: {} });
  const began = performance.now();
  assert.equal(await ben.refusal('signal:send', { room: 'a', to: ann.id, link: 'l', signal: {} }), 'peer-unreachable');
  assert.ok(performance.now() - began < 1_000, 'long before a command is given up');
  await cho.once('signal:received', ({ link }) => link === '19');
  assert.equal(cho.all('signal:received').length, 20);
  path.restore();
  await sending;
  await ann.once('chat:posted');
  assert.deepEqual(texts(ann), ['in between']);
  await ben.request('signal:send', { room: 'a', to: ann.id, link: 'l', signal: {} });
  await ann.once('signal:received');
});

test('answers a longer absence with timeout and refuses newcomers until Redis is back', async (t) => {
  const { far, path, ann, ben } = await startPair(t);
  path.goDown();
  assert.equal(await ben.refusal('chat:send', { room: 'a', clientId: '1', text: 'x' }), 'timeout');
  await assert.rejects(
    far.connect(),
    (error: Error & { data?: { code: string; retryAfterMs: number } }) =>
      error.data?.code === 'timeout' && error.data.retryAfterMs > 0,
  );
  assert.equal((await fetch(`${far.url}/readyz`)).status, 503);
  assert.equal((await fetch(`${far.url}/healthz`)).status, 200);
  path.restore();
  await ben.request('chat:send', { room: 'a', clientId: '1', text: 'x' });
  await ann.once('chat:posted');
  assert.deepEqual(texts(ann), ['x']);
  assert.equal((await fetch(`${far.url}/readyz`)).status, 200);
  await far.connect();
});

test('shows participants of a silent node as disconnected until the node is back', async (t) => {
  const { path, ann, ben } = await startPair(t);
  path.goDown();
  await ann.once(
    'participant:changed',
    ({ participant }) => participant.id === ben.id && !participant.connected,
    'Ben being lost',
    LONG_MS,
  );
  path.restore();
  const back = await ann.once(
    'participant:changed',
    ({ participant, n }) => participant.id === ben.id && participant.connected && n > 5,
    'Ben being back',
    LONG_MS,
  );
  assert.equal(back.participant.call?.joinId, ben.id);
  await ann.request('chat:send', { room: 'a', clientId: '1', text: 'welcome back' });
  await ben.once('chat:posted');
  await ben.settle();
  assert.equal(ann.all('participant:left').length, 0);
});

test('brings a participant who was removed meanwhile back into the room and the call', async (t) => {
  const { near, path, ann, ben } = await startPair(t, { returnMs: 300 });
  path.goDown();
  await ann.once('participant:left', undefined, 'Ben being left', LONG_MS);
  assert.deepEqual(
    (await near.app.participants('a')).map(({ id }) => id),
    [ann.id],
  );
  path.restore();
  const joined = await ann.once(
    'participant:joined',
    ({ participant, n }) => participant.id === ben.id && n > 5,
    'Ben being back',
    LONG_MS,
  );
  assert.equal(joined.participant.call?.joinId, ben.id);
  await ben.request('chat:send', { room: 'a', clientId: '1', text: 'here' });
  await ann.once('chat:posted');
});

test('ends the older socket of a participant who resumed at another node meanwhile', async (t) => {
  const { near, path, ann, ben } = await startPair(t);
  path.goDown();
  const newer = await near.connect({ auth: { resumeToken: ben.session.resumeToken } });
  await newer.request('room:join', { room: 'a' });
  path.restore();
  await ben.once('session:replaced', undefined, 'the older socket being replaced', LONG_MS);
  await ann.request('chat:send', { room: 'a', clientId: '1', text: 'x' });
  await newer.once('chat:posted');
  assert.deepEqual(
    (await near.app.participants('a')).map(({ id, connected }) => [id, connected]),
    [
      [ann.id, true],
      [ben.id, true],
    ],
  );
});

test('tells a departure during the absence after the return', async (t) => {
  const { far, path, ann, ben } = await startPair(t);
  const cho = await far.connect();
  await cho.request('room:join', { room: 'a' });
  path.goDown();
  cho.socket.disconnect();
  ben.cut();
  path.restore();
  const left = await ann.once('participant:left', undefined, 'Cho being left', LONG_MS);
  assert.deepEqual([left.participantId, left.reason], [cho.id, 'left']);
  await ann.once(
    'participant:changed',
    ({ participant }) => participant.id === ben.id && !participant.connected,
    'Ben being lost',
    LONG_MS,
  );
});

test('corrects the room list after the return', async (t) => {
  const { near, far, path } = await startPair(t);
  const watcher = await far.connect();
  await watcher.request('room:watch', {});
  const visitor = await near.connect();
  await visitor.request('room:join', { rooms: ['b', 'c'] });
  await watcher.once('rooms:changed', ({ changed }) => changed.some(({ name }) => name === 'c'));
  path.goDown();
  await visitor.request('room:leave', { room: 'b' });
  await visitor.request('room:join', { room: 'd' });
  path.restore();
  const catchUp = await watcher.once('rooms:changed', ({ removed }) => removed.includes('b'), 'the catch-up', LONG_MS);
  assert.deepEqual(
    catchUp.changed.map(({ name }) => name),
    ['d'],
    'only what is different',
  );
});

test('repeats the knock of a participant whose node was away', async (t) => {
  const { far, path, ann } = await startPair(t);
  await ann.request('room:lock', { room: 'a', locked: true });
  const cho = await far.connect();
  assert.equal(await cho.refusal('room:join', { room: 'a' }), 'room-locked');
  await ann.once('participant:knocked', ({ waiting }) => waiting);
  path.goDown();
  await ann.once('participant:knocked', ({ waiting }) => !waiting, 'Cho being taken for gone', LONG_MS);
  path.restore();
  assert.equal((await cho.once('participant:knocked', undefined, 'the word to try again', LONG_MS)).admitted, true);
  assert.equal(await cho.refusal('room:join', { room: 'a' }), 'room-locked');
  await ann.once('participant:knocked', ({ waiting }) => waiting && ann.all('participant:knocked').length === 3);
  await ann.request('room:admit', { room: 'a', participantId: cho.id });
  await cho.once('participant:knocked', () => cho.all('participant:knocked').length === 2);
  await cho.request('room:join', { room: 'a' });
});
