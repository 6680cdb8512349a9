import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { startApp } from '../../support/server/server.ts';

const microphone = { source: 'microphone', mid: null, muted: false } as const;

test('entering the call is told to the room, and answered with the roster and the ICE servers', async (t) => {
  const { connect } = await startApp(t, { stunUrls: ['stun:stun.example:3478'] });
  const [ann, ben, cho] = [await connect(), await connect(), await connect()];
  for (const client of [ann, ben, cho]) await client.request('room:join', { room: 'a' });
  const first = await ann.request('call:join', { room: 'a', joinId: 'j1', tracks: [microphone] });
  const second = await ben.request('call:join', { room: 'a', joinId: 'j2', receivesVideo: false });
  assert.deepEqual(first.iceServers, [{ urls: ['stun:stun.example:3478'] }]);
  assert.equal(first.iceTtlMs, null);
  assert.deepEqual(
    second.participants.map(({ call }) => call),
    [
      { joinId: 'j1', tracks: [microphone], receivesVideo: true, since: 4 },
      { joinId: 'j2', tracks: [], receivesVideo: false, since: 5 },
      null,
    ],
  );
  const seen = await cho.once('participant:changed', (fact) => fact.participant.id === ben.id);
  assert.deepEqual(seen.participant.call, { joinId: 'j2', tracks: [], receivesVideo: false, since: 5 });
  assert.equal(seen.n, second.n);
});

test('a repeated joinId only refreshes the answer; a new one is a new presence', async (t) => {
  const { connect } = await startApp(t);
  const ann = await connect();
  await ann.request('room:join', { room: 'a' });
  const first = await ann.request('call:join', { room: 'a', joinId: 'j1', tracks: [microphone] });
  const again = await ann.request('call:join', { room: 'a', joinId: 'j1' });
  assert.equal(again.n, first.n);
  assert.deepEqual(again.participants[0]?.call?.tracks, [microphone]);
  const renewed = await ann.request('call:join', { room: 'a', joinId: 'j2' });
  assert.deepEqual([renewed.n, renewed.participants[0]?.call?.joinId], [first.n + 1, 'j2']);
});

test('tells the room what a participant of the call sends, and refuses it outside the call', async (t) => {
  const { connect } = await startApp(t);
  const [ann, ben] = [await connect(), await connect()];
  for (const client of [ann, ben]) await client.request('room:join', { room: 'a' });
  assert.equal(await ann.refusal('participant:update', { room: 'a', tracks: [] }), 'not-in-room');
  await ann.request('call:join', { room: 'a', joinId: 'j1' });
  await ann.request('participant:update', { room: 'a', tracks: [{ ...microphone, muted: true }] });
  const changed = await ben.once('participant:changed', (fact) => fact.participant.call?.tracks.length === 1);
  assert.deepEqual(changed.participant.call?.tracks, [{ ...microphone, muted: true }]);
  await ann.request('call:leave', { room: 'a' });
  await ben.once(
    'participant:changed',
    (fact) => fact.participant.id === ann.id && fact.n > changed.n && fact.participant.call === null,
  );
  await ann.request('call:leave', { room: 'a' });
});

test('leaving the room leaves its call', async (t) => {
  const { app, connect } = await startApp(t);
  const [ann, ben] = [await connect(), await connect()];
  for (const client of [ann, ben]) await client.request('room:join', { room: 'a' });
  await ann.request('call:join', { room: 'a', joinId: 'j1' });
  assert.equal((await app.rooms())[0]?.inCallCount, 1);
  await ann.request('room:leave', { room: 'a' });
  assert.equal((await app.rooms())[0]?.inCallCount, 0);
});

test('relays a signal to exactly one participant, with its sender and without reading it', async (t) => {
  const { connect } = await startApp(t);
  const [ann, ben, cho] = [await connect(), await connect(), await connect()];
  for (const [index, client] of [ann, ben, cho].entries()) {
    await client.request('room:join', { room: 'a' });
    await client.request('call:join', { room: 'a', joinId: `${index}` });
  }
  const signal = {
    description: { type: 'offer', sdp: 'v=0\r\n' },
    tracks: [{ mid: '0', source: 'camera' }],
    unknown: [null, { deep: true }],
  };
  await ann.request('signal:send', { room: 'a', to: ben.id, link: 'l1', signal });
  assert.deepEqual(await ben.once('signal:received'), { room: 'a', from: ann.id, link: 'l1', signal });
  await cho.settle();
  assert.equal(cho.all('signal:received').length + ann.all('signal:received').length, 0);
});

test('signals need both ends in the call', async (t) => {
  const { connect } = await startApp(t);
  const [ann, ben, outsider] = [await connect(), await connect(), await connect()];
  const send = { room: 'a', link: 'l', signal: {} };
  for (const client of [ann, ben]) await client.request('room:join', { room: 'a' });
  assert.equal(
    await ann.refusal('signal:send', { ...send, to: ben.id }),
    'not-in-room',
    'in the room, not in the call',
  );
  await ann.request('call:join', { room: 'a', joinId: 'j' });
  assert.equal(
    await ann.refusal('signal:send', { ...send, to: ben.id }),
    'participant-gone',
    'the target is in the room, not in the call',
  );
  assert.equal(await ann.refusal('signal:send', { ...send, to: 'nobody' }), 'participant-gone');
  await ben.request('call:join', { room: 'a', joinId: 'j' });
  assert.equal(await outsider.refusal('signal:send', { ...send, to: ben.id }), 'not-in-room');
  await outsider.request('room:join', { room: 'b' });
  await outsider.request('call:join', { room: 'b', joinId: 'j' });
  assert.equal(
    await outsider.refusal('signal:send', { ...send, to: ben.id }),
    'not-in-room',
    'in a call of another room',
  );
  assert.equal(await ann.refusal('signal:send', { ...send, to: outsider.id }), 'participant-gone');
  await ben.settle();
  assert.equal(ben.all('signal:received').length, 0);
});

test('several hundred signals at once, as when joining a full call, all arrive in order', async (t) => {
  const { connect } = await startApp(t);
  const [ann, ben] = [await connect(), await connect()];
  for (const client of [ann, ben]) {
    await client.request('room:join', { room: 'a' });
    await client.request('call:join', { room: 'a', joinId: 'j' });
  }
  const answers = await Promise.all(
    Array.from({ length: 800 }, (_, index) =>
      ann.answer('signal:send', {
        room: 'a',
        to: ben.id,
        link: 'l',
        signal: { candidate: { candidate: 'x'.repeat(150), index } },
      }),
    ),
  );
  assert.equal(answers.filter(({ ok }) => !ok).length, 0);
  await ben.settle();
  assert.deepEqual(
    ben.all('signal:received').map(({ signal }) => (signal.candidate as { index: number }).index),
    Array.from({ length: 800 }, (_, index) => index),
  );
});

test("TURN credentials follow coturn's scheme, and are for one participant and a short time", async (t) => {
  const now = 1_700_000_000_000;
  const { connect } = await startApp(
    t,
    { turnUrls: 'turn:turn.example:3478', turnSecret: 'shared', turnTtl: '5m' },
    { now: () => now },
  );
  const ann = await connect();
  await ann.request('room:join', { room: 'a' });
  const { iceServers, iceTtlMs } = await ann.request('call:join', { room: 'a', joinId: 'j' });
  const username = `${now / 1000 + 300}:${ann.id}`;
  assert.deepEqual(iceServers, [
    {
      urls: ['turn:turn.example:3478'],
      username,
      credential: createHmac('sha1', 'shared').update(username).digest('base64'),
    },
  ]);
  assert.equal(iceTtlMs, 300_000);
});
