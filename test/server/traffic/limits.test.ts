/** How much one connection, one address and all together may do. A limit that one exceeds does not hold up others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pino } from 'pino';
import type { Socket } from 'socket.io-client';
import { WebSocket } from 'ws';
import type { AppParts } from '../../../server/app.ts';
import { LIMITS } from '../../../server/protocol.ts';
import type { Answer } from '../../../server/protocol.ts';
import { refusedConnection, startApp } from '../../support/server/server.ts';
import type { ConnectOptions, TestApp, TestClient } from '../../support/server/server.ts';
import { eventually, within } from '../../support/waiting.ts';

const from = (address: string): ConnectOptions => ({ headers: { 'x-forwarded-for': address } });
const [HERE, THERE] = ['203.0.113.7', '198.51.100.9'];

/** Seconds longer than every test, so that a used allowance does not refill. */
const LONG_S = 600;
/** An allowance that refuses nobody. */
const AMPLE = { points: 1e6, duration: 10 };
/** More messages than can wait for one connection. */
const MOST_TEXTS = 20_000;

/**
 * Lets a connection send so many points (packets) in ten minutes. The server reads one packet every `packetMs`. That is
 * short, so that it also reads the answers to its pings in time.
 */
const allow = (points: number, packetMs = 2): AppParts => ({
  allowances: { traffic: { points, duration: LONG_S } },
  pace: (LONG_S * 1_000) / points / packetMs,
});

/** Resolves to the reason why a client's connection ended. */
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

test('refuses a connection beyond its allowance unread, with the time to wait, and nobody else', async (t) => {
  const { connect } = await startApp(t, {}, allow(300));
  const [ann, mallory] = [await connect(), await connect()];
  const answers = await Promise.all(Array.from({ length: 350 }, () => mallory.answer('chat:send', {})));
  const codes = answers.map((answer) => (answer.ok ? 'ok' : answer.error.code));
  assert.equal(codes[0], 'payload-invalid');
  assert.equal(codes.at(-1), 'rate-limited');
  const last = await mallory.answer('chat:send', { not: 'even formed' });
  assert.ok(!last.ok && last.error.code === 'rate-limited', 'refused commands are not read');
  assert.ok((last.error.retryAfterMs ?? 0) > 0 && (last.error.retryAfterMs ?? 0) <= LONG_S * 1_000);
  await ann.request('room:join', { room: 'a' });
});

test('disconnects a client that goes on all the same, and keeps it out for a while', async (t) => {
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

test('packets that are no commands count too', async (t) => {
  const { connect } = await startApp(t, {}, allow(100));
  const mallory = await connect();
  const end = ended(mallory);
  const { ws } = mallory.socket.io.engine.transport as unknown as { ws: { send(data: string): void } };
  for (let index = 0; index < 400; index++) ws.send('3');
  await end;
});

test('counts all connections of one address together', async (t) => {
  const { connect } = await startApp(
    t,
    { trustProxy: 1 },
    { allowances: { crowd: { points: 200, duration: LONG_S } } },
  );
  const neighbours = await Promise.all(Array.from({ length: 5 }, () => connect(from(HERE))));
  const stranger = await connect(from(THERE));
  // Each neighbour stays far below the limits of one connection and of one participant. Only the address exceeds its.
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
      await eventually('the refusals', async () => {
        const answers = await Promise.all(Array.from({ length: 50 }, ask));
        return answers.some(({ status }) => status === 429);
      });
    },
  },
] satisfies { what: string; crowd: AppParts['allowances']; flood: (app: TestApp) => Promise<void> }[]) {
  test(`a participant who takes little does not wait for its neighbours: ${what}`, async (t) => {
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
    assert.equal(answers.includes(false), true, 'a participant with more than a small share waits');
  });
}

test('after repeated disconnections, refuses newcomers of the address only', async (t) => {
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

test('slows down packets that come too fast, and loses none', async (t) => {
  // Far more than is read at once: some 64 kB, or three times that since Node 22, whose streams hold more.
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
  // At least this long on any machine. The last packets are read at once without a pause, hence less than 4 ms each.
  assert.ok(tookMs > 1_200, `${COUNT} commands took ${Math.round(tookMs)} ms`);
  assert.ok(before < COUNT / 2, `another one was answered behind ${before} of ${COUNT}`);
});

test('disconnects a client that does not read what it is sent', async (t) => {
  const cuts: string[] = [];
  const log = pino(
    { level: 'warn' },
    {
      write: (line: string) =>
        void cuts.push(...[(JSON.parse(line) as { why?: string }).why].filter((why) => why !== undefined)),
    },
  );
  const app = await startApp(t, {}, { log, allowances: { traffic: AMPLE } });
  // Socket.IO's own client would disconnect by itself, because it would miss the pings.
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
    // Up to `MOST_TEXTS` messages, more than the buffers hold and may wait. Then the loop only waits for the cut.
    for (let index = 0; index < 20 && announced < MOST_TEXTS; index++, announced++)
      await app.app.announce(text, { room: 'a' });
    // Answers a ping that it has never read.
    mallory.send('3');
    await nextTurn();
  }
  assert.deepEqual(cuts, ['nothing is taken of what it is sent']);
  assert.deepEqual(
    (await app.app.participants()).filter(({ connected }) => connected),
    [],
  );
});
