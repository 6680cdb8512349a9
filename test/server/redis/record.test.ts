/** Processes that share a Redis need the same settings. No start opens rooms or deletes chat of the others. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, describe, test } from 'node:test';
import type { Redis } from 'ioredis';
import { createApp } from '../../../server/app.ts';
import { makeDirectory } from '../../support/server/backends.ts';
import { TOKEN_SECRET, createToken } from '../../support/server/grants.ts';
import { startRedis } from '../../support/server/redis-server.ts';
import { start } from '../../support/server/starts.ts';
import type { Start } from '../../support/server/starts.ts';
import { eventually } from '../../support/waiting.ts';

const redis = await startRedis();
after(() => redis.stop());

let databases = 0;

/** The test's own database, and a client of it. */
function fresh(): { url: string; client: Redis } {
  const database = databases++;
  return { url: redis.url(database), client: redis.client(database) };
}

const OTHER_SECRET = 'a different secret of at least thirty-two characters';
const makeKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
const [KEY, OTHER_KEY] = [makeKey(), makeKey()];
const pem = (key: typeof KEY) => key.export({ type: 'spki', format: 'pem' }).toString();
const jwk = (key: typeof KEY) => JSON.stringify(key.export({ format: 'jwk' }));
const JWKS = 'https://login.example/jwks.json';

/** Every setting that processes must have in common. */
const SETTINGS = {
  TOKEN_SECRET,
  ROOM_CAPACITY: '20',
  CALL_CAPACITY: '4',
  CHAT_RETENTION: '60d',
  CHAT_HISTORY_LIMIT: '500',
  ROOM_LINGER: '5m',
};
/** Settings that turn grants on, which a start may change only with `--accept-settings`. */
const GRANTED = ['TOKEN_SECRET', 'TOKEN_PUBLIC_KEY', 'TOKEN_JWKS_URL'];

const keyText = async (client: Redis): Promise<string> => {
  const parts: string[] = [];
  for (const key of await client.keys('*')) {
    const type = await client.type(key);
    if (type === 'string') parts.push(key, (await client.get(key)) ?? '');
    else if (type === 'hash') parts.push(key, JSON.stringify(await client.hgetall(key)));
    else if (type === 'zset') parts.push(key, JSON.stringify(await client.zrange(key, '0', '-1')));
  }
  return parts.join('\n');
};

async function say(server: Start, room: string, ...texts: string[]): Promise<void> {
  const ann = await server.connect();
  await ann.request('room:join', {
    room,
    token: await createToken({ subject: 'ann', rooms: ['*'], role: 'moderator' }),
  });
  for (const text of texts) await ann.request('chat:send', { room, clientId: text, text });
  await ann.request('room:leave', { room });
}

describe('a second process of one Redis whose settings differ does not start', () => {
  const WAYS: [what: string, first: Record<string, string>, second: Record<string, string>, named: RegExp][] = [
    ['it asks for no grants', {}, { TOKEN_SECRET: 'MISSING' }, /TOKEN_SECRET/],
    ['it asks for grants', { TOKEN_SECRET: 'MISSING' }, { TOKEN_SECRET }, /TOKEN_SECRET/],
    ['it has a different secret', {}, { TOKEN_SECRET: OTHER_SECRET }, /TOKEN_SECRET/],
    [
      'it has a public key in the place of the secret',
      {},
      { TOKEN_SECRET: 'MISSING', TOKEN_PUBLIC_KEY: pem(KEY) },
      /TOKEN_PUBLIC_KEY/,
    ],
    [
      'it has a different public key',
      { TOKEN_SECRET: 'MISSING', TOKEN_PUBLIC_KEY: pem(KEY) },
      { TOKEN_PUBLIC_KEY: pem(OTHER_KEY) },
      /TOKEN_PUBLIC_KEY/,
    ],
    [
      'it has keys from a different address',
      { TOKEN_SECRET: 'MISSING', TOKEN_JWKS_URL: JWKS },
      { TOKEN_JWKS_URL: `${JWKS}2` },
      /TOKEN_JWKS_URL/,
    ],
    ['its rooms hold more', {}, { ROOM_CAPACITY: 'MISSING' }, /ROOM_CAPACITY is 50, and was 20/],
    ['its calls hold more', {}, { CALL_CAPACITY: '5' }, /CALL_CAPACITY is 5, and was 4/],
    [
      'it keeps messages shorter',
      {},
      { CHAT_RETENTION: 'MISSING' },
      /CHAT_RETENTION is 30d, and was 60d: of 2 messages/,
    ],
    ['it keeps messages longer', {}, { CHAT_RETENTION: '90d' }, /CHAT_RETENTION is 90d, and was 60d/],
    [
      'it keeps fewer messages',
      {},
      { CHAT_HISTORY_LIMIT: '1' },
      /CHAT_HISTORY_LIMIT is 1, and was 500: of 2 messages .* 1 message would be deleted/,
    ],
    [
      'it keeps no messages',
      {},
      { CHAT_HISTORY_LIMIT: '0' },
      /CHAT_HISTORY_LIMIT is 0, and was 500: of 2 messages .* 2 messages would be deleted/,
    ],
    ['it remembers empty rooms longer', {}, { ROOM_LINGER: '' }, /ROOM_LINGER is 10m, and was 5m/],
  ];
  const apply = (settings: Record<string, string>) =>
    Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== 'MISSING'));
  for (const [what, first, second, named] of WAYS) {
    test(what, async (t) => {
      const { url, client } = fresh();
      const one = await start(t, { REDIS_URL: url, ...apply({ ...SETTINGS, ...first }) });
      assert.ok(one.app, one.lines.join(''));
      if (Object.keys(first).length === 0) await say(one, 'a', 'one', 'two');
      const before = await client.get(`sarangbang:settings:${databases - 1}`);
      const flags = [[], ...(GRANTED.some((name) => name in second) ? [['--accept-settings']] : [])];
      if (second.TOKEN_SECRET === 'MISSING' && second.TOKEN_PUBLIC_KEY === undefined) flags.push(['--allow-open']);
      for (const flag of flags) {
        const two = await start(t, { REDIS_URL: url, ...apply({ ...SETTINGS, ...first, ...second }) }, flag);
        assert.equal(two.app, null, `it started ${flag.join('')}`);
        assert.equal(two.lines.length, 1);
        assert.match(two.lines[0] ?? '', named);
      }
      assert.equal(
        await client.get(`sarangbang:settings:${databases - 1}`),
        before,
        'nothing is recorded of a start that was refused',
      );
      const three = await start(t, { REDIS_URL: url, ...apply({ ...SETTINGS, ...first }) });
      assert.ok(three.app, three.lines.join(''));
    });
  }
});

test('compares keys in any form, and one common key is enough', async (t) => {
  const { url, client } = fresh();
  const settings = { REDIS_URL: url };
  const SAME: Record<string, string>[] = [
    { TOKEN_PUBLIC_KEY: pem(KEY) },
    { TOKEN_PUBLIC_KEY: jwk(KEY) },
    { TOKEN_PUBLIC_KEY: pem(KEY).replaceAll('\n', '\\n') },
    { TOKEN_PUBLIC_KEY: pem(KEY), TOKEN_SECRET },
    { TOKEN_SECRET, TOKEN_JWKS_URL: JWKS },
    { TOKEN_JWKS_URL: JWKS, TOKEN_PUBLIC_KEY: pem(OTHER_KEY) },
  ];
  for (const same of SAME) {
    const { app, lines } = await start(t, { ...settings, ...same });
    assert.ok(app, `${JSON.stringify(same)} ${lines.join('')}`);
  }
  assert.equal((await start(t, { ...settings, TOKEN_SECRET })).app, null, 'a key that was removed opens nothing');
  const forEncryption = { ...OTHER_KEY.export({ format: 'jwk' }), use: 'enc' };
  const set = (key: typeof KEY) => JSON.stringify({ keys: [key.export({ format: 'jwk' }), forEncryption] });
  const own = { REDIS_URL: fresh().url };
  assert.ok((await start(t, { ...own, TOKEN_PUBLIC_KEY: set(KEY) })).app);
  assert.equal(
    (await start(t, { ...own, TOKEN_PUBLIC_KEY: set(makeKey()) })).app,
    null,
    'a key for encryption is none in common',
  );
  const all = await keyText(client);
  for (const secret of [TOKEN_SECRET, JWKS, pem(KEY).split('\n')[1] ?? ''])
    assert.ok(!all.includes(secret), 'a key stands in Redis');
});

test('lets the first process change common settings with --accept-settings, and the next ones follow', async (t) => {
  const { url } = fresh();
  const first = await start(t, { REDIS_URL: url, ...SETTINGS });
  await say(first, 'a', 'one', 'two');
  const changed = {
    REDIS_URL: url,
    TOKEN_SECRET,
    ROOM_CAPACITY: '30',
    CHAT_RETENTION: '1d',
    CHAT_HISTORY_LIMIT: '1',
    ROOM_LINGER: '1m',
  };
  assert.equal((await start(t, changed)).app, null);
  const second = await start(t, changed, ['--accept-settings']);
  assert.ok(second.app, second.lines.join(''));
  for (const name of ['ROOM_CAPACITY', 'CALL_CAPACITY', 'CHAT_RETENTION', 'CHAT_HISTORY_LIMIT', 'ROOM_LINGER']) {
    assert.ok(
      second.lines.some((line) => line.includes(`${name} is `)),
      name,
    );
  }
  assert.ok((await start(t, changed)).app);
  assert.equal(
    (await start(t, { REDIS_URL: url, ...SETTINGS })).app,
    null,
    'the settings of before are the ones that differ now',
  );
});

test('lets only the first process change all keys, or stop asking for grants', async (t) => {
  const { url } = fresh();
  const first = await start(t, { REDIS_URL: url, TOKEN_SECRET });
  await say(first, 'a', 'one', 'two');
  await first.close();
  assert.equal((await start(t, { REDIS_URL: url, TOKEN_SECRET: OTHER_SECRET })).app, null);
  const rotated = await start(t, { REDIS_URL: url, TOKEN_SECRET: OTHER_SECRET }, ['--accept-settings']);
  assert.ok(rotated.app, rotated.lines.join(''));
  await rotated.close();

  assert.equal((await start(t, { REDIS_URL: url })).app, null);
  for (const flags of [['--allow-open'], []]) {
    const open = await start(t, { REDIS_URL: url }, flags);
    assert.ok(open.app, open.lines.join(''));
    assert.equal(open.lines.filter((line) => line.includes('every room is open')).length, 1);
    const eve = await open.connect();
    await eve.request('room:join', { room: 'a' });
    assert.deepEqual((await eve.request('chat:history', { room: 'a' })).messages, []);
    await open.close();
  }
  const closed = await start(t, { REDIS_URL: url, TOKEN_SECRET });
  assert.ok(closed.app, closed.lines.join(''));
  const ann = await closed.connect();
  await ann.request('room:join', { room: 'a', token: await createToken() });
  assert.deepEqual(
    (await ann.request('chat:history', { room: 'a' })).messages.map(({ text }) => text),
    ['one', 'two'],
  );
});

describe('a Redis without a record', () => {
  const forget = (client: Redis, url: string) => client.del(`sarangbang:settings:${new URL(url).pathname.slice(1)}`);
  const MARKS: [what: string, mark: (client: Redis, prefix: string) => Promise<unknown>, closed: boolean][] = [
    ['nothing', async () => undefined, false],
    [
      'a room of an open server',
      (client, prefix) =>
        client.hset(`${prefix}members:a`, 'x', '{"name":"subject:","role":"moderator","seq":"1","subject":""}'),
      false,
    ],
    [
      'somebody with a subject',
      (client, prefix) =>
        client.hset(`${prefix}members:a`, 'x', '{"name":"","role":"moderator","seq":"1","subject":"ann"}'),
      true,
    ],
    ['a ban by subject', (client, prefix) => client.zadd(`${prefix}bans:a`, 1, 's:ben'), true],
    ['a ban by participant', (client, prefix) => client.zadd(`${prefix}bans:a`, 1, 'i:ben'), false],
    ['a role by subject', (client, prefix) => client.hset(`${prefix}expected:a`, 'subject:ann', 'moderator'), true],
    ['something taken back', (client, prefix) => client.zadd(`${prefix}revoked`, 1, 's:ben'), true],
    [
      'chat of a room that ended',
      (client, prefix) =>
        Promise.all([client.zadd(`${prefix}chats`, Date.now(), 'a'), client.zadd(`${prefix}chat:a:all`, 0, '0-0')]),
      true,
    ],
  ];
  for (const [what, mark, closed] of MARKS) {
    test(`that holds ${what} counts as one ${closed ? 'with' : 'without'} grants`, async (t) => {
      const { url, client } = fresh();
      await mark(client, `sarangbang:1:${databases - 1}:`);
      const { app, lines } = await start(t, { REDIS_URL: url });
      assert.equal(app === null, closed, lines.join(''));
      if (closed) assert.match(lines[0] ?? '', /TOKEN_SECRET.*--allow-open/);
    });
  }

  test('keeps chat that this start would find too old', async (t) => {
    const { url, client } = fresh();
    const first = await start(t, { REDIS_URL: url, TOKEN_SECRET, CHAT_RETENTION: '60d' });
    await say(first, 'a', 'one');
    await first.close();
    await forget(client, url);
    await client.zadd(`sarangbang:1:${databases - 1}:chats`, Date.now() - 40 * 86_400_000, 'a');
    for (const settings of [{}, { CHAT_RETENTON: '60d' }, { CHAT_RETENTION: '' }] as Record<string, string>[]) {
      const { app, lines } = await start(t, { REDIS_URL: url, TOKEN_SECRET, ...settings });
      assert.equal(app, null);
      assert.match(lines[0] ?? '', /CHAT_RETENTION is 30d: of 1 message .* 1 message would be deleted/);
    }
    const { app, lines } = await start(t, { REDIS_URL: url, TOKEN_SECRET, CHAT_RETENTION: '60d' });
    assert.ok(app, lines.join(''));
    assert.ok(
      lines.some((line) => line.includes('no record')),
      'what is recorded now is named',
    );
  });
});

test('writes the record again after Redis lost it', async (t) => {
  const own = await startRedis();
  t.after(() => own.stop());
  const first = await start(t, { REDIS_URL: own.url(), TOKEN_SECRET });
  assert.ok(first.app);
  const before = await own.client().get('sarangbang:settings:0');
  await own.kill();
  await own.restart();
  await eventually(
    'the record in the Redis that has lost it',
    async () => (await own.client().get('sarangbang:settings:0')) === before,
    30_000,
  );
  assert.equal((await start(t, { REDIS_URL: own.url(), TOKEN_SECRET: OTHER_SECRET })).app, null);
});

test('refuses to start on a record that cannot be read, and says what to do', async (t) => {
  const { url, client } = fresh();
  const key = `sarangbang:settings:${databases - 1}`;
  const first = await start(t, { REDIS_URL: url, TOKEN_SECRET });
  await say(first, 'hall', 'one');
  await first.close();
  const text = (await client.get(key)) ?? '';
  for (const damaged of ['not json', 'null', text.slice(0, -1), text.replace(/"salt":"[^"]*"/, '"salt":1')]) {
    await client.set(key, damaged);
    for (const settings of [{}, { TOKEN_SECRET }, { TOKEN_SECRET: OTHER_SECRET }] as Record<string, string>[]) {
      const { app, lines } = await start(t, { REDIS_URL: url, ...settings }, ['--accept-settings']);
      assert.equal(app, null, damaged);
      assert.match(lines.at(-1) ?? '', new RegExp(`REDIS_URL .*cannot be read.*delete the key ${key}`));
    }
    assert.equal(await client.get(key), damaged);
  }
});

test('leaves a Redis alone that a later version uses', async (t) => {
  const { url, client } = fresh();
  await client.set(`sarangbang:settings:${databases - 1}`, JSON.stringify({ format: 2 }));
  const { app, lines } = await start(t, { REDIS_URL: url });
  assert.equal(app, null);
  assert.match(lines[0] ?? '', /^REDIS_URL .*later version.*format 2/);
});

test('says what is not carried over between DATA_DIR and Redis', async (t) => {
  const [{ url }, dataDir] = [fresh(), await makeDirectory(t)];
  await (await createApp({ dataDir, logLevel: 'silent', stunUrls: [] })).close();
  const { lines } = await start(t, { REDIS_URL: url, DATA_DIR: dataDir });
  const [line = ''] = lines.filter((text) => text.includes('REDIS_URL is set'));
  assert.match(line, /"level":40.*chat, bans, locks, revocations and key are not carried over.*CHAT_RETENTION/);
  const back = await start(t, { DATA_DIR: await makeDirectory(t) });
  assert.ok(
    back.lines.some((text) => /new store starts there.*Nothing is carried over.*REDIS_URL/.test(text)),
    back.lines.join(''),
  );
});
