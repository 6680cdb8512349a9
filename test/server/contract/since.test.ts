/** When each participant entered the call, as every `Rooms` must tell it, wherever it keeps them. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { CallPresence } from '../../../server/protocol.ts';
import type { Rooms } from '../../../server/rooms/rooms.ts';
import { BACKENDS, Listener } from '../../support/server/backends.ts';
import { stopOwnRedis } from '../../support/server/redis-server.ts';

const ROOM = 'a';
const enter = (rooms: Rooms, id: string) =>
  rooms.enter({ id, displayName: id, role: null, subject: null, address: '' }, [ROOM], { unlisted: false });
const entry = (joinId: string) => ({ joinId, tracks: [], receivesVideo: true });

/** The presence of a participant in the call. */
async function presenceOf(rooms: Rooms, id: string): Promise<CallPresence> {
  const presence = (await rooms.find(ROOM, id))?.call;
  assert.ok(presence, `${id} is in the call`);
  return presence;
}

async function sinceOf(rooms: Rooms, id: string): Promise<number> {
  const { since } = await presenceOf(rooms, id);
  assert.ok(since !== undefined, `${id} has a number`);
  return since;
}

after(stopOwnRedis);

for (const { name, open } of BACKENDS) {
  describe(`entering a call in ${name}`, () => {
    test('is numbered by the fact that tells it, so the later of two has the greater number', async (t) => {
      const backend = await open(t);
      const { rooms } = backend;
      const listener = new Listener(backend);
      for (const id of ['ann', 'ben']) await enter(rooms, id);
      for (const id of ['ben', 'ann']) await rooms.enterCall(ROOM, id, entry(id));
      const told = listener.facts('participant:changed', ROOM);
      assert.deepEqual(
        told.map(({ n, participant }) => [participant.id, participant.call?.since, n]),
        told.map(({ n, participant }) => [participant.id, n, n]),
      );
      assert.ok((await sinceOf(rooms, 'ben')) < (await sinceOf(rooms, 'ann')));
    });

    test('keeps its number while the joinId stays: over tracks, a role, a loss and a return', async (t) => {
      const { rooms } = await open(t);
      for (const id of ['ann', 'ben']) await enter(rooms, id);
      await rooms.enterCall(ROOM, 'ben', { ...entry('j'), newcomerOffers: true });
      const since = await sinceOf(rooms, 'ben');
      const tracks = [{ source: 'microphone' as const, mid: null, muted: false }];
      await rooms.updateCall(ROOM, 'ben', { tracks, receivesVideo: false });
      await rooms.mute(ROOM, 'ben', 'ann');
      await rooms.setRole(ROOM, 'ben', 'moderator');
      await rooms.rename('ben', 'Benjamin');
      await rooms.markLost('ben');
      await enter(rooms, 'ben');
      await rooms.enterCall(ROOM, 'ben', { ...entry('j'), newcomerOffers: true });
      assert.deepEqual(await presenceOf(rooms, 'ben'), { ...entry('j'), since, newcomerOffers: true });
    });

    test('has a new number for a new joinId, and after leaving the call', async (t) => {
      const { rooms } = await open(t);
      await enter(rooms, 'ann');
      const seen: number[] = [];
      for (const joinId of ['j', 'k', 'j']) {
        await rooms.enterCall(ROOM, 'ann', entry(joinId));
        seen.push(await sinceOf(rooms, 'ann'));
      }
      await rooms.leaveCall(ROOM, 'ann');
      await rooms.enterCall(ROOM, 'ann', entry('j'));
      seen.push(await sinceOf(rooms, 'ann'));
      assert.deepEqual(
        seen,
        seen.toSorted((one, other) => one - other),
      );
      assert.equal(new Set(seen).size, seen.length);
    });

    test('tells newcomerOffers of those alone who say so', async (t) => {
      const { rooms } = await open(t);
      for (const id of ['ann', 'ben']) await enter(rooms, id);
      await rooms.enterCall(ROOM, 'ann', { ...entry('j'), newcomerOffers: true });
      await rooms.enterCall(ROOM, 'ben', entry('j'));
      assert.equal((await presenceOf(rooms, 'ann')).newcomerOffers, true);
      assert.equal('newcomerOffers' in (await presenceOf(rooms, 'ben')), false);
      await rooms.enterCall(ROOM, 'ann', entry('j'));
      assert.equal('newcomerOffers' in (await presenceOf(rooms, 'ann')), false);
    });

    test('is checked before it happens, and the check changes nothing', async (t) => {
      const { rooms } = await open(t, { callCapacity: 1 });
      for (const id of ['ann', 'ben', 'cho']) await enter(rooms, id);
      await rooms.checkCall(ROOM, 'ben');
      await assert.rejects(rooms.checkCall(ROOM, 'dan'), { code: 'not-in-room' });
      await assert.rejects(rooms.checkCall('nowhere', 'ben'), { code: 'not-in-room' });
      const { n } = await rooms.version(ROOM);
      await rooms.enterCall(ROOM, 'ben', entry('j'));
      assert.equal((await rooms.version(ROOM)).n, n + 1);
      await assert.rejects(rooms.checkCall(ROOM, 'cho'), { code: 'call-full' });
      await rooms.checkCall(ROOM, 'ben');
      // A moderator enters beyond the capacity.
      await rooms.checkCall(ROOM, 'ann');
    });
  });
}
