/** Signals that are sent behind a `call:join` without waiting for its answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../support/server/server.ts';
import type { TestApp, TestClient } from '../../support/server/server.ts';
import { eventually } from '../../support/waiting.ts';

const ROOM = 'a';
const signalTo = (to: string, index = 0) => ({ room: ROOM, to, link: 'l', signal: { index } });

/** Ann in the call of a room, and Ben in the room alone. */
async function meet({ connect }: Pick<TestApp, 'connect'>): Promise<{ ann: TestClient; ben: TestClient }> {
  const ann = await connect();
  await ann.request('room:join', { room: ROOM });
  await ann.request('call:join', { room: ROOM, joinId: 'a' });
  const ben = await connect();
  await ben.request('room:join', { room: ROOM });
  return { ann, ben };
}

const indexesOf = (client: TestClient) => client.all('signal:received').map(({ signal }) => signal.index);

/** How many refusals with a code the server has counted. */
async function countRefusals(url: string, code: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const [, count] = new RegExp(`^sarangbang_refusals_total\\{code="${code}"\\} (\\d+)$`, 'm').exec(text) ?? [];
  return Number(count);
}

test('signals behind a join are relayed in their order, after the fact that tells of the sender', async (t) => {
  const app = await startApp(t);
  const { ann, ben } = await meet(app);
  const joining = ben.answer('call:join', { room: ROOM, joinId: 'b' });
  const sending = Array.from({ length: 60 }, (_, index) => ben.answer('signal:send', signalTo(ann.id, index)));
  assert.equal((await joining).ok, true);
  for (const answer of await Promise.all(sending)) assert.equal(answer.ok, true);
  await ann.once('signal:received', ({ signal }) => signal.index === 59, 'the last signal');
  assert.deepEqual(
    indexesOf(ann),
    Array.from({ length: 60 }, (_, index) => index),
  );
  const names = ann.heard.map(({ name }) => name);
  const entered = ann.heard.findIndex(
    ({ fact }) => (fact as { participant?: { call?: { joinId: string } } }).participant?.call?.joinId === 'b',
  );
  assert.ok(entered >= 0 && entered < names.indexOf('signal:received'), 'the roster comes first');
});

test('signals behind a name in another normal form, and behind a wish, wait as well', async (t) => {
  const app = await startApp(t);
  const { ann, ben } = await meet(app);
  const joining = ben.answer('call:join', { room: ` ${ROOM} `, joinId: 'b' });
  const sending = ben.answer('signal:send', { ...signalTo(ann.id), room: `${ROOM} ` });
  assert.equal((await joining).ok, true);
  assert.equal((await sending).ok, true);
  const cho = await app.connect({ auth: { wishes: { room: { room: ROOM }, call: { room: ROOM, joinId: 'c' } } } });
  assert.equal((await cho.answer('signal:send', signalTo(ann.id, 7))).ok, true);
  await ann.once('signal:received', ({ signal }) => signal.index === 7);
});

test('signals behind a refused join reach nobody, and are neither counted nor charged', async (t) => {
  const signal = { points: 1, duration: 600 };
  const app = await startApp(t, { callCapacity: 1 }, { allowances: { signal } });
  const { ann, ben } = await meet(app);
  const joining = ben.answer('call:join', { room: ROOM, joinId: 'b' });
  const sending = Array.from({ length: 50 }, (_, index) => ben.answer('signal:send', signalTo(ann.id, index)));
  const joined = await joining;
  assert.equal(joined.ok ? 'ok' : joined.error.code, 'call-full');
  const late = await ben.answer('signal:send', signalTo(ann.id, 50));
  for (const answer of [...(await Promise.all(sending)), late])
    assert.equal(answer.ok ? 'ok' : answer.error.code, 'not-in-room', 'each signal is answered');
  await ann.settle();
  assert.deepEqual(indexesOf(ann), []);
  assert.equal(await countRefusals(app.url, 'not-in-room'), 0);
  assert.equal(await countRefusals(app.url, 'call-full'), 1, 'the refused join itself is counted');
  // The allowance is one signal, and it is unused: the server did not count the signals that it dropped.
  await ann.request('call:leave', { room: ROOM });
  await ben.request('call:join', { room: ROOM, joinId: 'b2' });
  assert.equal(await ben.refusal('signal:send', signalTo(ann.id)), 'participant-gone');
});

test('signals wait for a join of their own room alone', async (t) => {
  const app = await startApp(t);
  const { ann, ben } = await meet(app);
  await ben.request('call:join', { room: ROOM, joinId: 'b' });
  const joining = ben.answer('call:join', { room: 'nowhere', joinId: 'b' });
  const sending = ben.answer('signal:send', signalTo(ann.id));
  assert.equal((await joining).ok, false);
  assert.equal((await sending).ok, true);
});

test('a refused repetition of a join drops nothing of a call that goes on', async (t) => {
  const app = await startApp(t, {}, { allowances: { entry: { points: 2, duration: 600 } } });
  const { ann, ben } = await meet(app);
  await ben.request('call:join', { room: ROOM, joinId: 'b' });
  const again = ben.answer('call:join', { room: ROOM, joinId: 'b' });
  const sending = ben.answer('signal:send', signalTo(ann.id, 1));
  const refused = await again;
  assert.equal(refused.ok ? 'ok' : refused.error.code, 'rate-limited');
  assert.equal((await sending).ok, true);
  await ann.settle();
  assert.deepEqual(indexesOf(ann), [1]);
});

test('a participant who is lost behind its signals leaves the server in order', async (t) => {
  const app = await startApp(t);
  const { ann, ben } = await meet(app);
  ben.socket.emit('call:join', { room: ROOM, joinId: 'b' }, () => undefined);
  ben.socket.emit('signal:send', signalTo(ann.id), () => undefined);
  ben.socket.disconnect();
  await ann.once('participant:left', ({ participantId }) => participantId === ben.id);
  await eventually('one participant', async () => (await app.app.participants()).length === 1);
  assert.ok((await ann.answer('room:join', { room: ROOM })).ok);
});
