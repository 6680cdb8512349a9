/** Leaving while the server cannot be told, above all between a handshake and its answer. Nobody stays as a ghost. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Connection } from '../../components/client/connection.ts';
import type { RoomSession } from '../../components/client/room/room-session.ts';
import { SocketTransport } from '../../components/client/transport/socket-transport.ts';
import type { CallPresence, Handshake, ParticipantInfo } from '../../server/protocol.ts';
import { connect, joined } from '../support/server/clients.ts';
import { startApp } from '../support/server/server.ts';
import { TcpProxy } from '../support/server/tcp-proxy.ts';
import { until } from '../support/waiting.ts';

const first: CallPresence = { joinId: 'j1', tracks: [], receivesVideo: true };
const second: CallPresence = { ...first, joinId: 'j2' };

/** Calls `onHandshake` when a handshake is made and not yet sent. */
class WatchedTransport extends SocketTransport {
  onHandshake = (): void => undefined;

  override setAuth(auth: () => Promise<Handshake>): void {
    super.setAuth(async () => {
      const made = await auth();
      this.onHandshake();
      this.onHandshake = () => undefined;
      return made;
    });
  }
}

/** The connection of a page that was loaded again: it has the resume token of the page before. */
class ReturningTransport extends SocketTransport {
  resumeToken = '';

  override setAuth(auth: () => Promise<Handshake>): void {
    super.setAuth(async () => ({ ...(await auth()), resumeToken: this.resumeToken }));
  }
}

/** Every state of Kim that Lee, in the hall, has seen: `absent`, `waiting`, `present`, or in the call the join id. */
function watch(lee: RoomSession) {
  const seen: string[] = [];
  const kim = ({ displayName }: Pick<ParticipantInfo, 'displayName'>) => displayName === 'Kim';
  const now = (): string => {
    const { participants, waiting } = lee.store.get();
    const found = participants.find(kim);
    if (found) return found.call?.joinId ?? 'present';
    return waiting.some(kim) ? 'waiting' : 'absent';
  };
  const note = (): void => void (seen.at(-1) !== now() && seen.push(now()));
  lee.store.subscribe(note);
  note();
  return {
    seen,
    until: (state: string) => until(lee.store, () => seen.includes(state) && now() === state, `Kim is ${state}`),
    /** Resolves when Kim is in this state after having been in the state `before`. */
    after: (before: string, state: string) =>
      until(lee.store, () => seen.includes(before) && now() === state, `${state} after ${before}`),
  };
}

/** Lee in the hall, and Kim, who enters the garden and the hall with her first handshake. */
async function arrive(t: TestContext, { locked = false } = {}) {
  const { url } = await startApp(t);
  const lee = await joined(connect(t, url, 'Lee').join('hall'));
  if (locked) await lee.moderate('room:lock', { locked });
  const path = await TcpProxy.start(t, url);
  const transport = new WatchedTransport(path.url);
  const kim = new Connection(path.url, { transport, isShared: false });
  t.after(() => kim.close());
  kim.setDisplayName('Kim');
  const hall = kim.acquireRoom('hall');
  const garden = kim.acquireRoom('garden');
  return { path, transport, kim, hall, garden, seen: watch(lee) };
}

function enterCall(hall: RoomSession, presence: CallPresence): void {
  void hall.joinCall(presence).catch(() => undefined);
}

test('a call that is left between the handshake and its answer ends', async (t) => {
  const { transport, hall, seen } = await arrive(t);
  enterCall(hall, first);
  transport.onHandshake = () => hall.leaveCall();
  await seen.after('j1', 'present');
  assert.equal(hall.store.get().state, 'joined');
});

test('a call that is left between the greeting and the answer ends', async (t) => {
  const { transport, hall, seen } = await arrive(t);
  enterCall(hall, first);
  transport.facts.on('session:ready', () => hall.leaveCall());
  await seen.after('j1', 'present');
});

test('a call that is left and entered again in that time is entered as the new one', async (t) => {
  const { transport, hall, seen } = await arrive(t);
  enterCall(hall, first);
  const entered = new Promise((resolve) => {
    transport.onHandshake = () => {
      hall.leaveCall();
      resolve(hall.joinCall(second));
    };
  });
  await entered;
  await seen.after('j1', 'j2');
  await hall.moderate('room:lock', { locked: false }).catch(() => undefined);
  assert.equal(seen.seen.at(-1), 'j2');
});

test('a room that is released between the handshake and its answer is left, and so is its call', async (t) => {
  const { transport, kim, hall, garden, seen } = await arrive(t);
  enterCall(hall, first);
  transport.onHandshake = () => kim.releaseRoom(hall);
  await seen.after('j1', 'absent');
  await joined(garden);
});

test('a room that is released and entered again in that time is entered without the call', async (t) => {
  const { transport, kim, hall, seen } = await arrive(t);
  enterCall(hall, first);
  const again = new Promise<RoomSession>((resolve) => {
    transport.onHandshake = () => {
      kim.releaseRoom(hall);
      resolve(kim.acquireRoom('hall'));
    };
  });
  await joined(await again, 2);
  await seen.after('j1', 'present');
});

test('a room that is released and entered again after the greeting ends in the new presence', async (t) => {
  const { transport, kim, hall, seen } = await arrive(t);
  enterCall(hall, first);
  transport.facts.on('session:ready', () => {
    kim.releaseRoom(hall);
    enterCall(kim.acquireRoom('hall'), second);
  });
  await seen.after('j1', 'j2');
});

test('a knock of the handshake is withdrawn when its room is released before the answer', async (t) => {
  const { transport, kim, hall, garden, seen } = await arrive(t, { locked: true });
  transport.onHandshake = () => kim.releaseRoom(hall);
  await seen.after('waiting', 'absent');
  await joined(garden);
});

test('a knock that is withdrawn during the next handshake ends', async (t) => {
  const { path, transport, hall, garden, seen } = await arrive(t, { locked: true });
  await seen.until('waiting');
  await until(hall.store, ({ state }) => state === 'knocking', 'the knock');
  await joined(garden);
  let withdrawn = false;
  transport.onHandshake = () => {
    hall.withdraw();
    withdrawn = true;
  };
  path.cut();
  await until(garden.store, ({ state }) => state === 'reconnecting', 'the loss');
  await joined(garden);
  await seen.until('absent');
  assert.ok(withdrawn);
  await garden.joinCall(first);
  assert.equal(seen.seen.at(-1), 'absent');
  assert.equal(hall.store.get().state, 'left');
});

test('a call or a room that is left during a loss is left with the next connection', async (t) => {
  for (const [leave, expected] of [
    [(_kim: Connection, hall: RoomSession) => hall.leaveCall(), 'present'],
    [(kim: Connection, hall: RoomSession) => kim.releaseRoom(hall), 'absent'],
  ] as const) {
    const { path, kim, hall, garden, seen } = await arrive(t);
    await Promise.all([joined(garden), hall.joinCall(first)]);
    path.goDown();
    await until(garden.store, ({ state }) => state === 'reconnecting', 'the loss');
    leave(kim, hall);
    path.restore();
    await joined(garden);
    await seen.after('j1', expected);
  }
});

test('a call that is replaced by another during a loss is entered once', async (t) => {
  const { path, hall, seen } = await arrive(t);
  await hall.joinCall(first);
  path.goDown();
  await until(hall.store, ({ state }) => state === 'reconnecting', 'the loss');
  hall.leaveCall();
  const entered = hall.joinCall(second);
  path.restore();
  await entered;
  await joined(hall, 2);
  await hall.moderate('room:lock', { locked: false }).catch(() => undefined);
  await seen.after('j1', 'j2');
  assert.deepEqual(seen.seen.slice(seen.seen.indexOf('j1')), ['j1', 'j2']);
});

test('a call that a return keeps is not left', async (t) => {
  const { path, hall, seen } = await arrive(t);
  await hall.joinCall(first);
  path.cut();
  await until(hall.store, ({ state }) => state === 'reconnecting', 'the loss');
  await joined(hall, 2);
  await hall.joinCall(first);
  assert.deepEqual(seen.seen.slice(seen.seen.indexOf('j1')), ['j1']);
});

for (const [what, leave, before, expected] of [
  ['a call', (_kim: Connection, hall: RoomSession) => hall.leaveCall(), 'j1', 'present'],
  ['a room', (kim: Connection, hall: RoomSession) => kim.releaseRoom(hall), 'j1', 'absent'],
  ['a knock', (_kim: Connection, hall: RoomSession) => hall.withdraw(), 'waiting', 'absent'],
] as const) {
  test(`${what} that is left over a path that is already dead is left with the next connection`, async (t) => {
    const locked = what === 'a knock';
    const { path, kim, hall, garden, seen } = await arrive(t, { locked });
    await joined(garden);
    if (locked) await until(hall.store, ({ state }) => state === 'knocking', 'the knock');
    else await hall.joinCall(first);
    await seen.until(before);
    path.freeze();
    leave(kim, hall);
    assert.equal(kim.store.get().state, 'ready', 'nobody knows yet that the path is dead');
    path.cut();
    await until(garden.store, ({ state }) => state === 'reconnecting', 'the loss');
    await joined(garden);
    await seen.after(before, expected);
  });
}

test('a room that is left and entered again during a loss is left first, and entered once', async (t) => {
  const { path, kim, hall, garden, seen } = await arrive(t);
  await Promise.all([joined(garden), hall.joinCall(first)]);
  path.goDown();
  await until(garden.store, ({ state }) => state === 'reconnecting', 'the loss');
  kim.releaseRoom(hall);
  const again = kim.acquireRoom('hall');
  const entered = again.joinCall(second);
  path.restore();
  await entered;
  await seen.after('j1', 'j2');
  assert.deepEqual(
    seen.seen.slice(seen.seen.indexOf('j1')).filter((state) => state !== 'present'),
    ['j1', 'absent', 'j2'],
  );
});

test('a page that is reloaded over a dead path and stays in the lobby is not in the call of before', async (t) => {
  const { path, transport, kim, hall, garden, seen } = await arrive(t);
  const returning = new ReturningTransport(path.url);
  transport.facts.on('session:ready', ({ resumeToken }) => (returning.resumeToken = resumeToken));
  await Promise.all([joined(garden), hall.joinCall(first)]);
  await seen.until('j1');
  // The goodbye of the old page gets nowhere.
  path.freeze();
  const reloaded = new Connection(path.url, { transport: returning, isShared: false });
  t.after(() => reloaded.close());
  reloaded.setDisplayName('Kim');
  await joined(reloaded.acquireRoom('hall'), 2);
  assert.equal(reloaded.store.get().participantId, kim.store.get().participantId);
  await seen.after('j1', 'present');
});
