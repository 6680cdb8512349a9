/** How much work and data one command can cause, however much its sender prepared. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePayload } from '../../../server/parse.ts';
import { LIMITS } from '../../../server/protocol.ts';
import type { CommandName } from '../../../server/protocol.ts';
import { startApp } from '../../support/server/server.ts';

/** An array that counts how many of its items are read. */
function watchedArray(items: unknown[]): { array: unknown[]; looks(): number } {
  let looks = 0;
  const array = new Proxy(items, {
    get(target, key, receiver) {
      if (typeof key === 'string' && /^\d+$/.test(key)) looks++;
      return Reflect.get(target, key, receiver) as unknown;
    },
  });
  return { array, looks: () => looks };
}

for (const { command, field, rest, item, code } of [
  { command: 'room:join', field: 'rooms', rest: {}, item: 'a', code: 'limit-reached' },
  {
    command: 'call:join',
    field: 'tracks',
    rest: { room: 'a', joinId: 'j' },
    item: { source: 'camera', mid: null, muted: false },
    code: 'payload-invalid',
  },
  {
    command: 'participant:update',
    field: 'tracks',
    rest: { room: 'a' },
    item: { source: 'camera', mid: null, muted: false },
    code: 'payload-invalid',
  },
] satisfies { command: CommandName; field: string; rest: object; item: unknown; code: string }[]) {
  test(`${command}: refuses a frame full of ${field} before it reads any of them`, () => {
    const { array, looks } = watchedArray(Array.from({ length: 10_000 }, () => item));
    assert.throws(() => parsePayload(command, { ...rest, [field]: array }), { code });
    assert.equal(looks(), 0);
    assert.doesNotThrow(() => parsePayload(command, { ...rest, [field]: [item] }));
  });
}

test('bounds an answer with many long messages, and says that there are older ones', async (t) => {
  const { connect } = await startApp(
    t,
    {},
    { allowances: { chat: { points: 10_000, duration: 10 }, traffic: { points: 100_000, duration: 10 } } },
  );
  const [ann, ben] = [await connect(), await connect()];
  const rooms = ['a', 'b', 'c'];
  await ann.request('room:join', { rooms });
  const text = 'x'.repeat(LIMITS.messageCodePoints);
  for (const room of rooms) {
    for (let first = 0; first < 120; first += 20) {
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          ann.request('chat:send', { room, clientId: `${first + index}`, text }),
        ),
      );
    }
  }
  const {
    rooms: [first],
  } = await ben.request('room:join', { room: 'a' });
  assert.equal(first?.messages.length, LIMITS.messagesOnJoin, 'one room is answered in full');

  await ann.request('room:leave', { room: 'c' });
  const answer = await ann.request('room:join', { rooms, after: '000000000-00000' });
  const lengths = answer.rooms.map(({ messages }) => messages.length);
  const characters = answer.rooms
    .flatMap(({ messages }) => messages)
    .reduce((sum, message) => sum + message.text.length, 0);
  assert.ok(characters <= 400_000, `${characters} characters in ${lengths.join(' + ')} messages`);
  for (const { messages, hasOlder } of answer.rooms) {
    assert.ok(messages.length >= 30 && hasOlder, `${messages.length} messages`);
    assert.equal(messages.at(-1)?.clientId, '119', 'the latest messages are in the answer');
  }
});

test('entering many rooms at once counts as entering each', async (t) => {
  const { connect } = await startApp(t, {}, { allowances: { entry: { points: 10, duration: 60 } } });
  const ann = await connect();
  await ann.request('room:join', { rooms: ['a', 'b', 'c', 'd', 'e', 'f'] });
  await ann.request('room:join', { rooms: ['a', 'b', 'c', 'd'] });
  assert.equal(await ann.refusal('room:leave', { room: 'a' }), 'rate-limited');
});
