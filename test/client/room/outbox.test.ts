/** A participant's messages on their way: pending, sent or failed, each once and in order. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Connection } from '../../../components/client/connection.ts';
import { createConversation } from '../../../components/client/room/conversation.ts';
import { CodedError } from '../../../components/internal/coded-error.ts';
import type { ChatMessage } from '../../../server/protocol.ts';
import { FakeTransport, roomSnapshot } from '../../support/server/fake-transport.ts';
import { settled } from '../../support/waiting.ts';

/** Enters a room of a server that stores each message once. */
async function enter(t: TestContext) {
  const transport = new FakeTransport();
  const connection = new Connection('http://fake.test', { transport });
  t.after(() => connection.close());
  const stored: ChatMessage[] = [];
  const store = ({ clientId, text, to }: { clientId: string; text: string; to?: string }): ChatMessage => {
    const known = stored.find((message) => message.clientId === clientId);
    if (known) return known;
    const message: ChatMessage = {
      id: `m${stored.length + 1}`,
      clientId,
      text,
      from: { id: 'me', displayName: 'Me' },
      at: 1,
      kind: 'text',
      ...(to !== undefined && { to }),
    };
    stored.push(message);
    return message;
  };
  transport.script['room:join'] = ({ after }) => ({
    participantId: 'me',
    rooms: [
      roomSnapshot({ n: stored.length + 1, messages: stored.slice(stored.findIndex(({ id }) => id === after) + 1) }),
    ],
  });
  transport.ready();
  const session = connection.acquireRoom('a', { converse: createConversation });
  await settled();
  const lines = (): string[] => session.store.get().messages.map(({ text, state }) => `${text} ${state}`);
  return { transport, session, stored, store, lines };
}

test('a message is pending at once and sent when the server has it', async (t) => {
  const { transport, session, store, lines } = await enter(t);
  const sent = session.sendMessage('hello', { to: 'kim' });
  assert.deepEqual(lines(), ['hello pending']);
  const { payload, answer } = transport.last('chat:send');
  assert.equal(payload.to, 'kim');
  answer({ message: store(payload) });
  const message = await sent;
  assert.deepEqual([message.id, message.state, message.isSelf, message.to], ['m1', 'sent', true, 'kim']);
  assert.deepEqual(lines(), ['hello sent']);
});

test('ends in the same state whether the echo or the acknowledgement arrives first', async (t) => {
  const { transport, session, store, lines } = await enter(t);
  const heard: string[] = [];
  session.events.on('message', ({ text }) => heard.push(text));
  for (const echoFirst of [true, false]) {
    const sent = session.sendMessage(`echo first: ${echoFirst}`);
    const { payload, answer } = transport.last('chat:send');
    const message = store(payload);
    const echo = (): void =>
      transport.tell('chat:posted', { room: 'a', epoch: 'room-1', n: echoFirst ? 2 : 3, message });
    if (echoFirst) echo();
    else answer({ message });
    assert.equal((await sent).state, 'sent');
    if (echoFirst) answer({ message });
    else echo();
    await settled();
  }
  assert.deepEqual(lines(), ['echo first: true sent', 'echo first: false sent']);
  assert.deepEqual(heard, [], 'own messages are no news');
});

test('sends messages one after another and lets later ones wait', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { transport, session, store, lines } = await enter(t);
  const all = Promise.all(['1', '2', '3'].map((text) => session.sendMessage(text)));
  assert.equal(transport.all('chat:send').length, 1);
  transport.last('chat:send').refuse(new CodedError('rate-limited', 'slowly', { retryAfterMs: 400 }));
  await settled();
  assert.equal(transport.all('chat:send').length, 1);
  assert.deepEqual(lines(), ['1 pending', '2 pending', '3 pending']);
  transport.script['chat:send'] = (payload) => ({ message: store(payload) });
  t.mock.timers.tick(400);
  assert.deepEqual(
    (await all).map(({ id, text }) => `${id} ${text}`),
    ['m1 1', 'm2 2', 'm3 3'],
  );
});

test('keeps pending messages when the connection is lost and sends them again under the same clientId', async (t) => {
  const { transport, session, stored, store, lines } = await enter(t);
  const first = session.sendMessage('1');
  const second = session.sendMessage('2');
  // The server has stored the first message, but the connection is lost before its answer.
  store(transport.last('chat:send').payload);
  transport.lose();
  const third = session.sendMessage('3');
  await settled();
  assert.deepEqual(lines(), ['1 pending', '2 pending', '3 pending']);
  assert.equal(transport.all('chat:send').length, 1, 'nothing goes out while offline');
  transport.script['chat:send'] = (payload) => ({ message: store(payload) });
  transport.ready();
  await Promise.all([first, second, third]);
  assert.deepEqual(
    stored.map(({ text }) => text),
    ['1', '2', '3'],
  );
  assert.deepEqual(lines(), ['1 sent', '2 sent', '3 sent']);
});

test('sends an unacknowledged message again when a restarted server has lost it', async (t) => {
  const { transport, session, stored, store, lines } = await enter(t);
  const sent = session.sendMessage('1');
  store(transport.last('chat:send').payload);
  transport.lose();
  stored.length = 0;
  transport.script['room:join'] = () => ({ participantId: 'me-2', rooms: [roomSnapshot({ epoch: 'room-2', n: 1 })] });
  transport.script['chat:send'] = (payload) => ({
    message: { ...store(payload), from: { id: 'me-2', displayName: 'Me' } },
  });
  transport.ready('me-2', 'process-2');
  await sent;
  assert.deepEqual(lines(), ['1 sent']);
});

test('a refusal fails the message, and a retry cannot post it twice', async (t) => {
  const { transport, session, stored, store, lines } = await enter(t);
  const refused = session.sendMessage('1');
  const later = session.sendMessage('2');
  store(transport.last('chat:send').payload);
  transport.last('chat:send').refuse(new CodedError('internal'));
  await assert.rejects(refused, { code: 'internal' });
  transport.script['chat:send'] = (payload) => ({ message: store(payload) });
  transport.last('chat:send').answer({ message: store(transport.last('chat:send').payload) });
  await later;
  assert.deepEqual(lines(), ['1 failed', '2 sent']);
  const { clientId } = session.store.get().messages[0]!;
  const retries = await Promise.all([session.retryMessage(clientId), session.retryMessage(clientId)]);
  assert.deepEqual(
    retries.map(({ id, state }) => `${id} ${state}`),
    ['m1 sent', 'm1 sent'],
  );
  assert.equal(transport.all('chat:send').length, 3);
  assert.deepEqual(
    stored.map(({ text }) => text),
    ['1', '2'],
  );
  assert.deepEqual(lines(), ['1 sent', '2 sent']);
  await assert.rejects(session.retryMessage('nothing'), { code: 'payload-invalid' });
});

test('sends again after the timeout when no answer arrives', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { transport, session, store } = await enter(t);
  const sent = session.sendMessage('1');
  transport.last('chat:send').refuse(new CodedError('timeout'));
  await settled();
  transport.script['chat:send'] = (payload) => ({ message: store(payload) });
  t.mock.timers.tick(1_500);
  assert.equal((await sent).id, 'm1');
  const [one, two] = transport.all('chat:send');
  assert.equal(one?.payload.clientId, two?.payload.clientId);
});

test('refuses a text that is too long or empty without sending it', async (t) => {
  const { transport, session, lines, store } = await enter(t);
  await assert.rejects(session.sendMessage(' \n'), { code: 'payload-invalid' });
  await assert.rejects(session.sendMessage('🙂'.repeat(4_001)), { code: 'message-too-long' });
  assert.deepEqual(lines(), []);
  assert.equal(transport.all('chat:send').length, 0);
  transport.script['chat:send'] = (payload) => ({ message: store(payload) });
  await session.sendMessage('🙂'.repeat(4_000));
});

test('enters the room again and then sends when the server says that we are not in the room', async (t) => {
  const { transport, session, store } = await enter(t);
  const sent = session.sendMessage('1');
  transport.last('chat:send').refuse(new CodedError('not-in-room'));
  transport.script['chat:send'] = (payload) => ({ message: store(payload) });
  assert.equal((await sent).id, 'm1');
  assert.equal(transport.all('room:join').length, 2);
});

test('fails pending messages when the room is left', async (t) => {
  const { transport, session, lines } = await enter(t);
  const sent = session.sendMessage('1');
  transport.tell('participant:left', { room: 'a', epoch: 'room-1', n: 2, participantId: 'me', reason: 'removed' });
  await assert.rejects(sent, { code: 'removed' });
  assert.deepEqual(lines(), ['1 failed']);
});
