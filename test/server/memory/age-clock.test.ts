/** A clock that jumps deletes nothing until it has run evenly for an hour. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AgeClock } from '../../../server/rooms/age-clock.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const START = 1_700_000_000_000;

/** A wall clock that is `ahead` milliseconds off, and a steady one. */
function createClocks() {
  let [ahead, passed] = [0, 0];
  const wall = () => START + passed + ahead;
  const clock = new AgeClock({ wall: wall(), steady: () => passed });
  return {
    jump: (ms: number) => void (ahead += ms),
    /** Reads the clock every minute, as the server does. */
    pass(ms: number) {
      for (let left = ms; left > 0; left -= MINUTE) {
        passed += Math.min(left, MINUTE);
        clock.read(wall());
      }
    },
    /** By how many milliseconds too early messages would be deleted, compared with a correct clock. */
    early: () => clock.deletesBy(wall()) - (START + passed),
    offset: () => clock.read(wall()) - (START + passed),
  };
}

describe('a jump of the wall clock', () => {
  for (const ms of [2 * HOUR, 3 * HOUR, 40 * DAY, 400 * DAY, 3 * MINUTE]) {
    test(`${ms / MINUTE} minutes ahead makes nothing old for an hour, nor when it is undone`, () => {
      const clocks = createClocks();
      clocks.jump(ms);
      assert.equal(clocks.early(), 0);
      clocks.pass(HOUR - MINUTE);
      assert.equal(clocks.early(), 0);
      clocks.jump(-ms);
      clocks.pass(2 * HOUR);
      assert.equal(clocks.early(), 0);
    });

    test(`${ms / MINUTE} minutes back makes nothing old, and new messages continue from the earlier time`, () => {
      const clocks = createClocks();
      clocks.jump(-ms);
      assert.ok(clocks.early() <= 0);
      assert.equal(clocks.offset(), 0);
      clocks.jump(ms);
      assert.equal(clocks.early(), 0);
    });
  }

  test('is accepted after an hour in which both clocks ran evenly, because the machine slept', () => {
    const clocks = createClocks();
    clocks.jump(20 * DAY);
    clocks.pass(HOUR + MINUTE);
    assert.equal(clocks.early(), 20 * DAY);
  });

  test('a second one starts the hour again', () => {
    const clocks = createClocks();
    clocks.jump(20 * DAY);
    clocks.pass(50 * MINUTE);
    clocks.jump(5 * DAY);
    clocks.pass(50 * MINUTE);
    assert.equal(clocks.early(), 0);
    clocks.pass(11 * MINUTE);
    assert.equal(clocks.early(), 25 * DAY);
  });

  test('of a minute, as time servers cause it, is accepted at once', () => {
    const clocks = createClocks();
    for (const ms of [MINUTE, -MINUTE, 30_000]) {
      clocks.jump(ms);
      clocks.pass(MINUTE);
    }
    assert.equal(clocks.offset(), 30_000);
  });
});

test('continues from the time that an earlier process accepted', () => {
  const clock = new AgeClock({ wall: START + 40 * DAY, believed: START, steady: () => 0 });
  assert.equal(clock.deletesBy(START + 40 * DAY), START);
  assert.equal(
    new AgeClock({ wall: START + MINUTE, believed: START, steady: () => 0 }).read(START + MINUTE),
    START + MINUTE,
  );
});
