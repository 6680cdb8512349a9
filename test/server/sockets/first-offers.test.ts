/** The offer that travels with a `call:join`: the server passes it to one participant of the call, or to nobody. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Handshake, SignalBody, WishAnswers } from '../../../server/protocol.ts';
import { BACKENDS } from '../../support/server/backends.ts';
import { TOKEN_SECRET, createToken } from '../../support/server/grants.ts';
import { freshRedisUrl, stopOwnRedis } from '../../support/server/redis-server.ts';
import { startApp } from '../../support/server/server.ts';
import type { TestApp, TestClient } from '../../support/server/server.ts';

const ROOM = 'a';
const OFFER: SignalBody = { kind: 'description', type: 'offer', sdp: 'v=0' };
const LONG_S = 600;

const callOf = (joinId: string, fields: object = { newcomerOffers: true }) => ({ room: ROOM, joinId, ...fields });
const offering = (joinId: string, fields: object = {}) =>
  callOf(joinId, { newcomerOffers: true, offer: OFFER, ...fields });

/** Enters by a handshake that carries the room and the call. */
async function enter(
  { connect }: Pick<TestApp, 'connect'>,
  call: object,
  auth: Handshake & { token?: string } = {},
): Promise<{ client: TestClient; call: NonNullable<WishAnswers['call']> }> {
  const { token, ...rest } = auth;
  const room = { room: ROOM, ...(token && { token }) };
  const client = await connect({ auth: { ...rest, wishes: { room, call } } as Handshake });
  const { call: answer } = await client.once('session:answered', undefined, 'the answers to the wishes');
  assert.ok(answer, 'the wish for the call is answered');
  return { client, call: answer };
}

const offeredOf = (call: NonNullable<WishAnswers['call']>) =>
  call.ok ? (call.value.offered ?? 'nobody') : call.error.code;

const receivedBy = (client: TestClient) => client.all('signal:received').map(({ from, link }) => ({ from, link }));

/** Resolves when all that the server has sent to these clients has arrived. */
const allSettled = (...clients: TestClient[]) => Promise.all(clients.map((client) => client.settle()));

after(stopOwnRedis);

for (const { name, place } of BACKENDS) {
  describe(`the offer of a newcomer, with rooms in ${name}`, () => {
    const start = async (t: TestContext) => startApp(t, await place(t));

    test('reaches the first of the roster alone, after the fact that tells of the newcomer', async (t) => {
      const app = await start(t);
      const { client: old } = await enter(app, callOf('o', {}));
      const { client: ann } = await enter(app, callOf('a'));
      const { client: ben } = await enter(app, callOf('b'));
      const { client: cho, call } = await enter(app, offering('c'));
      assert.equal(offeredOf(call), ann.id);
      const { signal } = await ann.once('signal:received', undefined, 'the offer');
      assert.deepEqual(signal, OFFER);
      await allSettled(old, ann, ben, cho);
      assert.deepEqual(receivedBy(ann), [{ from: cho.id, link: 'c.a.0' }]);
      for (const other of [old, ben, cho]) assert.deepEqual(receivedBy(other), []);
      const told = ann.heard.findIndex(
        ({ fact }) => (fact as { participant?: { call?: { joinId: string } } }).participant?.call?.joinId === 'c',
      );
      assert.ok(told >= 0 && told < ann.heard.findIndex(({ name: fact }) => fact === 'signal:received'));
    });

    test('reaches nobody with a presence that is only renewed, and somebody with a new page', async (t) => {
      const app = await start(t);
      const { client: ann } = await enter(app, callOf('a'));
      const { client: ben, call } = await enter(app, callOf('b'));
      assert.equal(offeredOf(call), 'nobody', 'nothing was offered');
      const { resumeToken } = ben.session;
      const { call: again } = await enter(app, offering('b'), { resumeToken });
      assert.equal(offeredOf(again), 'nobody');
      const { client: reloaded, call: later } = await enter(app, offering('b2'), { resumeToken });
      assert.equal(offeredOf(later), ann.id);
      await ann.once('signal:received', undefined, 'the offer of the new page');
      await allSettled(ann, reloaded);
      assert.deepEqual(receivedBy(ann), [{ from: ben.id, link: 'b2.a.0' }]);
    });

    test('the command call:join carries an offer as the wish does, before the signals behind it', async (t) => {
      const app = await start(t);
      const { client: ann } = await enter(app, callOf('a'));
      const ben = await app.connect();
      await ben.request('room:join', { room: ROOM });
      const joining = ben.request('call:join', offering('b'));
      const behind = { room: ROOM, to: ann.id, link: 'b.a.0', signal: { kind: 'candidates', candidates: [] } };
      const sending = ben.request('signal:send', behind);
      assert.equal((await joining).offered, ann.id);
      await sending;
      await ann.once('signal:received', ({ signal }) => signal.kind === 'candidates');
      assert.deepEqual(
        ann.all('signal:received').map(({ signal }) => signal.kind),
        ['description', 'candidates'],
      );
    });
  });
}

test('an offer reaches a participant at another process', async (t) => {
  const redisUrl = await freshRedisUrl();
  const [one, other] = [await startApp(t, { redisUrl }), await startApp(t, { redisUrl })];
  const { client: ann } = await enter(one, callOf('a'));
  const { client: ben, call } = await enter(other, offering('b'));
  assert.equal(offeredOf(call), ann.id);
  const { from, link, signal } = await ann.once('signal:received', undefined, 'the offer');
  assert.deepEqual([from, link, signal], [ben.id, 'b.a.0', OFFER]);
  const names = ann.heard.map(({ name }) => name);
  assert.ok(names.lastIndexOf('participant:changed') < names.indexOf('signal:received'), 'the roster comes first');
});

test('no offer goes to an older client, to a lost one, or from a newcomer that is not the maker', async (t) => {
  const app = await startApp(t);
  const { client: old } = await enter(app, callOf('o', {}));
  const { client: lost } = await enter(app, callOf('l'));
  lost.cut();
  await old.once('participant:changed', ({ participant }) => participant.id === lost.id && !participant.connected);
  assert.equal(offeredOf((await enter(app, offering('b'))).call), 'nobody');
  const { client: long } = await enter(app, callOf('x'.repeat(128)));
  await old.request('call:leave', { room: ROOM });
  const { client: older, call } = await enter(app, offering('c', { newcomerOffers: false }));
  assert.equal(offeredOf(call), 'nobody', 'the smaller id makes the links of an older client');
  await allSettled(old, long, older);
  for (const client of [old, long, older]) assert.deepEqual(receivedBy(client), []);
});

test('a name of a link that would be too long is skipped', async (t) => {
  const app = await startApp(t);
  const { client: long } = await enter(app, callOf('x'.repeat(128)));
  const { client: ann } = await enter(app, callOf('a'));
  const { call } = await enter(app, offering('b'));
  assert.equal(offeredOf(call), ann.id);
  await allSettled(long);
  assert.deepEqual(receivedBy(long), []);
});

test('no offer goes out where the join is refused: malformed, full, locked, or a viewer with tracks', async (t) => {
  const app = await startApp(t, { callCapacity: 1, tokenSecret: TOKEN_SECRET });
  const grant = (role: 'moderator' | 'participant' | 'viewer') => createToken({ role, rooms: [ROOM] });
  const token = await grant('participant');
  const { client: ann } = await enter(app, callOf('a'), { token });
  assert.equal(offeredOf((await enter(app, offering('b'), { token })).call), 'call-full');
  const viewer = await grant('viewer');
  const tracks = [{ source: 'camera', mid: null, muted: false }];
  assert.equal(offeredOf((await enter(app, offering('b', { tracks }), { token: viewer })).call), 'not-allowed');
  for (const offer of [null, 5, 'v=0', [OFFER], { a: { a: { a: { a: { a: { a: { a: { a: {} } } } } } } } }])
    assert.equal(offeredOf((await enter(app, offering('b', { offer }), { token })).call), 'payload-invalid');
  const { client: moderator } = await enter(app, callOf('m'), { token: await grant('moderator') });
  await moderator.request('room:lock', { room: ROOM, locked: true });
  assert.equal(offeredOf((await enter(app, offering('b'), { token })).call), 'not-in-room');
  await allSettled(ann, moderator);
  assert.deepEqual([receivedBy(ann), receivedBy(moderator)], [[], []]);
});

test('an offer uses the allowance for signals, and without any left it reaches nobody', async (t) => {
  const app = await startApp(t, {}, { allowances: { signal: { points: 1, duration: LONG_S } } });
  const { client: ann } = await enter(app, callOf('a'));
  const { client: ben } = await enter(app, offering('b'));
  await ann.once('signal:received', undefined, 'the offer');
  const signal = { room: ROOM, to: ann.id, link: 'b.a.0', signal: { kind: 'hello' } };
  assert.equal(await ben.refusal('signal:send', signal), 'rate-limited');
  const { client: again } = await enter(app, offering('b2'), { resumeToken: ben.session.resumeToken });
  await allSettled(ann, again);
  assert.equal(receivedBy(ann).length, 1);
});
