/**
 * What a stranger must not be able to do to a room, in any backend: stay admitted, fill the lobby, or lock others out
 * by a shared address.
 */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ConfigInput } from '../../../server/config/config.ts';
import type { BackendOptions } from '../../../server/memory/backend.ts';
import { WAITING_LIMIT, WAITING_PER_ADDRESS } from '../../../server/rooms/rules.ts';
import type { Entrant, Rooms } from '../../../server/rooms/rooms.ts';
import { BACKENDS, Listener } from '../../support/server/backends.ts';
import { stopOwnRedis } from '../../support/server/redis-server.ts';

const someone = (id: string, more: Partial<Entrant> = {}): Entrant => ({
  id,
  displayName: id.toUpperCase(),
  role: null,
  subject: null,
  address: '',
  ...more,
});
const enter = (rooms: Rooms, id: string, more: Partial<Entrant> = {}, room = 'a') =>
  rooms.enter(someone(id, more), [room], { unlisted: false });
const idsIn = async (rooms: Rooms, room = 'a') => (await rooms.state(room))?.participants.map(({ id }) => id) ?? [];
const waitingAt = async (rooms: Rooms, room = 'a') => (await rooms.state(room))?.waiting.map(({ id }) => id) ?? [];
const presence = (joinId: string) => ({ joinId, tracks: [], receivesVideo: true });

const STREET = '192.0.2.1';
const FIELD = '198.51.100.7';

after(stopOwnRedis);

for (const { name, open } of BACKENDS) {
  /** Ann enters and so moderates the room. `listener` records every fact about it. */
  const meet = async (t: TestContext, config: ConfigInput = {}, options: Partial<BackendOptions> = {}) => {
    const backend = await open(t, config, options);
    const listener = new Listener(backend);
    await enter(backend.rooms, 'ann', { address: FIELD });
    return { rooms: backend.rooms, listener };
  };

  describe(`entry in ${name}`, () => {
    for (const address of ['127.0.0.1', '127.45.6.7', '::1', '']) {
      test(`an address "${address}" that many share bans one participant only`, async (t) => {
        const { rooms } = await meet(t);
        for (const id of ['ben', 'cho', 'dan']) await enter(rooms, id, { address });
        await rooms.ban('a', 'ben');
        await rooms.ban('a', 'cho', { withAddress: true });
        assert.deepEqual(await idsIn(rooms), ['ann', 'dan']);
        await enter(rooms, 'eve', { address });
        for (const id of ['ben', 'cho']) await assert.rejects(enter(rooms, id, { address }), { code: 'removed' });
      });
    }

    const unused: [name: string, between: (rooms: Rooms) => Promise<unknown>][] = [
      [
        'unlocking, when it is locked again',
        async (rooms) => {
          await rooms.lock('a', false);
          await rooms.lock('a', true);
        },
      ],
      [
        'a moderator, when it is locked again',
        async (rooms) => {
          await rooms.answerKnock('a', 'cho', true);
          await rooms.lock('a', false);
          await rooms.lock('a', true);
        },
      ],
      [
        'a moderator, who then refuses',
        async (rooms) => {
          await rooms.answerKnock('a', 'cho', true);
          await rooms.answerKnock('a', 'cho', false);
        },
      ],
    ];
    for (const [by, between] of unused) {
      test(`an unused admission ends: admitted by ${by}`, async (t) => {
        const { rooms, listener } = await meet(t);
        await rooms.lock('a', true);
        await assert.rejects(enter(rooms, 'cho'), { code: 'room-locked' });
        await between(rooms);
        await listener.until(
          () => listener.knocks.includes('cho: cho gone, admitted (a)'),
          'the fact that it was admitted',
        );
        await assert.rejects(enter(rooms, 'cho'), { code: 'room-locked' });
        assert.deepEqual(await waitingAt(rooms), ['cho'], 'it knocks again');
        await rooms.answerKnock('a', 'cho', true);
        await enter(rooms, 'cho');
      });
    }

    test('an entry that does not knock is refused, and nobody waits', async (t) => {
      const { rooms, listener } = await meet(t);
      const quiet = async (id: string) => rooms.enter(someone(id), ['a'], { unlisted: false, knocks: false });
      await rooms.lock('a', true);
      await assert.rejects(quiet('cho'), { code: 'room-locked' });
      assert.deepEqual(await waitingAt(rooms), []);
      // The control: the same person knocks, and is the first one of whom anybody hears.
      await assert.rejects(enter(rooms, 'cho'), { code: 'room-locked' });
      await listener.until(() => listener.knocks.length > 0, 'the knock');
      assert.ok(listener.knocks.every((word) => word.includes('cho waits')));
      await assert.rejects(quiet('dan'), { code: 'room-locked' });
      assert.deepEqual(await waitingAt(rooms), ['cho']);
      // A participant who is let in needs no knock.
      await rooms.answerKnock('a', 'cho', true);
      assert.equal((await quiet('cho'))[0]?.room, 'a');
    });

    test('an unused admission ends after the time that a lost participant has to return', async (t) => {
      const { rooms, listener } = await meet(t, {}, { returnMs: 300 });
      // Room `b` shows when the time is over: its moderator leaves later, and after the same time Dan succeeds her.
      await enter(rooms, 'eve', { subject: "eve's" }, 'b');
      for (const room of ['a', 'b']) await rooms.lock(room, true);
      await assert.rejects(enter(rooms, 'cho'), { code: 'room-locked' });
      await rooms.answerKnock('a', 'cho', true);
      await rooms.leave('b', 'eve', 'left');
      await assert.rejects(enter(rooms, 'dan', {}, 'b'), { code: 'room-locked' });
      await rooms.answerKnock('b', 'dan', true);
      await enter(rooms, 'dan', {}, 'b');
      await listener.until(
        () => listener.facts('participant:changed', 'b').some(({ participant }) => participant.role === 'moderator'),
        'the end of that time',
      );
      await assert.rejects(enter(rooms, 'cho'), { code: 'room-locked' });
    });

    test('one address cannot fill the lobby, and a displaced participant is told', async (t) => {
      const { rooms, listener } = await meet(t);
      await rooms.lock('a', true);
      for (let index = 0; index < WAITING_PER_ADDRESS + 2; index++)
        await assert.rejects(enter(rooms, `s${index}`, { address: STREET }), { code: 'room-locked' });
      assert.deepEqual(
        (await waitingAt(rooms)).toSorted(),
        Array.from({ length: WAITING_PER_ADDRESS }, (_, index) => `s${index + 2}`).toSorted(),
      );
      for (const id of ['s0', 's1'])
        await listener.until(() => listener.knocks.includes(`${id}: ${id} gone, room-locked (a)`), `the word to ${id}`);
      await assert.rejects(enter(rooms, 'honest', { address: FIELD }), { code: 'room-locked' });
      assert.ok((await waitingAt(rooms)).includes('honest'));
      await listener.until(() => listener.knocks.includes('ann: honest waits (a)'), 'the fact for the moderator');
    });

    test('a full lobby displaces the oldest knock of the busiest address, or of all if unknown', async (t) => {
      const { rooms, listener } = await meet(t);
      await rooms.lock('a', true);
      const knock = (id: string, address: string) =>
        assert.rejects(enter(rooms, id, { address }), { code: 'room-locked' });
      await knock('first', '127.0.0.1');
      for (let index = 0; index < 3; index++) await knock(`s${index}`, STREET);
      for (let index = 0; index < WAITING_LIMIT - 5; index++) await knock(`p${index}`, `10.0.0.${index}`);
      await knock('p0b', '10.0.0.0');
      assert.equal((await waitingAt(rooms)).length, WAITING_LIMIT);
      const gone = async (id: string) =>
        listener.until(
          () => listener.knocks.includes(`${id}: ${id} gone, room-locked (a)`),
          `the end of ${id}'s waiting`,
        );
      // The busiest address is: STREET with three knocks, 10.0.0.0 with its third, STREET with two (the older knocks),
      // 10.0.0.0 with two, then none. A loopback address counts as unknown.
      const order = [
        ['x', '127.0.0.1', 's0'],
        ['p0c', '10.0.0.0', 'p0'],
        ['y', '127.0.0.1', 's1'],
        ['z', '', 'p0b'],
        ['w', '::1', 'first'],
      ] as const;
      for (const [id, address, out] of order) {
        await knock(id, address);
        await gone(out);
        const waiting = await waitingAt(rooms);
        assert.deepEqual([waiting.length, waiting.at(-1), waiting.includes(out)], [WAITING_LIMIT, id, false]);
      }
    });

    test('shows no address of waiting participants', async (t) => {
      const { rooms } = await meet(t);
      await rooms.lock('a', true);
      await assert.rejects(enter(rooms, 'cho', { address: STREET }), { code: 'room-locked' });
      assert.deepEqual((await rooms.state('a'))?.waiting, [{ id: 'cho', displayName: 'CHO' }]);
    });

    test('lets a moderator into a full room and a full call, one over the capacity', async (t) => {
      const { rooms } = await meet(t, { roomCapacity: 3, callCapacity: 2 }, { succession: false });
      for (const id of ['ben', 'cho']) await enter(rooms, id, { role: 'participant' });
      await assert.rejects(enter(rooms, 'dan', { role: 'participant' }), { code: 'room-full' });
      await assert.rejects(enter(rooms, 'vic', { role: 'viewer' }), { code: 'room-full' });
      await enter(rooms, 'mod', { role: 'moderator' });
      await assert.rejects(enter(rooms, 'mod2', { role: 'moderator' }), { code: 'room-full' });
      for (const id of ['ben', 'cho']) await rooms.enterCall('a', id, presence(id));
      await rooms.setRole('a', 'ann', 'participant');
      await assert.rejects(rooms.enterCall('a', 'ann', presence('ann')), { code: 'call-full' });
      await rooms.enterCall('a', 'mod', presence('mod'));
      await rooms.enterCall('a', 'mod', presence('mod again'));
      await rooms.setRole('a', 'ann', 'moderator');
      await assert.rejects(rooms.enterCall('a', 'ann', presence('ann')), { code: 'call-full' });
    });

    test('removing an address removes everybody of it in the room and the lobby, except moderators', async (t) => {
      const { rooms, listener } = await meet(t, {}, { succession: false });
      const street = { address: STREET };
      await enter(rooms, 'mod', { ...street, role: 'moderator' });
      for (const id of ['ben', 'cho']) await enter(rooms, id, street);
      await enter(rooms, 'dan', { ...street, subject: "dan's" });
      await enter(rooms, 'eve', { address: FIELD });
      await rooms.lock('a', true);
      for (const [id, address] of [
        ['fay', STREET],
        ['gil', FIELD],
      ] as const)
        await assert.rejects(enter(rooms, id, { address }), { code: 'room-locked' });
      assert.equal(await rooms.ban('a', 'nobody', { withAddress: true }), false);
      assert.equal(await rooms.ban('a', 'dan', { withAddress: true }), true);
      assert.deepEqual((await idsIn(rooms)).toSorted(), ['ann', 'eve', 'mod']);
      assert.deepEqual(
        listener.facts('participant:left').map(({ participantId, reason }) => `${participantId} ${reason}`),
        ['cho removed', 'ben removed', 'dan removed'],
      );
      await listener.until(() => listener.knocks.includes('fay: fay gone, removed (a)'), 'the refusal of the knock');
      assert.deepEqual(await waitingAt(rooms), ['gil']);
      await rooms.lock('a', false);
      for (const [id, more] of [
        ['new', street],
        ['fay', street],
        ['ben', { address: FIELD }],
        ['cho', {}],
        ['dan2', { subject: "dan's" }],
        ['dan', { ...street, subject: 'other' }],
      ] as const) {
        await assert.rejects(enter(rooms, id, more), { code: 'removed' }, id);
      }
      await rooms.leave('a', 'mod', 'left');
      await enter(rooms, 'mod', street);
      await enter(rooms, 'mod2', { ...street, role: 'moderator' });
      await enter(rooms, 'new', { address: FIELD });
      await enter(rooms, 'new2', street, 'b');
    });

    test('bans the address from which the participant came last', async (t) => {
      const { rooms } = await meet(t);
      await enter(rooms, 'ben', { address: STREET });
      await enter(rooms, 'cho', { address: STREET });
      await enter(rooms, 'ben', { address: '203.0.113.9' });
      await rooms.ban('a', 'ben', { withAddress: true });
      assert.deepEqual(await idsIn(rooms), ['ann', 'cho']);
      await assert.rejects(enter(rooms, 'dan', { address: '203.0.113.9' }), { code: 'removed' });
      await enter(rooms, 'dan', { address: STREET });
    });

    test("a stranger who is removed from a moderator's address does not keep the moderator out", async (t) => {
      const { rooms } = await meet(t, {}, { succession: false });
      await enter(rooms, 'ben', { address: STREET, role: 'participant' });
      await rooms.ban('a', 'ben');
      await assert.rejects(enter(rooms, 'cho', { address: STREET, role: 'participant' }), { code: 'removed' });
      await enter(rooms, 'mod', { address: STREET, role: 'moderator' });
      await assert.rejects(enter(rooms, 'ben', { address: STREET, role: 'moderator' }), { code: 'removed' });
    });
  });
}
