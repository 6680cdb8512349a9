/** What every `Rooms` must do, wherever it keeps them. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Rooms } from '../../../server/rooms/rooms.ts';
import { BACKENDS, Listener } from '../../support/server/backends.ts';
import { stopOwnRedis } from '../../support/server/redis-server.ts';
import { within } from '../../support/waiting.ts';

const someone = (id: string, displayName = id.toUpperCase()) => ({
  id,
  displayName,
  role: null,
  subject: null,
  address: '',
});
const enter = (rooms: Rooms, id: string, ...names: string[]) => rooms.enter(someone(id), names, { unlisted: false });
const presence = (joinId: string) => ({ joinId, tracks: [], receivesVideo: true });

after(stopOwnRedis);

for (const { name, open, outlives, place } of BACKENDS) {
  describe(`rooms in ${name}`, () => {
    test('tells a participant that it entered, then the others, and makes the first one moderator', async (t) => {
      const backend = await open(t);
      const listener = new Listener(backend);
      const [first] = await enter(backend.rooms, 'ann', 'a');
      assert.deepEqual(first?.participants, [
        { id: 'ann', displayName: 'ANN', role: 'moderator', connected: true, call: null },
      ]);
      assert.equal(first?.n, 1);
      assert.deepEqual(listener.words('a'), ['entered', 'participant:joined']);
      const [second] = await enter(backend.rooms, 'ben', 'a');
      assert.deepEqual(
        second?.participants.map(({ id, role }) => [id, role]),
        [
          ['ann', 'moderator'],
          ['ben', 'participant'],
        ],
      );
      assert.deepEqual(listener.numbers('a'), [1, 2]);
      assert.equal(second?.epoch, first?.epoch);
      assert.notEqual(second?.epoch, '');
    });

    test('entering again changes only what is new, and is confirmed each time', async (t) => {
      const backend = await open(t);
      const listener = new Listener(backend);
      await enter(backend.rooms, 'ann', 'a');
      const [again] = await enter(backend.rooms, 'ann', 'a', 'a');
      assert.equal(again?.n, 1);
      await backend.rooms.enter(someone('ann', 'Another'), ['a'], { unlisted: true });
      assert.deepEqual(listener.words('a'), [
        'entered',
        'participant:joined',
        'entered',
        'entered',
        'participant:changed',
      ]);
      assert.equal(
        (await backend.rooms.state('a'))?.unlisted,
        false,
        'the first participant decides whether a room is listed',
      );
    });

    test('keeps empty lists, nulls and texts exactly as they were given', async (t) => {
      const { rooms } = await open(t);
      const displayName = 'a "quoted" \\ / \u2028 \u{1f600} {{}} []';
      await rooms.enter(someone('ann', displayName), ['{"room":[]} \u{1f600}'], { unlisted: false });
      const tracks = [
        { source: 'camera' as const, mid: null, muted: false },
        { source: 'screen' as const, mid: '0', muted: true },
      ];
      await rooms.enterCall('{"room":[]} \u{1f600}', 'ann', presence('j"'));
      assert.deepEqual((await rooms.find('{"room":[]} \u{1f600}', 'ann'))?.call, { ...presence('j"'), since: 2 });
      await rooms.updateCall('{"room":[]} \u{1f600}', 'ann', { tracks, receivesVideo: false });
      const expected = {
        id: 'ann',
        displayName,
        role: 'moderator',
        connected: true,
        call: { joinId: 'j"', tracks, receivesVideo: false, since: 2 },
      };
      assert.deepEqual((await rooms.state('{"room":[]} \u{1f600}'))?.participants, [expected]);
    });

    test('enters all rooms or none: one is full, or there is one too many', async (t) => {
      const backend = await open(t, { roomCapacity: 2 });
      const { rooms } = backend;
      for (const id of ['ann', 'ben']) await enter(rooms, id, 'full');
      await assert.rejects(enter(rooms, 'cho', 'free', 'full'), { code: 'room-full' });
      assert.deepEqual(await rooms.roomsOf('cho'), []);
      assert.equal(await rooms.state('free'), undefined);
      await enter(rooms, 'ann', 'full');
      const many = Array.from({ length: 49 }, (_, index) => `room ${index}`);
      await enter(rooms, 'ann', ...many);
      await assert.rejects(enter(rooms, 'ann', 'one too many'), { code: 'limit-reached' });
      assert.equal((await rooms.roomsOf('ann')).length, 50);
      assert.deepEqual((await rooms.roomsOf('ann')).slice(0, 2), ['full', 'room 0']);
    });

    test('holds the capacity when several enter at once', async (t) => {
      const backend = await open(t, { roomCapacity: 10 });
      const listener = new Listener(backend);
      const results = await Promise.allSettled(
        Array.from({ length: 30 }, (_, index) => enter(backend.rooms, `p${index}`, 'a')),
      );
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 10);
      assert.deepEqual(
        listener.numbers('a'),
        Array.from({ length: 10 }, (_, index) => index + 1),
      );
      assert.equal((await backend.rooms.state('a'))?.participants.filter(({ role }) => role === 'moderator').length, 1);
    });

    test('tells a leave before it happens, and the longest present follows the last moderator', async (t) => {
      const backend = await open(t);
      const { rooms } = backend;
      const listener = new Listener(backend);
      for (const id of ['ann', 'ben', 'cho']) await enter(rooms, id, 'a');
      listener.heard.length = 0;
      assert.equal(await rooms.leave('a', 'ann', 'removed'), true);
      assert.deepEqual(listener.words('a'), ['participant:left', 'exited', 'participant:changed']);
      assert.deepEqual(listener.facts('participant:left'), [
        { ...listener.facts('participant:left')[0], room: 'a', participantId: 'ann', reason: 'removed' },
      ]);
      assert.deepEqual(
        (await rooms.state('a'))?.participants.map(({ id, role }) => [id, role]),
        [
          ['ben', 'moderator'],
          ['cho', 'participant'],
        ],
      );
      assert.equal(await rooms.leave('a', 'ann', 'left'), false);
      assert.equal(await rooms.leave('nowhere', 'ann', 'left'), false);
      assert.deepEqual(listener.numbers('a'), [4, 5]);
    });

    test('a display name is the same in all rooms, and an unchanged one is no change', async (t) => {
      const backend = await open(t);
      const listener = new Listener(backend);
      await enter(backend.rooms, 'ann', 'a', 'b');
      for (const name of ['Anna', 'Anna']) await backend.rooms.rename('ann', name);
      assert.deepEqual(
        listener.facts('participant:changed').map(({ room, participant }) => [room, participant.displayName]),
        [
          ['a', 'Anna'],
          ['b', 'Anna'],
        ],
      );
      await backend.rooms.markLost('ann');
      assert.equal((await backend.rooms.find('b', 'ann'))?.connected, false);
      await enter(backend.rooms, 'ann', 'b');
      assert.equal((await backend.rooms.find('b', 'ann'))?.connected, true);
      assert.equal((await backend.rooms.find('a', 'ann'))?.connected, false);
    });

    test('participants enter, change and leave a call, within its capacity', async (t) => {
      const backend = await open(t, { callCapacity: 1 });
      const { rooms } = backend;
      for (const id of ['ann', 'ben']) await enter(rooms, id, 'a');
      await assert.rejects(rooms.enterCall('a', 'cho', presence('j')), { code: 'not-in-room' });
      const state = await rooms.enterCall('a', 'ann', presence('j'));
      assert.equal(state.participants[0]?.call?.joinId, 'j');
      assert.equal(state.n, 3);
      await assert.rejects(rooms.enterCall('a', 'ben', presence('k')), { code: 'call-full' });
      assert.equal((await rooms.enterCall('a', 'ann', presence('j2'))).n, 4, 'a new join id replaces the presence');
      await assert.rejects(rooms.updateCall('a', 'ben', { tracks: [] }), { code: 'not-in-room' });
      assert.equal((await rooms.list())[0]?.inCallCount, 1);
      await rooms.leaveCall('a', 'ann');
      await rooms.leaveCall('a', 'ann');
      assert.equal((await rooms.version('a')).n, 5);
      assert.equal((await rooms.list())[0]?.inCallCount, 0);
      await rooms.enterCall('a', 'ben', presence('k'));
      await rooms.leave('a', 'ben', 'left');
      assert.equal((await rooms.list())[0]?.inCallCount, 0, 'leaving the room leaves the call');
    });

    test('numbers published facts with the others', async (t) => {
      const backend = await open(t);
      const listener = new Listener(backend);
      await enter(backend.rooms, 'ann', 'a');
      const version = await backend.rooms.publish('a', 'room:locked', { locked: true });
      assert.equal(version.n, 2);
      assert.deepEqual(listener.facts('room:locked'), [{ room: 'a', ...version, locked: true }]);
      await assert.rejects(backend.rooms.publish('nowhere', 'room:locked', { locked: true }), { code: 'not-in-room' });
      await assert.rejects(backend.rooms.version('nowhere'), { code: 'not-in-room' });
    });

    test('moves or adds a room to another', async (t) => {
      const backend = await open(t);
      const { rooms } = backend;
      const listener = new Listener(backend);
      for (const id of ['ann', 'ben']) await enter(rooms, id, 'from');
      await enter(rooms, 'ben', 'to');
      assert.deepEqual(await rooms.transfer('from', 'to', { leaving: false }), ['ann']);
      await listener.until(() => listener.heard.some((told) => told.what === 'moved'), 'Ann being added');
      assert.deepEqual(await rooms.roomsOf('ann'), ['from', 'to']);
      assert.deepEqual(await rooms.transfer('from', 'other', { leaving: true }), ['ann', 'ben']);
      await listener.until(() => listener.heard.filter((told) => told.what === 'moved').length === 3, 'both moves');
      assert.deepEqual(
        (await rooms.state('other'))?.participants.map(({ id, role }) => [id, role]),
        [
          ['ann', 'moderator'],
          ['ben', 'participant'],
        ],
      );
      assert.equal(await rooms.state('from'), undefined);
      assert.deepEqual(
        listener.facts('participant:left', 'from').map(({ participantId, reason }) => [participantId, reason]),
        [
          ['ben', 'moved'],
          ['ann', 'moved'],
        ],
      );
      assert.deepEqual(await rooms.transfer('nowhere', 'to', { leaving: true }), []);
      assert.deepEqual(await rooms.transfer('to', 'to', { leaving: true }), []);
    });

    test('remembers an empty room for its time, and starts a new one afterwards', async (t) => {
      const backend = await open(t, { roomLinger: 250 });
      const { rooms } = backend;
      const listener = new Listener(backend);
      const [first] = await enter(rooms, 'ann', 'a');
      await rooms.leave('a', 'ann', 'left');
      assert.equal(await rooms.state('a'), undefined);
      const [again] = await enter(rooms, 'ann', 'a');
      assert.deepEqual([again?.epoch, again?.n], [first?.epoch, 3]);
      await rooms.leave('a', 'ann', 'left');
      await listener.until(() => listener.ended.includes('a'), 'the end of the room');
      const [other] = await enter(rooms, 'ann', 'a');
      assert.notEqual(other?.epoch, first?.epoch);
      assert.deepEqual([other?.n, other?.participants[0]?.role], [1, 'moderator']);
    });

    test('ends a room with its last participant when nothing lingers', async (t) => {
      const backend = await open(t, { roomLinger: 0 });
      const listener = new Listener(backend);
      await enter(backend.rooms, 'ann', 'a');
      await backend.rooms.leave('a', 'ann', 'left');
      assert.deepEqual(listener.ended, ['a']);
    });

    if (outlives)
      test('lock, bans, roles, visibility and position in the history outlive the process', async (t) => {
        const config = await place(t);
        const before = await open(t, config);
        await before.rooms.enter(someone('ann'), ['a', 'b'], { unlisted: true });
        for (const id of ['ben', 'cho']) await enter(before.rooms, id, 'a');
        await before.rooms.ban('a', 'cho');
        await before.rooms.lock('a', true);
        const { epoch, n } = await before.rooms.version('a');
        await before.close();

        const { rooms } = await open(t, config);
        await assert.rejects(enter(rooms, 'cho', 'a'), { code: 'removed' });
        await assert.rejects(enter(rooms, 'dee', 'a'), { code: 'room-locked' });
        const [ben] = await enter(rooms, 'ben', 'a');
        assert.deepEqual([ben?.locked, ben?.unlisted, ben?.epoch], [true, true, epoch]);
        assert.ok((ben?.n ?? 0) > n, 'numbers never go back');
        const [ann] = await enter(rooms, 'ann', 'a');
        // Sorted, because a store that still expects both to return (as Redis does) keeps the order of before.
        assert.deepEqual(ann?.participants.map(({ id, role }) => [id, role]).toSorted(), [
          ['ann', 'moderator'],
          ['ben', 'participant'],
        ]);
      });

    test('lists every occupied room, and keeps the directory of public ones up to date', async (t) => {
      const { rooms, directory } = await open(t);
      await enter(rooms, 'ann', 'a', 'b');
      await rooms.enter(someone('ben'), ['secret'], { unlisted: true });
      await rooms.enterCall('b', 'ann', presence('j'));
      const list = (await rooms.list()).toSorted((one, other) => one.name.localeCompare(other.name));
      assert.deepEqual(list, [
        { name: 'a', participantCount: 1, inCallCount: 0, locked: false, unlisted: false },
        { name: 'b', participantCount: 1, inCallCount: 1, locked: false, unlisted: false },
        { name: 'secret', participantCount: 1, inCallCount: 0, locked: false, unlisted: true },
      ]);
      await directory.open();
      const changes: unknown[] = [];
      const changed = new Promise<void>((resolve) =>
        directory.changes.on('changed', ({ changed: lines, removed }) => {
          changes.push(...lines.map(({ name: room, participantCount }) => `${room} ${participantCount}`), ...removed);
          if (removed.length > 0) resolve();
        }),
      );
      assert.deepEqual(
        directory
          .snapshot()
          .rooms.map((room) => room.name)
          .toSorted(),
        ['a', 'b'],
      );
      await enter(rooms, 'ben', 'a');
      await rooms.leave('b', 'ann', 'left');
      await within(changed, 'the end of a room in the list');
      assert.ok(changes.includes('a 2') && changes.includes('b'), JSON.stringify(changes));
      assert.ok(!changes.some((change) => String(change).startsWith('secret')));
    });
  });
}
