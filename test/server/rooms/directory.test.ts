/** The public list of rooms without a server: its JSON, and how often its watchers get a change. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Directory } from '../../../server/rooms/directory.ts';
import type { RoomSummary } from '../../../server/protocol.ts';
import { Dice } from '../../support/dice.ts';

const line = (name: string, participantCount: number): RoomSummary => ({
  name,
  participantCount,
  inCallCount: 0,
  locked: false,
});

test('its JSON equals its entries after every change', () => {
  const directory = new Directory('e');
  const dice = new Dice(1);
  for (let count = 0; count < 500; count++) {
    const name = `"room" ${Math.floor(dice.between(0, 20))}`;
    directory.handleListed(name, dice.between(0, 3) < 1 ? null : line(name, Math.floor(dice.between(0, 50))));
    if (dice.between(0, 2) < 1) assert.deepEqual(JSON.parse(directory.json.toString()), directory.snapshot().rooms);
  }
  assert.equal(directory.json, directory.json, 'and is built once');
  directory.close();
});

for (const { watchers, changes } of [
  { watchers: 0, changes: 101 },
  { watchers: 200, changes: 101 },
  { watchers: 1_000, changes: 21 },
  { watchers: 10_000, changes: 3 },
]) {
  test(`tells ${watchers} watchers ${changes} changes in ten seconds of a busy list`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const directory = new Directory('e');
    directory.countWatchers = () => watchers;
    let told = 0;
    let last = 0;
    directory.changes.on('changed', ({ changed }) => {
      told++;
      last = changed[0]?.participantCount ?? 0;
    });
    for (let ms = 0; ms <= 10_000; ms += 10) {
      directory.handleListed('a', line('a', ms));
      await Promise.resolve();
      t.mock.timers.tick(10);
    }
    assert.ok(Math.abs(told - changes) <= 1, `${told} changes`);
    t.mock.timers.tick(10_000);
    assert.equal(last, 10_000, 'the last change is told too');
    directory.close();
  });
}
