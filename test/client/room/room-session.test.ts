/** A session against a scripted server: gaps, snapshots, rosters, new lives. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Connection } from '../../../components/client/transport/connection.ts';
import { createConversation } from '../../../components/client/room/conversation.ts';
import { CodedError } from '../../../components/internal/coded-error.ts';
import type { ChatMessage } from '../../../server/protocol.ts';
import { FakeTransport, participant, roomSnapshot } from '../../support/server/fake-transport.ts';
import { next, record, settled } from '../../support/waiting.ts';

function connect(t: TestContext): { transport: FakeTransport; connection: Connection } {
  const transport = new FakeTransport();
  const connection = new Connection('http://fake.test', { transport });
  t.after(() => connection.close());
  return { transport, connection };
}

async function enter(t: TestContext, snapshot = roomSnapshot({ n: 5 })) {
  const { transport, connection } = connect(t);
  transport.ready();
  const session = connection.acquireRoom('a', { converse: createConversation });
  transport.last('room:join').answer({ participantId: 'me', rooms: [snapshot] });
  await settled();
  assert.equal(session.store.get().state, 'joined');
  return { transport, connection, session };
}

function posted(id: string, fields: Partial<ChatMessage> = {}): ChatMessage {
  return {
    id,
    clientId: `c-${id}`,
    from: { id: 'kim', displayName: 'Kim' },
    text: `text ${id}`,
    at: 1,
    kind: 'text',
    ...fields,
  };
}

const inRoom = (n: number, epoch = 'room-1') => ({ room: 'a', epoch, n });
const texts = (session: { store: { get(): { messages: readonly { text: string; kind: string }[] } } }): string[] =>
  session.store
    .get()
    .messages.filter(({ kind }) => kind === 'text')
    .map(({ text }) => text);

test('facts that come before the answer to the join wait for it, and older ones are dropped', async (t) => {
  const { transport, connection } = connect(t);
  transport.ready();
  const session = connection.acquireRoom('a', { converse: createConversation });
  const heard = record(session.events, ['participant-joined', 'message']);
  transport.tell('participant:joined', { ...inRoom(4), participant: participant('gone') });
  transport.tell('participant:joined', { ...inRoom(5), participant: participant('me') });
  transport.tell('participant:joined', { ...inRoom(6), participant: participant('kim') });
  transport.tell('chat:posted', { ...inRoom(7), message: posted('m1') });
  assert.deepEqual(session.store.get().participants, []);
  transport.last('room:join').answer({ participantId: 'me', rooms: [roomSnapshot({ n: 5 })] });
  await settled();
  assert.deepEqual(
    session.store.get().participants.map(({ id }) => id),
    ['me', 'kim'],
  );
  assert.deepEqual(texts(session), ['text m1']);
  assert.deepEqual(
    heard.map(({ name }) => name),
    ['participant-joined', 'message', 'message'],
    'kim, the notice of kim, the message',
  );
});

test('who knocks is told to a moderator, and forgotten by who is none any more', async (t) => {
  const { transport, session } = await enter(
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

test('who waits no longer leaves the door, and may knock again', async (t) => {
  const { transport, connection } = connect(t);
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

test('a gap asks for a snapshot after the last message, and what was missed is told once and in order', async (t) => {
  const { transport, session } = await enter(t);
  const heard = record(session.events, ['message', 'participant-joined', 'participant-left']);
  transport.tell('chat:posted', { ...inRoom(6), message: posted('m1') });
  // 7 (a message) and 8 (kim joins) are lost on the way.
  transport.tell('chat:posted', { ...inRoom(9), message: posted('m3') });
  transport.tell('chat:posted', { ...inRoom(10), message: posted('m4') });
  assert.deepEqual(texts(session), ['text m1'], 'nothing is shown out of order');
  const { payload } = transport.last('room:join');
  assert.equal(payload.after, 'm1');
  assert.equal(transport.all('room:join').length, 2, 'asked for once');
  transport.last('room:join').answer({
    participantId: 'me',
    rooms: [
      roomSnapshot({
        n: 9,
        participants: [participant('me'), participant('kim')],
        messages: [posted('m2'), posted('m3')],
      }),
    ],
  });
  await settled();
  assert.deepEqual(texts(session), ['text m1', 'text m2', 'text m3', 'text m4']);
  const messages = heard.filter(({ name }) => name === 'message').map(({ event }) => (event as { text: string }).text);
  assert.deepEqual(messages, ['text m1', 'Name of kim came', 'text m2', 'text m3', 'text m4']);
  assert.equal(heard.filter(({ name }) => name === 'participant-joined').length, 1);
  assert.equal(session.store.get().state, 'joined', 'a gap is not a loss');
});

test('facts in order need no snapshot', async (t) => {
  const { transport, session } = await enter(t);
  for (let n = 6; n < 20; n++)
    transport.tell('chat:posted', { ...inRoom(n), message: posted(`m${String(n).padStart(3, '0')}`) });
  assert.equal(texts(session).length, 14);
  assert.equal(transport.all('room:join').length, 1);
});

test('a direct message neither advances the number nor makes a gap', async (t) => {
  const { transport, session } = await enter(t);
  transport.tell('chat:posted', { ...inRoom(5), message: posted('m1', { to: 'me' }) });
  transport.tell('chat:posted', { ...inRoom(5), message: posted('m1', { to: 'me' }) });
  transport.tell('chat:posted', { ...inRoom(6), message: posted('m2') });
  assert.deepEqual(texts(session), ['text m1', 'text m2']);
  assert.equal(transport.all('room:join').length, 1);
});

test('an own message that was acked is not taken for a sign that nothing before it is missing', async (t) => {
  const { transport, session } = await enter(t);
  transport.tell('chat:posted', { ...inRoom(6), message: posted('m1') });
  const sent = session.sendMessage('mine');
  const { clientId } = transport.last('chat:send').payload;
  // m2 of somebody else was posted before, and is lost with the connection.
  transport
    .last('chat:send')
    .answer({ message: posted('m3', { clientId, text: 'mine', from: { id: 'me', displayName: 'Me' } }) });
  await sent;
  transport.lose();
  transport.ready();
  assert.equal(transport.last('room:join').payload.after, 'm1');
  transport.last('room:join').answer({
    participantId: 'me',
    rooms: [
      roomSnapshot({
        n: 8,
        messages: [posted('m2'), posted('m3', { clientId, text: 'mine', from: { id: 'me', displayName: 'Me' } })],
      }),
    ],
  });
  await settled();
  assert.deepEqual(texts(session), ['text m1', 'text m2', 'mine']);
});

test('after a loss the roster is kept, and then only the differences are told', async (t) => {
  const call = { joinId: 'j1', tracks: [], receivesVideo: true };
  const { transport, session } = await enter(
    t,
    roomSnapshot({
      n: 5,
      participants: [participant('me'), participant('kim', { call }), participant('lee'), participant('park')],
    }),
  );
  const before = session.store.get().participants;
  const heard = record(session.events, ['participant-joined', 'participant-left', 'participant-changed', 'resumed']);
  transport.lose();
  assert.equal(session.store.get().state, 'reconnecting');
  assert.equal(session.store.get().participants, before);
  transport.ready();
  transport.last('room:join').answer({
    participantId: 'me',
    rooms: [
      roomSnapshot({
        n: 9,
        participants: [
          participant('me'),
          participant('choi'),
          participant('park', { displayName: 'Park!' }),
          participant('kim', { call: { ...call } }),
        ],
      }),
    ],
  });
  await settled();
  const { participants, state } = session.store.get();
  assert.equal(state, 'joined');
  assert.deepEqual(
    participants.map(({ id }) => id),
    ['me', 'kim', 'park', 'choi'],
    'those known keep their place',
  );
  assert.equal(participants[1], before[1], 'who did not change is the same object');
  assert.deepEqual(
    heard.map(({ name, event }) => [
      name,
      (event as { id?: string } | undefined)?.id ??
        (event as { participant?: { id: string } } | undefined)?.participant?.id,
    ]),
    [
      ['participant-left', 'lee'],
      ['participant-changed', 'park'],
      ['participant-joined', 'choi'],
      ['resumed', undefined],
    ],
  );
});

test('in a new life of the server what is shown stays, and others have time to come back', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const call = { joinId: 'j1', tracks: [], receivesVideo: true };
  const { transport, connection } = connect(t);
  transport.ready();
  const session = connection.acquireRoom('a', { converse: createConversation });
  transport.last('room:join').answer({
    participantId: 'me',
    rooms: [
      roomSnapshot({
        n: 50,
        participants: [
          participant('me'),
          participant('kim', { call }),
          participant('lee'),
          participant('park', { call }),
        ],
        messages: [posted('m9')],
      }),
    ],
  });
  await settled();
  transport.lose();
  const heard = record(session.events, ['participant-joined', 'participant-left', 'message']);
  transport.ready('me', 'process-2');
  transport.last('room:join').answer({
    participantId: 'me',
    rooms: [roomSnapshot({ epoch: 'room-2', n: 1, participants: [participant('me'), participant('kim')] })],
  });
  await settled();
  const shown = () =>
    session.store
      .get()
      .participants.map(
        ({ id, connected, call: presence }) => `${id} ${connected ? 'here' : 'away'}${presence ? ' in call' : ''}`,
      );
  assert.deepEqual(
    shown(),
    ['me here', 'kim here in call', 'lee away', 'park away in call'],
    'kim is in the room and not yet in the call again',
  );
  assert.deepEqual(texts(session), ['text m9']);
  transport.tell('participant:changed', { ...inRoom(2, 'room-2'), participant: participant('kim', { call }) });
  transport.tell('participant:joined', { ...inRoom(3, 'room-2'), participant: participant('park') });
  transport.tell('participant:changed', { ...inRoom(4, 'room-2'), participant: participant('park', { call }) });
  assert.deepEqual(shown(), ['me here', 'kim here in call', 'lee away', 'park here in call']);
  transport.tell('chat:posted', { ...inRoom(5, 'room-2'), message: posted('m1', { clientId: 'new' }) });
  assert.deepEqual(texts(session), ['text m9', 'text m1']);
  assert.deepEqual(
    heard.map(({ name }) => name),
    ['message'],
    'nobody left and nobody came',
  );
  t.mock.timers.tick(10_000);
  assert.deepEqual(shown(), ['me here', 'kim here in call', 'park here in call']);
  assert.deepEqual(
    heard.map(({ name }) => name),
    ['message', 'participant-left', 'message'],
  );
});

test('who leaves the call after having come back to it is out at once', async (t) => {
  const call = { joinId: 'j1', tracks: [], receivesVideo: true };
  const { transport, session } = await enter(
    t,
    roomSnapshot({ n: 5, participants: [participant('me'), participant('kim', { call })] }),
  );
  transport.lose();
  transport.ready('me', 'process-2');
  transport.last('room:join').answer({
    participantId: 'me',
    rooms: [roomSnapshot({ epoch: 'room-2', n: 1, participants: [participant('me'), participant('kim', { call })] })],
  });
  await settled();
  transport.tell('participant:changed', { ...inRoom(2, 'room-2'), participant: participant('kim') });
  assert.equal(session.store.get().participants[1]?.call, null);
});

test('a fact of another epoch asks for a snapshot', async (t) => {
  const { transport, session } = await enter(t);
  transport.tell('chat:posted', { ...inRoom(2, 'room-2'), message: posted('m1') });
  assert.equal(transport.all('room:join').length, 2);
  transport
    .last('room:join')
    .answer({ participantId: 'me', rooms: [roomSnapshot({ epoch: 'room-2', n: 2, messages: [posted('m1')] })] });
  await settled();
  assert.deepEqual(texts(session), ['text m1']);
});

test('an answer from before a loss is not taken for one from after it', async (t) => {
  const { transport, connection } = connect(t);
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

test('the own id may be another one after a loss', async (t) => {
  const { transport, session } = await enter(
    t,
    roomSnapshot({ n: 5, participants: [participant('me'), participant('kim')] }),
  );
  const heard = record(session.events, ['participant-joined', 'participant-left']);
  transport.lose();
  transport.ready('me-2', 'process-2');
  transport.last('room:join').answer({
    participantId: 'me-2',
    rooms: [roomSnapshot({ epoch: 'room-2', n: 2, participants: [participant('me-2'), participant('kim')] })],
  });
  await settled();
  assert.equal(session.store.get().selfId, 'me-2');
  assert.deepEqual(
    session.store.get().participants.map(({ id }) => id),
    ['kim', 'me-2'],
    'no ghost of the former self',
  );
  assert.deepEqual(
    heard.map(({ event }) => (event as { participant: { id: string } }).participant.id),
    ['me'],
  );
});

test('refusals that trying again would not change are final, others are tried again', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const { transport, connection } = connect(t);
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

test('removed by somebody: the session has ended and says why', async (t) => {
  const { transport, session } = await enter(t);
  const ended = next(session.events, 'ended');
  transport.tell('participant:left', { ...inRoom(6), participantId: 'me', reason: 'removed' });
  assert.deepEqual(await ended, { reason: 'removed' });
  assert.equal(session.store.get().state, 'left');
  assert.equal(session.store.get().error?.code, 'removed');
  await assert.rejects(session.sendMessage('hello'), { code: 'not-in-room' });
});

test('taken out without having asked for it: it goes in again', async (t) => {
  const { transport, session } = await enter(t);
  transport.tell('participant:left', { ...inRoom(6), participantId: 'me', reason: 'lost' });
  assert.equal(transport.all('room:join').length, 2);
  transport.last('room:join').answer({ participantId: 'me', rooms: [roomSnapshot({ n: 7 })] });
  await settled();
  assert.equal(session.store.get().state, 'joined');
});

test('a knock that is turned down fails with its own code, whatever an older server leaves out, and may be made again', async (t) => {
  for (const [told, shown] of [
    [{ code: 'knock-refused' }, 'knock-refused'],
    [{}, 'knock-refused'],
    [{ code: 'room-locked' }, 'room-locked'],
    [{ code: 'removed' }, 'removed'],
  ] as const) {
    const { transport, connection } = connect(t);
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

test('typing is shown until the message comes or a while has passed, and told every three seconds at most', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
  const { transport, connection } = connect(t);
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
