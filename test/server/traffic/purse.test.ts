/** A purse takes points for signals from the counter in blocks. That asks it less often, and allows no signal more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { Limits } from '../../../server/traffic/limits.ts';
import { Refusal } from '../../../server/refusal.ts';

/** Limits whose counter of signals records how often it is asked. */
function countingLimits(points: number): { limits: Limits; drawn: number[] } {
  const drawn: number[] = [];
  const limits = new Limits(
    (keyPrefix, allowance) => {
      const limiter = new RateLimiterMemory({ keyPrefix, ...allowance });
      if (keyPrefix !== 'signal') return limiter;
      const consume = limiter.consume.bind(limiter);
      limiter.consume = (key, count) => {
        drawn.push(count ?? 1);
        return consume(key, count);
      };
      return limiter;
    },
    { signal: { points, duration: 60 } },
  );
  return { limits, drawn };
}

const isRateLimited = (error: unknown) =>
  error instanceof Refusal && error.code === 'rate-limited' && (error.retryAfterMs ?? 0) > 0;

test('the whole allowance can be spent, and not a point more', async () => {
  for (const points of [3, 250, 3_000]) {
    const { limits, drawn } = countingLimits(points);
    const purse = limits.createPurse('signal', 'ann');
    for (let index = 0; index < points; index++) await purse.spend();
    assert.equal(
      drawn.reduce((sum, count) => sum + count, 0),
      points,
    );
    assert.ok(drawn.length <= 150, `${drawn.length} questions for ${points} signals`);
    await assert.rejects(async () => purse.spend(), isRateLimited);
  }
});

test('spends drawn points at once, without waiting for a turn of the event loop', async () => {
  const purse = countingLimits(3_000).limits.createPurse('signal', 'ann');
  await purse.spend();
  assert.equal(purse.spend(), undefined);
});

test('senders share a block that is being drawn, in their order', async () => {
  const { limits, drawn } = countingLimits(3_000);
  const purse = limits.createPurse('signal', 'ann');
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 100 }, async (_, index) => {
      await purse.spend();
      order.push(index);
    }),
  );
  assert.deepEqual(
    order,
    Array.from({ length: 100 }, (_, index) => index),
  );
  assert.deepEqual(drawn, [30, 30, 30, 30]);
});

test('two connections of one participant share its allowance, and others have their own', async () => {
  const { limits } = countingLimits(4);
  const [first, second] = [limits.createPurse('signal', 'ann'), limits.createPurse('signal', 'ann')];
  for (const purse of [first, second, first, second]) await purse.spend();
  await assert.rejects(async () => first.spend(), isRateLimited);
  await assert.rejects(async () => second.spend(), isRateLimited);
  await limits.createPurse('signal', 'ben').spend();
});
