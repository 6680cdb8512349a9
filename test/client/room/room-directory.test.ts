/** The public list of rooms on a page. The test calls it with facts like those of the server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RoomDirectory } from '../../../components/client/room-directory.ts';
import type { RoomSummary } from '../../../server/protocol.ts';

const room = (name: string, participantCount = 1): RoomSummary => ({
  name,
  participantCount,
  inCallCount: 0,
  locked: false,
});

/** A directory that has received its first list. */
async function createDirectory(rooms: RoomSummary[]): Promise<RoomDirectory> {
  const directory = new RoomDirectory({ request: () => Promise.resolve({}) as never, token: () => '' });
  directory.handleReady();
  directory.handleSnapshot({ epoch: 'e', n: 0, rooms });
  return directory;
}

const shown = ({ store }: RoomDirectory) => store.get().rooms.map(({ name, participantCount: count }) => [name, count]);

test('keeps each room in its place through changes, and puts new rooms last', async () => {
  const directory = await createDirectory([room('a'), room('b'), room('c')]);
  const before = directory.store.get().rooms;
  directory.handleChanged({ epoch: 'e', n: 1, changed: [room('b', 7), room('d')], removed: ['a', 'unknown'] });
  const expected = [
    ['b', 7],
    ['c', 1],
    ['d', 1],
  ];
  assert.deepEqual(shown(directory), expected);
  assert.equal(before.length, 3, 'the list of before changed');
  directory.handleChanged({ epoch: 'e', n: 2, changed: [room('a')], removed: ['c'] });
  assert.deepEqual(shown(directory), [
    ['b', 7],
    ['d', 1],
    ['a', 1],
  ]);
});

test('stays right when a page sorts or empties the array that it was given', async () => {
  const directory = await createDirectory([room('a'), room('b'), room('c')]);
  (directory.store.get().rooms as RoomSummary[]).reverse();
  directory.handleChanged({ epoch: 'e', n: 1, changed: [room('a', 2)], removed: ['b'] });
  assert.deepEqual(shown(directory).toSorted(), [
    ['a', 2],
    ['c', 1],
  ]);
  (directory.store.get().rooms as RoomSummary[]).pop();
  directory.handleChanged({ epoch: 'e', n: 2, changed: [room('c', 3)], removed: ['a'] });
  assert.ok(shown(directory).some(([name, count]) => name === 'c' && count === 3));
});

test('takes a change among five thousand rooms without walking through all of them', async (t) => {
  const rooms = Array.from({ length: 5_000 }, (_, index) => room(`room ${index}`));
  const directory = await createDirectory(rooms);
  const walks = t.mock.method(Map.prototype, 'values');
  directory.handleChanged({ epoch: 'e', n: 1, changed: [room('room 70', 2)], removed: [] });
  assert.equal(walks.mock.callCount(), 0);
  assert.equal(directory.store.get().rooms[70]?.participantCount, 2);
});
