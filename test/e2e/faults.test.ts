/** A call of three survives one fault of each kind. The long form, with four and random faults, is `faults.soak.ts`. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertNoticesTheWorst, Ordeal } from '../support/browser/ordeal.ts';
import { RoughMeeting, THREE } from '../support/browser/rough-meeting.ts';

let meeting: RoughMeeting;

before(
  async () => {
    meeting = await RoughMeeting.open(THREE);
  },
  { timeout: 60_000 },
);
after(() => meeting?.close());

test('a call of three recovers from one fault of each kind', { timeout: 300_000 }, async (t) => {
  const ordeal = new Ordeal(t, meeting, Math.floor(Math.random() * 2 ** 31));
  try {
    await ordeal.short();
  } finally {
    ordeal.tell();
  }
  assert.deepEqual(ordeal.failures, []);
  assert.deepEqual(meeting.problems(), []);
});

test('control: a doubled participant and one who does not return are noticed', { timeout: 90_000 }, () =>
  assertNoticesTheWorst(meeting),
);
