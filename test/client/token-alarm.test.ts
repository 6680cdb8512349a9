/** The warning before a token expires, on a clock that the test moves. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { expectEnd } from '../../components/client/token-alarm.ts';

const DAY_MS = 86_400_000;

/** Moves the clock by single days, because a timer of the mock fires once a step. */
function passDays(t: TestContext, days: number): void {
  for (let day = 0; day < days; day++) t.mock.timers.tick(DAY_MS);
}

function begin(t: TestContext, exp: unknown): { warnings: number[]; cancel: () => void } {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 0 });
  const warnings: number[] = [];
  return { warnings, cancel: expectEnd(exp, (inMs) => void warnings.push(inMs)) };
}

for (const days of [1, 24, 25, 26, 60, 366]) {
  test(`warns once, a minute before the end of a token of ${days} days`, (t) => {
    const { warnings } = begin(t, (days * DAY_MS) / 1000);
    passDays(t, days - 1);
    t.mock.timers.tick(DAY_MS - 60_001);
    assert.deepEqual(warnings, []);
    t.mock.timers.tick(1);
    assert.deepEqual(warnings, [60_000]);
    passDays(t, 2);
    assert.deepEqual(warnings, [60_000]);
  });
}

test('warns at once if less than a minute is left', (t) => {
  const { warnings } = begin(t, 30);
  t.mock.timers.tick(0);
  assert.deepEqual(warnings, [30_000]);
});

test('never warns when it was cancelled, also after the longest wait of a timer', (t) => {
  const { warnings, cancel } = begin(t, (60 * DAY_MS) / 1000);
  passDays(t, 30);
  cancel();
  passDays(t, 60);
  assert.deepEqual(warnings, []);
});

for (const exp of [undefined, null, 'soon', Number.NaN, 0, -1]) {
  test(`never warns about an end of ${String(exp)}`, (t) => {
    const { warnings } = begin(t, exp);
    passDays(t, 2);
    assert.deepEqual(warnings, []);
  });
}
