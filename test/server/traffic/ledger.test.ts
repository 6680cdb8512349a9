/** The ledger: how much of an allowance is spent, how it refills, and the wait that follows a debt. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ledger } from '../../../server/traffic/ledger.ts';
import { ALLOWANCES, Limits } from '../../../server/traffic/limits.ts';
import type { RateClass } from '../../../server/traffic/limits.ts';
import { Refusal } from '../../../server/refusal.ts';

/** A ledger of 100 points that refills by ten points a second. `pass` moves its clock. */
function openLedger(): { ledger: Ledger; pass(ms: number): void } {
  let now = 5_000;
  return { ledger: new Ledger({ points: 100, duration: 10 }, () => now), pass: (ms) => void (now += ms) };
}

for (const { spent, waitMs } of [
  { spent: [], waitMs: 0 },
  { spent: [1], waitMs: 0 },
  { spent: [100], waitMs: 0 },
  { spent: [60, 40], waitMs: 0 },
  { spent: [101], waitMs: 100 },
  { spent: [99, 21], waitMs: 2_000 },
  { spent: [1_000], waitMs: 90_000 },
  { spent: [0, -5], waitMs: 0 },
]) {
  test(`after ${spent.join(' and ') || 'no'} points of 100, the wait is exactly ${waitMs} ms`, () => {
    const { ledger, pass } = openLedger();
    for (const points of spent) ledger.charge('ann', points);
    assert.equal(ledger.waitMs('ann'), waitMs);
    assert.equal(ledger.waitMs('ben'), 0, 'other keys owe nothing');
    if (waitMs > 0) pass(waitMs - 1);
    assert.equal(ledger.waitMs('ann') > 0, waitMs > 0);
    pass(1);
    assert.equal(ledger.waitMs('ann'), 0);
  });
}

test('does not add up points that were not spent for a long time', () => {
  const { ledger, pass } = openLedger();
  pass(3_600_000);
  ledger.charge('ann', 101);
  assert.equal(ledger.waitMs('ann'), 100);
});

test('bounds a debt, however much is added', () => {
  let now = 5_000;
  const ledger = new Ledger({ points: 100, duration: 10 }, () => now, 3_000);
  for (let index = 0; index < 5; index++) ledger.charge('ann', 1_000);
  assert.equal(ledger.waitMs('ann'), 3_000);
  now += 3_000;
  assert.equal(ledger.waitMs('ann'), 0);
});

test('forgets a key without a debt', () => {
  const { ledger, pass } = openLedger();
  for (let index = 0; index < 1_000; index++) ledger.charge(`guest ${index}`, 1);
  pass(20_000);
  ledger.charge('ann', 1);
  assert.equal(ledger.size, 1);
});

const classes = Object.keys(ALLOWANCES) as RateClass[];

for (const hours of [-24, -1, 1, 24]) {
  test(`with a clock that jumps by ${hours} hours, nobody waits longer than an allowance lasts`, async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const limits = new Limits();
    for (const rateClass of classes) await limits.tally(rateClass, 'ann', ALLOWANCES[rateClass].points + 1);
    t.mock.timers.setTime(Date.now() + hours * 3_600_000);
    for (const rateClass of classes) {
      const mostMs = ALLOWANCES[rateClass].duration * 1_000;
      const { waitMs } = await limits.tally(rateClass, 'ann');
      assert.ok(waitMs <= mostMs, `${rateClass}: ${waitMs} ms`);
      for (const ask of [() => limits.check(rateClass, 'ann'), () => limits.consume(rateClass, 'ann')]) {
        const refusal: unknown = await ask().catch((error: unknown) => error);
        if (refusal instanceof Refusal)
          assert.ok((refusal.retryAfterMs ?? 0) <= mostMs, `${rateClass}: ${refusal.retryAfterMs} ms`);
      }
    }
  });
}
