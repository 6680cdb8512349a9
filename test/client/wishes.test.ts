/** Wishes: commands that a page sends inside its handshake, and what it sends to a server that does not know them. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Connection } from '../../components/client/connection.ts';
import type { RoomSession } from '../../components/client/room/room-session.ts';
import { CodedError } from '../../components/internal/coded-error.ts';
import type { CallPresence, Commands, Facts, TrackInfo } from '../../server/protocol.ts';
import { FakeTransport, roomSnapshot } from '../support/server/fake-transport.ts';
import { eventually, settled } from '../support/waiting.ts';

const CALL: Commands['call:join']['value'] = {
  epoch: 'room-1',
  n: 2,
  participants: [],
  iceServers: [],
  iceTtlMs: null,
};
const ROOM: Commands['room:join']['value'] = { participantId: 'me', rooms: [roomSnapshot()] };
const ICE: Commands['ice:servers']['value'] = { iceServers: [{ urls: ['stun:x'] }], iceTtlMs: 60_000 };
const camera: TrackInfo = { source: 'camera', mid: null, muted: false };
const presence: CallPresence = { joinId: 'j1', tracks: [], receivesVideo: true, newcomerOffers: true };

function connect(t: TestContext): { transport: FakeTransport; connection: Connection } {
  const transport = new FakeTransport();
  const connection = new Connection('http://fake.test', { transport });
  connection.setDisplayName('Kim');
  t.after(() => connection.close());
  return { transport, connection };
}

/** Makes one handshake up to `session:ready`. Resolves to the wishes in it. */
async function shake(transport: FakeTransport, fields: Pick<Facts['session:ready'], 'wishes'> = { wishes: true }) {
  const { wishes } = await transport.auth();
  transport.ready('me', 'process-1', fields);
  await settled();
  return wishes;
}

const ok = <Value>(value: Value) => ({ ok: true, value }) as const;
const refused = (code: CodedError['code']) => ({ ok: false, error: { code, message: 'No.' } }) as const;
const asked = ({ asked: all }: FakeTransport) => all.map(({ command }) => command);
const stateOf = (session: RoomSession) => session.store.get().state;

test('enters the room and its call by the handshake alone', async (t) => {
  const { transport, connection } = connect(t);
  const session = connection.acquireRoom('a');
  const joined = session.joinCall(presence);
  assert.deepEqual(await shake(transport), {
    room: { room: 'a', displayName: 'Kim' },
    call: { room: 'a', ...presence },
  });
  assert.equal(stateOf(session), 'joining');
  transport.tell('session:answered', { room: ok(ROOM), call: ok(CALL) });
  assert.deepEqual(await joined, CALL);
  assert.equal(stateOf(session), 'joined');
  assert.deepEqual(asked(transport), []);
});

test('asks a server that does not answer wishes with the ordinary commands, and for nothing new', async (t) => {
  const { transport, connection } = connect(t);
  transport.script['room:join'] = () => ROOM;
  transport.script['call:join'] = () => CALL;
  const session = connection.acquireRoom('a');
  session.expectCall();
  const joined = session.joinCall(presence);
  await shake(transport, {});
  await joined;
  assert.deepEqual(asked(transport), ['room:join', 'call:join']);
  assert.equal(session.knowsWishes, false);
});

test('makes the wishes again for each connection', async (t) => {
  const { transport, connection } = connect(t);
  assert.equal(await shake(transport), undefined, 'no room yet');
  transport.script['room:join'] = () => ROOM;
  transport.script['call:join'] = () => CALL;
  const session = connection.acquireRoom('a');
  await session.joinCall(presence);
  const before = asked(transport).length;
  transport.lose();
  session.updateCall({ tracks: [camera] });
  const wishes = await shake(transport);
  assert.deepEqual(wishes?.call, { room: 'a', ...presence, tracks: [camera] });
  transport.tell('session:answered', { room: ok(ROOM), call: ok(CALL) });
  await settled();
  assert.equal(stateOf(session), 'joined');
  assert.equal(transport.asked.length, before);
});

test('reports a track that started after the handshake', async (t) => {
  const { transport, connection } = connect(t);
  transport.script['participant:update'] = () => ({ displayName: 'Kim' });
  const session = connection.acquireRoom('a');
  const joined = session.joinCall(presence);
  await shake(transport);
  session.updateCall({ tracks: [camera] });
  transport.tell('session:answered', { room: ok(ROOM), call: ok(CALL) });
  await joined;
  await settled();
  assert.deepEqual(asked(transport), ['participant:update']);
  assert.deepEqual(transport.last('participant:update').payload.tracks, [camera]);
});

test('knocks by the handshake, and enters by a command when it is let in', async (t) => {
  const { transport, connection } = connect(t);
  const session = connection.acquireRoom('a');
  const joined = session.joinCall(presence);
  await shake(transport);
  transport.tell('session:answered', { room: refused('room-locked') });
  await settled();
  assert.equal(stateOf(session), 'knocking');
  assert.deepEqual(asked(transport), []);
  transport.script['room:join'] = () => ROOM;
  transport.script['call:join'] = () => CALL;
  const participant = { id: 'me', displayName: 'Kim' };
  transport.tell('participant:knocked', { room: 'a', participant, waiting: false, admitted: true });
  await joined;
  assert.deepEqual(asked(transport), ['room:join', 'call:join']);
});

test('fails a call that the server refuses in its answer to the handshake', async (t) => {
  const { transport, connection } = connect(t);
  const session = connection.acquireRoom('a');
  const joined = session.joinCall(presence);
  await shake(transport);
  transport.tell('session:answered', { room: ok(ROOM), call: refused('limit-reached') });
  await assert.rejects(joined, { code: 'limit-reached' });
  assert.equal(stateOf(session), 'joined');
});

test('enters again when the connection is lost before the answer', async (t) => {
  const { transport, connection } = connect(t);
  const session = connection.acquireRoom('a');
  const joined = session.joinCall(presence);
  await shake(transport);
  transport.lose();
  await settled();
  await shake(transport);
  transport.tell('session:answered', { room: ok(ROOM), call: ok(CALL) });
  assert.deepEqual(await joined, CALL);
});

test('sends the ordinary command when what it would say changed since the handshake', async (t) => {
  const { transport, connection } = connect(t);
  transport.script['room:join'] = () => ROOM;
  const session = connection.acquireRoom('a');
  await transport.auth();
  connection.setToken('a.b.c');
  transport.ready('me', 'process-1', { wishes: true });
  await settled();
  assert.deepEqual(asked(transport), ['room:join']);
  assert.equal(stateOf(session), 'joined');
});

test('gets the ICE servers of a lobby by the handshake, and renews them by a command', async (t) => {
  const { transport, connection } = connect(t);
  transport.script['ice:servers'] = () => ICE;
  const session = connection.acquireRoom('a');
  session.expectCall();
  let known: unknown;
  session.store.subscribe(({ state }) => state === 'joined' && (known ??= session.iceServers()));
  assert.deepEqual(await shake(transport), { room: { room: 'a', displayName: 'Kim' }, ice: true });
  transport.tell('session:answered', { room: ok(ROOM), ice: ok(ICE) });
  await settled();
  assert.deepEqual(await known, ICE);
  assert.deepEqual(asked(transport), []);
  await session.iceServers();
  assert.deepEqual(asked(transport), ['ice:servers']);
});

test('sends no signal before the call:join of its room', async (t) => {
  const { transport, connection } = connect(t);
  transport.script['room:join'] = () => ROOM;
  transport.script['call:join'] = () => CALL;
  transport.script['signal:send'] = () => ({});
  const session = connection.acquireRoom('a');
  await shake(transport, {});
  await session.joinCall(presence);
  transport.script['participant:update'] = () => undefined;
  session.updateCall({ tracks: [camera] });
  // The `participant:update` is not answered yet, so the second `call:join` waits for its answer.
  session.leaveCall();
  void session.joinCall({ ...presence, joinId: 'j2' });
  const sent = session.sendSignal('other', 'j2.x.0', { kind: 'hello' });
  await settled();
  transport.last('participant:update').answer({ displayName: 'Kim' });
  await sent;
  assert.deepEqual(asked(transport).slice(-2), ['call:join', 'signal:send']);
});

test('leaves the call when it was cancelled between the handshake and its answer', async (t) => {
  const { transport, connection } = connect(t);
  const session = connection.acquireRoom('a');
  const joined = session.joinCall(presence);
  await shake(transport);
  session.leaveCall();
  await assert.rejects(joined, { code: 'cancelled' });
  transport.tell('session:answered', { room: ok(ROOM), call: ok(CALL) });
  await settled();
  assert.equal(stateOf(session), 'joined');
  assert.deepEqual(asked(transport), ['call:leave']);
});

test('is in the call once when it was left and joined again before the answer', async (t) => {
  const { transport, connection } = connect(t);
  const session = connection.acquireRoom('a');
  session.joinCall(presence).catch(() => {});
  await shake(transport);
  session.leaveCall();
  session.joinCall({ ...presence, joinId: 'j2' }).catch(() => {});
  transport.tell('session:answered', { room: ok(ROOM), call: ok(CALL) });
  await settled();
  // The page joins the call again with its second presence, which replaces the wished one at the server.
  assert.deepEqual(asked(transport), ['call:join']);
});

for (const [when, isReady] of [
  ['before', false],
  ['after', true],
] as const) {
  test(`leaves a room that was released ${when} session:ready and before the answer`, async (t) => {
    const { transport, connection } = connect(t);
    const session = connection.acquireRoom('a');
    session.joinCall(presence).catch(() => {});
    if (isReady) await shake(transport);
    else await transport.auth();
    connection.releaseRoom(session);
    if (!isReady) transport.ready('me', 'process-1', { wishes: true });
    await settled();
    transport.tell('session:answered', { room: ok(ROOM), call: ok(CALL) });
    await settled();
    assert.deepEqual(asked(transport), ['room:leave']);
  });

  test(`enters a room again that was released ${when} session:ready`, async (t) => {
    const { transport, connection } = connect(t);
    const first = connection.acquireRoom('a');
    first.joinCall(presence).catch(() => {});
    if (isReady) await shake(transport);
    else await transport.auth();
    connection.releaseRoom(first);
    const second = connection.acquireRoom('a');
    if (!isReady) transport.ready('me', 'process-1', { wishes: true });
    await settled();
    transport.tell('session:answered', { room: ok(ROOM), call: ok(CALL) });
    await settled();
    assert.deepEqual(asked(transport), ['room:leave', 'room:join']);
    assert.equal(stateOf(second), 'joining', 'the answer to the wish of before is not taken');
  });
}

test('leaves what was released or left while the connection was lost', async (t) => {
  const { transport, connection } = connect(t);
  const [a, b] = [connection.acquireRoom('a'), connection.acquireRoom('b')];
  a.joinCall(presence).catch(() => {});
  await shake(transport);
  transport.tell('session:answered', { room: ok(ROOM), call: ok(CALL) });
  await settled();
  transport.asked.splice(0);
  transport.lose();
  a.leaveCall();
  connection.releaseRoom(b);
  await shake(transport);
  transport.tell('session:answered', { room: ok(ROOM) });
  await settled();
  assert.deepEqual(asked(transport), ['room:leave', 'call:leave']);
});

for (const [command, leave] of [
  ['call:leave', (_: Connection, session: RoomSession) => session.leaveCall()],
  ['room:leave', (connection: Connection, session: RoomSession) => connection.releaseRoom(session)],
] as const) {
  test(`sends ${command} again if the server could not carry it out in time, unless it is entered again`, async (t) => {
    for (const returns of ['never', 'at once', 'before it is sent again'] as const) {
      const { transport, connection } = connect(t);
      const session = connection.acquireRoom('a');
      const joining = session.joinCall(presence);
      await shake(transport);
      transport.tell('session:answered', { room: ok(ROOM), call: ok(CALL) });
      await joining;
      let times = 0;
      transport.script[command] = () => {
        if (++times === 1) throw new CodedError('timeout', undefined, { retryAfterMs: 20 });
        return {};
      };
      transport.script['room:join'] = () => ROOM;
      transport.script['call:join'] = () => CALL;
      leave(connection, session);
      if (returns === 'before it is sent again') await settled();
      if (returns !== 'never') {
        const again = connection.acquireRoom('a');
        await again.joinCall({ ...presence, joinId: 'j2' });
        await again.joinCall({ ...presence, joinId: 'j2' });
        assert.equal(stateOf(again), 'joined');
      } else await eventually(`a second ${command}`, () => times === 2);
      assert.equal(asked(transport).at(-1), returns === 'never' ? command : 'call:join');
      // The server still knows the room of before, with its call.
      if (returns === 'before it is sent again' && command === 'room:leave') assert.equal(times, 2);
    }
  });
}
