/**
 * A call of four and a random fault every 10 to 30 s, for half an hour.
 *
 *   npm test -- test/e2e/faults.soak.ts                    30 minutes
 *   SOAK_MINUTES=3 SOAK_SEED=1 npm test -- …               shorter, and the faults of a certain seed
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertNoticesTheWorst, Ordeal } from '../support/browser/ordeal.ts';
import { FOUR, RoughMeeting } from '../support/browser/rough-meeting.ts';

const MINUTES = Number(process.env.SOAK_MINUTES ?? 30);
const SEED = Number(process.env.SOAK_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** The most that a page's heap may grow from the first sample, after a sixth of the time. Only its chat grows. */
const HEAP_GROWTH_BYTES = 2_000_000;
const SERVER_GROWTH_BYTES = 30_000_000;

let meeting: RoughMeeting;

before(
  async () => {
    meeting = await RoughMeeting.open(FOUR);
  },
  { timeout: 60_000 },
);
after(() => meeting?.close());

test(
  `${MINUTES} minutes of faults leave no stuck tile, no ghost, no uncaught error and flat heaps`,
  { timeout: (MINUTES + 5) * 60_000 },
  async (t) => {
    const ordeal = new Ordeal(t, meeting, SEED);
    try {
      await ordeal.long(MINUTES * 60_000);
    } finally {
      ordeal.tell();
    }
    assert.deepEqual(ordeal.failures, []);
    assert.deepEqual(meeting.problems(), []);
    for (const { name } of meeting.people) {
      const samples = ordeal.pages.filter((sample) => sample.name === name);
      const grownBytes = samples.at(-1)!.heapBytes - samples[0]!.heapBytes;
      assert.ok(grownBytes < HEAP_GROWTH_BYTES, `${name}'s heap grew by ${grownBytes} bytes`);
    }
    const resident = ordeal.servers.map(({ residentBytes }) => residentBytes);
    assert.ok(Math.max(...resident) - resident[0]! < SERVER_GROWTH_BYTES, `the server's memory: ${resident.join()}`);
  },
);

test('control: a doubled participant and one who does not return are noticed', { timeout: 90_000 }, () =>
  assertNoticesTheWorst(meeting),
);
