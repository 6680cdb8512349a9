/** Ten times the way of the media dies for good, and another is to be found. */
import { after, before, test } from 'node:test';
import { assertReturns, LostPath } from '../support/browser/lost-path.ts';

let path: LostPath;

before(
  async () => {
    path = await LostPath.open();
  },
  { timeout: 120_000 },
);
after(() => path?.close());

test('ten lost ways: pictures within 4 s of another, nine times of ten', { timeout: 600_000 }, async (t) => {
  const times: number[] = [];
  for (let round = 0; round < 10; round++) times.push(await path.playRound());
  t.diagnostic(`frames after ${times.map(Math.round).join(', ')} ms`);
  assertReturns(times, 4_000);
});
