import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAnnounce } from '../../../server/rooms/announcements.ts';
import type { AnnouncementsParts } from '../../../server/rooms/announcements.ts';
import { Refusal } from '../../../server/refusal.ts';

test('a failed delivery to one participant harms neither the others nor the process', async (t) => {
  const told: string[] = [];
  const channels = {
    tellParticipant(id: string) {
      if (id === 'arriving') return Promise.reject(new Refusal('timeout'));
      told.push(id);
      return true;
    },
  };
  const parts = {
    channels,
    rooms: {},
    presence: { isHere: (id: string) => id !== 'away' },
    holderRelay: null,
    now: Date.now,
    permissions: { required: true, holders: () => ['ann', 'arriving', 'away', 'ben'] },
  } as unknown as AnnouncementsParts;
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  // The test runner's own listener would fail the whole file.
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', note);
  t.after(() => {
    process.removeAllListeners('unhandledRejection');
    for (const listener of others) process.on('unhandledRejection', listener);
  });
  assert.equal(await createAnnounce(parts)('hello', null), 3);
  assert.deepEqual(told, ['ann', 'ben']);
  // Node reports unhandled rejections after all microtasks, so before the next turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(unhandled, []);
});
