/** How much one connection, one address and all together may do, and that nobody else pays for who does more. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pino } from 'pino';
import type { Socket } from 'socket.io-client';
import { WebSocket } from 'ws';
import { Admission } from '../../../server/traffic/admission.ts';
import type { AppParts } from '../../../server/app.ts';
import type { SocketServer } from '../../../server/rooms/channels.ts';
import { Limits } from '../../../server/traffic/limits.ts';
import { LIMITS } from '../../../server/protocol.ts';
import type { Answer } from '../../../server/protocol.ts';
import { collectGarbage } from '../../support/server/garbage.ts';
import { connectClient, refusedConnection, startApp } from '../../support/server/server.ts';
import type { ConnectOptions, TestApp, TestClient } from '../../support/server/server.ts';
import { eventually, within } from '../../support/waiting.ts';

const from = (address: string): ConnectOptions => ({ headers: { 'x-forwarded-for': address } });
const [HERE, THERE] = ['203.0.113.7', '198.51.100.9'];

/** Seconds that no test takes, however busy the machine: what is used up stays used up. */
const LONG_S = 600;
/** Nobody is refused by it. */
const AMPLE = { points: 1e6, duration: 10 };
/** What lies in wait for somebody and on the way to it is less. */
const MOST_TEXTS = 20_000;

/**
 * A connection may send so many points. Each takes up `packetMs` of its time: few, so that what it sends next is read
 * long before its silence is taken for a loss.
 */
const allow = (points: number, packetMs = 2): AppParts => ({
  allowances: { traffic: { points, duration: LONG_S } },
  pace: (LONG_S * 1_000) / points / packetMs,
});

/** Resolves to why a client's connection ended. */
const ended = ({ socket }: TestClient) =>
  within(
    new Promise<string>((resolve) => void socket.once('disconnect', resolve)),
    'the end of the connection',
    20_000,
  );

async function metric({ url }: TestApp, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

/** Connections that take places and introduce nobody. */
async function sayNothing(
  t: TestContext,
  { url }: TestApp,
  count: number,
  { headers }: ConnectOptions = {},
): Promise<void> {
  for (let index = 0; index < count; index++) {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, { headers });
    t.after(() => socket.terminate());
    await within(once(socket, 'open'), 'a connection that says nothing');
  }
}

test('a connection beyond its allowance is refused unread, with the time to wait, and nobody else is', async (t) => {
  const { connect } = await startApp(t, {}, allow(300));
  const [ann, mallory] = [await connect(), await connect()];
  const answers = await Promise.all(Array.from({ length: 350 }, () => mallory.answer('chat:send', {})));
  const codes = answers.map((answer) => (answer.ok ? 'ok' : answer.error.code));
  assert.equal(codes[0], 'payload-invalid');
  assert.equal(codes.at(-1), 'rate-limited');
  const last = await mallory.answer('chat:send', { not: 'even formed' });
  assert.ok(!last.ok && last.error.code === 'rate-limited', 'what is held back is not read');
  assert.ok((last.error.retryAfterMs ?? 0) > 0 && (last.error.retryAfterMs ?? 0) <= LONG_S * 1_000);
  await ann.request('room:join', { room: 'a' });
});

test('who goes on all the same is cut off, and has to stay away for a while', async (t) => {
  const { allowances, pace } = allow(100);
  const app = await startApp(t, {}, { allowances: { ...allowances, calm: { points: 1, duration: LONG_S } }, pace });
  const [ann, mallory] = [await app.connect(), await app.connect()];
  await ann.request('room:join', { room: 'a' });
  const end = ended(mallory);
  for (let index = 0; index < 400; index++) mallory.socket.emit('room:unwatch', {}, () => undefined);
  assert.equal(await end, 'io server disconnect');
  assert.equal(await metric(app, 'sarangbang_cuts_total'), 1);
  const { resumeToken } = mallory.session;
  assert.equal((await refusedConnection(t, app.url, { auth: { resumeToken } })).code, 'rate-limited');
  await ann.request('chat:send', { room: 'a', clientId: '1', text: 'not disturbed' });
  await app.connect();
});

test('large packets count for more', async (t) => {
  const { connect } = await startApp(t, {}, allow(100));
  const mallory = await connect();
  const end = ended(mallory);
  for (let index = 0; index < 30; index++)
    mallory.socket.emit('room:join', { room: 'x'.repeat(60_000) }, () => undefined);
  assert.equal(await end, 'io server disconnect');
});

test('packets that are no commands count as well', async (t) => {
  const { connect } = await startApp(t, {}, allow(100));
  const mallory = await connect();
  const end = ended(mallory);
  const { ws } = mallory.socket.io.engine.transport as unknown as { ws: { send(data: string): void } };
  for (let index = 0; index < 400; index++) ws.send('3');
  await end;
});

test('all connections of one address count together', async (t) => {
  const { connect } = await startApp(
    t,
    { trustProxy: 1 },
    { allowances: { crowd: { points: 200, duration: LONG_S } } },
  );
  const neighbours = await Promise.all(Array.from({ length: 5 }, () => connect(from(HERE))));
  const stranger = await connect(from(THERE));
  // Far below what one connection, or one participant with any command, may do.
  const codes = (
    await Promise.all(
      neighbours.map((client) => Promise.all(Array.from({ length: 60 }, () => client.refusal('chat:send', {})))),
    )
  ).flat();
  assert.deepEqual([codes[0], codes.includes('rate-limited')], ['payload-invalid', true]);
  for (const client of neighbours) assert.equal(await client.refusal('chat:send', {}), 'rate-limited');
  assert.equal(await stranger.refusal('chat:send', {}), 'payload-invalid');
});

for (const { what, crowd, flood } of [
  {
    what: 'commands',
    crowd: { crowdWork: { points: 5_000, duration: LONG_S } },
    flood: async ({ connect }) => {
      const neighbours = await Promise.all(Array.from({ length: 20 }, () => connect(from(HERE))));
      for (const client of neighbours) await client.request('room:join', { room: 'b' });
      for (let round = 0; round < 15; round++)
        await Promise.all(neighbours.map((client) => client.answer('chat:typing', { room: 'b' })));
    },
  },
  {
    what: 'requests over HTTP',
    crowd: { crowdWork: { points: 5_000, duration: LONG_S } },
    flood: async ({ url }) => {
      const ask = () => fetch(`${url}/api/rooms`, { headers: { 'x-forwarded-for': HERE } });
      await eventually('that they are refused', async () => {
        const answers = await Promise.all(Array.from({ length: 50 }, ask));
        return answers.some(({ status }) => status === 429);
      });
    },
  },
] satisfies { what: string; crowd: AppParts['allowances']; flood: (app: TestApp) => Promise<void> }[]) {
  test(`nobody who takes little of what its address may do is kept waiting by others there: ${what}`, async (t) => {
    const app = await startApp(t, { trustProxy: 1 }, { allowances: { ...crowd, typing: AMPLE } });
    const moderator = await app.connect(from(HERE));
    await moderator.request('room:join', { room: 'a' });
    await flood(app);
    const late = await app.connect(from(HERE));
    await late.request('room:join', { room: 'a' });
    await moderator.request('room:lock', { room: 'a', locked: true });
    await moderator.request('participant:remove', { room: 'a', participantId: late.id });
    const talker = await app.connect(from(HERE));
    const answers: boolean[] = [];
    for (let index = 0; index < 60; index++)
      answers.push((await talker.answer('room:join', { room: `${index % 10}` })).ok);
    assert.equal(answers.includes(false), true, 'who takes more than a little waits with the others');
  });
}

test('where connections are cut off again and again, nobody new is let in from there; who has been here is, and others are', async (t) => {
  const { allowances, pace } = allow(40);
  const app = await startApp(
    t,
    { trustProxy: 1 },
    { allowances: { ...allowances, flood: { points: 2, duration: LONG_S } }, pace },
  );
  const ann = await app.connect(from(HERE));
  for (let round = 0; round < 2; round++) {
    const mallory = await app.connect(from(HERE));
    const end = ended(mallory);
    for (let index = 0; index < 160; index++) mallory.socket.emit('room:unwatch', {}, () => undefined);
    assert.equal(await end, 'io server disconnect');
  }
  assert.equal((await refusedConnection(t, app.url, from(HERE))).code, 'rate-limited');
  assert.equal((await app.connect({ ...from(HERE), auth: { resumeToken: ann.session.resumeToken } })).id, ann.id);
  await app.connect(from(THERE));
});

test('what is sent too fast is paced rather than lost', async (t) => {
  // Far beyond what is read at once: some 64 kB, and three times that since Node 22, where streams hold more.
  const COUNT = 900;
  const { connect } = await startApp(t, {}, allow(2 * COUNT, 4));
  const [ann, ben] = [await connect(), await connect()];
  const codes: string[] = [];
  const began = performance.now();
  const flood = new Promise<void>((resolve) => {
    for (let index = 0; index < COUNT; index++) {
      (ann.socket as unknown as Socket).emit('chat:send', { padding: 'x'.repeat(500) }, (answer: Answer<never>) => {
        codes.push(answer.ok ? 'ok' : answer.error.code);
        if (codes.length === COUNT) resolve();
      });
    }
  });
  await ben.settle();
  const before = codes.length;
  await within(flood, 'the last answer', 30_000);
  const tookMs = performance.now() - began;
  assert.deepEqual(new Set(codes), new Set(['payload-invalid']));
  // A busy machine makes it longer only. What is read at once last of all is not waited for.
  assert.ok(tookMs > 1_200, `${COUNT} commands took ${Math.round(tookMs)} ms`);
  assert.ok(before < COUNT / 2, `another one was answered behind ${before} of ${COUNT}`);
});

test('newcomers by address; who has been here may come back, and other addresses do not pay', async (t) => {
  const app = await startApp(t, { trustProxy: 1 }, { allowances: { arrival: { points: 2, duration: 60 } } });
  const [ann] = [await app.connect(from(HERE)), await app.connect(from(HERE))];
  assert.equal((await refusedConnection(t, app.url, from(HERE))).code, 'rate-limited');
  assert.equal(
    (await refusedConnection(t, app.url, { ...from(HERE), auth: { resumeToken: 'made up' } })).code,
    'rate-limited',
  );
  await app.connect(from(THERE));
  const again = await app.connect({ ...from(HERE), auth: { resumeToken: ann.session.resumeToken } });
  assert.equal(again.id, ann.id);
});

test('an IPv6 address is its /64 network', async (t) => {
  const app = await startApp(t, { trustProxy: 1 }, { allowances: { arrival: { points: 1, duration: 60 } } });
  await app.connect(from('2001:db8:1:2::1'));
  assert.equal((await refusedConnection(t, app.url, from('2001:db8:1:2:ffff::9'))).code, 'rate-limited');
  await app.connect(from('2001:db8:1:3::1'));
});

test('connections by address, those of people who come back included', async (t) => {
  const app = await startApp(t, { trustProxy: 1 }, { allowances: { connection: { points: 2, duration: 60 } } });
  const ann = await app.connect(from(HERE));
  await app.connect(from(HERE));
  assert.equal(
    (await refusedConnection(t, app.url, { ...from(HERE), auth: { resumeToken: ann.session.resumeToken } })).code,
    'rate-limited',
  );
});

test('X-Forwarded-For is believed as far as trusted proxies have written it', async (t) => {
  const allowances = { arrival: { points: 1, duration: 60 } };
  /** Whether two who say that they come from these addresses are taken for two. */
  const areTwo = async (t: TestContext, trustProxy: number | string, ...said: [string, string]): Promise<boolean> => {
    const { url } = await startApp(t, { trustProxy }, { allowances });
    await connectClient(t, url, from(said[0]));
    return connectClient(t, url, from(said[1])).then(
      () => true,
      () => false,
    );
  };
  assert.equal(await areTwo(t, 1, HERE, THERE), true);
  assert.equal(await areTwo(t, '127.0.0.1', HERE, THERE), true);
  // The last one is what our proxy saw; what stands before it somebody may have made up.
  assert.equal(await areTwo(t, 1, `1.1.1.1, ${HERE}`, `2.2.2.2, ${HERE}`), false);
  assert.equal(await areTwo(t, 2, `${HERE}, 10.0.0.1`, `${THERE}, 10.0.0.1`), true);
  assert.equal(
    await areTwo(t, '127.0.0.1,10.0.0.0/8', `1.1.1.1, ${HERE}, 10.0.0.1`, `2.2.2.2, ${HERE}, 10.9.9.9`),
    false,
  );
  assert.equal(await areTwo(t, 1, `nonsense, ${HERE}`, `<script>, ${HERE}`), false);
});

test('where no proxy is trusted nobody is what it says, and this machine is not counted by address', async (t) => {
  const one = { points: 1, duration: 60 };
  for (const trustProxy of [0, '10.0.0.0/8']) {
    const { connect } = await startApp(
      t,
      { trustProxy },
      {
        allowances: { arrival: one, connection: one, creation: one, crowd: one, flood: one },
        caps: { connectionsPerAddress: 1 },
      },
    );
    for (let index = 0; index < 3; index++) {
      const client = await connect(from(HERE));
      await client.request('room:join', { room: `${index}` });
      assert.equal(
        await client.refusal('room:join', { room: 'another' }),
        'rate-limited',
        'rooms are counted by participant instead',
      );
      for (let count = 0; count < 40; count++) assert.equal(await client.refusal('chat:send', {}), 'payload-invalid');
    }
  }
});

test('connections at once by address', async (t) => {
  const app = await startApp(t, { trustProxy: 1 }, { caps: { connectionsPerAddress: 10 } });
  const clients: TestClient[] = [];
  for (let index = 0; index < 9; index++) clients.push(await app.connect(from(HERE)));
  assert.equal(
    (await refusedConnection(t, app.url, from(HERE))).code,
    'limit-reached',
    'the last place is for somebody who comes back',
  );
  await app.connect(from(THERE));
  await sayNothing(t, app, 1, from(HERE));
  const auth = { resumeToken: clients[1]?.session.resumeToken };
  assert.equal(
    (await refusedConnection(t, app.url, { ...from(HERE), auth })).code,
    'limit-reached',
    'beyond the last place there is none',
  );
});

test('a place is free again when somebody has gone', async (t) => {
  const app = await startApp(t, { trustProxy: 1 }, { caps: { connectionsPerAddress: 2, connections: 3 } });
  await app.connect(from(THERE));
  for (let index = 0; index < 3; index++) {
    const ann = await app.connect(from(HERE));
    ann.socket.disconnect();
    await eventually('that she has gone', async () => (await metric(app, 'sarangbang_connections')) === 1);
  }
  await app.connect(from(HERE));
  assert.equal((await refusedConnection(t, app.url, from(HERE))).code, 'limit-reached');
});

test('connections in all; beyond what can be told, not even a word', async (t) => {
  const app = await startApp(t, {}, { caps: { connections: 20 } });
  const [first, second] = await Promise.all(Array.from({ length: 18 }, () => app.connect()));
  const auth = { resumeToken: first?.session.resumeToken };
  // Nobody new, but those who were here.
  assert.equal((await refusedConnection(t, app.url)).code, 'limit-reached');
  assert.equal((await app.connect({ auth })).id, first?.id);
  await sayNothing(t, app, 2);
  assert.equal(
    (await refusedConnection(t, app.url, { auth: { resumeToken: second?.session.resumeToken } })).code,
    'limit-reached',
    'nor those, where there is no place at all',
  );
  const silent = await Promise.all(
    Array.from({ length: 8 }, () => fetch(`${app.url}/socket.io/?EIO=4&transport=polling`)),
  );
  assert.ok(
    silent.some(({ status }) => status === 403),
    'those who say nothing are no participants, and count all the same',
  );
});

test('an address that nobody is at any more is forgotten', async () => {
  const io = { engine: new EventEmitter() };
  const admission = new Admission({ limits: new Limits(), addressOf: (request) => request.url ?? '' });
  admission.watch(io as unknown as SocketServer);
  const comeAndGo = (count: number) => {
    for (let index = 0; index < count; index++) {
      const conn = Object.assign(new EventEmitter(), {
        request: { url: `an address of some length, number ${count} ${index}` },
      });
      io.engine.emit('connection', conn);
      conn.emit('close');
    }
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = comeAndGo(1_000);
  const after = comeAndGo(100_000);
  assert.ok(after - before < 4e6, `${after - before} bytes for 100,000 addresses`);
});

test('rooms made by one address', async (t) => {
  const { connect } = await startApp(t, { trustProxy: 1 }, { allowances: { creation: { points: 4, duration: 600 } } });
  const [ann, ben, cho] = [await connect(from(HERE)), await connect(from(HERE)), await connect(from(THERE))];
  await ann.request('room:join', { rooms: ['1', '2', '3'] });
  await ben.request('room:join', { rooms: ['1', '2', '3', '4'] });
  assert.equal(await ben.refusal('room:join', { room: '5' }), 'rate-limited');
  await ann.request('room:join', { room: '4' });
  await cho.request('room:join', { room: '5' });
});

test('rooms in all', async (t) => {
  const { connect } = await startApp(t, {}, { caps: { rooms: 3 } });
  const [ann, ben] = [await connect(), await connect()];
  await ann.request('room:join', { rooms: ['1', '2'] });
  assert.equal(await ben.refusal('room:join', { rooms: ['2', '3', '4'] }), 'limit-reached');
  await ben.request('room:join', { rooms: ['2', '3'] });
  await ann.request('room:leave', { room: '1' });
  await ann.request('room:join', { room: '4' });
  assert.equal(await ann.refusal('room:join', { room: '1' }), 'limit-reached', 'an empty room is none');
});

test('who takes nothing of what it is sent is cut off', async (t) => {
  const cuts: string[] = [];
  const log = pino(
    { level: 'warn' },
    {
      write: (line: string) =>
        void cuts.push(...[(JSON.parse(line) as { why?: string }).why].filter((why) => why !== undefined)),
    },
  );
  const app = await startApp(t, {}, { log, allowances: { traffic: AMPLE } });
  // Socket.IO's own client would leave by itself, for want of the pings that it does not read.
  const mallory = new WebSocket(`${app.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  t.after(() => mallory.terminate());
  const heard = (start: string) =>
    within(
      new Promise<void>(
        (resolve) => void mallory.on('message', (data: Buffer) => data.toString().startsWith(start) && resolve()),
      ),
      start,
    );
  const [greeted, joined] = [heard('42["session:ready"'), heard('430[{"ok":true')];
  mallory.once('open', () => mallory.send('40{}'));
  await greeted;
  mallory.send('420["room:join",{"room":"a"}]');
  await joined;
  mallory.pause();
  const text = 'x'.repeat(LIMITS.messageCodePoints);
  const until = Date.now() + 60_000;
  for (let announced = 0; cuts.length === 0;) {
    assert.ok(Date.now() < until, `Mallory is still served after ${announced} texts`);
    // More than is let lie for somebody and than fits in between; then it is looked for.
    for (let index = 0; index < 20 && announced < MOST_TEXTS; index++, announced++)
      await app.app.announce(text, { room: 'a' });
    // It answers pings that it has never seen.
    mallory.send('3');
    await nextTurn();
  }
  assert.deepEqual(cuts, ['nothing is taken of what it is sent']);
  assert.deepEqual(
    (await app.app.participants()).filter(({ connected }) => connected),
    [],
  );
});
