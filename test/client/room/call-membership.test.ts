/** The presence in a call: reported once, and again after a lost connection under the same join id. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Connection } from '../../../components/client/connection.ts';
import { CodedError } from '../../../components/internal/coded-error.ts';
import type { Commands, TrackInfo } from '../../../server/protocol.ts';
import { FakeTransport, roomSnapshot } from '../../support/server/fake-transport.ts';
import { next, settled } from '../../support/waiting.ts';

const value: Commands['call:join']['value'] = {
  epoch: 'room-1',
  n: 1,
  participants: [],
  iceServers: [{ urls: ['stun:x'] }],
  iceTtlMs: null,
};
const presence = { joinId: 'j1', tracks: [], receivesVideo: true };
const camera: TrackInfo = { source: 'camera', mid: null, muted: false };

async function enter(t: TestContext) {
  const transport = new FakeTransport();
  const connection = new Connection('http://fake.test', { transport });
  t.after(() => connection.close());
  transport.script['room:join'] = () => ({ participantId: 'me', rooms: [roomSnapshot()] });
  transport.ready();
  const session = connection.acquireRoom('a');
  await settled();
  return { transport, connection, session };
}

test('join() resolves with the first successful answer, even after a lost connection', async (t) => {
  const { transport, session } = await enter(t);
  const joined = session.joinCall(presence);
  transport.lose();
  await settled();
  transport.script['call:join'] = () => value;
  transport.ready();
  assert.deepEqual(await joined, value);
  assert.equal(transport.all('call:join').length, 2);
});

test('join() waits until the room is entered', async (t) => {
  const transport = new FakeTransport();
  const connection = new Connection('http://fake.test', { transport });
  t.after(() => connection.close());
  const session = connection.acquireRoom('a');
  const joined = session.joinCall(presence);
  transport.ready();
  await settled();
  assert.equal(transport.all('call:join').length, 0);
  transport.script['call:join'] = () => value;
  transport.last('room:join').answer({ participantId: 'me', rooms: [roomSnapshot()] });
  await joined;
});

test('joins the call again after each lost connection, with the same join id and the current tracks', async (t) => {
  const { transport, session } = await enter(t);
  transport.script['call:join'] = () => value;
  await session.joinCall(presence);
  transport.lose();
  session.updateCall({ tracks: [camera] });
  const resumed = next(session.events, 'resumed');
  transport.ready();
  await resumed;
  await settled();
  assert.equal(transport.all('call:join').length, 2);
  assert.deepEqual(transport.last('call:join').payload, {
    room: 'a',
    joinId: 'j1',
    tracks: [camera],
    receivesVideo: true,
  });
  assert.equal(transport.all('participant:update').length, 0, 'the join said it all');
});

test('sends changes one at a time and the latest one last', async (t) => {
  const { transport, session } = await enter(t);
  transport.script['call:join'] = () => value;
  await session.joinCall(presence);
  session.updateCall({ tracks: [camera] });
  session.updateCall({ tracks: [] });
  session.updateCall({ tracks: [{ ...camera, muted: true }] });
  assert.equal(transport.all('participant:update').length, 1);
  transport.last('participant:update').answer({ displayName: '' });
  await settled();
  assert.equal(transport.all('participant:update').length, 2);
  assert.deepEqual(transport.last('participant:update').payload.tracks, [{ ...camera, muted: true }]);
  transport.last('participant:update').answer({ displayName: '' });
  await settled();
  assert.equal(transport.all('participant:update').length, 2);
});

test('rejects when the server refuses, and with cancelled when the call was left before the answer', async (t) => {
  const { transport, session } = await enter(t);
  const full = session.joinCall(presence);
  transport.last('call:join').refuse(new CodedError('call-full'));
  await assert.rejects(full, { code: 'call-full' });
  const left = session.joinCall(presence);
  session.leaveCall();
  await assert.rejects(left, { code: 'cancelled' });
  transport.last('call:leave').answer({});
  transport.lose();
  transport.ready();
  await settled();
  assert.equal(transport.all('call:join').length, 2, 'a call that was left is not joined again');
});

test('reports the end of the call when the server refuses the return', async (t) => {
  const { transport, session } = await enter(t);
  transport.script['call:join'] = () => value;
  await session.joinCall(presence);
  transport.lose();
  transport.script['call:join'] = () => {
    throw new CodedError('call-full');
  };
  const ended = next(session.events, 'call-ended');
  transport.ready();
  assert.equal((await ended).error?.code, 'call-full');
});

test('returns without the tracks that it dropped while the server refused them', async (t) => {
  const { transport, session } = await enter(t);
  transport.script['call:join'] = () => value;
  await session.joinCall({ ...presence, tracks: [camera] });
  transport.lose();
  delete transport.script['call:join'];
  transport.ready();
  await settled();
  const ended: unknown[] = [];
  session.events.on('call-ended', (end) => ended.push(end));
  session.updateCall({ tracks: [] });
  transport.last('call:join').refuse(new CodedError('not-allowed'));
  await settled();
  assert.deepEqual(
    transport.all('call:join').map(({ payload }) => payload.tracks),
    [[camera], [camera], []],
  );
  transport.last('call:join').answer(value);
  await settled();
  assert.deepEqual(ended, []);
});

test('joins later when the server limits the rate', async (t) => {
  const { transport, session } = await enter(t);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const joined = session.joinCall(presence);
  transport.last('call:join').refuse(new CodedError('rate-limited', '', { retryAfterMs: 300 }));
  await settled();
  transport.script['call:join'] = () => value;
  t.mock.timers.tick(300);
  await joined;
});

test('does not join again after the server ended the call', async (t) => {
  const { transport, session } = await enter(t);
  transport.script['call:join'] = () => value;
  await session.joinCall(presence);
  const ended = next(session.events, 'call-ended');
  transport.tell('call:ended', { room: 'a', epoch: 'room-1', n: 2, reason: 'ended' });
  assert.equal((await ended).reason, 'ended');
  transport.lose();
  transport.ready();
  await settled();
  assert.equal(transport.all('call:join').length, 1);
});

test('does not keep signals for later', async (t) => {
  const { transport, session } = await enter(t);
  const heard = next(session.events, 'signal');
  transport.tell('signal:received', { room: 'a', from: 'kim', link: 'l', signal: { candidate: null } });
  assert.deepEqual(await heard, { from: 'kim', link: 'l', signal: { candidate: null } });
  transport.lose();
  await assert.rejects(session.sendSignal('kim', 'l', {}), { code: 'server-unreachable' });
  transport.ready();
  await settled();
  assert.equal(transport.all('signal:send').length, 0);
});
