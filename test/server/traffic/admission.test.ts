/** How many connections, newcomers and rooms the server accepts, in all and from one address. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { Admission } from '../../../server/traffic/admission.ts';
import type { SocketServer } from '../../../server/rooms/channels.ts';
import { Limits } from '../../../server/traffic/limits.ts';
import { collectGarbage } from '../../support/server/garbage.ts';
import { connectClient, refusedConnection, startApp } from '../../support/server/server.ts';
import type { ConnectOptions, TestApp, TestClient } from '../../support/server/server.ts';
import { eventually, within } from '../../support/waiting.ts';

const from = (address: string): ConnectOptions => ({ headers: { 'x-forwarded-for': address } });
const [HERE, THERE] = ['203.0.113.7', '198.51.100.9'];

async function metric({ url }: TestApp, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

/** Opens connections that count against the limits and never send Socket.IO's CONNECT packet. */
async function sayNothing(
  t: TestContext,
  { url }: TestApp,
  count: number,
  { headers }: ConnectOptions = {},
): Promise<void> {
  for (let index = 0; index < count; index++) {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, { headers });
    t.after(() => socket.terminate());
    await within(once(socket, 'open'), 'a silent connection');
  }
}

test('limits newcomers by address; returning participants and other addresses do not pay', async (t) => {
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

test('an IPv6 address counts as its /64 network', async (t) => {
  const app = await startApp(t, { trustProxy: 1 }, { allowances: { arrival: { points: 1, duration: 60 } } });
  await app.connect(from('2001:db8:1:2::1'));
  assert.equal((await refusedConnection(t, app.url, from('2001:db8:1:2:ffff::9'))).code, 'rate-limited');
  await app.connect(from('2001:db8:1:3::1'));
});

test('limits connections by address, including returning participants', async (t) => {
  const app = await startApp(t, { trustProxy: 1 }, { allowances: { connection: { points: 2, duration: 60 } } });
  const ann = await app.connect(from(HERE));
  await app.connect(from(HERE));
  assert.equal(
    (await refusedConnection(t, app.url, { ...from(HERE), auth: { resumeToken: ann.session.resumeToken } })).code,
    'rate-limited',
  );
});

test('trusts X-Forwarded-For as far as trusted proxies have written it', async (t) => {
  const allowances = { arrival: { points: 1, duration: 60 } };
  /** Whether two clients that claim these addresses count as two. */
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
  // The last entry is what our proxy saw. A client may have made up the entries before it.
  assert.equal(await areTwo(t, 1, `1.1.1.1, ${HERE}`, `2.2.2.2, ${HERE}`), false);
  assert.equal(await areTwo(t, 2, `${HERE}, 10.0.0.1`, `${THERE}, 10.0.0.1`), true);
  assert.equal(
    await areTwo(t, '127.0.0.1,10.0.0.0/8', `1.1.1.1, ${HERE}, 10.0.0.1`, `2.2.2.2, ${HERE}, 10.9.9.9`),
    false,
  );
  assert.equal(await areTwo(t, 1, `nonsense, ${HERE}`, `<script>, ${HERE}`), false);
});

test('without a trusted proxy no claim counts, and this machine is not limited by address', async (t) => {
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

test('limits simultaneous connections by address', async (t) => {
  const app = await startApp(t, { trustProxy: 1 }, { caps: { connectionsPerAddress: 10 } });
  const clients: TestClient[] = [];
  for (let index = 0; index < 9; index++) clients.push(await app.connect(from(HERE)));
  assert.equal(
    (await refusedConnection(t, app.url, from(HERE))).code,
    'limit-reached',
    'the last place is for a returning participant',
  );
  await app.connect(from(THERE));
  await sayNothing(t, app, 1, from(HERE));
  const auth = { resumeToken: clients[1]?.session.resumeToken };
  assert.equal(
    (await refusedConnection(t, app.url, { ...from(HERE), auth })).code,
    'limit-reached',
    'beyond the last place nobody connects',
  );
});

test('a place is free again when its client has left', async (t) => {
  const app = await startApp(t, { trustProxy: 1 }, { caps: { connectionsPerAddress: 2, connections: 3 } });
  await app.connect(from(THERE));
  for (let index = 0; index < 3; index++) {
    const ann = await app.connect(from(HERE));
    ann.socket.disconnect();
    await eventually('her leave', async () => (await metric(app, 'sarangbang_connections')) === 1);
  }
  await app.connect(from(HERE));
  assert.equal((await refusedConnection(t, app.url, from(HERE))).code, 'limit-reached');
});

test('limits all connections, and refuses without a reason beyond those that can be told', async (t) => {
  const app = await startApp(t, {}, { caps: { connections: 20 } });
  const [first, second] = await Promise.all(Array.from({ length: 18 }, () => app.connect()));
  const auth = { resumeToken: first?.session.resumeToken };
  // Only two of 20 places are free: returning participants may take them, newcomers may not.
  assert.equal((await refusedConnection(t, app.url)).code, 'limit-reached');
  assert.equal((await app.connect({ auth })).id, first?.id);
  await sayNothing(t, app, 2);
  assert.equal(
    (await refusedConnection(t, app.url, { auth: { resumeToken: second?.session.resumeToken } })).code,
    'limit-reached',
    'returning participants neither, without any place',
  );
  const silent = await Promise.all(
    Array.from({ length: 8 }, () => fetch(`${app.url}/socket.io/?EIO=4&transport=polling`)),
  );
  assert.ok(
    silent.some(({ status }) => status === 403),
    'silent connections are no participants, but they count',
  );
});

test('forgets an address without connections', async () => {
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

test('limits the rooms that one address makes', async (t) => {
  const { connect } = await startApp(t, { trustProxy: 1 }, { allowances: { creation: { points: 4, duration: 600 } } });
  const [ann, ben, cho] = [await connect(from(HERE)), await connect(from(HERE)), await connect(from(THERE))];
  await ann.request('room:join', { rooms: ['1', '2', '3'] });
  await ben.request('room:join', { rooms: ['1', '2', '3', '4'] });
  assert.equal(await ben.refusal('room:join', { room: '5' }), 'rate-limited');
  await ann.request('room:join', { room: '4' });
  await cho.request('room:join', { room: '5' });
});

test('limits all rooms', async (t) => {
  const { connect } = await startApp(t, {}, { caps: { rooms: 3 } });
  const [ann, ben] = [await connect(), await connect()];
  await ann.request('room:join', { rooms: ['1', '2'] });
  assert.equal(await ben.refusal('room:join', { rooms: ['2', '3', '4'] }), 'limit-reached');
  await ben.request('room:join', { rooms: ['2', '3'] });
  await ann.request('room:leave', { room: '1' });
  await ann.request('room:join', { room: '4' });
  assert.equal(await ann.refusal('room:join', { room: '1' }), 'limit-reached', 'an empty room does not count');
});
