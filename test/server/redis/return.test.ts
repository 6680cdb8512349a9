/** What works again, and what remains in Redis, after Redis or a whole node was away. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { startNode } from '../../support/server/nodes.ts';
import { startRedis } from '../../support/server/redis-server.ts';
import type { RedisServer } from '../../support/server/redis-server.ts';
import { connectClient, startApp } from '../../support/server/server.ts';
import type { TestClient } from '../../support/server/server.ts';
import { eventually } from '../../support/waiting.ts';

const LONG_MS = 15_000;

async function startOwnRedis(t: TestContext): Promise<RedisServer> {
  const redis = await startRedis();
  t.after(() => redis.stop());
  return redis;
}

async function join(client: TestClient, room: string, more: object = {}): Promise<TestClient> {
  await client.request('room:join', { room, ...more });
  return client;
}

test('restores rooms, roles, order and calls in a new epoch when Redis returns empty', async (t) => {
  const redis = await startOwnRedis(t);
  const apps = [await startApp(t, { redisUrl: redis.url() }), await startApp(t, { redisUrl: redis.url() })] as const;
  const clients = await Promise.all([0, 1, 0, 1].map((index) => apps[index === 1 ? 1 : 0].connect()));
  const [ann, ben, cho, dee] = clients;
  assert.ok(ann && ben && cho && dee);
  for (const [index, client] of clients.entries()) await join(client, 'a', { displayName: `Name ${index}` });
  await join(dee, 'secret', { unlisted: true });
  await ben.request('call:join', {
    room: 'a',
    joinId: 'j',
    tracks: [{ source: 'camera', mid: null, muted: true }],
    receivesVideo: false,
  });
  const {
    rooms: [before],
  } = await ann.request('room:join', { room: 'a' });
  await redis.kill();
  await redis.restart();
  const isNew = ({ room, epoch }: { room: string; epoch: string }) => room === 'a' && epoch !== before?.epoch;
  for (const client of clients) {
    const word = 'a fact of the new epoch';
    await Promise.any([
      client.once('participant:joined', isNew, word, LONG_MS),
      client.once('participant:changed', isNew, word, LONG_MS),
    ]);
  }
  await eventually(
    'the return of all',
    async () => (await apps[0].app.participants('a')).length >= clients.length,
    LONG_MS,
  );
  const {
    rooms: [now],
  } = await ann.request('room:join', { room: 'a' });
  assert.deepEqual(now?.participants, before?.participants);
  assert.notEqual(now?.epoch, before?.epoch);
  assert.deepEqual(
    (await apps[1].app.rooms()).toSorted((one, other) => one.name.localeCompare(other.name)),
    [
      { name: 'a', participantCount: 4, inCallCount: 1, locked: false, unlisted: false },
      { name: 'secret', participantCount: 1, inCallCount: 0, locked: false, unlisted: true },
    ],
  );
  await dee.request('chat:send', { room: 'a', clientId: '1', text: 'still here' });
  for (const client of clients) assert.equal((await client.once('chat:posted')).epoch, now?.epoch);
  assert.equal(
    (await apps[0].connect({ auth: { resumeToken: ann.session.resumeToken } })).id,
    ann.id,
    'its key is the same',
  );
});

test('keeps later departures and arrivals when Redis returns with an older state', async (t) => {
  const redis = await startOwnRedis(t);
  const { app, connect } = await startApp(t, { redisUrl: redis.url() });
  const [ann, ben, cho] = [await connect(), await connect(), await connect()];
  await join(ann, 'a');
  await join(ben, 'a');
  await join(ben, 'b');
  await redis.client().save();
  await ben.request('room:leave', { room: 'a' });
  await join(cho, 'a');
  for (let index = 0; index < 10; index++) await ann.request('participant:update', { displayName: `Ann ${index}` });
  const {
    rooms: [before],
  } = await ann.request('room:join', { room: 'a' });
  await redis.kill();
  await redis.restart();
  await ann.once('participant:changed', ({ epoch }) => epoch !== before?.epoch, 'a fact of the new epoch', LONG_MS);
  const places = async () => (await app.participants()).map(({ id, rooms }) => [id, rooms]);
  const expected = [
    [ann.id, ['a']],
    [ben.id, ['b']],
    [cho.id, ['a']],
  ];
  // The server restores its participants one after another.
  await eventually(
    'everybody in the rooms of before',
    async () => {
      assert.deepEqual(await places(), expected);
      return true;
    },
    LONG_MS,
  );
  const {
    rooms: [now],
  } = await ann.request('room:join', { room: 'a' });
  assert.deepEqual(
    now?.participants.map(({ id }) => id),
    [ann.id, cho.id],
  );
  assert.notEqual(now?.epoch, before?.epoch, 'in the old epoch clients would ignore new facts');
  assert.deepEqual(await places(), expected);
});

test('gives a node that stood still its participants back, except those who moved elsewhere', async (t) => {
  const redis = await startOwnRedis(t);
  const [stopped, other] = await Promise.all([
    startNode({ REDIS_URL: redis.url() }),
    startNode({ REDIS_URL: redis.url() }),
  ]);
  t.after(() => Promise.all([stopped.kill(), other.kill()]));
  const [ann, ben, cho] = [
    await connectClient(t, other.url),
    await connectClient(t, stopped.url),
    await connectClient(t, stopped.url),
  ];
  for (const client of [ann, ben, cho]) await join(client, 'a');
  stopped.child.kill('SIGSTOP');
  for (const { id } of [ben, cho]) {
    await ann.once(
      'participant:changed',
      ({ participant }) => participant.id === id && !participant.connected,
      'somebody of the stopped node being lost',
      LONG_MS,
    );
  }
  const chosNext = await connectClient(t, other.url, { auth: { resumeToken: cho.session.resumeToken } });
  await join(chosNext, 'a');
  stopped.child.kill('SIGCONT');
  await ann.once(
    'participant:changed',
    ({ participant, n }) => participant.id === ben.id && participant.connected && n > 4,
    'Ben being back',
    LONG_MS,
  );
  await cho.once('session:replaced', undefined, 'the end of the older socket', LONG_MS);
  await ann.request('chat:send', { room: 'a', clientId: '1', text: 'all here?' });
  await Promise.all([ben, chosNext].map((client) => client.once('chat:posted')));
  assert.equal(ann.all('participant:left').length, 0);
});

test('disconnects participants at once when their node is told to end, and they return elsewhere', async (t) => {
  const redis = await startOwnRedis(t);
  const [ending, other] = await Promise.all([
    startNode({ REDIS_URL: redis.url() }),
    startNode({ REDIS_URL: redis.url() }),
  ]);
  t.after(() => Promise.all([ending.kill(), other.kill()]));
  const [ann, ben] = [await connectClient(t, other.url), await connectClient(t, ending.url)];
  for (const client of [ann, ben]) await join(client, 'a');
  const began = performance.now();
  const code = ending.stop();
  await ann.once(
    'participant:changed',
    ({ participant }) => participant.id === ben.id && !participant.connected,
    'Ben being lost',
  );
  assert.ok(performance.now() - began < 2_000, 'not only when the node gives no more signs of life');
  const next = await connectClient(t, other.url, { auth: { resumeToken: ben.session.resumeToken } });
  await join(next, 'a');
  assert.equal(await code, 0);
  assert.equal(ann.all('participant:left').length, 0);
  assert.equal(await redis.client().zcard('sarangbang:1:0:nodes'), 1);
});

test('removes participants of a killed lone node at the next start', async (t) => {
  const redis = await startOwnRedis(t);
  const first = await startNode({ REDIS_URL: redis.url(), ROOM_LINGER: '0' });
  const clients = await Promise.all(Array.from({ length: 120 }, () => connectClient(t, first.url)));
  for (const client of clients)
    await client.request('room:join', {
      rooms: [`room ${clients.indexOf(client) % 7}`, 'hall'].slice(0, clients.indexOf(client) < 40 ? 2 : 1),
    });
  await first.kill();
  const { app } = await startApp(t, { redisUrl: redis.url(), roomLinger: 0 }, { returnMs: 1_000 });
  assert.equal((await app.participants()).length, 120);
  await eventually('an empty server', async () => (await app.participants()).length === 0, LONG_MS);
  await eventually('no room', async () => (await app.rooms()).length === 0);
});

test('leaves nothing in Redis that grows after everybody has gone', async (t) => {
  const redis = await startOwnRedis(t);
  const { connect } = await startApp(t, { redisUrl: redis.url(), roomLinger: 0, callCapacity: 10 }, { returnMs: 300 });
  const clients = await Promise.all(Array.from({ length: 10 }, () => connect()));
  const [watcher] = clients;
  await watcher?.request('room:watch', {});
  for (const client of clients) {
    await client.request('room:join', { rooms: ['a', 'b', client.id] });
    await client.request('call:join', { room: 'a', joinId: 'j' });
    await client.request('chat:send', { room: 'a', clientId: '1', text: 'to all' });
    await client.request('chat:send', { room: 'a', clientId: '2', text: 'to one', to: watcher?.id });
  }
  for (const [index, client] of clients.entries()) {
    if (index % 3 === 0) client.cut();
    else if (index % 3 === 1) client.socket.disconnect();
    else for (const room of ['a', 'b', client.id]) await client.request('room:leave', { room });
  }
  for (const client of clients) client.socket.disconnect();
  const redisClient = redis.client();
  const expected = ['arrivals', 'beat', 'epoch', 'grace', 'key', 'list:n', 'nodes', 'sarangbang:settings:0'];
  // `unclean` and `stale` say that deleted text is still in Redis' files. They do not grow, and go within a minute.
  const passing = /^(?:limit:|unclean$|stale$)/;
  const keys = async () => {
    const all = (await redisClient.keys('*')).map((key) => key.replace('sarangbang:1:0:', ''));
    return all.filter((key) => !passing.test(key)).toSorted();
  };
  await eventually(
    'the expected keys',
    async () => {
      assert.deepEqual(await keys(), expected);
      return true;
    },
    LONG_MS,
  );
  for (const key of await redisClient.keys('*limit:*')) assert.ok((await redisClient.pttl(key)) > 0, key);
});
