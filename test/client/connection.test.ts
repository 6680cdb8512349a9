/**
 * A connection and a scripted server: identity, counted sessions, names and tokens, being moved, being refused,
 * announcements, the list of rooms.
 */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Connection } from '../../components/client/connection.ts';
import { createDirectory } from '../../components/client/room-directory.ts';
import { createConversation } from '../../components/client/room/conversation.ts';
import { CodedError } from '../../components/internal/coded-error.ts';
import { FakeTransport, roomSnapshot } from '../support/server/fake-transport.ts';
import { next, record, settled } from '../support/waiting.ts';

function connect(t: TestContext): { transport: FakeTransport; connection: Connection } {
  const transport = new FakeTransport();
  transport.script['room:join'] = ({ room }) => ({ participantId: 'me', rooms: [roomSnapshot({ room: room! })] });
  transport.script['room:leave'] = () => ({});
  const connection = new Connection('http://fake.test', { transport });
  t.after(() => connection.close());
  return { transport, connection };
}

test('leaves a room when its last session is released', async (t) => {
  const { transport, connection } = connect(t);
  transport.ready();
  const one = connection.acquireRoom(' a ');
  const two = connection.acquireRoom('a');
  assert.equal(one, two, 'one room, by its canonical name');
  connection.releaseRoom(one);
  assert.equal(transport.all('room:leave').length, 0);
  connection.releaseRoom(two);
  connection.releaseRoom(two);
  await settled();
  assert.deepEqual(
    transport.all('room:leave').map(({ payload }) => payload),
    [{ room: 'a' }],
  );
  assert.equal(one.store.get().state, 'left');
  assert.notEqual(connection.acquireRoom('a'), one, 'a later caller gets a new session');
});

test('throws for an invalid room name and disturbs nothing else', (t) => {
  const { connection } = connect(t);
  for (const name of ['', '  ', 'x'.repeat(129), 'a\u0000', '\u202eabc', '\ud800']) {
    assert.throws(() => connection.acquireRoom(name), { code: 'room-invalid' });
  }
  assert.equal(connection.acquireRoom('🏠'.repeat(128)).store.get().state, 'joining');
});

test('sends its resume token with the next handshake', async (t) => {
  const { transport } = connect(t);
  await settled();
  assert.deepEqual(await transport.auth(), { version: 1 });
  assert.equal(transport.wantsToConnect, true);
  transport.ready('me');
  assert.deepEqual(await transport.auth(), { version: 1, resumeToken: 'token-of-me' });
});

test('ends everything when another page replaces it, and reconnects only on request', async (t) => {
  const { transport, connection } = connect(t);
  transport.ready();
  const session = connection.acquireRoom('a');
  await settled();
  const ended = next(session.events, 'ended');
  transport.tell('session:replaced', {});
  assert.deepEqual(await ended, { reason: 'replaced' });
  assert.equal(connection.store.get().state, 'replaced');
  assert.equal(connection.store.get().error?.code, 'replaced');
  assert.equal(session.store.get().state, 'left');
  assert.equal(transport.wantsToConnect, false);
  assert.equal(connection.acquireRoom('b').store.get().state, 'left', 'so does who comes later');
  session.join();
  await settled();
  assert.equal(transport.wantsToConnect, true);
  assert.equal((await transport.auth()).resumeToken, undefined, 'as a new participant');
  transport.ready('other');
  await settled();
  assert.equal(session.store.get().state, 'joined');
  assert.equal(connection.store.get().state, 'ready');
});

test('fails its sessions with the code of a refusal', async (t) => {
  const { transport, connection } = connect(t);
  const session = connection.acquireRoom('a');
  const directory = connection.acquireDirectory(createDirectory);
  transport.refused.emit('refused', new CodedError('origin-refused'));
  assert.equal(connection.store.get().state, 'refused');
  assert.equal(session.store.get().state, 'failed');
  assert.equal(session.store.get().error?.code, 'origin-refused');
  assert.equal(directory.store.get().error?.code, 'origin-refused');
  assert.equal(connection.acquireRoom('b').store.get().error?.code, 'origin-refused');
});

test('shows an error after five seconds out of reach and keeps trying', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { transport, connection } = connect(t);
  const session = connection.acquireRoom('a');
  t.mock.timers.tick(4_999);
  assert.equal(session.store.get().error, null);
  t.mock.timers.tick(1);
  assert.equal(session.store.get().state, 'joining');
  assert.equal(session.store.get().error?.code, 'server-unreachable');
  assert.equal(connection.store.get().error?.code, 'server-unreachable');
  assert.equal(connection.acquireRoom('b').store.get().error?.code, 'server-unreachable');
  transport.ready();
  await settled();
  assert.equal(session.store.get().error, null);
  assert.equal(session.store.get().state, 'joined');
  assert.equal(connection.store.get().error, null);
  transport.lose();
  t.mock.timers.tick(5_000);
  assert.equal(session.store.get().state, 'reconnecting');
  assert.equal(session.store.get().error?.code, 'server-unreachable');
});

test('sends the name with each join, and a new one to all rooms; the last name set wins', async (t) => {
  const { transport, connection } = connect(t);
  assert.match(connection.store.get().displayName, /^\w+ \w+$/, 'a friendly one to begin with');
  connection.setDisplayName('Kim');
  connection.setDisplayName('');
  connection.setDisplayName(`Lee${'🙂'.repeat(64)}`);
  const cut = `Lee${'🙂'.repeat(61)}`;
  transport.ready();
  connection.acquireRoom('a');
  connection.acquireRoom('b');
  await settled();
  assert.deepEqual(
    transport.all('room:join').map(({ payload }) => payload.displayName),
    [cut, cut],
  );
  assert.equal(transport.all('participant:update').length, 0);
  connection.setDisplayName('Park');
  connection.setDisplayName('Park');
  assert.deepEqual(
    transport.all('participant:update').map(({ payload }) => payload),
    [{ displayName: 'Park' }],
  );
  transport.lose();
  connection.setDisplayName('Choi');
  transport.ready();
  assert.deepEqual(
    transport
      .all('room:join')
      .slice(2)
      .map(({ payload }) => payload.displayName),
    ['Choi', 'Choi'],
  );
  assert.equal(transport.all('participant:update').length, 1);
});

test('sends a name that was set too fast a little later', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { transport, connection } = connect(t);
  transport.ready();
  connection.acquireRoom('a');
  connection.setDisplayName('Kim');
  transport.last('participant:update').refuse(new CodedError('rate-limited', '', { retryAfterMs: 500 }));
  await settled();
  connection.setDisplayName('Lee');
  t.mock.timers.tick(500);
  assert.equal(transport.last('participant:update').payload.displayName, 'Lee');
});

test('sends the token with each join, and a new token enters the rooms that needed it', async (t) => {
  const { transport, connection } = connect(t);
  const join = transport.script['room:join']!;
  transport.script['room:join'] = (payload) => {
    if (!payload.token) throw new CodedError('token-required');
    return join(payload);
  };
  transport.ready();
  const session = connection.acquireRoom('a');
  await settled();
  assert.equal(session.store.get().error?.code, 'token-required');
  connection.setToken('good');
  await settled();
  assert.equal(session.store.get().state, 'joined');
  assert.equal(transport.last('room:join').payload.token, 'good');
  connection.setToken('better');
  assert.equal(transport.last('participant:update').payload.token, 'better');
});

test('a moved session names the new room, which is entered and kept', async (t) => {
  const { transport, connection } = connect(t);
  transport.ready();
  const session = connection.acquireRoom('a');
  await settled();
  const heard = record(session.events, ['moved', 'ended']);
  const moved = next(connection.events, 'moved');
  transport.tell('room:moved', { from: 'a', to: 'b', added: false });
  transport.tell('participant:left', { room: 'a', epoch: 'room-1', n: 2, participantId: 'me', reason: 'moved' });
  assert.deepEqual(await moved, { from: 'a', to: 'b', added: false });
  assert.deepEqual(heard, [
    { name: 'moved', event: { to: 'b' } },
    { name: 'ended', event: { reason: 'moved' } },
  ]);
  assert.equal(transport.last('room:join').payload.room, 'b');
  // Two elements follow to the new room.
  const one = connection.acquireRoom('b');
  const two = connection.acquireRoom('b');
  connection.releaseRoom(session);
  await settled();
  assert.equal(transport.all('room:leave').length, 0, 'the old room was left by the move');
  assert.equal(one.store.get().state, 'joined');
  connection.releaseRoom(one);
  connection.releaseRoom(two);
  assert.deepEqual(transport.last('room:leave').payload, { room: 'b' });
});

test('keeps both rooms after it was added to one, also over a lost connection, until that room is left', async (t) => {
  const { transport, connection } = connect(t);
  transport.ready();
  const session = connection.acquireRoom('a');
  await settled();
  transport.tell('room:moved', { from: 'a', to: 'b', added: true });
  await settled();
  assert.equal(session.store.get().state, 'joined');
  transport.lose();
  transport.ready();
  assert.deepEqual(
    transport
      .all('room:join')
      .slice(2)
      .map(({ payload }) => payload.room),
    ['a', 'b'],
  );
  connection.releaseRoom(connection.acquireRoom('b'));
  assert.deepEqual(transport.last('room:leave').payload, { room: 'b' });
});

test('stays in no room when the server moves it out of a room that it has just released', async (t) => {
  const { transport, connection } = connect(t);
  transport.ready();
  connection.releaseRoom(connection.acquireRoom('a'));
  transport.tell('room:moved', { from: 'a', to: 'b', added: false });
  assert.deepEqual(transport.last('room:leave').payload, { room: 'b' });
});

test('passes announcements to the sessions they concern', async (t) => {
  const { transport, connection } = connect(t);
  transport.ready();
  const converse = createConversation;
  const [a, b] = [connection.acquireRoom('a', { converse }), connection.acquireRoom('b', { converse })];
  await settled();
  const heard = record(connection.events, ['announcement']);
  transport.tell('announcement:posted', { id: '1', text: 'to all', at: 5, room: null });
  transport.tell('announcement:posted', { id: '2', text: 'to b', at: 6, room: 'b' });
  const lines = (session: typeof a) => session.store.get().messages.map(({ kind, text }) => `${kind} ${text}`);
  assert.deepEqual(lines(a), ['announcement to all']);
  assert.deepEqual(lines(b), ['announcement to all', 'announcement to b']);
  assert.equal(heard.length, 2);
});

test('applies a snapshot of the list and its changes, and asks for a new snapshot after a gap', async (t) => {
  const { transport, connection } = connect(t);
  const summary = (name: string, participantCount = 1) => ({ name, participantCount, inCallCount: 0, locked: false });
  transport.script['room:watch'] = () => ({});
  transport.script['room:unwatch'] = () => ({});
  transport.ready();
  const { store } = connection.acquireDirectory(createDirectory);
  connection.acquireDirectory(createDirectory);
  const shown = () => store.get().rooms.map(({ name, participantCount }) => `${name} ${participantCount}`);
  assert.equal(store.get().ready, false);
  transport.tell('rooms:snapshot', { epoch: 'e', n: 4, rooms: [summary('a'), summary('b')] });
  assert.equal(store.get().ready, true);
  transport.tell('rooms:changed', { epoch: 'e', n: 4, changed: [summary('old')], removed: [] });
  transport.tell('rooms:changed', { epoch: 'e', n: 5, changed: [summary('b', 2), summary('c')], removed: ['a'] });
  assert.deepEqual(shown(), ['b 2', 'c 1']);
  transport.tell('rooms:changed', { epoch: 'e', n: 7, changed: [summary('d')], removed: [] });
  assert.deepEqual(shown(), ['b 2', 'c 1']);
  assert.equal(transport.all('room:watch').length, 2, 'a gap');
  transport.tell('rooms:changed', { epoch: 'e', n: 8, changed: [], removed: [] });
  assert.equal(transport.all('room:watch').length, 2, 'asked for once');
  transport.tell('rooms:snapshot', { epoch: 'e', n: 8, rooms: [summary('d')] });
  assert.deepEqual(shown(), ['d 1']);
  transport.lose();
  assert.deepEqual(shown(), ['d 1'], 'kept while lost');
  transport.ready();
  assert.equal(transport.all('room:watch').length, 3);
  connection.releaseDirectory();
  assert.equal(transport.all('room:unwatch').length, 0);
  connection.releaseDirectory();
  assert.equal(transport.all('room:unwatch').length, 1);
  transport.lose();
  transport.ready();
  assert.equal(transport.all('room:watch').length, 3);
});
