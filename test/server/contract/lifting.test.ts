/** Which bans and revocations every backend lists and lifts, and which rooms it says are kept. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Grant } from '../../../server/grants/grants.ts';
import type { Entrant, Rooms } from '../../../server/rooms/rooms.ts';
import { BACKENDS, openRedis } from '../../support/server/backends.ts';
import { freshRedisUrl, stopOwnRedis } from '../../support/server/redis-server.ts';
import { eventually } from '../../support/waiting.ts';

const NOW = 1_800_000_000_000;
const grantOf = (more: Partial<Grant> = {}): Grant => ({
  subject: 'ann',
  name: '',
  rooms: '*',
  role: 'participant',
  expiresAt: NOW * 2,
  issuedAt: NOW - 1_000,
  id: 'a token',
  ...more,
});
const enter = (rooms: Rooms, id: string, more: Partial<Entrant> = {}) =>
  rooms.enter({ id, displayName: id, role: null, subject: null, address: '', ...more }, ['a'], { unlisted: false });
const keptOut = async (rooms: Rooms) =>
  (await rooms.bans('a')).map(({ subject, participantId, address }) => subject ?? participantId ?? address).toSorted();

after(stopOwnRedis);

for (const { name, open, place, outlives } of BACKENDS) {
  describe(`lifting in ${name}`, () => {
    test('lists bans by what they are for, and lifts each alone', async (t) => {
      const { rooms } = await open(t);
      const street = '192.0.2.1';
      await enter(rooms, 'mod', { role: 'moderator', subject: 'mod' });
      assert.deepEqual(await rooms.bans('a'), []);
      for (const [id, more] of Object.entries({ ann: { subject: 'Ann / x' }, ben: { address: street }, cho: {} })) {
        await enter(rooms, id, more);
        await rooms.ban('a', id);
      }
      assert.deepEqual(await keptOut(rooms), ['192.0.2.1', 'Ann / x', 'ben', 'cho']);
      const idOf = async (what: string) =>
        (await rooms.bans('a')).find(({ subject, participantId, address }) =>
          [subject, participantId, address].includes(what),
        )?.id ?? '';
      assert.match(await idOf('Ann / x'), /^[\w-]{16}$/);

      assert.equal(await rooms.liftBan('a', 'nothing'), false);
      assert.equal(await rooms.liftBan('nowhere', await idOf('Ann / x')), false);
      const id = await idOf('Ann / x');
      assert.equal(await rooms.liftBan('a', id), true);
      assert.equal(await rooms.liftBan('a', id), false, 'once');
      await enter(rooms, 'ann', { subject: 'Ann / x' });

      await assert.rejects(enter(rooms, 'dan', { address: street }), { code: 'removed' });
      assert.equal(await rooms.liftBan('a', await idOf(street)), true);
      await enter(rooms, 'dan', { address: street });
      await assert.rejects(
        enter(rooms, 'ben', { address: street }),
        { code: 'removed' },
        'the participant is still out',
      );
      assert.equal(await rooms.liftBan('a', await idOf('ben')), true);
      await enter(rooms, 'ben', { address: street });
      assert.deepEqual(await keptOut(rooms), ['cho']);
    });

    test('a removal with an address bans by subject, and lists the address separately', async (t) => {
      const { rooms } = await open(t);
      await enter(rooms, 'mod', { role: 'moderator', subject: 'mod' });
      for (const id of ['ann', 'ben']) await enter(rooms, id, { subject: id, address: '192.0.2.1' });
      await rooms.ban('a', 'ann', { withAddress: true });
      assert.deepEqual(await keptOut(rooms), ['192.0.2.1', 'ann', 'ben']);
    });

    test('bans no address of this machine', async (t) => {
      const { rooms } = await open(t);
      await enter(rooms, 'mod', { role: 'moderator' });
      for (const [index, address] of ['127.0.0.1', '::1', '127.9.9.9', ''].entries()) {
        for (const withAddress of [false, true]) {
          const [out, neighbour, newcomer] = ['out', 'neighbour', 'newcomer'].map(
            (word) => `${word} ${index} ${withAddress}`,
          );
          await enter(rooms, out!, { address });
          await enter(rooms, neighbour!, { address });
          await rooms.ban('a', out!, { withAddress });
          await assert.rejects(enter(rooms, out!, { address }), { code: 'removed' });
          await enter(rooms, newcomer!, { address });
          assert.ok((await rooms.state('a'))?.participants.some(({ id }) => id === neighbour));
        }
      }
      assert.ok((await rooms.bans('a')).every(({ address }) => address === null));
    });

    if (outlives)
      test('a lifted ban is lifted for the next process too', async (t) => {
        const config = await place(t);
        // Without succession, as on a server with grants, because only grants give participants a subject.
        const before = await open(t, config, { succession: false });
        await enter(before.rooms, 'mod', { role: 'moderator', subject: 'mod' });
        for (const id of ['ann', 'ben']) {
          await enter(before.rooms, id, { subject: id });
          await before.rooms.ban('a', id);
        }
        await before.rooms.liftBan('a', (await before.rooms.bans('a'))[0]!.id);
        await before.close();
        const { rooms } = await open(t, config, { succession: false });
        assert.deepEqual(await keptOut(rooms), ['ben']);
        assert.equal(await rooms.isKept('a'), true);
      });

    test('keeps a room while it is occupied or remembered', async (t) => {
      const { rooms } = await open(t, { roomLinger: '1h' });
      assert.equal(await rooms.isKept('a'), false);
      assert.equal(await rooms.lock('a', true), false);
      await enter(rooms, 'ann');
      assert.equal(await rooms.isKept('a'), true);
      await rooms.leave('a', 'ann', 'left');
      assert.equal(await rooms.isKept('a'), true, 'empty');
      assert.equal(await rooms.lock('a', true), true);
      assert.equal(await rooms.isKept('b'), false);
    });

    test('lists and lifts revocations, and tells whether such a token was seen', async (t) => {
      const config = await place(t);
      const { revocations, close } = await open(t, config, { now: () => NOW });
      revocations.handleShown(grantOf());
      const asked = [{ sub: 'ann' }, { sub: 'Anne' }, { jti: 'a token' }, { jti: 'ann' }, { sub: 'a/b ü' }];
      for (const revocation of asked) {
        const seen = 'sub' in revocation ? revocation.sub === 'ann' : revocation.jti === 'a token';
        await eventually(
          `${JSON.stringify(revocation)} to be seen or not`,
          async () => (await revocations.revoke(revocation)).seen === seen,
        );
      }
      const entries = revocations.list();
      assert.deepEqual(
        entries.map(({ revocation }) => JSON.stringify(revocation)).toSorted(),
        asked.map((one) => JSON.stringify(one)).toSorted(),
      );
      assert.ok(entries.every(({ id, at }) => /^[\w-]{16}$/.test(id) && Number.isFinite(at)));
      const idOf = (wanted: object) =>
        entries.find(({ revocation }) => JSON.stringify(revocation) === JSON.stringify(wanted))?.id ?? '';

      assert.equal(revocations.isRevoked(grantOf()), true);
      assert.equal(await revocations.lift(idOf({ sub: 'ann' })), true);
      assert.equal(await revocations.lift(idOf({ sub: 'ann' })), false, 'once');
      assert.equal(await revocations.lift('nothing'), false);
      assert.equal(revocations.isRevoked(grantOf()), true, 'still revoked by its jti');
      assert.equal(await revocations.lift(idOf({ jti: 'a token' })), true);
      assert.equal(revocations.isRevoked(grantOf()), false);
      assert.equal(revocations.list().length, 3);
      if (!outlives) return;
      await close();
      const later = await open(t, config, { now: () => NOW });
      await eventually('both rooms known as kept', () => later.revocations.list().length === 3);
      assert.equal(later.revocations.isRevoked(grantOf()), false);
      await later.revocations.revoke({ sub: 'ann' });
      assert.equal(later.revocations.isRevoked(grantOf()), true, 'revoked again');
    });
  });
}

test('every process knows what another one saw, revoked and lifted', async (t) => {
  const redisUrl = await freshRedisUrl();
  const [one, other] = [await openRedis(t, redisUrl), await openRedis(t, redisUrl)];
  one.revocations.handleShown(grantOf());
  await eventually('the token being seen', async () => (await other.revocations.revoke({ sub: 'ann' })).seen);
  await eventually(
    'the revocation at both',
    () => one.revocations.list().length === 1 && other.revocations.list().length === 1,
  );
  assert.equal(await one.revocations.lift(one.revocations.list()[0]!.id), true);
  await eventually(
    'the lifting at both',
    () => one.revocations.list().length === 0 && other.revocations.list().length === 0,
  );
});
