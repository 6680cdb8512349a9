/** What every `Revocations` must revoke when clocks differ and jump. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Grant } from '../../../server/grants/grants.ts';
import { BACKENDS } from '../../support/server/backends.ts';
import { stopOwnRedis } from '../../support/server/redis-server.ts';

const NOW = 1_800_000_000_000;
const YEAR_MS = 366 * 86_400_000;
const grantOf = (issuedAt: number | null, more: Partial<Grant> = {}): Grant => ({
  subject: 'ann',
  name: '',
  rooms: '*',
  role: 'participant',
  expiresAt: NOW + 10 * YEAR_MS,
  issuedAt,
  id: null,
  ...more,
});

after(stopOwnRedis);

for (const { name, open, place, outlives } of BACKENDS) {
  describe(`revocations in ${name}`, () => {
    test('revokes what was issued to a subject until now, and nothing of others or later', async (t) => {
      const { revocations } = await open(t, {}, { now: () => NOW });
      await revocations.revoke({ sub: 'ann' });
      for (const issuedAt of [null, 0, NOW - 1_000, NOW])
        assert.equal(revocations.isRevoked(grantOf(issuedAt)), true, `issued at ${issuedAt}`);
      assert.equal(revocations.isRevoked(grantOf(NOW + 500)), false, 'a token issued since is valid');
      assert.equal(revocations.isRevoked(grantOf(NOW, { subject: 'ben' })), false);
      assert.equal(revocations.isRevoked(grantOf(NOW, { subject: null })), false);
    });

    for (const leadMs of [1_000, 5_000, 30_000, 60_000]) {
      test(`an issuer ${leadMs} ms ahead: revokes tokens seen before, and tokens seen only later`, async (t) => {
        let now = NOW;
        const { revocations } = await open(t, {}, { now: () => now });
        const shown = grantOf(NOW + leadMs);
        assert.equal(revocations.isRevoked(shown), false);
        now += 200;
        await revocations.revoke({ sub: 'ann' });
        assert.equal(revocations.isRevoked(shown), true, 'shown before');
        now += 2 * leadMs;
        assert.equal(revocations.isRevoked(shown), true, 'later as well');
        assert.equal(
          revocations.isRevoked(grantOf(now + leadMs + 60_000)),
          false,
          'a token issued a minute later is valid',
        );

        const others = await open(t, {}, { now: () => NOW });
        await others.revocations.revoke({ sub: 'ann' });
        assert.equal(others.revocations.isRevoked(grantOf(NOW + leadMs)), leadMs > 1_000, 'a token not seen before');
      });
    }

    if (outlives)
      test('shares revocations with another process, also for an issuer whose clock is ahead', async (t) => {
        const config = await place(t);
        const before = await open(t, config, { now: () => NOW });
        const shown = grantOf(NOW + 5_000);
        before.revocations.isRevoked(shown);
        await before.revocations.revoke({ sub: 'ann' });
        await before.revocations.revoke({ jti: 'hers' });
        await before.close();
        const { revocations } = await open(t, config, { now: () => NOW + 3_600_000 });
        assert.equal(revocations.isRevoked(shown), true);
        assert.equal(revocations.isRevoked(grantOf(NOW, { subject: 'ben', id: 'hers' })), true);
        assert.equal(revocations.isRevoked(grantOf(NOW + 6_000_000)), false);
      });

    if (outlives)
      test('a start with a wrong clock, and a revocation during it, make no token valid again', async (t) => {
        const config = await place(t);
        let now = Date.now();
        for (const [aheadMs, id] of [
          [0, 'one'],
          [2 * YEAR_MS, 'two'],
          [0, 'three'],
        ] as const) {
          now += aheadMs;
          const { revocations, close } = await open(t, config, { now: () => now });
          await revocations.revoke({ jti: id });
          await close();
          now -= aheadMs;
        }
        const { revocations } = await open(t, config, { now: () => now });
        for (const id of ['one', 'two', 'three']) assert.equal(revocations.isRevoked(grantOf(now, { id })), true, id);
      });
  });
}
