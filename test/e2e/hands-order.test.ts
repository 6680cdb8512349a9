/** Raised hands in real browsers: their order over two processes, and what ends or keeps a hand. */
import { test } from 'node:test';
import { checkRounds } from '../support/browser/hands-order.ts';

test(
  'five pages see one order while two raise at once, one reconnects and a process is killed',
  { timeout: 240_000 },
  (t) => checkRounds(t, 3),
);
