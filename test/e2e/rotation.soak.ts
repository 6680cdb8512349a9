/** The long form of `test/server/grants/rotation.test.ts`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startKillable } from '../support/server/killable-server.ts';
import { rotate } from '../support/server/rotation.ts';

test('changing a secret in three rounds disconnects none of 100 guests', async (t) => {
  const { thrownOut, reasons } = await rotate(t, 100, startKillable);
  assert.deepEqual(thrownOut, [0, 0, 0]);
  assert.deepEqual([...new Set(reasons)], ['token-invalid']);
});
