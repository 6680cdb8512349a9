import assert from 'node:assert/strict';
import { createServer, connect as connectTcp } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { RoomSummary } from '../../../server/protocol.ts';
import { POLLING_SKIPPED, connectClient, startApp } from '../../support/server/server.ts';
import type { TestApp, TestClient } from '../../support/server/server.ts';

test('a watcher gets the list and then its changes, and others get nothing', async (t) => {
  const { connect } = await startApp(t);
  const [watcher, other, ann] = [await connect(), await connect(), await connect()];
  await ann.request('room:join', { room: 'a' });
  await watcher.request('room:watch', {});
  const snapshot = await watcher.once('rooms:snapshot');
  assert.deepEqual(snapshot.rooms, [{ name: 'a', participantCount: 1, inCallCount: 0, locked: false }]);

  await ann.request('call:join', { room: 'a', joinId: 'j' });
  const change = await watcher.once('rooms:changed', ({ changed }) => changed[0]?.inCallCount === 1);
  assert.equal(change.epoch, snapshot.epoch);
  assert.ok(change.n > snapshot.n);
  await ann.request('room:leave', { room: 'a' });
  assert.deepEqual((await watcher.once('rooms:changed', ({ removed }) => removed.length > 0)).removed, ['a']);
  await other.settle();
  assert.equal(other.heard.filter(({ name }) => name.startsWith('rooms:')).length, 0);

  await watcher.request('room:unwatch', {});
  const heard = watcher.heard.length;
  await ann.request('room:join', { room: 'b' });
  await watcher.settle();
  assert.equal(watcher.heard.length, heard);
});

test('a change that the list does not show is no change of the list', async (t) => {
  const { connect } = await startApp(t);
  const [watcher, ann] = [await connect(), await connect()];
  await watcher.request('room:watch', {});
  await ann.request('room:join', { room: 'a' });
  await watcher.once('rooms:changed');
  await ann.request('participant:update', { displayName: 'Anna' });
  await ann.request('chat:send', { room: 'a', clientId: '1', text: 'x' });
  await ann.request('room:join', { room: 'b' });
  await watcher.once('rooms:changed', ({ changed }) => changed.some(({ name }) => name === 'b'));
  assert.equal(watcher.all('rooms:changed').length, 2);
});

test('unlisted rooms and private channels are not in the list', async (t) => {
  const { url, connect } = await startApp(t);
  const [watcher, ann] = [await connect(), await connect()];
  await watcher.request('room:watch', {});
  await ann.request('room:join', { room: 'secret', unlisted: true });
  await watcher.request('room:join', { room: 'secret' });
  await ann.request('room:join', { room: 'open' });
  await watcher.once('rooms:changed');
  assert.deepEqual(
    watcher.all('rooms:changed').flatMap(({ changed }) => changed.map(({ name }) => name)),
    ['open'],
  );
  assert.deepEqual(await (await fetch(`${url}/api/rooms`)).json(), [
    { name: 'open', participantCount: 1, inCallCount: 0, locked: false },
  ]);
});

test("a room named like a participant's private channel is an ordinary room", async (t) => {
  const { connect } = await startApp(t);
  const [ann, eve] = [await connect(), await connect()];
  await ann.request('room:join', { room: 'a' });
  await eve.request('room:join', { rooms: [ann.socket.id ?? '', ann.id, `participant:${ann.id}`, 'watch', 'room:a'] });
  const heard = eve.heard.length;
  await ann.request('chat:send', { room: 'a', clientId: '1', text: 'private', to: ann.id });
  await ann.request('chat:send', { room: 'a', clientId: '2', text: 'to the room' });
  await eve.settle();
  assert.deepEqual(
    eve.heard.slice(heard).filter(({ name }) => name !== 'rooms:changed'),
    [],
  );
});

test('tells many changes at most ten times a second, and ends in the current state', async (t) => {
  const { app, connect } = await startApp(t);
  const [watcher, ann] = [await connect(), await connect()];
  await watcher.request('room:watch', {});
  const began = performance.now();
  for (let index = 0; index < 80; index++) {
    await ann.request('room:join', { room: `room ${index % 7}` });
    if (index % 3 > 0) await ann.request('room:leave', { room: `room ${index % 7}` });
  }
  await ann.request('room:join', { room: 'the last' });
  await watcher.once('rooms:changed', ({ changed }) => changed.some(({ name }) => name === 'the last'));
  const tenths = Math.ceil((performance.now() - began) / 100) + 1;
  const facts = watcher.all('rooms:changed');
  assert.ok(facts.length <= tenths, `${facts.length} facts in ${tenths} tenths of a second`);
  assert.deepEqual(
    facts.map(({ n }) => n),
    facts.map((_, index) => index + 1),
  );
  const list = new Map<string, RoomSummary>();
  for (const { changed, removed } of facts) {
    for (const room of changed) list.set(room.name, room);
    for (const name of removed) list.delete(name);
  }
  assert.deepEqual([...list.keys()].toSorted(), (await app.rooms()).map(({ name }) => name).toSorted());
});

/** A TCP relay before the server that counts every byte in both directions, with headers and frames. */
async function startCountingRelay(t: TestContext, url: string): Promise<{ url: string; bytes(): number }> {
  let bytes = 0;
  const sockets = new Set<Socket>();
  const relay = createServer((near) => {
    const far = connectTcp(Number(new URL(url).port), '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        to.write(chunk);
      });
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    }
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    relay.close();
  });
  return { url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`, bytes: () => bytes };
}

const CHANGES = 12;

/** Bytes of one change for one watcher, with this many rooms in the list. */
async function bytesPerChange(
  t: TestContext,
  { url, connect }: TestApp,
  roomCount: number,
  transport: 'websocket' | 'polling',
): Promise<number> {
  const owners: TestClient[] = [];
  for (let first = 0; first < roomCount; first += 50) {
    const owner = await connect();
    await owner.request('room:join', {
      rooms: Array.from({ length: 50 }, (_, index) => `room ${String(first + index).padStart(4, '0')}`),
    });
    owners.push(owner);
  }
  const relay = await startCountingRelay(t, url);
  const watcher = await connectClient(t, relay.url, { transports: [transport] });
  await watcher.request('room:watch', {});
  assert.equal((await watcher.once('rooms:snapshot')).rooms.length, roomCount);
  const visitor = await connect();
  // Changes that were pending when the list was sent arrive with this one. Each later change arrives alone.
  await visitor.request('room:join', { room: 'room 0042' });
  await watcher.once('rooms:changed', ({ changed }) => changed.at(-1)?.name === 'room 0042');
  const before = relay.bytes();
  const first = watcher.all('rooms:changed').length;
  for (let index = 0; index < CHANGES; index++) {
    const entering = index % 2 === 1;
    await visitor.request(entering ? 'room:join' : 'room:leave', { room: 'room 0042' });
    const fact = await watcher.once(
      'rooms:changed',
      (candidate) => watcher.all('rooms:changed').indexOf(candidate) === first + index,
    );
    assert.deepEqual(fact.changed, [
      { name: 'room 0042', participantCount: entering ? 2 : 1, inCallCount: 0, locked: false },
    ]);
    assert.deepEqual(fact.removed, []);
  }
  return (relay.bytes() - before) / CHANGES;
}

for (const transport of ['websocket', 'polling'] as const) {
  test(
    `over ${transport}, a change costs the same bytes with 5,000 rooms as with 100`,
    { skip: transport === 'polling' && POLLING_SKIPPED },
    async (t) => {
      const few = await bytesPerChange(t, await startApp(t), 100, transport);
      const many = await bytesPerChange(t, await startApp(t), 5_000, transport);
      t.diagnostic(
        `${transport}: ${Math.round(few)} bytes with 100 rooms, ${Math.round(many)} with 5,000, ${many / few} times`,
      );
      assert.ok(many / few <= 1.1, `${many} to ${few}`);
    },
  );
}
