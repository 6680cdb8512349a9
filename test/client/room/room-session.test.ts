/** A session and a scripted server: entering, knocking, refusals, being removed, typing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConversation } from '../../../components/client/room/conversation.ts';
import { CodedError } from '../../../components/internal/coded-error.ts';
import { connectToFake, enterFake, posted, inRoom } from '../../support/server/fake-room.ts';
import { participant, roomSnapshot } from '../../support/server/fake-transport.ts';
import { next, record, settled } from '../../support/waiting.ts';

test('shows knocks to a moderator and forgets them when the participant is no longer one', async (t) => {
  const { transport, session } = await enterFake(
    t,
    roomSnapshot({
      n: 5,
      participants: [participant('me', { role: 'moderator' })],
      waiting: [{ id: 'kim', displayName: 'Kim' }],
    }),
  );
  const heard = record(session.events, ['knock', 'knock-end']);
  transport.tell('participant:knocked', { room: 'a', participant: { id: 'lee', displayName: 'Lee' }, waiting: true });
  assert.deepEqual(
    session.store.get().waiting.map(({ id }) => id),
    ['kim', 'lee'],
  );
  transport.tell('participant:changed', { ...inRoom(6), participant: participant('me', { role: 'participant' }) });
  assert.deepEqual(session.store.get().waiting, []);
  assert.deepEqual(
    heard.map(({ name }) => name),
    ['knock', 'knock-end', 'knock-end'],
  );
});

test('stops knocking when a knock is cancelled, and may knock again', async (t) => {
  const { transport, connection } = connectToFake(t);
  transport.ready();
  const session = connection.acquireRoom('a');
  transport.last('room:join').refuse(new CodedError('room-locked'));
  await settled();
  assert.equal(session.store.get().state, 'knocking');
  session.withdraw();
  assert.equal(session.store.get().state, 'left');
  assert.equal(session.store.get().error?.code, 'cancelled', 'never in, so nothing was left');
  assert.deepEqual(transport.last('room:leave').payload, { room: 'a' });
  transport.tell('participant:knocked', {
    room: 'a',
    participant: { id: 'me', displayName: 'Me' },
    waiting: false,
    admitted: true,
  });
  assert.equal(session.store.get().state, 'left', 'let in too late');
  session.join();
  assert.equal(session.store.get().error, null);
  assert.equal(transport.all('room:join').length, 2);
});

test('ignores an answer to a request on an earlier connection', async (t) => {
  const { transport, connection } = connectToFake(t);
  transport.ready();
  const session = connection.acquireRoom('a', { converse: createConversation });
  const stale = transport.last('room:join');
  transport.lose();
  transport.ready();
  stale.answer({ participantId: 'me', rooms: [roomSnapshot({ n: 99, participants: [participant('ghost')] })] });
  transport.last('room:join').answer({ participantId: 'me', rooms: [roomSnapshot({ n: 3 })] });
  await settled();
  assert.deepEqual(
    session.store.get().participants.map(({ id }) => id),
    ['me'],
  );
});

test('ends on refusals that another attempt cannot change, and retries after others', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const { transport, connection } = connectToFake(t);
  transport.ready();
  const session = connection.acquireRoom('a', { converse: createConversation });
  transport.last('room:join').refuse(new CodedError('rate-limited', 'slowly', { retryAfterMs: 700 }));
  await settled();
  assert.equal(session.store.get().state, 'joining');
  assert.equal(session.store.get().error?.code, 'rate-limited');
  t.mock.timers.tick(699);
  assert.equal(transport.all('room:join').length, 1);
  t.mock.timers.tick(1);
  assert.equal(transport.all('room:join').length, 2);
  transport.last('room:join').refuse(new CodedError('room-full'));
  await settled();
  assert.equal(session.store.get().state, 'failed');
  assert.equal(session.store.get().error?.code, 'room-full');
  transport.lose();
  transport.ready();
  assert.equal(transport.all('room:join').length, 2, 'a failed session does not try by itself');
  session.join();
  assert.equal(session.store.get().state, 'joining');
  transport.last('room:join').answer({ participantId: 'me', rooms: [roomSnapshot()] });
  await settled();
  assert.equal(session.store.get().state, 'joined');
  assert.equal(session.store.get().error, null);
});

test('ends with the reason when the participant is removed', async (t) => {
  const { transport, session } = await enterFake(t);
  const ended = next(session.events, 'ended');
  transport.tell('participant:left', { ...inRoom(6), participantId: 'me', reason: 'removed' });
  assert.deepEqual(await ended, { reason: 'removed' });
  assert.equal(session.store.get().state, 'left');
  assert.equal(session.store.get().error?.code, 'removed');
  await assert.rejects(session.sendMessage('hello'), { code: 'not-in-room' });
});

test('enters again when the server takes it out without a request', async (t) => {
  const { transport, session } = await enterFake(t);
  transport.tell('participant:left', { ...inRoom(6), participantId: 'me', reason: 'lost' });
  assert.equal(transport.all('room:join').length, 2);
  transport.last('room:join').answer({ participantId: 'me', rooms: [roomSnapshot({ n: 7 })] });
  await settled();
  assert.equal(session.store.get().state, 'joined');
});

test('a refused knock fails with its code, also when an older server sends none, and may be repeated', async (t) => {
  for (const [told, shown] of [
    [{ code: 'knock-refused' }, 'knock-refused'],
    [{}, 'knock-refused'],
    [{ code: 'room-locked' }, 'room-locked'],
    [{ code: 'removed' }, 'removed'],
  ] as const) {
    const { transport, connection } = connectToFake(t);
    transport.ready();
    const session = connection.acquireRoom('a');
    transport.last('room:join').refuse(new CodedError('room-locked'));
    await settled();
    transport.tell('participant:knocked', {
      room: 'a',
      participant: { id: 'me', displayName: 'Me' },
      waiting: false,
      admitted: false,
      ...told,
    });
    assert.deepEqual([session.store.get().state, session.store.get().error?.code], ['failed', shown]);
    session.join();
    assert.equal(transport.all('room:join').length, 2, 'asked again');
  }
});

test('shows typing until the message or the time limit, and reports it at most every three seconds', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
  const { transport, connection } = connectToFake(t);
  transport.ready();
  const session = connection.acquireRoom('a', { converse: createConversation });
  transport.last('room:join').answer({
    participantId: 'me',
    rooms: [roomSnapshot({ n: 5, participants: [participant('me'), participant('kim'), participant('lee')] })],
  });
  await settled();
  transport.tell('chat:typed', { room: 'a', participantId: 'kim' });
  transport.tell('chat:typed', { room: 'a', participantId: 'lee' });
  transport.tell('chat:typed', { room: 'a', participantId: 'me' });
  assert.deepEqual(session.store.get().typing, ['kim', 'lee']);
  transport.tell('chat:posted', { ...inRoom(6), message: posted('m1') });
  assert.deepEqual(session.store.get().typing, ['lee']);
  t.mock.timers.tick(5_000);
  assert.deepEqual(session.store.get().typing, []);
  session.typing();
  session.typing();
  assert.equal(transport.all('chat:typing').length, 1);
  t.mock.timers.tick(3_000);
  session.typing();
  assert.equal(transport.all('chat:typing').length, 2);
});
