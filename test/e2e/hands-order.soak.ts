/** Fifty rounds of `hands-order.test.ts`. */
import { test } from 'node:test';
import { checkRounds } from '../support/browser/hands-order.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 50);

test(`five pages see the same order of hands in ${ROUNDS} of ${ROUNDS} rounds`, { timeout: 1_800_000 }, (t) =>
  checkRounds(t, ROUNDS),
);
