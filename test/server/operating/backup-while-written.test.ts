/** A backup made during many writes is complete when it is restored after a kill of the server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeDirectory } from '../../support/server/backends.ts';
import { runRound } from '../../support/server/backup-rounds.ts';

test('a backup made while 50 clients write is exact after a kill and a restore', async (t) => {
  const dataDir = await makeDirectory(t);
  for (let round = 0; round < 2; round++) {
    const { held, forgotten, missing, later, ...slowest } = await runRound(t, dataDir, round);
    t.diagnostic(`${held} messages in the backup, ${JSON.stringify(slowest)}`);
    assert.ok(held >= 200, `${held} messages in the backup`);
    assert.deepEqual({ forgotten, missing, later }, { forgotten: 0, missing: 0, later: 0 });
  }
});
