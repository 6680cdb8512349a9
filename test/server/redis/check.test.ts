/** `sarangbang check` with Redis compares settings as a start does, without writing, and compares the clocks. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import { findAll } from '../../../server/operating/check/check-command.ts';
import type { Finding } from '../../../server/operating/check/finding.ts';
import { TOKEN_SECRET } from '../../support/server/grants.ts';
import { freePort, startRedis } from '../../support/server/redis-server.ts';
import type { RedisServer } from '../../support/server/redis-server.ts';
import { startApp } from '../../support/server/server.ts';

let redis: RedisServer;
before(async () => (redis = await startRedis()));
after(() => redis.stop());

const check = (redisUrl: string, settings: Record<string, string> = {}, now?: () => number) =>
  findAll([], { STUN_URLS: '', DATA_DIR: '/nowhere', REDIS_URL: redisUrl, ...settings }, now);
const wrongOf = (findings: readonly Finding[]) =>
  findings.filter(({ verdict }) => verdict === 'wrong').map(({ text }) => text);

/** The keys of the record of settings, and what they hold. */
async function readKeys(database: number): Promise<string[]> {
  const client = redis.client(database);
  const keys = (await client.keys('*')).filter((key) => /settings|epoch|nodes/.test(key)).toSorted();
  return Promise.all(
    keys.map(async (key) => `${key} ${(await client.type(key)) === 'string' ? await client.get(key) : ''}`),
  );
}

async function use(t: TestContext, database: number, tokenSecret = TOKEN_SECRET): Promise<() => Promise<void>> {
  const { app } = await startApp(t, { redisUrl: redis.url(database), tokenSecret });
  return () => app.close();
}

test('accepts a Redis that no server has used, and leaves it unused', async () => {
  const findings = await check(redis.url(1), { TOKEN_SECRET });
  assert.deepEqual(wrongOf(findings), []);
  assert.ok(findings.some(({ text }) => text.includes('a new store starts there')));
  assert.ok(findings.some(({ part, verdict }) => part === 'clock' && verdict === 'ok'));
  assert.deepEqual(await readKeys(1), []);
});

test('refuses settings that a start would refuse, and records nothing', async (t) => {
  const close = await use(t, 2);
  const before = await readKeys(2);
  const cases: [settings: Record<string, string>, said: RegExp | null][] = [
    [{ TOKEN_SECRET }, null],
    [{}, /used by processes that ask for grants/],
    [{ TOKEN_SECRET: 'y'.repeat(40) }, /of which this start .* has none/],
    [{ TOKEN_SECRET, ROOM_CAPACITY: '9' }, /ROOM_CAPACITY is 9, and was 50/],
  ];
  for (const [settings, said] of cases) {
    const findings = await check(redis.url(2), settings);
    if (said) assert.match(wrongOf(findings).join('\n'), said);
    else assert.deepEqual(wrongOf(findings), []);
    assert.ok(!JSON.stringify(findings).includes('yyyy'));
  }
  assert.deepEqual(await readKeys(2), before);
  await close();
});

test('tells how far the clocks of Redis and this machine differ', async () => {
  const cases: [aheadMs: number, said: RegExp | null][] = [
    [0, null],
    [1_000, null],
    [60_000, /6\d\.\d s ahead of/],
    [-60_000, /(?:59|60)\.\d s behind/],
    [3_600_000, /36\d\d\.\d s ahead/],
  ];
  for (const [aheadMs, said] of cases) {
    const wrong = wrongOf(await check(redis.url(3), {}, () => Date.now() + aheadMs));
    if (said) assert.match(wrong.join('\n'), said);
    else assert.deepEqual(wrong, []);
  }
});

test('reports a Redis that is absent, asks for a password or takes no writes, without its password', async (t) => {
  const own = await startRedis();
  t.after(() => own.stop());
  assert.match(wrongOf(await check(`redis://me:hidden-1@127.0.0.1:${await freePort()}`)).join('\n'), /ECONNREFUSED/);
  const client = own.client();
  await client.config('SET', 'maxmemory', '1');
  assert.match(wrongOf(await check(own.url())).join('\n'), /refuses writes/);
  await client.config('SET', 'maxmemory', '0');
  await client.config('SET', 'requirepass', 'hidden-2');
  for (const url of [own.url(), own.url().replace('//', '//:hidden-3@')]) {
    const findings = await check(url);
    assert.equal(wrongOf(findings).length, 1, url);
    assert.ok(!JSON.stringify(findings).includes('hidden'));
  }
});
