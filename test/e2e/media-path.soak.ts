/** The network path of the media is lost for good, ten times, and ICE must find another one each time. */
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

test(
  'after a lost path, pictures are back within 4 s of another path, nine times of ten',
  { timeout: 600_000 },
  async (t) => {
    const times: number[] = [];
    for (let round = 0; round < 10; round++) times.push(await path.playRound());
    t.diagnostic(`frames after ${times.map(Math.round).join(', ')} ms`);
    assertReturns(times, 4_000);
  },
);
