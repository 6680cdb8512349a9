import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import type { ServerSocket } from '../../../server/rooms/channels.ts';
import { CommandDoor } from '../../../server/sockets/commands.ts';
import type { Handlers } from '../../../server/sockets/commands.ts';
import { Lane } from '../../../server/sockets/lane.ts';
import { Limits } from '../../../server/traffic/limits.ts';
import { MemoryRooms } from '../../../server/memory/memory-rooms.ts';
import { Metrics } from '../../../server/metrics.ts';
import type { Answer } from '../../../server/protocol.ts';
import { Permissions } from '../../../server/grants/permissions.ts';
import { MemoryRevocations } from '../../../server/grants/revocations.ts';
import { Refusal } from '../../../server/refusal.ts';
import { eventually, within } from '../../support/waiting.ts';

interface Door {
  /** Delivers an event as if the socket had received it. */
  receive(...event: unknown[]): void;
  ask(...event: unknown[]): Promise<Answer<unknown>>;
  /** Resolves when every accepted command is answered. */
  close(): Promise<void>;
  logged: string[];
  rooms: MemoryRooms;
}

function openDoor(t: { after(end: () => void): void }, handlers: Handlers): Door {
  const logged: string[] = [];
  const metrics = new Metrics({ connections: () => 0, participants: () => 0, rooms: async () => [] });
  t.after(() => metrics.close());
  const rooms = new MemoryRooms({ epoch: 'e', roomCapacity: 5, callCapacity: 5, lingerMs: 0 });
  const permissions = new Permissions({
    grants: null,
    revocations: new MemoryRevocations(Date.now),
    now: Date.now,
    onRoomEnd: () => undefined,
    onEnd: () => undefined,
  });
  const log = pino({}, { write: (line: string) => void logged.push(line) });
  let receive: (...event: unknown[]) => void = () => undefined;
  const use = (middleware: (event: unknown[]) => void) => void (receive = (...event) => middleware(event));
  const socket = { data: { participantId: 'ann' }, use } as unknown as ServerSocket;
  const gauge = {
    waitMs: 0,
    debtMs: 0,
    handleRefusal: () => undefined,
    charge: () => undefined,
    chargeFor: (send: () => void) => send(),
  };
  const door = new CommandDoor({
    handlers,
    rooms,
    permissions,
    presence: { arrivalOf: () => 1 },
    limits: new Limits(),
    metrics,
    log,
  });
  door.attach(socket, new Lane(), gauge);
  return {
    receive: (...event) => receive(...event),
    ask: (...event) => within(new Promise((resolve) => receive(...event, resolve)), 'the answer'),
    close: () => within(door.close(), 'the end of the last command', 2_000),
    logged,
    rooms,
  };
}

test('answers a failing handler with internal, logs it, and tells the client no reason', async (t) => {
  const { ask, logged } = openDoor(t, {
    'room:watch': () => Promise.reject(new Error('the password is 1234')),
    'room:unwatch': () => {
      throw new TypeError('at once');
    },
  });
  for (const name of ['room:watch', 'room:unwatch']) {
    const answer = await ask(name, {});
    assert.deepEqual([answer.ok, !answer.ok && answer.error.code], [false, 'internal']);
    assert.doesNotMatch(JSON.stringify(answer), /password|at once/);
  }
  assert.equal(logged.length, 2);
  assert.match(logged[0] ?? '', /1234/);
});

test('survives an acknowledgement that throws, and carries out the next command', async (t) => {
  const { receive, ask, logged } = openDoor(t, { 'room:watch': async () => ({}) });
  receive('room:watch', {}, () => {
    throw new Error('the socket is closed');
  });
  assert.deepEqual(await ask('room:watch', {}), { ok: true, value: {} });
  assert.equal(logged.length, 1);
});

test('a signal behind a command that is no call:join is dropped, and the end does not wait for it', async (t) => {
  const { ask, close } = openDoor(t, {
    'room:watch': (_payload, { sendBehind }) => {
      sendBehind({ room: 'a', to: 'ben', link: 'l', signal: {} });
      return {};
    },
  });
  assert.deepEqual(await ask('room:watch', {}), { ok: true, value: {} });
  await close();
});

test('refuses a command of the contract that has no handler', async (t) => {
  const { ask } = openDoor(t, {});
  const answer = await ask('room:watch', {});
  assert.deepEqual(!answer.ok && answer.error.code, 'not-allowed');
});

test('signals do not wait for data that is being stored', async (t) => {
  let finish: () => void = () => undefined;
  const { receive, ask } = openDoor(t, { 'room:watch': () => new Promise((resolve) => (finish = () => resolve({}))) });
  const order: string[] = [];
  const slow = new Promise<void>((resolve) =>
    receive('room:watch', {}, () => {
      order.push('slow');
      resolve();
    }),
  );
  await ask('signal:send', { room: 'a', to: 'b', link: 'l', signal: {} });
  order.push('signal');
  finish();
  await within(slow, 'the slow answer');
  assert.deepEqual(order, ['signal', 'slow']);
});

/** Ann in a room, with a `call:join` that takes as long as the test wants. */
async function openSlowDoor(t: { after(end: () => void): void }) {
  const taken: unknown[] = [];
  const decisions: ((isGranted: boolean) => void)[] = [];
  const door = openDoor(t, {
    async 'call:join'({ room, joinId }) {
      const isGranted = await new Promise<boolean>((resolve) => decisions.push(resolve));
      if (!isGranted) throw new Refusal('call-full');
      const state = await door.rooms.enterCall(room, 'ann', { joinId, tracks: [], receivesVideo: true });
      return { ...state, iceServers: [], iceTtlMs: null };
    },
    'signal:send'({ signal }) {
      taken.push(signal.index);
      return {};
    },
  });
  const ann = { id: 'ann', displayName: 'Ann', role: null, subject: null, address: '' };
  await door.rooms.enter(ann, ['a', 'b'], { unlisted: false });
  const join = (room: string, joinId: string) => door.ask('call:join', { room, joinId });
  const signal = (room: string, index: number) =>
    door.ask('signal:send', { room, to: 'ben', link: 'l', signal: { index } });
  const decide = async (isGranted: boolean) => {
    const decision = await eventually('the join is carried out', () => decisions.shift());
    decision(isGranted);
  };
  return { taken, join, signal, decide };
}

test('signals wait for a slow call:join of their room alone, and are then taken in their order', async (t) => {
  const { taken, join, signal, decide } = await openSlowDoor(t);
  const joining = join('a', 'j');
  const early = [1, 2, 3].map((index) => signal('a', index));
  assert.equal((await signal('b', 0)).ok, false, 'in no call, and behind no join of its room');
  assert.deepEqual(taken, []);
  await decide(true);
  assert.equal((await joining).ok, true);
  for (const answer of await Promise.all(early)) assert.equal(answer.ok, true);
  assert.deepEqual(taken, [1, 2, 3]);
  const repeated = join('a', 'j');
  assert.equal((await signal('a', 4)).ok, true, 'a repetition delays nothing');
  await decide(true);
  await repeated;
});

test('signals behind a slow call:join that is refused are answered and not taken', async (t) => {
  const { taken, join, signal, decide } = await openSlowDoor(t);
  const joining = join('a', 'j');
  const early = [1, 2, 3].map((index) => signal('a', index));
  const again = join('a', 'k');
  const later = signal('a', 4);
  await decide(false);
  assert.equal((await joining).ok, false);
  for (const answer of await Promise.all(early)) assert.equal(answer.ok ? 'ok' : answer.error.code, 'not-in-room');
  await decide(true);
  assert.equal((await again).ok, true);
  assert.equal((await later).ok, true);
  assert.deepEqual(taken, [4], 'each signal belongs to the join before it');
});
