/** The long form of `test/server/operating/backup-while-written.test.ts`: twenty rounds over one store. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeDirectory } from '../support/server/backends.ts';
import { runRound } from '../support/server/backup-rounds.ts';
import type { RoundFigures } from '../support/server/backup-rounds.ts';

const ROUNDS = 20;
/** The most milliseconds by which a backup may delay the slowest message, compared with no backup. */
const WAIT_MS = 100;

test('twenty backups while 50 clients write, each restored after a kill, lose, add and delay no message', async (t) => {
  const dataDir = await makeDirectory(t);
  const rounds: RoundFigures[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await runRound(t, dataDir, round));
  t.diagnostic(JSON.stringify(rounds));
  const sum = (name: keyof RoundFigures) => rounds.reduce((total, figures) => total + figures[name], 0);
  assert.deepEqual(
    ['forgotten', 'missing', 'later'].map((name) => sum(name as keyof RoundFigures)),
    [0, 0, 0],
  );
  const typical = rounds
    .map(({ slowestDuring, slowestBefore }) => slowestDuring - slowestBefore)
    .toSorted((a, b) => a - b)[ROUNDS / 2]!;
  assert.ok(typical <= WAIT_MS, `the slowest message waits ${typical} ms longer while a backup is made`);
});
