/** The permissions of a room, as every `Rooms` must hold them, wherever it keeps them. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { RoomPermissions, TrackInfo, TrackSource } from '../../../server/protocol.ts';
import { EVERYONE, restricting } from '../../../server/rooms/permitted-tracks.ts';
import type { Entrant, Rooms } from '../../../server/rooms/rooms.ts';
import { BACKENDS, Listener } from '../../support/server/backends.ts';
import { stopOwnRedis } from '../../support/server/redis-server.ts';

const ROOM = 'a';
const SOURCES: readonly TrackSource[] = ['microphone', 'camera', 'screen', 'screen-audio'];
const ALL: TrackInfo[] = SOURCES.map((source) => ({ source, mid: null, muted: false }));
const enter = (rooms: Rooms, id: string, more: Partial<Entrant> = {}) =>
  rooms.enter({ id, displayName: id, role: null, subject: null, address: '', ...more }, [ROOM], { unlisted: false });
const call = (rooms: Rooms, id: string) => rooms.enterCall(ROOM, id, { joinId: id, tracks: ALL, receivesVideo: true });
const sent = async (rooms: Rooms, id: string) =>
  (await rooms.find(ROOM, id))?.call?.tracks.filter(({ muted }) => !muted).map(({ source }) => source);

/** Ann moderates; the others do not. */
async function meet(rooms: Rooms, ...others: string[]): Promise<void> {
  for (const id of ['ann', ...others]) {
    await enter(rooms, id);
    await call(rooms, id);
  }
}

after(stopOwnRedis);

for (const { name, open, place, outlives } of BACKENDS) {
  describe(`permissions in ${name}`, () => {
    const LEFT: { [What in keyof RoomPermissions]: readonly TrackSource[] } = {
      microphone: ['camera', 'screen'],
      camera: ['microphone', 'screen', 'screen-audio'],
      screen: ['microphone', 'camera'],
      chat: SOURCES,
    };
    for (const what of Object.keys(LEFT) as (keyof RoomPermissions)[]) {
      test(`${what} alone for moderators: ends the tracks of the others, whatever they say again`, async (t) => {
        const backend = await open(t);
        const { rooms } = backend;
        const listener = new Listener(backend);
        await meet(rooms, 'ben', 'cho');
        const { epoch, n } = await rooms.version(ROOM);
        const count = what === 'chat' ? 0 : 2;
        assert.equal(await rooms.permit(ROOM, what, 'moderators'), count);
        assert.equal(await rooms.permit(ROOM, what, 'moderators'), 0);
        const permissions = restricting([what]);
        await listener.until(() => listener.facts('room:permitted').length > 0, 'the fact');
        // Under the number of the last numbered fact, and without a number of its own.
        assert.deepEqual(listener.facts('room:permitted'), [{ room: ROOM, epoch, n: n + count, permissions }]);
        assert.equal((await rooms.version(ROOM)).n, n + count);
        assert.deepEqual(await rooms.permissions(ROOM), permissions);
        assert.deepEqual(await sent(rooms, 'ben'), LEFT[what]);
        assert.deepEqual(await sent(rooms, 'ann'), SOURCES, 'moderators are never restricted');
        // What a client says that does not know the rule, or ignores it.
        await rooms.updateCall(ROOM, 'ben', { tracks: ALL });
        assert.deepEqual(await sent(rooms, 'ben'), LEFT[what]);
        await call(rooms, 'ben');
        assert.deepEqual(await sent(rooms, 'ben'), LEFT[what]);
        const [state] = await enter(rooms, 'dan');
        await call(rooms, 'dan');
        assert.deepEqual(state?.permissions, permissions, 'in the snapshot of a newcomer');
        assert.deepEqual(await sent(rooms, 'dan'), LEFT[what]);
        // Nobody is heard again before its page says so.
        await rooms.permit(ROOM, what, 'everyone');
        assert.deepEqual(await sent(rooms, 'ben'), LEFT[what]);
        await rooms.updateCall(ROOM, 'ben', { tracks: ALL });
        assert.deepEqual(await sent(rooms, 'ben'), SOURCES);
      });
    }

    test('hold for a moderator who is one no longer, and end for a participant who becomes one', async (t) => {
      const { rooms } = await open(t, {}, { succession: false });
      await enter(rooms, 'ann', { role: 'moderator' });
      await enter(rooms, 'ben', { role: 'participant' });
      for (const id of ['ann', 'ben']) await call(rooms, id);
      await rooms.permit(ROOM, 'camera', 'moderators');
      await rooms.setRole(ROOM, 'ann', 'participant');
      assert.deepEqual(await sent(rooms, 'ann'), ['microphone', 'screen', 'screen-audio']);
      await rooms.setRole(ROOM, 'ben', 'moderator');
      await rooms.updateCall(ROOM, 'ben', { tracks: ALL });
      assert.deepEqual(await sent(rooms, 'ben'), SOURCES);
      // A grant with a lower role, shown on entering again.
      await enter(rooms, 'ben', { role: 'participant' });
      assert.deepEqual(await sent(rooms, 'ben'), ['microphone', 'screen', 'screen-audio']);
    });

    test('while a participant is disconnected, what it may not send is named as muted', async (t) => {
      const { rooms } = await open(t);
      await meet(rooms, 'ben');
      await rooms.permit(ROOM, 'camera', 'moderators');
      await rooms.markLost('ben');
      const tracks = (await rooms.find(ROOM, 'ben'))?.call?.tracks;
      assert.deepEqual(tracks, [
        ...ALL.filter(({ source }) => source !== 'camera'),
        { source: 'camera', mid: null, muted: true, mutedBy: 'room' },
      ]);
      await enter(rooms, 'ben');
      assert.deepEqual(
        (await rooms.find(ROOM, 'ben'))?.call?.tracks,
        ALL.filter(({ source }) => source !== 'camera'),
      );
    });

    test('a microphone that an administrator muted stays muted, in a room with restrictions and without', async (t) => {
      const { rooms } = await open(t);
      await meet(rooms, 'ben');
      const tracks = ALL.map((track) =>
        track.source === 'microphone' ? { ...track, muted: true, mutedBy: '' } : track,
      );
      assert.equal(await rooms.mute(ROOM, 'ben', ''), true);
      assert.deepEqual((await rooms.find(ROOM, 'ben'))?.call?.tracks, tracks);
      await rooms.permit(ROOM, 'camera', 'moderators');
      await rooms.markLost('ben');
      await rooms.permit(ROOM, 'camera', 'everyone');
      await enter(rooms, 'ben');
      assert.deepEqual(
        (await rooms.find(ROOM, 'ben'))?.call?.tracks,
        tracks.filter(({ source }) => source !== 'camera'),
      );
    });

    test('what is named for a disconnected participant goes with its reason', async (t) => {
      const { rooms } = await open(t);
      await meet(rooms, 'ann', 'ben');
      const rest = ALL.filter(({ source }) => source !== 'camera');
      const tracksOf = async () => (await rooms.find(ROOM, 'ben'))?.call?.tracks;
      await rooms.permit(ROOM, 'camera', 'moderators');
      await rooms.markLost('ben');
      await rooms.permit(ROOM, 'camera', 'everyone');
      assert.deepEqual(await tracksOf(), rest, 'the restriction ended');
      await rooms.permit(ROOM, 'camera', 'moderators');
      await rooms.leave(ROOM, 'ann', 'left');
      assert.equal((await rooms.find(ROOM, 'ben'))?.role, 'moderator');
      assert.deepEqual(await tracksOf(), rest, 'it has become a moderator');
      await enter(rooms, 'ben');
      assert.deepEqual(await tracksOf(), rest);
    });

    test('add up, are taken back one by one, and outlive everybody as the lock does', async (t) => {
      const backend = await open(t, { roomLinger: 1_000 });
      const { rooms } = backend;
      const listener = new Listener(backend);
      await assert.rejects(async () => rooms.permit('nowhere', 'chat', 'moderators'), { code: 'not-in-room' });
      assert.deepEqual(await rooms.permissions('nowhere'), EVERYONE);
      assert.deepEqual((await enter(rooms, 'ann'))[0]?.permissions, EVERYONE);
      for (const what of ['screen', 'chat', 'microphone'] as const) await rooms.permit(ROOM, what, 'moderators');
      await rooms.permit(ROOM, 'chat', 'everyone');
      assert.deepEqual(await rooms.permissions(ROOM), restricting(['microphone', 'screen']));
      await rooms.leave(ROOM, 'ann', 'left');
      assert.deepEqual((await enter(rooms, 'ben'))[0]?.permissions, restricting(['microphone', 'screen']));
      await rooms.end(ROOM);
      await listener.until(() => listener.ended.includes(ROOM), 'the end of the room');
      assert.deepEqual((await enter(rooms, 'ann'))[0]?.permissions, EVERYONE);
    });

    if (outlives) {
      test('hold over a restart of the process', async (t) => {
        const settings = await place(t);
        const first = await open(t, settings);
        await enter(first.rooms, 'ann');
        await first.rooms.permit(ROOM, 'chat', 'moderators');
        await first.close();
        const second = await open(t, settings);
        assert.deepEqual((await enter(second.rooms, 'ben'))[0]?.permissions, restricting(['chat']));
        assert.deepEqual(await second.rooms.permissions(ROOM), restricting(['chat']));
      });
    }
  });
}
