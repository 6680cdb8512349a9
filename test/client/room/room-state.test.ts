/** The state of a room and a scripted server: gaps, snapshots, rosters, new lives of the server's state. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConversation } from '../../../components/client/room/conversation.ts';
import { connectToFake, enterFake, posted, textsOf, inRoom } from '../../support/server/fake-room.ts';
import { participant, roomSnapshot } from '../../support/server/fake-transport.ts';
import { record, settled } from '../../support/waiting.ts';

test('keeps facts that arrive before the answer to the join, and drops those older than it', async (t) => {
  const { transport, connection } = connectToFake(t);
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
  assert.deepEqual(textsOf(session), ['text m1']);
  assert.deepEqual(
    heard.map(({ name }) => name),
    ['participant-joined', 'message', 'message'],
    'kim, the notice of kim, the message',
  );
});

test('a gap asks for a snapshot after the last message, and emits missed messages once and in order', async (t) => {
  const { transport, session } = await enterFake(t);
  const heard = record(session.events, ['message', 'participant-joined', 'participant-left']);
  transport.tell('chat:posted', { ...inRoom(6), message: posted('m1') });
  // Fact 7 (a message) and fact 8 (Kim joins) are lost on the way.
  transport.tell('chat:posted', { ...inRoom(9), message: posted('m3') });
  transport.tell('chat:posted', { ...inRoom(10), message: posted('m4') });
  assert.deepEqual(textsOf(session), ['text m1'], 'nothing is shown out of order');
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
  assert.deepEqual(textsOf(session), ['text m1', 'text m2', 'text m3', 'text m4']);
  const messages = heard.filter(({ name }) => name === 'message').map(({ event }) => (event as { text: string }).text);
  assert.deepEqual(messages, ['text m1', 'Name of kim came', 'text m2', 'text m3', 'text m4']);
  assert.equal(heard.filter(({ name }) => name === 'participant-joined').length, 1);
  assert.equal(session.store.get().state, 'joined', 'a gap is not a loss');
});

test('needs no snapshot while facts arrive in order', async (t) => {
  const { transport, session } = await enterFake(t);
  for (let n = 6; n < 20; n++)
    transport.tell('chat:posted', { ...inRoom(n), message: posted(`m${String(n).padStart(3, '0')}`) });
  assert.equal(textsOf(session).length, 14);
  assert.equal(transport.all('room:join').length, 1);
});

test('a direct message neither advances the number nor makes a gap', async (t) => {
  const { transport, session } = await enterFake(t);
  transport.tell('chat:posted', { ...inRoom(5), message: posted('m1', { to: 'me' }) });
  transport.tell('chat:posted', { ...inRoom(5), message: posted('m1', { to: 'me' }) });
  transport.tell('chat:posted', { ...inRoom(6), message: posted('m2') });
  assert.deepEqual(textsOf(session), ['text m1', 'text m2']);
  assert.equal(transport.all('room:join').length, 1);
});

test('an acknowledged message does not prove that no earlier message is missing', async (t) => {
  const { transport, session } = await enterFake(t);
  transport.tell('chat:posted', { ...inRoom(6), message: posted('m1') });
  const sent = session.sendMessage('mine');
  const { clientId } = transport.last('chat:send').payload;
  // Kim posted m2 before, and it is lost with the connection.
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
  assert.deepEqual(textsOf(session), ['text m1', 'text m2', 'mine']);
});

test('keeps the roster when the connection is lost, and afterwards emits only the differences', async (t) => {
  const call = { joinId: 'j1', tracks: [], receivesVideo: true };
  const { transport, session } = await enterFake(
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
  assert.equal(participants[1], before[1], 'an unchanged participant is the same object');
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

test('keeps what is shown when the server restarts, and gives the others time to return', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const call = { joinId: 'j1', tracks: [], receivesVideo: true };
  const { transport, connection } = connectToFake(t);
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
  assert.deepEqual(textsOf(session), ['text m9']);
  transport.tell('participant:changed', { ...inRoom(2, 'room-2'), participant: participant('kim', { call }) });
  transport.tell('participant:joined', { ...inRoom(3, 'room-2'), participant: participant('park') });
  transport.tell('participant:changed', { ...inRoom(4, 'room-2'), participant: participant('park', { call }) });
  assert.deepEqual(shown(), ['me here', 'kim here in call', 'lee away', 'park here in call']);
  transport.tell('chat:posted', { ...inRoom(5, 'room-2'), message: posted('m1', { clientId: 'new' }) });
  assert.deepEqual(textsOf(session), ['text m9', 'text m1']);
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

test('a participant who returns to the call and then leaves it is out at once', async (t) => {
  const call = { joinId: 'j1', tracks: [], receivesVideo: true };
  const { transport, session } = await enterFake(
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

test('a fact of a different epoch asks for a snapshot', async (t) => {
  const { transport, session } = await enterFake(t);
  transport.tell('chat:posted', { ...inRoom(2, 'room-2'), message: posted('m1') });
  assert.equal(transport.all('room:join').length, 2);
  transport
    .last('room:join')
    .answer({ participantId: 'me', rooms: [roomSnapshot({ epoch: 'room-2', n: 2, messages: [posted('m1')] })] });
  await settled();
  assert.deepEqual(textsOf(session), ['text m1']);
});

test("the participant's own id may change with a lost connection", async (t) => {
  const { transport, session } = await enterFake(
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

test('takes permissions from a snapshot and from the fact that does not advance the number', async (t) => {
  const everyone = { microphone: 'everyone', camera: 'everyone', screen: 'everyone', chat: 'everyone' } as const;
  const quiet = { ...everyone, microphone: 'moderators' } as const;
  const { transport, session } = await enterFake(t, roomSnapshot({ n: 5, permissions: everyone }));
  const permissions = () => session.store.get().permissions;
  assert.deepEqual(permissions(), everyone);
  transport.tell('room:permitted', { ...inRoom(5), permissions: quiet });
  assert.deepEqual(permissions(), quiet);
  transport.tell('room:permitted', { ...inRoom(4), permissions: everyone });
  assert.deepEqual(permissions(), quiet, 'an older one changes nothing');
  transport.tell('participant:joined', { ...inRoom(6), participant: participant('kim') });
  assert.equal(transport.all('room:join').length, 1, 'the number went on from where it was');
  // A fact was missed: the snapshot has the permissions too.
  transport.tell('room:permitted', { ...inRoom(8), permissions: everyone });
  assert.equal(transport.all('room:join').length, 2);
  transport.last('room:join').answer({ participantId: 'me', rooms: [roomSnapshot({ n: 8, permissions: everyone })] });
  await settled();
  assert.deepEqual(permissions(), everyone);
});

test('tells reactions once, and a fact of a wrong form never', async (t) => {
  const { transport, session } = await enterFake(t, roomSnapshot({ n: 5 }));
  const heard = record(session.events, ['reaction']);
  transport.tell('call:reacted', { room: 'a', from: 'kim', emoji: '👏' });
  assert.deepEqual(
    heard.map(({ event }) => event),
    [{ room: 'a', from: 'kim', emoji: '👏' }],
  );
  assert.equal(session.store.get().permissions, undefined, 'an older server tells none');
});
