/**
 * The conversation of a room and a scripted server: edits, deletions, older pages, and a conversation that starts late.
 */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Connection } from '../../../components/client/connection.ts';
import { createConversation } from '../../../components/client/room/conversation.ts';
import type { RoomSession } from '../../../components/client/room/room-session.ts';
import { CodedError } from '../../../components/internal/coded-error.ts';
import type { ChatMessage } from '../../../server/protocol.ts';
import { inRoom, posted } from '../../support/server/fake-room.ts';
import { FakeTransport, roomSnapshot } from '../../support/server/fake-transport.ts';
import { record, settled } from '../../support/waiting.ts';

const own = (id: string, fields: Partial<ChatMessage> = {}): ChatMessage =>
  posted(id, { from: { id: 'me', displayName: 'Me' }, ...fields });
const texts = (session: RoomSession): string[] =>
  session.store.get().messages.map(({ text, editedAt }) => text + (editedAt ? ' (edited)' : ''));

async function enter(t: TestContext, messages: ChatMessage[] = [], hasOlder = false) {
  const transport = new FakeTransport();
  const connection = new Connection('http://fake.test', { transport });
  t.after(() => connection.close());
  transport.ready();
  const session = connection.acquireRoom('a', { converse: createConversation });
  transport.last('room:join').answer({ participantId: 'me', rooms: [roomSnapshot({ n: 5, messages, hasOlder })] });
  await settled();
  return { transport, connection, session };
}

test('shows an edit once the server has it, whether the answer or the fact arrives first', async (t) => {
  const { transport, session } = await enter(t, [own('m1'), own('m2')]);
  const edited = own('m1', { text: 'better', editedAt: 9 });
  const promise = session.editMessage('m1', 'better');
  assert.deepEqual(transport.last('chat:edit').payload, { room: 'a', id: 'm1', text: 'better' });
  assert.deepEqual(texts(session), ['text m1', 'text m2'], 'not before the server has it');
  transport.tell('chat:edited', { ...inRoom(6), message: edited });
  transport.last('chat:edit').answer({ message: edited });
  assert.deepEqual((await promise).editedAt, new Date(9));
  assert.deepEqual(texts(session), ['better (edited)', 'text m2']);
  transport.tell('chat:edited', { ...inRoom(7), message: own('m1', { text: 'best', editedAt: 10 }) });
  transport.tell('chat:edited', { ...inRoom(8), message: posted('never heard of', { editedAt: 10 }) });
  assert.deepEqual(texts(session), ['best (edited)', 'text m2']);
});

test('does not send an invalid edit, and a refused edit changes nothing', async (t) => {
  const { transport, session } = await enter(t, [own('m1')]);
  await assert.rejects(session.editMessage('m1', ' '), { code: 'payload-invalid' });
  await assert.rejects(session.editMessage('m1', 'x'.repeat(4001)), { code: 'message-too-long' });
  assert.equal(transport.all('chat:edit').length, 0);
  const promise = session.editMessage('m1', 'mine');
  transport.last('chat:edit').refuse(new CodedError('not-allowed'));
  await assert.rejects(promise, { code: 'not-allowed' });
  assert.deepEqual(texts(session), ['text m1']);
});

test('removes deleted messages; the fact about a direct message does not count', async (t) => {
  const { transport, session } = await enter(t, [own('m1'), posted('m2'), posted('m3', { to: 'me' }), posted('m4')]);
  const promise = session.deleteMessage('m1');
  transport.last('chat:delete').answer({});
  await promise;
  transport.tell('chat:deleted', { ...inRoom(6), id: 'm1' });
  transport.tell('chat:deleted', { ...inRoom(7), id: 'm2' });
  transport.tell('chat:deleted', { ...inRoom(7), id: 'm3', to: 'me' });
  transport.tell('chat:posted', { ...inRoom(8), message: posted('m5') });
  assert.deepEqual(texts(session), ['text m4', 'text m5']);
  assert.equal(transport.all('room:join').length, 1, 'no gap was seen');
});

test('discards a failed message without a request', async (t) => {
  const { transport, session } = await enter(t);
  const promise = session.sendMessage('hello');
  transport.last('chat:send').refuse(new CodedError('payload-invalid'));
  await assert.rejects(promise, { code: 'payload-invalid' });
  await session.deleteMessage(session.store.get().messages[0]!.id);
  assert.deepEqual(texts(session), []);
  assert.equal(transport.all('chat:delete').length, 0);
});

test('applies missed edits and deletions from the next snapshot', async (t) => {
  const { transport, session } = await enter(t, [posted('m1'), posted('m2'), posted('m3')]);
  const heard = record(session.events, ['message']);
  transport.lose();
  transport.ready();
  assert.equal(transport.last('room:join').payload.after, 'm3');
  const missed = {
    messages: [posted('m4')],
    edited: [posted('m1', { text: 'other', editedAt: 8 }), posted('m0', { editedAt: 8 })],
    deleted: ['m2', 'm0'],
  };
  transport.last('room:join').answer({ participantId: 'me', rooms: [roomSnapshot({ n: 9, ...missed })] });
  await settled();
  assert.deepEqual(texts(session), ['other (edited)', 'text m3', 'text m4']);
  assert.equal(heard.length, 1, 'an edit is no message');
});

test('a notice has the name chosen in the lobby, and a message the one that it was sent with', async (t) => {
  const { transport, session } = await enter(t, [posted('m1', { from: { id: 'lee', displayName: 'Guest' } })]);
  const heard = record(session.events, ['message']);
  const lee = { id: 'lee', displayName: 'Guest', role: 'participant', connected: true, call: null } as const;
  transport.tell('participant:joined', { ...inRoom(6), participant: lee });
  transport.tell('participant:joined', { ...inRoom(7), participant: { ...lee, id: 'mo' } });
  transport.tell('participant:changed', { ...inRoom(8), participant: { ...lee, displayName: 'Lee' } });
  const lines = session.store.get().messages.map(({ from, text }) => [from.displayName, text]);
  assert.deepEqual(lines, [
    ['Guest', 'text m1'],
    ['Lee', 'Lee came'],
    ['Guest', 'Guest came'],
  ]);
  assert.equal(heard.length, 2, 'it is no new message');
});

test('replaces the shown messages when too many changed, except those that the server does not have', async (t) => {
  const { transport, session } = await enter(t, [posted('m1'), posted('m2'), posted('m3')]);
  const heard = record(session.events, ['message']);
  const sending = session.sendMessage('on its way');
  transport.tell('participant:joined', {
    ...inRoom(6),
    participant: { id: 'lee', displayName: 'Lee', role: 'participant', connected: true, call: null },
  });
  transport.lose();
  transport.ready();
  const messages = [posted('m2', { text: 'other', editedAt: 8 }), posted('m4')];
  transport
    .last('room:join')
    .answer({ participantId: 'me', rooms: [roomSnapshot({ n: 9, messages, hasOlder: true, stale: true })] });
  await settled();
  assert.deepEqual(texts(session).toSorted(), ['Lee came', 'Lee left', 'on its way', 'other (edited)', 'text m4']);
  assert.equal(session.store.get().hasOlder, true, 'what was before can be asked for');
  assert.deepEqual(
    heard.map(({ event }) => (event as { text: string }).text),
    ['Lee came', 'Lee left', 'text m4'],
    'what was told before is not told again',
  );
  transport
    .last('chat:send')
    .answer({ message: own('m5', { clientId: transport.last('chat:send').payload.clientId, text: 'on its way' }) });
  assert.equal((await sending).id, 'm5');
  const older = session.loadOlder();
  assert.equal(transport.last('chat:history').payload.before, 'm2');
  transport.last('chat:history').answer({ messages: [posted('m1', { text: 'other', editedAt: 8 })], hasOlder: false });
  assert.equal(await older, 1);
});

test('asks only for what was never emitted when the connection is lost again before a gap is filled', async (t) => {
  const name = (index: number) => `m${String(index).padStart(4, '0')}`;
  const range = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => posted(name(from + index)));
  const { transport, session } = await enter(t, [posted(name(1))]);
  const heard = record(session.events, ['message']);
  const enterAgain = async (n: number, messages: ChatMessage[]) => {
    transport.lose();
    transport.ready();
    transport.last('room:join').answer({ participantId: 'me', rooms: [roomSnapshot({ n, messages, hasOlder: true })] });
    await settled();
  };
  await enterAgain(9, range(10, 60));
  // More messages than the list keeps, so it forgets the oldest. The client must not ask for these again.
  for (const [index, message] of range(60, 1_200).entries())
    transport.tell('chat:posted', { ...inRoom(10 + index), message });
  await enterAgain(2_000, range(1_210, 1_260));
  for (const [after, before] of [
    [1, 10],
    [1_199, 1_210],
  ] as const) {
    const { payload, answer } = transport.last('chat:history');
    assert.deepEqual([payload.after, payload.before], [name(after), name(before)]);
    answer({ messages: range(after + 1, before), hasOlder: true });
    await settled();
  }
  assert.equal(transport.all('chat:history').length, 3, 'the first was lost with its connection');
  const ids = heard.map(({ event }) => (event as { id: string }).id);
  assert.deepEqual(
    ids.toSorted(),
    range(2, 1_260).map(({ id }) => id),
  );
});

test('asks for nothing that an earlier life of the room left out', async (t) => {
  const { transport, session } = await enter(t, [posted('m01')]);
  const enterAgain = async (fields: Parameters<typeof roomSnapshot>[0]) => {
    transport.lose();
    transport.ready();
    transport.last('room:join').answer({ participantId: 'me', rooms: [roomSnapshot(fields)] });
    await settled();
  };
  await enterAgain({ n: 9, messages: Array.from({ length: 50 }, (_, index) => posted(`m${10 + index}`)) });
  assert.equal(transport.all('chat:history').length, 1, 'there is a gap');
  await enterAgain({ epoch: 'room-2', n: 1, messages: [posted('m02')] });
  assert.equal(transport.all('chat:history').length, 1);
  assert.equal(texts(session).at(-1), 'text m02');
});

test('loads and emits the messages between the last known one and a replaced list', async (t) => {
  const name = (index: number) => `m${String(index).padStart(3, '0')}`;
  const { transport, session } = await enter(t, [posted(name(1)), posted(name(2))]);
  const heard = record(session.events, ['message']);
  transport.lose();
  transport.ready();
  const newest = Array.from({ length: 50 }, (_, index) => posted(name(10 + index)));
  transport
    .last('room:join')
    .answer({ participantId: 'me', rooms: [roomSnapshot({ n: 9, messages: newest, hasOlder: true, stale: true })] });
  await settled();
  const { payload, answer } = transport.last('chat:history');
  assert.deepEqual([payload.after, payload.before], [name(2), name(10)]);
  answer({ messages: [posted(name(3))], hasOlder: true });
  await settled();
  assert.deepEqual(
    session.store.get().messages.map(({ id }) => id),
    [name(3), ...newest.map(({ id }) => id)],
  );
  assert.equal(heard.length, 51);
});

test('adds older pages before the oldest message, one request at a time, until there are no more', async (t) => {
  const { transport, session } = await enter(t, [posted('m7'), posted('m8')], true);
  const heard = record(session.events, ['message']);
  assert.equal(session.store.get().hasOlder, true);
  const [one, two] = [session.loadOlder(), session.loadOlder()];
  assert.equal(transport.all('chat:history').length, 1);
  assert.deepEqual(transport.last('chat:history').payload, { room: 'a', before: 'm7', limit: 100 });
  // The server may have read the requested page of messages before this edit.
  transport.tell('chat:edited', { ...inRoom(6), message: posted('m5', { text: 'new', editedAt: 7 }) });
  transport.tell('chat:deleted', { ...inRoom(7), id: 'm6' });
  transport.last('chat:history').answer({ messages: [posted('m5'), posted('m6')], hasOlder: true });
  assert.deepEqual(await Promise.all([one, two]), [2, 2]);
  assert.deepEqual(texts(session), ['new (edited)', 'text m7', 'text m8']);
  const last = session.loadOlder();
  assert.equal(transport.last('chat:history').payload.before, 'm5');
  transport.last('chat:history').answer({ messages: [], hasOlder: false });
  assert.equal(await last, 0);
  assert.equal(session.store.get().hasOlder, false);
  assert.equal(heard.length, 0, 'what is old is no news');
});

test('keeps older messages that were requested', async (t) => {
  const name = (index: number) => `m${String(index).padStart(5, '0')}`;
  const { transport, session } = await enter(
    t,
    Array.from({ length: 50 }, (_, index) => posted(name(2000 + index))),
    true,
  );
  for (let first = 1900; first >= 900; first -= 100) {
    const page = session.loadOlder();
    transport.last('chat:history').answer({
      messages: Array.from({ length: 100 }, (_, index) => posted(name(first + index))),
      hasOlder: first > 900,
    });
    await page;
  }
  assert.equal(session.store.get().messages.length, 1150);
  assert.equal(session.store.get().messages[0]?.id, name(900));
  assert.equal(session.store.get().hasOlder, false);
});

test('a conversation that starts late loads what was said and emits none of it as new', async (t) => {
  const transport = new FakeTransport();
  const connection = new Connection('http://fake.test', { transport });
  t.after(() => connection.close());
  transport.ready();
  const session = connection.acquireRoom('a');
  const heard = record(session.events, ['message']);
  transport
    .last('room:join')
    .answer({ participantId: 'me', rooms: [roomSnapshot({ n: 5, messages: [posted('m1')] })] });
  await settled();
  transport.tell('chat:posted', { ...inRoom(6), message: posted('m2') });
  assert.deepEqual(texts(session), [], 'a call alone keeps none');
  await assert.rejects(session.sendMessage('hello'), { code: 'not-in-room' });

  assert.equal(connection.acquireRoom('a', { converse: createConversation }), session);
  assert.equal(transport.last('room:join').payload.after, undefined);
  transport.last('room:join').answer({
    participantId: 'me',
    rooms: [roomSnapshot({ n: 6, messages: [posted('m1'), posted('m2')], hasOlder: true })],
  });
  await settled();
  assert.deepEqual(texts(session), ['text m1', 'text m2']);
  assert.equal(session.store.get().hasOlder, true);
  assert.equal(heard.length, 0);
  connection.acquireRoom('a', { converse: createConversation });
  assert.equal(transport.all('room:join').length, 2, 'begun once');
});
