/**
 * The network path of the media is lost while the server can be reached. The element notices, says so, restarts ICE and
 * continues. The control is a bare connection between the same two pages on the same path, which stays dead.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertReturns, LostPath } from '../support/browser/lost-path.ts';
import { pass } from '../support/waiting.ts';

const ROUNDS = 3;
const MINUTE = 60_000;

let path: LostPath;

before(
  async () => {
    path = await LostPath.open();
  },
  { timeout: 2 * MINUTE },
);
after(() => path?.close());

test(
  'after a path is lost for a while, the loss is shown, ICE restarts one at a time, and pictures return',
  { timeout: 2 * MINUTE },
  async (t) => {
    await path.shortestPaceMs();
    path.way.isDead = true;
    const startedAt = performance.now();
    await path.isNoticed();
    t.diagnostic(`noticed after ${Math.round(performance.now() - startedAt)} ms`);
    // Time for more than one restart without a path.
    await pass(4_000);
    path.way.isDead = false;
    const tookMs = await path.framesReturnMs();
    const { restarts, paceMs } = await path.shortestPaceMs();
    t.diagnostic(`back after ${Math.round(tookMs)} ms; ${restarts} restarts, at least ${Math.round(paceMs)} ms apart`);
    assert.ok(restarts > 0, 'ICE was restarted');
    assert.ok(paceMs > 1_800, `restarts ${paceMs} ms apart`);
    assertReturns([tookMs], 6_000);
  },
);

test(
  'after a path is lost for good, pictures are back within 4 s of another path that only renewed ICE servers name',
  { timeout: 3 * MINUTE },
  async (t) => {
    await path.openBare();
    assert.equal(await path.bareFlows(10_000), true, 'the control flows while its way is there');
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) times.push(await path.playRound());
    t.diagnostic(`frames after ${times.map(Math.round).join(', ')} ms`);
    assertReturns(times, 4_000);
    assert.equal(await path.bareFlows(3_000), false, 'nobody restarted the control');
  },
);

test('the pages had no error', () => {
  for (const { name, problems } of path.people) assert.deepEqual(problems, [], name);
});
