/** Two server processes act as one: what happens at one process happens at the other. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { ALLOWANCES } from '../../../server/traffic/limits.ts';
import { startNode } from '../../support/server/nodes.ts';
import type { ServerNode } from '../../support/server/nodes.ts';
import { startRedis } from '../../support/server/redis-server.ts';
import type { RedisServer } from '../../support/server/redis-server.ts';
import { connectClient, startApp } from '../../support/server/server.ts';
import type { ConnectOptions, TestClient } from '../../support/server/server.ts';
import { eventually, within } from '../../support/waiting.ts';

let redis: RedisServer;
let nodes: [ServerNode, ServerNode];
const SIGNALS = 400;

let rooms = 0;

const freshRoom = () => `room ${rooms++}`;

function connect(t: TestContext, node: 0 | 1, options?: ConnectOptions): Promise<TestClient> {
  return connectClient(t, nodes[node].url, options);
}

/** One client at each node, both in the test's own room. */
async function connectBoth(t: TestContext): Promise<{ ann: TestClient; ben: TestClient; room: string }> {
  const room = freshRoom();
  const [ann, ben] = [await connect(t, 0), await connect(t, 1)];
  await ann.request('room:join', { room, displayName: 'Ann' });
  await ben.request('room:join', { room, displayName: 'Ben' });
  return { ann, ben, room };
}

describe('two nodes', () => {
  before(async () => {
    redis = await startRedis();
    nodes = await Promise.all([startNode({ REDIS_URL: redis.url() }), startNode({ REDIS_URL: redis.url() })]);
  });

  after(async () => {
    try {
      assert.deepEqual(await Promise.all(nodes.map((node) => node.stop())), [0, 0]);
      for (const node of nodes) assert.doesNotMatch(node.log(), /"level":(?:50|60)/);
    } finally {
      // A remaining Redis would keep the test's process alive.
      await redis.stop();
    }
  });

  test('tell every fact once and in order to all participants', async (t) => {
    const { ann, ben, room } = await connectBoth(t);
    const joined = await ann.once('participant:joined', ({ participant }) => participant.id === ben.id);
    assert.equal(joined.participant.displayName, 'Ben');
    await Promise.all([ann, ben].map((client, index) => client.request('call:join', { room, joinId: `j${index}` })));
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? ann : ben).request('participant:update', { displayName: `name ${index}` }),
      ),
    );
    await ben.request('call:leave', { room });
    const {
      rooms: [snapshot],
    } = await ann.request('room:join', { room });
    const last = (client: TestClient) => client.all('participant:changed').at(-1)?.n;
    for (const client of [ann, ben]) {
      await client.once('participant:changed', ({ n }) => n === snapshot?.n);
      const numbers = client.heard.flatMap(({ fact }) =>
        'n' in (fact as object) && (fact as { room?: string }).room === room ? [(fact as { n: number }).n] : [],
      );
      assert.deepEqual(
        numbers,
        numbers.map((_, index) => (numbers[0] ?? 0) + index),
        'no gap, nothing twice, in order',
      );
      assert.equal(last(client), snapshot?.n);
    }
    const {
      rooms: [other],
    } = await ben.request('room:join', { room });
    assert.deepEqual({ ...other, messages: [] }, { ...snapshot, messages: [] });
    assert.equal(ann.session.epoch, ben.session.epoch);
    ann.socket.disconnect();
    assert.equal((await ben.once('participant:left', ({ participantId }) => participantId === ann.id)).reason, 'left');
  });

  test('carry messages to all, direct messages, the history and typing', async (t) => {
    const { ann, ben, room } = await connectBoth(t);
    const cho = await connect(t, 1);
    await cho.request('room:join', { room });
    for (let index = 0; index < 10; index++)
      await (index % 2 ? ann : ben).request('chat:send', { room, clientId: `${index}`, text: `${index}` });
    await ann.request('chat:send', { room, clientId: 'p', text: 'for Ben', to: ben.id });
    const [atBen, atAnn] = [
      await ben.once('chat:posted', ({ message }) => message.to === ben.id),
      await ann.once('chat:posted', ({ message }) => message.to === ben.id),
    ];
    assert.deepEqual(atBen, atAnn);
    await ann.request('chat:typing', { room });
    assert.equal((await ben.once('chat:typed')).participantId, ann.id);
    await cho.once('chat:typed');
    assert.deepEqual(
      cho.all('chat:posted').map(({ message }) => message.text),
      Array.from({ length: 10 }, (_, index) => `${index}`),
    );
    assert.deepEqual(
      ann.all('chat:posted').map(({ message }) => message.id),
      ben.all('chat:posted').map(({ message }) => message.id),
    );
    assert.equal(ann.all('chat:typed').length, 0);
    assert.equal((await ben.request('chat:history', { room })).messages.length, 11);
    assert.equal((await cho.request('chat:history', { room })).messages.length, 10);
    assert.equal(await ann.refusal('chat:send', { room, clientId: 'x', text: 'x', to: 'nobody' }), 'participant-gone');
  });

  test('edit and delete messages of each other, and tell a participant who was away', async (t) => {
    const { ann, ben, room } = await connectBoth(t);
    const say = async (client: TestClient, text: string, to?: string) =>
      (await client.request('chat:send', { room, clientId: text, text, ...(to && { to }) })).message;
    const [one, two, direct, three] = [
      await say(ann, '1'),
      await say(ann, '2'),
      await say(ann, 'private', ben.id),
      await say(ben, '3'),
    ];
    ben.cut();
    await ann.once('participant:changed', ({ participant }) => participant.id === ben.id && !participant.connected);
    const { message: edited } = await ann.request('chat:edit', { room, id: one.id, text: 'one' });
    for (const { id } of [two, direct]) await ann.request('chat:delete', { room, id });
    const back = await connect(t, 0, { auth: { resumeToken: ben.session.resumeToken } });
    const {
      rooms: [snapshot],
    } = await back.request('room:join', { room, after: three.id });
    assert.deepEqual([snapshot?.messages, snapshot?.edited, snapshot?.deleted], [[], [edited], [two.id, direct.id]]);
    const cho = await connect(t, 1);
    await cho.request('room:join', { room });
    await ann.request('chat:delete', { room, id: three.id });
    assert.equal((await cho.once('chat:deleted')).id, three.id, 'by a moderator at the other node');
    await ann.request('chat:edit', { room, id: one.id, text: 'first' });
    assert.equal((await cho.once('chat:edited')).message.text, 'first');
    assert.equal(await cho.refusal('chat:edit', { room, id: one.id, text: 'x' }), 'not-allowed');
    assert.equal(await ann.refusal('chat:send', { room, clientId: '2', text: '2' }), 'payload-invalid');
    assert.deepEqual(
      (await cho.request('chat:history', { room })).messages.map(({ text }) => text),
      ['first'],
    );
  });

  test('keep and tell a message once that is sent at both', async (t) => {
    const { ann, ben, room } = await connectBoth(t);
    const first = await ann.request('chat:send', { room, clientId: 'same', text: 'x' });
    const resumed = await connect(t, 1, { auth: { resumeToken: ann.session.resumeToken } });
    await resumed.request('room:join', { room });
    assert.deepEqual(await resumed.request('chat:send', { room, clientId: 'same', text: 'x' }), first);
    await resumed.request('chat:send', { room, clientId: 'next', text: 'y' });
    await ben.once('chat:posted', ({ message }) => message.text === 'y');
    assert.deepEqual(
      ben.all('chat:posted').map(({ message }) => message.text),
      ['x', 'y'],
    );
  });

  test('show one public list with its changes, without unlisted rooms', async (t) => {
    const watchers = [await connect(t, 0), await connect(t, 1)];
    for (const watcher of watchers) await watcher.request('room:watch', {});
    const [room, secret] = [freshRoom(), freshRoom()];
    const ann = await connect(t, 0);
    await ann.request('room:join', { room });
    await ann.request('room:join', { room: secret, unlisted: true });
    await ann.request('call:join', { room, joinId: 'j' });
    for (const [index, watcher] of watchers.entries()) {
      await watcher.once(
        'rooms:changed',
        ({ changed }) => changed.some((line) => line.name === room && line.inCallCount === 1),
        `the list at node ${index}`,
      );
      const list = (await (await fetch(`${nodes[index]?.url}/api/rooms`)).json()) as { name: string }[];
      assert.ok(list.some(({ name }) => name === room));
      assert.ok(!list.some(({ name }) => name === secret));
    }
    await ann.request('room:leave', { room });
    for (const watcher of watchers) {
      await watcher.once('rooms:changed', ({ removed }) => removed.includes(room));
      const numbers = watcher.all('rooms:changed').map(({ n }) => n);
      assert.deepEqual(
        numbers,
        numbers.map((_, index) => (watcher.all('rooms:snapshot')[0]?.n ?? 0) + 1 + index),
      );
      assert.ok(!JSON.stringify(watcher.all('rooms:changed')).includes(`"${secret}"`));
    }
  });

  test('keep the participant who resumes at the other node, and end its older socket at once', async (t) => {
    const { ann, ben, room } = await connectBoth(t);
    await ann.request('call:join', { room, joinId: 'j' });
    const ended = within(
      new Promise((resolve) => ann.socket.once('disconnect', resolve)),
      'the end of the older socket',
    );
    const began = performance.now();
    const newer = await connect(t, 1, { auth: { resumeToken: ann.session.resumeToken } });
    assert.equal(newer.id, ann.id);
    await ann.once('session:replaced');
    assert.equal(await ended, 'io server disconnect');
    t.diagnostic(
      `the older socket was ended ${(performance.now() - began).toFixed(0)} ms after the newer began to connect`,
    );
    const {
      rooms: [snapshot],
    } = await newer.request('room:join', { room });
    assert.deepEqual(
      snapshot?.participants.map(({ id, displayName, call }) => [id, displayName, call?.joinId]),
      [
        [ann.id, 'Ann', 'j'],
        [ben.id, 'Ben', undefined],
      ],
    );
    await newer.request('chat:send', { room, clientId: '1', text: 'hello' });
    await ben.once('chat:posted');
    assert.equal(ben.all('participant:left').length, 0, 'the others notice nothing');
    assert.equal(ann.all('chat:posted').length, 0);
  });

  test('show a lost connection at the other node, where the participant can come back', async (t) => {
    const { ann, ben, room } = await connectBoth(t);
    ann.cut();
    await ben.once('participant:changed', ({ participant }) => participant.id === ann.id && !participant.connected);
    const newer = await connect(t, 1, { auth: { resumeToken: ann.session.resumeToken } });
    await newer.request('room:join', { room });
    await ben.once(
      'participant:changed',
      ({ participant }) =>
        participant.id === ann.id && participant.connected && ben.all('participant:changed').length > 1,
    );
    assert.equal((await ben.request('room:join', { room })).rooms[0]?.participants.length, 2);
  });

  test('remove a participant once who does not come back in time', async (t) => {
    const { ann, ben, room } = await connectBoth(t);
    const began = performance.now();
    ann.cut();
    const left = await ben.once('participant:left', undefined, 'the removal of Ann', 14_000);
    const ms = performance.now() - began;
    t.diagnostic(`left after ${ms.toFixed(0)} ms`);
    assert.deepEqual([left.room, left.participantId, left.reason], [room, ann.id, 'lost']);
    assert.ok(ms >= 9_900 && ms < 11_000, `${ms}`);
    await ben.settle();
    assert.equal(ben.all('participant:left').length, 1);
  });

  test('carry a signal to its receiver at any node, within the call alone', async (t) => {
    const { ann, ben, room } = await connectBoth(t);
    const cho = await connect(t, 1);
    await cho.request('room:join', { room });
    await ann.request('call:join', { room, joinId: 'j' });
    assert.equal(await ann.refusal('signal:send', { room, to: ben.id, link: 'l', signal: {} }), 'participant-gone');
    await ben.request('call:join', { room, joinId: 'k' });
    await ann.once('participant:changed', ({ participant }) => participant.id === ben.id && participant.call !== null);
    const signal = { description: { type: 'offer', sdp: 'v=0\r\n"\\' }, tracks: [], empty: {}, nothing: null };
    for (let index = 0; index < 50; index++)
      await ann.request('signal:send', { room, to: ben.id, link: `${index}`, signal });
    await ben.once('signal:received', ({ link }) => link === '49');
    assert.deepEqual(
      ben.all('signal:received').map(({ link }) => link),
      Array.from({ length: 50 }, (_, index) => `${index}`),
    );
    assert.deepEqual(ben.all('signal:received')[0], { room, from: ann.id, link: '0', signal });
    assert.equal(await cho.refusal('signal:send', { room, to: ann.id, link: 'l', signal }), 'not-in-room');
    ben.cut();
    await ann.once('participant:changed', ({ participant }) => participant.id === ben.id && !participant.connected);
    assert.equal(await ann.refusal('signal:send', { room, to: ben.id, link: 'l', signal }), 'peer-unreachable');
    await cho.settle();
    assert.equal(cho.all('signal:received').length, 0);
  });

  test('carry a signal within one node without Redis and the other node', async (t) => {
    const { ann, ben, room } = await connectBoth(t);
    const cho = await connect(t, 0);
    await cho.request('room:join', { room });
    for (const client of [ann, ben, cho]) await client.request('call:join', { room, joinId: 'j' });
    await ann.once('participant:changed', ({ participant }) => participant.id === cho.id && participant.call !== null);
    await ann.once('participant:changed', ({ participant }) => participant.id === ben.id && participant.call !== null);
    const client = redis.client();
    const published = async () =>
      Number(/cmdstat_publish:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0);
    const scripts = async () => {
      const counts = (await client.info('commandstats')).matchAll(/cmdstat_(?:evalsha|fcall):calls=(\d+)/g);
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
    };
    const cost = async (to: TestClient) => {
      const publishedBefore = await published();
      const scriptsBefore = await scripts();
      const began = performance.now();
      for (let index = 0; index < SIGNALS; index++)
        await ann.request('signal:send', { room, to: to.id, link: `${index}`, signal: {} });
      const seconds = (performance.now() - began) / 1000;
      return { published: (await published()) - publishedBefore, scripts: (await scripts()) - scriptsBefore, seconds };
    };
    const [same, other] = [await cost(cho), await cost(ben)];
    t.diagnostic(
      `${SIGNALS} signals: within a node ${same.published} published and ${same.scripts} scripts, ` +
        `to the other ${other.published} and ${other.scripts}`,
    );
    // Few other calls are allowed: heartbeats of the nodes, and the removal of participants of earlier tests.
    assert.ok(same.scripts < 20 + 10 * same.seconds && same.published < 20, JSON.stringify(same));
    assert.ok(other.published >= SIGNALS && other.scripts >= SIGNALS, 'the control');
  });

  test('count what a participant sent at either node', async (t) => {
    const room = freshRoom();
    const ann = await connect(t, 0);
    await ann.request('room:join', { room });
    const half = ALLOWANCES.chat.points / 2;
    for (let index = 0; index < half; index++)
      await ann.request('chat:send', { room, clientId: `${index}`, text: 'x' });
    const newer = await connect(t, 1, { auth: { resumeToken: ann.session.resumeToken } });
    await newer.request('room:join', { room });
    for (let index = half; index < 2 * half; index++)
      await newer.request('chat:send', { room, clientId: `${index}`, text: 'x' });
    const answer = await newer.answer('chat:send', { room, clientId: 'one too many', text: 'x' });
    assert.equal(answer.ok, false);
    assert.ok(
      !answer.ok && answer.error.code === 'rate-limited' && (answer.error.retryAfterMs ?? 0) > 0,
      JSON.stringify(answer),
    );
  });

  test('keep capacities together', async (t) => {
    const { app, connect: connectHere } = await startApp(t, {
      redisUrl: redis.url(1),
      roomCapacity: 3,
      callCapacity: 1,
    });
    const other = await startApp(t, { redisUrl: redis.url(1), roomCapacity: 3, callCapacity: 1 });
    const clients = await Promise.all(
      Array.from({ length: 8 }, (_, index) => (index % 2 ? connectHere : other.connect)()),
    );
    const answers = await Promise.all(clients.map((client) => client.answer('room:join', { room: 'a' })));
    assert.equal(answers.filter(({ ok }) => ok).length, 3);
    const inside = clients.filter((_, index) => answers[index]?.ok);
    const calls = await Promise.all(inside.map((client) => client.answer('call:join', { room: 'a', joinId: 'j' })));
    assert.equal(calls.filter(({ ok }) => ok).length, 1);
    assert.deepEqual(
      calls.filter(({ ok }) => !ok).map((answer) => !answer.ok && answer.error.code),
      ['call-full', 'call-full'],
    );
    assert.equal((await app.participants('a')).length, 3);
    assert.equal((await other.app.participants()).length, 8);
  });

  test('announce, move and add for the application', async (t) => {
    const { app } = await startApp(t, { redisUrl: redis.url() });
    const { ann, ben, room } = await connectBoth(t);
    const [to, more] = [freshRoom(), freshRoom()];
    // Clients of the tests before disconnect without being waited for.
    await eventually(
      'these two alone',
      async () => (await app.participants()).filter(({ connected }) => connected).length === 2,
    );
    assert.equal(await app.announce('to the room', { room }), 2);
    assert.equal(await app.announce('to all'), 2);
    for (const client of [ann, ben]) {
      await client.once('announcement:posted', (fact) => fact.room === room);
      await client.once('announcement:posted', (fact) => fact.room === null);
    }
    assert.equal(await app.addToRoom(room, more), 2);
    for (const client of [ann, ben])
      assert.deepEqual(await client.once('room:moved'), { from: room, to: more, added: true });
    assert.equal(await app.moveRoom(room, to), 2);
    for (const client of [ann, ben]) await client.once('room:moved', (fact) => fact.to === to && !fact.added);
    for (const client of [ann, ben]) await client.request('room:join', { room: to });
    await ann.request('chat:send', { room: to, clientId: '1', text: 'here now' });
    await ben.once('chat:posted', (fact) => fact.room === to);
    await ann.request('chat:send', { room: more, clientId: '2', text: 'and there' });
    await ben.once('chat:posted', (fact) => fact.room === more);
    assert.deepEqual(
      (await app.participants(to)).map(({ id, rooms: inside }) => [id, inside]),
      [
        [ann.id, [more, to]],
        [ben.id, [more, to]],
      ],
    );
    assert.equal((await app.rooms()).filter(({ name }) => name === room).length, 0);
  });

  test('refuse polling, whose requests may reach different nodes', async () => {
    assert.equal((await fetch(`${nodes[0].url}/socket.io/?EIO=4&transport=polling`)).status, 400);
    assert.equal((await fetch(`${nodes[0].url}/socket.io/socket.io.js`)).status, 200);
  });
});
