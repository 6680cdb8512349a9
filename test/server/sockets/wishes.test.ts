/** Wishes: commands inside the handshake. They have the effect of their commands, and one fact answers them all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Handshake, WishAnswers } from '../../../server/protocol.ts';
import { takeWishes } from '../../../server/sockets/wishes.ts';
import { TOKEN_SECRET, createToken } from '../../support/server/grants.ts';
import { connectClient, startApp } from '../../support/server/server.ts';
import type { TestApp, TestClient } from '../../support/server/server.ts';

const ROOM = 'a';
const CALL = { room: ROOM, joinId: 'j' };
const ALL = { room: { room: ROOM, displayName: 'Ben' }, ice: true, call: CALL } as const;
const LONG_S = 600;

async function wish(
  { connect }: Pick<TestApp, 'connect'>,
  wishes: unknown,
  auth: Handshake = {},
): Promise<{ client: TestClient; answers: WishAnswers }> {
  const client = await connect({ auth: { ...auth, wishes } });
  return { client, answers: await client.once('session:answered', undefined, 'the answers to the wishes') };
}

/** The code of each refused wish, and `ok` for each granted one, in the order of the answers. */
const codesOf = (answers: WishAnswers) =>
  Object.entries(answers).map(([key, answer]) => `${key}: ${answer.ok ? 'ok' : answer.error.code}`);

test('wishes are granted after the greeting, with the values of their commands, and the others are told', async (t) => {
  const app = await startApp(t);
  const ann = await app.connect();
  await ann.request('room:join', { room: ROOM });
  await ann.request('call:join', { room: ROOM, joinId: 'a' });
  const { client: ben, answers } = await wish(app, ALL);
  assert.deepEqual(
    ben.heard.map(({ name }) => name).filter((name) => name.startsWith('session:')),
    ['session:ready', 'session:answered'],
  );
  assert.equal(ben.session.wishes, true);
  assert.deepEqual(codesOf(answers), ['room: ok', 'ice: ok', 'call: ok']);
  const { room, ice, call } = answers;
  assert.ok(room?.ok && ice?.ok && call?.ok);
  assert.equal(room.value.participantId, ben.id);
  assert.deepEqual(room.value.rooms[0]?.participants.map(({ displayName }) => displayName).at(-1), 'Ben');
  assert.deepEqual(
    call.value.participants.map(({ call: presence }) => presence?.joinId),
    ['a', 'j'],
  );
  await ann.once('participant:changed', (fact) => fact.participant.id === ben.id && fact.participant.call !== null);
});

test('a handshake without wishes is told that the server knows them, and is answered nothing', async (t) => {
  const { connect } = await startApp(t);
  const ann = await connect();
  assert.equal(ann.session.wishes, true);
  await ann.settle();
  assert.equal(ann.all('session:answered').length, 0);
});

test('wishes come before what the connection sends behind its handshake', async (t) => {
  const { url } = await startApp(t);
  const client = await connectClient(t, url, { auth: { wishes: ALL } });
  assert.equal(await client.refusal('room:leave', { room: 'elsewhere' }), 'not-in-room');
  assert.equal(client.all('session:answered').length, 1);
});

test('a malformed wish is refused as its command, and costs neither the connection nor other wishes', async (t) => {
  const app = await startApp(t);
  for (const [wishes, expected] of [
    [{}, []],
    [5, []],
    [[], []],
    ['room', []],
    [{ room: 5 }, ['room: payload-invalid']],
    [{ room: null, call: null, ice: null }, ['room: payload-invalid', 'ice: payload-invalid', 'call: payload-invalid']],
    [{ room: { room: '*' } }, ['room: room-invalid']],
    [{ ...ALL, ice: { room: ROOM } }, ['room: ok', 'ice: payload-invalid', 'call: ok']],
    [{ ...ALL, call: { room: ROOM } }, ['room: ok', 'ice: ok', 'call: payload-invalid']],
    [{ ...ALL, room: [] }, ['room: payload-invalid', 'ice: not-in-room', 'call: not-in-room']],
    [{ ice: true }, ['ice: payload-invalid']],
    [{ call: CALL }, ['call: not-in-room']],
    [{ room: { room: ROOM, constructor: 1 }, unknown: 1 }, ['room: ok']],
  ] as const) {
    const { client, answers } = await wish(app, wishes);
    assert.deepEqual(codesOf(answers), expected, JSON.stringify(wishes));
    await client.settle();
    client.socket.disconnect();
  }
});

test('a wish for a full room or a full call is refused, and nobody is told', async (t) => {
  const app = await startApp(t, { roomCapacity: 2, callCapacity: 1 });
  const ann = await app.connect();
  await ann.request('room:join', { room: ROOM });
  // A moderator may enter beyond the capacity, so another participant fills the call.
  const { client: ben, answers } = await wish(app, ALL);
  assert.deepEqual(codesOf(answers), ['room: ok', 'ice: ok', 'call: ok']);
  const { answers: late } = await wish(app, { ...ALL, call: { ...CALL, joinId: 'k' } });
  assert.deepEqual(codesOf(late), ['room: room-full', 'ice: not-in-room', 'call: not-in-room']);
  await ben.request('room:leave', { room: ROOM });
  await ben.request('room:join', { room: ROOM });
  await ann.request('call:join', { room: ROOM, joinId: 'a' });
  assert.equal(await ben.refusal('ice:servers', { room: ROOM }), 'call-full');
  const { answers: again } = await wish(app, ALL, { resumeToken: ben.session.resumeToken });
  assert.deepEqual(codesOf(again), ['room: ok', 'ice: call-full', 'call: call-full']);
});

test('a wish for a locked room knocks, and the next handshake enters after the admission', async (t) => {
  const app = await startApp(t);
  const ann = await app.connect();
  await ann.request('room:join', { room: ROOM });
  await ann.request('room:lock', { room: ROOM, locked: true });
  const { client: ben, answers } = await wish(app, ALL);
  assert.deepEqual(codesOf(answers), ['room: room-locked', 'ice: not-in-room', 'call: not-in-room']);
  const knock = await ann.once('participant:knocked', ({ waiting }) => waiting);
  assert.equal(knock.participant.id, ben.id);
  await ann.request('room:admit', { room: ROOM, participantId: ben.id });
  await ben.once('participant:knocked', ({ admitted }) => admitted === true);
  const { answers: after } = await wish(app, ALL, { resumeToken: ben.session.resumeToken });
  assert.deepEqual(codesOf(after), ['room: ok', 'ice: ok', 'call: ok']);
});

test('a wish of a banned participant is refused', async (t) => {
  const app = await startApp(t);
  const ann = await app.connect();
  await ann.request('room:join', { room: ROOM });
  const { client: ben } = await wish(app, ALL);
  await ann.request('participant:remove', { room: ROOM, participantId: ben.id });
  const { answers } = await wish(app, ALL, { resumeToken: ben.session.resumeToken });
  assert.deepEqual(codesOf(answers), ['room: removed', 'ice: not-in-room', 'call: not-in-room']);
});

test('a wish needs the grant that its command needs', async (t) => {
  const app = await startApp(t, { tokenSecret: TOKEN_SECRET });
  const { answers } = await wish(app, ALL);
  assert.deepEqual(codesOf(answers), ['room: token-required', 'ice: token-required', 'call: token-required']);
  const token = await createToken({ role: 'participant', rooms: [ROOM] });
  const { answers: granted } = await wish(app, { ...ALL, room: { room: ROOM, token } });
  assert.deepEqual(codesOf(granted), ['room: ok', 'ice: ok', 'call: ok']);
  const { answers: elsewhere } = await wish(app, { room: { room: 'b', token }, ice: true });
  assert.deepEqual(codesOf(elsewhere), ['room: not-allowed', 'ice: token-required']);
});

test('a returning participant is in its call again by its wishes, with the same number', async (t) => {
  const app = await startApp(t);
  const ann = await app.connect();
  await ann.request('room:join', { room: ROOM });
  const { client: ben, answers } = await wish(app, ALL);
  assert.ok(answers.call?.ok);
  const presence = answers.call.value.participants.find(({ id }) => id === ben.id)?.call;
  ben.cut();
  await ann.once('participant:changed', ({ participant }) => participant.id === ben.id && !participant.connected);
  const { client: again, answers: later } = await wish(app, ALL, { resumeToken: ben.session.resumeToken });
  assert.equal(again.id, ben.id);
  assert.ok(later.call?.ok);
  assert.deepEqual(later.call.value.participants.find(({ id }) => id === ben.id)?.call, presence);
  assert.equal(ann.all('participant:left').length, 0);
});

test('wishes use the allowances of their commands', async (t) => {
  const two = { points: 2, duration: LONG_S };
  const app = await startApp(t, {}, { allowances: { entry: two, update: { points: 1, duration: LONG_S } } });
  const { client, answers } = await wish(app, ALL);
  assert.deepEqual(codesOf(answers), ['room: ok', 'ice: ok', 'call: ok']);
  assert.equal(await client.refusal('call:join', CALL), 'rate-limited');
  assert.equal(await client.refusal('ice:servers', { room: ROOM }), 'rate-limited');
  const { answers: more } = await wish(app, ALL, { resumeToken: client.session.resumeToken });
  assert.deepEqual(codesOf(more), ['room: rate-limited', 'ice: rate-limited', 'call: rate-limited']);
});

/** How often Ann can enter until the server refuses for the work that she has caused. */
async function countEntries(app: TestApp, enter: (ann: TestClient, index: number) => Promise<TestClient | null>) {
  let ann = await app.connect();
  for (let index = 0; index < 100; index++) {
    const next = await enter(ann, index);
    if (!next) return index;
    ann = next;
  }
  return Infinity;
}

test('wishes cost the work that their commands cost', async (t) => {
  const start = () => startApp(t, {}, { allowances: { work: { points: 120, duration: LONG_S } } });
  const wishesOf = (index: number) => ({ room: { room: ROOM }, ice: true, call: { ...CALL, joinId: `${index}` } });
  const resumed = (ann: TestClient) => ({ resumeToken: ann.session.resumeToken });
  const first = await start();
  const byCommand = await countEntries(first, async (ann, index) => {
    const next = await first.connect({ auth: resumed(ann) });
    const { room, call } = wishesOf(index);
    const answers = [
      await next.answer('room:join', room),
      await next.answer('ice:servers', { room: ROOM }),
      await next.answer('call:join', call),
    ];
    return answers.every(({ ok }) => ok) ? next : null;
  });
  const second = await start();
  const byWish = await countEntries(second, async (ann, index) => {
    const { client, answers } = await wish(second, wishesOf(index), resumed(ann));
    return Object.values(answers).every(({ ok }) => ok) ? client : null;
  });
  assert.ok(byCommand >= 5 && byCommand < 100, `${byCommand} times by commands`);
  assert.ok(Math.abs(byWish - byCommand) <= 1, `${byWish} times by wishes, ${byCommand} times by commands`);
});

test('keeps nothing of what a handshake carried', () => {
  const handshake = { auth: { version: 1, wishes: { ice: true }, junk: [[], []] } };
  takeWishes(handshake);
  assert.deepEqual(handshake.auth, {});
});
