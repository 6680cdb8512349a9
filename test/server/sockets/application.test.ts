import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { pino } from 'pino';
import { createApp } from '../../../server/app.ts';
import type { SocketServer } from '../../../server/rooms/channels.ts';
import { dismissConnections } from '../../../server/sockets/connections.ts';
import { POLLING_SKIPPED, startApp } from '../../support/server/server.ts';
import { within } from '../../support/waiting.ts';

test('announces to every connected participant or to one room, and tells how many received it', async (t) => {
  const { app, connect } = await startApp(t);
  const [ann, ben, cho] = [await connect(), await connect(), await connect()];
  await ann.request('room:join', { room: 'a' });
  await ben.request('room:join', { room: 'a' });
  assert.equal(await app.announce('to a', { room: ' a ' }), 2);
  assert.equal(await app.announce('to all'), 3);
  assert.equal(await app.announce('to nobody', { room: 'empty' }), 0);
  const [first, second] = [
    await ann.once('announcement:posted'),
    await ann.once('announcement:posted', ({ room }) => room === null),
  ];
  assert.deepEqual([first.text, first.room, second.text], ['to a', 'a', 'to all']);
  await cho.once('announcement:posted');
  assert.deepEqual(
    cho.all('announcement:posted').map(({ text }) => text),
    ['to all'],
  );
  await assert.rejects(app.announce('x'.repeat(4_001)), { code: 'message-too-long' });
  await assert.rejects(app.announce('x', { room: '' }), { code: 'room-invalid' });
});

test('moves everybody of one room to another', async (t) => {
  const { app, connect } = await startApp(t);
  const [ann, ben, cho] = [await connect(), await connect(), await connect()];
  for (const client of [ann, ben]) await client.request('room:join', { room: 'from' });
  await ann.request('call:join', { room: 'from', joinId: 'j' });
  await cho.request('room:join', { room: 'to' });
  assert.equal(await app.moveRoom('from', 'to'), 2);

  for (const client of [ann, ben])
    assert.deepEqual(await client.once('room:moved'), { from: 'from', to: 'to', added: false });
  for (const { id } of [ann, ben])
    await cho.once('participant:joined', (fact) => fact.room === 'to' && fact.participant.id === id);
  const left = await ann.once('participant:left', (fact) => fact.room === 'from' && fact.participantId === ben.id);
  assert.equal(left.reason, 'moved');
  assert.deepEqual(
    (await app.rooms()).map(({ name, participantCount, inCallCount }) => ({ name, participantCount, inCallCount })),
    [{ name: 'to', participantCount: 3, inCallCount: 0 }],
  );
  await cho.request('chat:send', { room: 'to', clientId: '1', text: 'welcome' });
  for (const client of [ann, ben]) assert.equal((await client.once('chat:posted')).room, 'to');
  const { rooms } = await ann.request('room:join', { room: 'to' });
  assert.equal(rooms[0]?.participants.length, 3, 'the client follows with a join, which changes nothing');
  assert.equal(await app.moveRoom('nowhere', 'to'), 0);
  assert.equal(await app.moveRoom('to', 'to'), 0);
  await assert.rejects(app.moveRoom('to', '\u0000'), { code: 'room-invalid' });
});

test('a moved room keeps its moderator, and no other participant becomes one on the way', async (t) => {
  const { app, connect } = await startApp(t);
  const clients = [await connect(), await connect(), await connect()];
  for (const client of clients) await client.request('room:join', { room: 'from' });
  await app.moveRoom('from', 'to');
  assert.deepEqual(
    (await app.participants('to')).map(({ role }) => role),
    ['moderator', 'participant', 'participant'],
  );
  await clients[2]?.settle();
  assert.equal(clients[2]?.all('participant:changed').length, 0);
});

test('adds everybody of one room to another', async (t) => {
  const { app, connect } = await startApp(t);
  const [ann, ben] = [await connect(), await connect()];
  for (const client of [ann, ben]) await client.request('room:join', { room: 'from' });
  await ben.request('room:join', { room: 'to' });
  assert.equal(await app.addToRoom('from', 'to'), 1);
  assert.deepEqual(await ann.once('room:moved'), { from: 'from', to: 'to', added: true });
  assert.deepEqual(
    (await app.participants('to')).map(({ id, rooms }) => ({ id, rooms })),
    [
      { id: ben.id, rooms: ['from', 'to'] },
      { id: ann.id, rooms: ['from', 'to'] },
    ],
  );
  await ben.settle();
  assert.equal(ben.all('room:moved').length, 0, 'a participant already in the room is not told');
});

test('lists rooms and their participants, unlisted rooms too', async (t) => {
  const { app, connect } = await startApp(t);
  const [ann, ben] = [await connect(), await connect()];
  await ann.request('room:join', { room: 'open', displayName: 'Ann' });
  await ann.request('room:join', { room: 'secret', unlisted: true });
  assert.deepEqual(
    (await app.rooms()).map(({ name, unlisted }) => ({ name, unlisted })),
    [
      { name: 'open', unlisted: false },
      { name: 'secret', unlisted: true },
    ],
  );
  assert.deepEqual(await app.participants('open'), [
    { id: ann.id, displayName: 'Ann', connected: true, role: 'moderator', inCall: false, rooms: ['open', 'secret'] },
  ]);
  assert.deepEqual(
    (await app.participants()).map(({ id, rooms }) => ({ id, rooms })),
    [
      { id: ann.id, rooms: ['open', 'secret'] },
      { id: ben.id, rooms: [] },
    ],
  );
  assert.deepEqual(await app.participants('nobody here'), []);
});

test('close ends connections, listener and timers, once for all callers', async (t) => {
  const { app, connect } = await startApp(t);
  const [ann, ben] = [await connect(), await connect({ transports: [POLLING_SKIPPED ? 'websocket' : 'polling'] })];
  await ann.request('room:join', { room: 'a' });
  const ended = [ann, ben].map(({ socket }) =>
    within(new Promise((resolve) => socket.once('disconnect', resolve)), 'the end of a connection'),
  );
  await within(Promise.all([app.close(), app.close()]), 'closing');
  await Promise.all(ended);
  assert.equal(app.httpServer.listening, false);
  const idle = await createApp({ dataDir: ':memory:' });
  await idle.close();
});

test('close does not wait for a client that no longer answers', async (t) => {
  const { app, url } = await startApp(t);
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  };
  const request = httpRequest(`${url}/socket.io/?EIO=4&transport=websocket`, { headers }).end();
  const [, frozen] = (await within(once(request, 'upgrade'), 'the upgrade')) as [unknown, Socket];
  t.after(() => frozen.destroy());
  frozen.pause();
  await within(app.close(), 'closing', 4_000);
});

test('close spreads many connections over up to two seconds', async () => {
  for (const [count, portions] of [
    [250, [100, 100, 50]],
    [4_000, Array<number>(20).fill(200)],
  ] as const) {
    let turn = 0;
    const sizes: number[] = [];
    const close = () => void (sizes[turn] = (sizes[turn] ?? 0) + 1);
    const sockets = new Map(Array.from({ length: count }, (_, id) => [id, { conn: { close } }]));
    const began = performance.now();
    const turns = setInterval(() => turn++, 1);
    await dismissConnections({ sockets: { sockets } } as unknown as SocketServer);
    clearInterval(turns);
    assert.deepEqual(sizes.filter(Boolean), portions);
    // Timers may fire a millisecond early.
    assert.ok(performance.now() - began > (portions.length - 1) * 98);
  }
});

test('close ends each connection properly, so that everything written to it arrives', async (t) => {
  const logged: string[] = [];
  const log = pino(
    { level: 'debug', base: null, timestamp: false },
    { write: (line: string) => void logged.push(line) },
  );
  const { app, connect } = await startApp(t, {}, { log });
  for (let index = 0; index < 2; index++) await connect();
  await app.close();
  const reasons = logged
    .map((line) => JSON.parse(line) as { msg: string; reason?: string })
    .filter(({ msg }) => msg === 'disconnected')
    .map(({ reason }) => reason);
  assert.deepEqual(reasons, ['forced close', 'forced close']);
});
