/** What every `Rooms` must do about entry and moderation, wherever it keeps them. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Role } from '../../../server/protocol.ts';
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
const enter = (rooms: Rooms, id: string, room = 'a', more: Partial<Entrant> = {}) =>
  rooms.enter(someone(id, more), [room], { unlisted: false });
const rolesOf = async (rooms: Rooms, room = 'a') =>
  (await rooms.state(room))?.participants.map(({ id, role }) => `${id} ${role}`);
const microphone = { source: 'microphone', mid: null, muted: false } as const;

after(stopOwnRedis);

for (const { name, open } of BACKENDS) {
  describe(`moderation in ${name}`, () => {
    test('a participant at a locked room waits, shown to moderators, until it is admitted or refused', async (t) => {
      const backend = await open(t);
      const { rooms } = backend;
      const listener = new Listener(backend);
      for (const id of ['ann', 'ben']) await enter(rooms, id);
      await rooms.lock('a', true);
      await rooms.lock('a', true);
      assert.deepEqual(
        listener.facts('room:locked').map(({ n, locked }) => [n, locked]),
        [[3, true]],
      );
      assert.equal((await rooms.list())[0]?.locked, true);
      for (const id of ['cho', 'dan', 'cho']) await assert.rejects(enter(rooms, id), { code: 'room-locked' });
      await listener.until(() => listener.knocks.length === 2, 'both knocks');
      assert.deepEqual((await rooms.state('a'))?.waiting, [
        { id: 'cho', displayName: 'CHO' },
        { id: 'dan', displayName: 'DAN' },
      ]);
      assert.equal(await rooms.answerKnock('a', 'cho', true), true);
      assert.equal(await rooms.answerKnock('a', 'cho', true), false, 'it waits no longer');
      assert.equal(await rooms.answerKnock('a', 'dan', false), true);
      assert.equal(await rooms.answerKnock('nowhere', 'dan', false), false);
      await listener.until(() => listener.knocks.length === 6, 'both answers');
      assert.deepEqual(listener.knocks.toSorted(), [
        'ann: cho gone (a)',
        'ann: cho waits (a)',
        'ann: dan gone (a)',
        'ann: dan waits (a)',
        'cho: cho gone, admitted (a)',
        'dan: dan gone, knock-refused (a)',
      ]);
      await enter(rooms, 'cho');
      await rooms.leave('a', 'cho', 'left');
      for (const id of ['cho', 'dan']) await assert.rejects(enter(rooms, id), { code: 'room-locked' });
      await enter(rooms, 'ben');
      await enter(rooms, 'eve', 'a', { role: 'moderator' });
      assert.equal((await rooms.version('a')).n, 6);
    });

    test('enters none of several rooms if one is locked; a knock can be withdrawn from one room or all', async (t) => {
      const backend = await open(t);
      const { rooms } = backend;
      const listener = new Listener(backend);
      for (const room of ['a', 'b', 'c']) {
        await enter(rooms, 'ann', room);
        if (room !== 'c') await rooms.lock(room, true);
      }
      await assert.rejects(rooms.enter(someone('cho'), ['c', 'a', 'b'], { unlisted: false }), { code: 'room-locked' });
      assert.deepEqual(await rooms.roomsOf('cho'), []);
      assert.equal(await rooms.withdrawKnock('cho', 'c'), false);
      assert.equal(await rooms.withdrawKnock('cho', 'a'), true);
      await assert.rejects(enter(rooms, 'cho', 'a'), { code: 'room-locked' });
      assert.equal(await rooms.withdrawKnock('cho'), true);
      assert.equal(await rooms.withdrawKnock('cho'), false);
      for (const room of ['a', 'b']) {
        await listener.until(
          () => listener.knocks.filter((word) => word === `ann: cho gone (${room})`).length === (room === 'a' ? 2 : 1),
          `the end of the waiting before ${room}`,
        );
        assert.deepEqual((await rooms.state(room))?.waiting, []);
      }
      assert.ok(!listener.knocks.some((word) => word.startsWith('cho')), 'it knows');
    });

    test('unlocking admits everybody who waits; a new moderator hears of the waiting ones', async (t) => {
      const backend = await open(t);
      const { rooms } = backend;
      const listener = new Listener(backend);
      for (const id of ['ann', 'ben']) await enter(rooms, id);
      await rooms.lock('a', true);
      for (const id of ['cho', 'dan']) await assert.rejects(enter(rooms, id), { code: 'room-locked' });
      await rooms.leave('a', 'ann', 'left');
      await listener.until(
        () => listener.knocks.includes('ben: cho waits (a)') && listener.knocks.includes('ben: dan waits (a)'),
        'Ben hearing of them',
      );
      await rooms.lock('a', false);
      await listener.until(
        () =>
          listener.knocks.includes('cho: cho gone, admitted (a)') &&
          listener.knocks.includes('dan: dan gone, admitted (a)'),
        'both admissions',
      );
      for (const id of ['cho', 'dan']) await enter(rooms, id);
    });

    test('the last one of a locked room may return in its role; otherwise the next one moderates', async (t) => {
      const backend = await open(t, {}, { returnMs: 300 });
      const { rooms } = backend;
      const listener = new Listener(backend);
      for (const id of ['ann', 'ben']) await enter(rooms, id, 'a', { subject: `${id}'s` });
      await rooms.lock('a', true);
      for (const id of ['ben', 'ann']) await rooms.leave('a', id, 'left');
      for (const id of ['ben', 'cho']) await assert.rejects(enter(rooms, id), { code: 'room-locked' });
      await enter(rooms, 'another', 'a', { subject: "ann's" });
      assert.deepEqual(await rolesOf(rooms), ['another moderator']);
      await rooms.answerKnock('a', 'cho', true);
      await rooms.leave('a', 'another', 'lost');
      await enter(rooms, 'cho');
      assert.deepEqual(await rolesOf(rooms), ['cho participant']);
      await listener.until(
        () =>
          listener
            .facts('participant:changed')
            .some(({ participant }) => participant.id === 'cho' && participant.role === 'moderator'),
        'the next moderator',
      );
    });

    test('bans by subject, or by participant and address without one, sparing those present', async (t) => {
      const { rooms } = await open(t);
      const street = { address: '192.0.2.1' };
      await enter(rooms, 'ann', 'a', street);
      await enter(rooms, 'ben', 'a', { subject: "ben's", ...street });
      await enter(rooms, 'cho', 'a', street);
      await enter(rooms, 'dan', 'a', { address: '192.0.2.2' });
      assert.equal(await rooms.ban('a', 'ben'), true);
      assert.equal(await rooms.ban('a', 'ben'), false);
      assert.equal(await rooms.ban('nowhere', 'ann'), false);
      assert.deepEqual(await rolesOf(rooms), ['ann moderator', 'cho participant', 'dan participant']);
      await assert.rejects(enter(rooms, 'ben2', 'a', { subject: "ben's" }), { code: 'removed' });
      await enter(rooms, 'ben', 'a', { subject: "another's", ...street });
      await rooms.leave('a', 'ben', 'left');
      await rooms.ban('a', 'cho');
      await assert.rejects(enter(rooms, 'cho', 'a', { address: '192.0.2.9' }), { code: 'removed' });
      await assert.rejects(enter(rooms, 'eve', 'a', street), { code: 'removed' });
      for (const id of ['ann', 'dan']) {
        await rooms.leave('a', id, 'left');
        await enter(rooms, id, 'a', street);
      }
      await enter(rooms, 'eve', 'b', street);
      // A ban spares other participants of its address who are present. Dan has left, so the ban holds for Dan too.
      await rooms.leave('a', 'dan', 'left');
      await rooms.ban('a', 'ann');
      for (const id of ['ann', 'dan', 'fay']) await assert.rejects(enter(rooms, id, 'a', street), { code: 'removed' });
      await assert.rejects(rooms.enter(someone('eve', street), ['c', 'a'], { unlisted: false }), { code: 'removed' });
      assert.equal(await rooms.state('c'), undefined);
      await enter(rooms, 'fay', 'a');
    });

    test('with grants, nobody succeeds a moderator, and a move keeps each role', async (t) => {
      const { rooms } = await open(t, {}, { succession: false });
      for (const [id, role] of [
        ['ann', 'moderator'],
        ['ben', 'participant'],
        ['vic', 'viewer'],
      ] as [string, Role][])
        await enter(rooms, id, 'a', { role });
      await rooms.leave('a', 'ann', 'left');
      assert.deepEqual(await rolesOf(rooms), ['ben participant', 'vic viewer']);
      await enter(rooms, 'ann', 'a', { role: 'moderator' });
      await rooms.transfer('a', 'b', { leaving: true });
      assert.deepEqual(await rolesOf(rooms, 'b'), ['ben participant', 'vic viewer', 'ann moderator']);
      await enter(rooms, 'ben', 'b', { role: 'moderator' });
      assert.deepEqual(await rolesOf(rooms, 'b'), ['ben moderator', 'vic viewer', 'ann moderator']);
    });

    test('a participant who enters again as a viewer sends nothing any more', async (t) => {
      const { rooms } = await open(t);
      for (const id of ['ann', 'ben']) await enter(rooms, id);
      await rooms.enterCall('a', 'ben', { joinId: 'j', tracks: [microphone], receivesVideo: true });
      await rooms.markLost('ben');
      await enter(rooms, 'ben', 'a', { role: 'viewer' });
      await rooms.setRole('a', 'ben', 'viewer');
      const ben = await rooms.find('a', 'ben');
      assert.deepEqual([ben?.role, ben?.call?.tracks], ['viewer', []]);
    });

    test('a new role holds at once, and a viewer sends nothing any more', async (t) => {
      const backend = await open(t);
      const { rooms } = backend;
      const listener = new Listener(backend);
      for (const id of ['ann', 'ben']) await enter(rooms, id);
      await rooms.enterCall('a', 'ben', { joinId: 'j', tracks: [microphone], receivesVideo: false });
      for (const role of ['viewer', 'viewer'] as const) await rooms.setRole('a', 'ben', role);
      const expected = {
        id: 'ben',
        displayName: 'BEN',
        role: 'viewer',
        connected: true,
        call: { joinId: 'j', tracks: [], receivesVideo: false, since: 3 },
      };
      assert.deepEqual(
        listener
          .facts('participant:changed')
          .slice(1)
          .map(({ participant }) => participant),
        [expected],
      );
      await rooms.setRole('a', 'nobody', 'moderator');
      await rooms.setRole('nowhere', 'ben', 'moderator');
      await rooms.leave('a', 'ann', 'left');
      assert.deepEqual(await rolesOf(rooms), ['ben viewer'], 'a viewer does not succeed a moderator');
    });

    test('mutes the microphone only, names the moderator, and only during a call', async (t) => {
      const { rooms } = await open(t);
      for (const id of ['ann', 'ben']) await enter(rooms, id);
      for (const [room, id] of [
        ['a', 'ben'],
        ['a', 'nobody'],
        ['nowhere', 'ben'],
      ] as const)
        assert.equal(await rooms.mute(room, id, 'ann'), false);
      await rooms.enterCall('a', 'ben', { joinId: 'j', tracks: [], receivesVideo: true });
      assert.equal(await rooms.mute('a', 'ben', 'ann'), true);
      assert.equal((await rooms.version('a')).n, 3, 'nothing to mute is no change');
      // Odd characters in the `mid` of any track do not protect the microphone from being muted.
      const camera = { source: 'camera', mid: '"\ufffd\\', muted: false } as const;
      await rooms.updateCall('a', 'ben', { tracks: [{ ...camera, mid: '\ud800' }, microphone] });
      assert.equal(await rooms.mute('a', 'ben', 'ann'), true);
      await rooms.updateCall('a', 'ben', { tracks: [camera, microphone] });
      for (const by of ['ann', 'another']) assert.equal(await rooms.mute('a', 'ben', by), true);
      assert.deepEqual((await rooms.find('a', 'ben'))?.call?.tracks, [
        camera,
        { ...microphone, muted: true, mutedBy: 'ann' },
      ]);
      assert.equal((await rooms.version('a')).n, 7);
      await rooms.updateCall('a', 'ben', { tracks: [camera, microphone] });
      assert.deepEqual((await rooms.find('a', 'ben'))?.call?.tracks, [camera, microphone]);
    });

    test('tells the end of a call once, empties it, and keeps a lost participant from restarting it', async (t) => {
      const backend = await open(t);
      const { rooms } = backend;
      const listener = new Listener(backend);
      for (const id of ['ann', 'ben', 'cho']) await enter(rooms, id);
      await rooms.endCall('a');
      await rooms.endCall('nowhere');
      for (const id of ['ann', 'ben'])
        await rooms.enterCall('a', id, { joinId: `${id}'s`, tracks: [], receivesVideo: true });
      await rooms.markLost('ben');
      await rooms.endCall('a');
      assert.deepEqual(listener.words('a').slice(-3), ['call:ended', 'participant:changed', 'participant:changed']);
      assert.deepEqual(
        listener.facts('call:ended').map(({ reason }) => reason),
        ['ended'],
      );
      assert.equal((await rooms.list())[0]?.inCallCount, 0);
      await enter(rooms, 'ben');
      await assert.rejects(rooms.enterCall('a', 'ben', { joinId: "ben's", tracks: [], receivesVideo: true }), {
        code: 'cancelled',
      });
      for (const joinId of ["ann's", 'new'])
        await rooms.enterCall('a', joinId === 'new' ? 'ben' : 'ann', { joinId, tracks: [], receivesVideo: true });
    });

    test('ending a room removes everybody and refuses waiting people; its lock and bans end with it', async (t) => {
      const backend = await open(t, { roomLinger: 2_000 });
      const { rooms } = backend;
      const listener = new Listener(backend);
      for (const id of ['ann', 'ben', 'cho']) await enter(rooms, id);
      const { epoch } = await rooms.version('a');
      await rooms.ban('a', 'cho');
      await rooms.lock('a', true);
      await assert.rejects(enter(rooms, 'dan'), { code: 'room-locked' });
      assert.equal(await rooms.end('a'), true);
      assert.equal(await rooms.end('nowhere'), false);
      assert.equal(await rooms.state('a'), undefined);
      for (const [id, code] of [
        ['cho', 'removed'],
        ['ben', 'room-locked'],
      ] as const)
        await assert.rejects(enter(rooms, id), { code });
      assert.deepEqual(
        listener.facts('participant:left').map(({ participantId, reason }) => `${participantId} ${reason}`),
        ['cho removed', 'ben removed', 'ann removed'],
      );
      assert.equal(
        listener.facts('participant:changed').length,
        0,
        'no participant becomes moderator while it is removed',
      );
      await listener.until(() => listener.knocks.includes('dan: dan gone, knock-refused (a)'), 'Dan being turned away');
      await listener.until(() => listener.ended.includes('a'), 'the end of the remembered room');
      const [state] = await enter(rooms, 'cho');
      assert.deepEqual(
        [state?.n, state?.locked, state?.participants.length, state?.participants[0]?.role],
        [1, false, 1, 'moderator'],
      );
      assert.notEqual(state?.epoch, epoch);
    });

    for (const roomLinger of [0, 1_000]) {
      test(`with grants, bans outlive an ended room into its next life (linger: ${roomLinger} ms)`, async (t) => {
        const backend = await open(t, { roomLinger }, { succession: false });
        const { rooms } = backend;
        const listener = new Listener(backend);
        for (const subject of ['ann', 'ben'])
          await enter(rooms, subject, 'a', { subject, role: 'participant', address: '203.0.113.9' });
        await rooms.ban('a', 'ben');
        await rooms.lock('a', true);
        for (let life = 0; life < 2; life++) {
          assert.equal(await rooms.end('a'), true);
          await listener.until(() => listener.ended.length === life + 1, 'the end of the room');
          const [state] = await enter(rooms, 'ann', 'a', { subject: 'ann', role: 'participant' });
          assert.equal(state?.locked, false);
          await assert.rejects(enter(rooms, 'ben2', 'a', { subject: 'ben', role: 'participant' }), { code: 'removed' });
        }
      });
    }

    test('an empty locked room that ends admits everybody who waits', async (t) => {
      const backend = await open(t, { roomLinger: 250 });
      const { rooms } = backend;
      const listener = new Listener(backend);
      await enter(rooms, 'ann');
      await rooms.lock('a', true);
      await rooms.leave('a', 'ann', 'left');
      await assert.rejects(enter(rooms, 'dan'), { code: 'room-locked' });
      await listener.until(() => listener.knocks.includes('dan: dan gone, admitted (a)'), 'Dan being let in');
      const [state] = await enter(rooms, 'dan');
      assert.deepEqual([state?.locked, state?.participants[0]?.role], [false, 'moderator']);
    });
  });
}
