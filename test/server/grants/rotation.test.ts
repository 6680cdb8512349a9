import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rotate, startHere } from '../../support/server/rotation.ts';

test('a secret replaced in three rounds disconnects nobody; one replaced at once disconnects everybody', async (t) => {
  const { thrownOut, reasons } = await rotate(t, 4, startHere);
  assert.deepEqual(thrownOut, [0, 0, 0]);
  assert.deepEqual(
    reasons,
    Array.from({ length: 4 }, () => 'token-invalid'),
  );
});
