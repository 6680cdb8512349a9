/** A broken or hostile server: nothing it sends throws, invalid parts are dropped, and later facts are applied. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Connection } from '../../../components/client/connection.ts';
import { createDirectory } from '../../../components/client/room-directory.ts';
import { createConversation } from '../../../components/client/room/conversation.ts';
import { isSound } from '../../../components/client/transport/wire-guards.ts';
import { CodedError } from '../../../components/internal/coded-error.ts';
import type { FactName, Facts } from '../../../server/protocol.ts';
import { FakeTransport, participant, roomSnapshot } from '../../support/server/fake-transport.ts';
import { settled } from '../../support/waiting.ts';

/** Values that no field accepts, and one that throws when it is converted to a text or a number. */
const ODD: readonly unknown[] = [
  undefined,
  null,
  true,
  -1,
  1e300,
  'x',
  '',
  [],
  [null],
  [[]],
  [5],
  {},
  { toString: 1, valueOf: 1 },
  { length: 1e9 },
  { id: {} },
  '__proto__',
];

const person = { id: 'lee', displayName: 'Lee' };
const version = { room: 'a', epoch: 'room-1' };
const message = { id: 'm9', clientId: 'c9', from: person, text: 'Hello', at: 5, kind: 'text' as const };
const info = participant('lee', {
  call: { joinId: 'j', tracks: [{ source: 'camera', mid: null, muted: false }], receivesVideo: true },
});

/** One valid fact of each name, except those that end the session. */
const GOOD: Partial<Record<FactName, Record<string, unknown>>> = {
  'rooms:snapshot': { epoch: 'e', n: 1, rooms: [{ name: 'a', participantCount: 1, inCallCount: 0, locked: false }] },
  'rooms:changed': {
    epoch: 'e',
    n: 2,
    changed: [{ name: 'b', participantCount: 1, inCallCount: 0, locked: false }],
    removed: ['a'],
  },
  'participant:joined': { ...version, participant: info },
  'participant:changed': { ...version, participant: info },
  'participant:left': { ...version, participantId: 'lee', reason: 'left' },
  'participant:knocked': { room: 'a', participant: person, waiting: true },
  'chat:posted': { ...version, message },
  'chat:edited': { ...version, message: { ...message, editedAt: 6 } },
  'chat:deleted': { ...version, id: 'm9' },
  'chat:typed': { room: 'a', participantId: 'lee' },
  'signal:received': { room: 'a', from: 'lee', link: 'a.b.0', signal: { kind: 'hello' } },
  'announcement:posted': { id: 'n', text: 'Soon', at: 5, room: null },
  'room:moved': { from: 'a', to: 'b', added: true },
  'room:locked': { ...version, locked: true },
};

/** Yields `value` with each of its fields, at every depth, replaced by each odd value. */
function* variants(value: unknown): Generator<unknown> {
  yield* ODD;
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    for (const other of variants((value as Record<string, unknown>)[key])) {
      yield Array.isArray(value)
        ? value.map((one: unknown, index) => (String(index) === key ? other : one))
        : { ...value, [key]: other };
    }
  }
}

let transport: FakeTransport;
let connection: Connection;
let uncaught: unknown[];
/** The number of the room's last fact, which a snapshot carries too. */
let n = 1;
const onUncaught = (error: unknown): void => void uncaught.push(error);

beforeEach(() => {
  uncaught = [];
  process.on('uncaughtException', onUncaught);
  process.on('unhandledRejection', onUncaught);
  transport = new FakeTransport();
  connection = new Connection('https://calls.example', { transport });
});

afterEach(() => {
  connection.close();
  process.off('uncaughtException', onUncaught);
  process.off('unhandledRejection', onUncaught);
});

/** Reads everything that an element reads from a session. */
function read(session: ReturnType<Connection['acquireRoom']>): void {
  const { participants, messages, waiting } = session.store.get();
  for (const { at, editedAt, from, text, id } of messages)
    [at, editedAt]
      .map((date) => date?.toISOString())
      .concat([from.displayName, from.id, text, id].map((part) => part.trim()));
  for (const { id, displayName } of [...participants, ...waiting]) [id, displayName].map((part) => part.trim());
  for (const { call } of participants) call?.tracks.map(({ source }) => source);
}

async function enter(): Promise<ReturnType<Connection['acquireRoom']>> {
  transport.script['room:join'] = () => ({
    participantId: 'me',
    rooms: [roomSnapshot({ n, participants: [participant('me'), info], messages: [message] })],
  });
  transport.script['room:watch'] = () => ({});
  const session = connection.acquireRoom('a', { converse: createConversation });
  connection.acquireDirectory(createDirectory);
  transport.ready();
  await settled();
  assert.equal(session.store.get().state, 'joined');
  return session;
}

for (const [name, good] of Object.entries(GOOD) as [FactName, Record<string, unknown>][]) {
  test(`${name}: no invalid one throws, and a later valid one is applied`, async () => {
    n = 1;
    const session = await enter();
    for (const fact of variants(good)) {
      const isRecord = typeof fact === 'object' && fact !== null && !Array.isArray(fact);
      // Numbered in order, so that valid variants are applied.
      transport.tell(name, (isRecord && good.room === 'a' ? { ...fact, n: ++n } : fact) as never);
      await settled();
      read(session);
      if (session.store.get().state !== 'joined') break;
      const [{ rooms }] = [connection.acquireDirectory(createDirectory).store.get()];
      for (const room of rooms) new Intl.NumberFormat('en').format(room.participantCount).concat(room.name.normalize());
      connection.releaseDirectory();
    }
    assert.deepEqual(uncaught, []);
    // A valid `room:moved` takes the session out of the room, so later facts about the room do not count.
    if (name === 'room:moved') return;
    transport.tell('chat:posted', { ...version, n: ++n, message: { ...message, id: 'z' } } as Facts['chat:posted']);
    await settled();
    assert.equal(session.store.get().state, 'joined');
    assert.deepEqual(uncaught, []);
  });
}

test('drops the invalid parts of an answer to room:join or asks again, and never throws', async () => {
  const answer = {
    participantId: 'me',
    rooms: [roomSnapshot({ participants: [participant('me'), info], messages: [message], waiting: [person] })],
  };
  for (const odd of variants(answer)) {
    const own = new FakeTransport();
    const other = new Connection('https://calls.example', { transport: own });
    own.script['room:join'] = () => structuredClone(odd) as never;
    const session = other.acquireRoom('a', { converse: createConversation });
    own.ready();
    await settled();
    read(session);
    other.close();
  }
  assert.deepEqual(uncaught, []);
});

test('drops one message with an invalid time and shows the others', async () => {
  for (const at of [NaN, Infinity, 1e300, '2024-01-01', null, undefined, {}, { valueOf: 1 }]) {
    const own = new FakeTransport();
    const other = new Connection('https://calls.example', { transport: own });
    own.script['room:join'] = () => ({
      participantId: 'me',
      rooms: [
        roomSnapshot({
          messages: [
            { ...message, id: 'm1', clientId: '1' },
            { ...message, id: 'm2', clientId: '2', at: at as number },
          ],
        }),
      ],
    });
    const session = other.acquireRoom('a', { converse: createConversation });
    own.ready();
    await settled();
    assert.deepEqual(
      session.store.get().messages.map(({ id }) => id),
      ['m1'],
      String(JSON.stringify(at)),
    );
    other.close();
  }
});

test('checks a list of any length', () => {
  const room = { name: 'a', participantCount: 1, inCallCount: 0 };
  const fact = { ...version, rooms: [null, ...Array.from({ length: 300_000 }, () => room), { name: 'b' }] };
  assert.equal(isSound('rooms:snapshot', fact), true);
  assert.equal(fact.rooms.length, 300_000);
  assert.ok(fact.rooms.every((one) => one === room));
});

test('turns a refusal of any form into a coded error', () => {
  for (const code of ODD) {
    for (const text of ODD) {
      for (const retryAfterMs of ODD) {
        const error = CodedError.fromWire({ code, message: text, retryAfterMs });
        assert.match(error.code, /^[a-z-]+$/);
        assert.equal(typeof error.message, 'string');
        assert.ok(error.retryAfterMs === undefined || typeof error.retryAfterMs === 'number');
      }
    }
  }
  assert.equal(CodedError.fromWire({ code: 'of-a-newer-server', message: 'Do something.' }).code, 'of-a-newer-server');
});
