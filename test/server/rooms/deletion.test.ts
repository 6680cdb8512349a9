/** A deletion by `/api` deletes in every store, on pages, and in everything that the store has written. */
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import type { ConfigInput } from '../../../server/config/config.ts';
import { BACKENDS, makeDirectory } from '../../support/server/backends.ts';
import { TOKEN_SECRET, createToken } from '../../support/server/grants.ts';
import { startRedis, stopOwnRedis } from '../../support/server/redis-server.ts';
import { startApp } from '../../support/server/server.ts';
import { eventually } from '../../support/waiting.ts';

/** Milliseconds between two sweeps of the store for text to delete, instead of half a minute. */
const SWEEP_MS = 200;
const PATIENCE_MS = 25_000;
/** Makes each `clientId` a number. The store keeps it after the deletion, so it must not contain a message's text. */
let sendings = 0;

after(stopOwnRedis);

async function open(t: TestContext, config: ConfigInput) {
  const settings = { tokenSecret: TOKEN_SECRET, trustProxy: 1, roomLinger: 600_000, ...config };
  const app = await startApp(t, settings, { sweepMs: SWEEP_MS });
  const tokens = {
    all: await createToken({ subject: 'boss', role: 'admin', rooms: ['*'] }),
    room: await createToken({ subject: 'boss', role: 'admin', rooms: ['a'] }),
  };
  const call = async (method: string, path: string, token = tokens.all) => {
    const response = await fetch(`${app.url}/api${path}`, { method, headers: { authorization: `Bearer ${token}` } });
    return { status: response.status, body: (await response.json()) as unknown };
  };
  const enter = async (subject: string, room = 'a', fields: Parameters<typeof createToken>[0] = {}) => {
    const client = await app.connect({ headers: { 'x-forwarded-for': '203.0.113.77' } });
    await client.request('room:join', {
      room,
      token: await createToken({ subject, name: subject, rooms: [room], ...fields }),
    });
    return client;
  };
  const say = async (
    client: Awaited<ReturnType<typeof enter>>,
    text: string,
    more: { room?: string; to?: string } = {},
  ) => (await client.request('chat:send', { room: 'a', clientId: String(++sendings), text, ...more })).message;
  return { ...app, tokens, call, enter, say };
}

const textsOf = (body: unknown) => (body as { text: string }[]).map(({ text }) => text);

for (const { name, place } of BACKENDS) {
  describe(`deletion in ${name}`, () => {
    test('deletes and counts the messages of a room, tells pages, and no outbox stores them again', async (t) => {
      const { call, enter, say, tokens } = await open(t, await place(t));
      const [ann, ben] = [await enter('ann'), await enter('ben')];
      const sent = [await say(ann, 'one'), await say(ben, 'two'), await say(ann, 'private', { to: ben.id })];
      const { body } = await call('GET', '/rooms/a/messages', tokens.room);
      assert.deepEqual(textsOf(body), ['one', 'two', 'private']);
      assert.doesNotMatch(JSON.stringify(body), /subject|"sub"/);
      assert.deepEqual(await call('DELETE', '/rooms/a/messages', tokens.room), { status: 200, body: { count: 3 } });
      for (const { id } of sent) await ben.once('chat:deleted', (fact) => fact.id === id);
      assert.equal(
        await ann.refusal('chat:send', { room: 'a', clientId: sent[0]?.clientId ?? '', text: 'one' }),
        'payload-invalid',
      );
      assert.deepEqual((await call('GET', '/rooms/a/messages')).body, []);
      assert.deepEqual((await call('DELETE', '/rooms/a/messages')).body, { count: 0 });
      assert.deepEqual((await ann.request('chat:history', { room: 'a' })).messages, []);
    });

    test("exports and deletes one subject's messages in all rooms, only for an admin of every room", async (t) => {
      const { call, enter, say, tokens } = await open(t, await place(t));
      const sub = 'person/7?&é';
      const [ann, again, ben] = [await enter(sub), await enter(sub, 'b'), await enter('ben')];
      const { clientId } = await say(ann, 'mine');
      await say(ann, 'mine, private', { to: ben.id });
      await say(ben, 'theirs');
      await say(again, 'elsewhere', { room: 'b' });
      const path = `/people/${encodeURIComponent(sub)}`;
      for (const method of ['GET', 'DELETE']) assert.equal((await call(method, path, tokens.room)).status, 403, method);
      const { body } = await call('GET', path);
      assert.deepEqual(
        (body as { room: string; text: string }[]).map(({ room, text }) => `${room} ${text}`).toSorted(),
        ['a mine', 'a mine, private', 'b elsewhere'],
      );
      assert.deepEqual((await call('DELETE', path)).body, { count: 3 });
      await ben.once('chat:deleted');
      assert.deepEqual([(await call('GET', path)).body, (await call('DELETE', path)).body], [[], { count: 0 }]);
      assert.deepEqual(textsOf((await call('GET', '/rooms/a/messages')).body), ['theirs']);
      assert.equal(await ann.refusal('chat:send', { room: 'a', clientId, text: 'mine' }), 'payload-invalid');
    });

    test('deletes and counts the chat of a room; its lock and bans stay', async (t) => {
      const { call, enter, say } = await open(t, await place(t));
      const [ann, ben, mo] = [await enter('ann'), await enter('ben'), await enter('mo', 'a', { role: 'moderator' })];
      for (const text of ['one', 'two', 'three']) await say(ann, text);
      await mo.request('participant:remove', { room: 'a', participantId: ben.id });
      await mo.request('room:lock', { room: 'a', locked: true });
      assert.deepEqual(await call('DELETE', '/rooms/a'), { status: 200, body: { count: 3 } });
      await ann.once('participant:left', (fact) => fact.participantId === ann.id);
      await assert.rejects(enter('ben'), /removed/);
      await assert.rejects(enter('ann'), /room-locked/);
      const boss = await enter('boss', 'a', { role: 'moderator' });
      assert.deepEqual((await boss.request('chat:history', { room: 'a' })).messages, []);
      assert.equal((await call('DELETE', '/rooms/nowhere')).status, 404);
    });
  });
}

/** Everything that a store has written, as one text. */
type Written = () => Promise<string>;

async function readDirectory(path: string): Promise<string> {
  const files = (await readdir(path, { withFileTypes: true, recursive: true })).filter((file) => file.isFile());
  const texts = files.map((file) => readFile(join(file.parentPath, file.name), 'latin1').catch(() => ''));
  return (await Promise.all(texts)).join('');
}

const STORES: [name: string, begin: (t: TestContext) => Promise<{ config: ConfigInput; written: Written }>][] = [
  [
    'the files of DATA_DIR',
    async (t) => {
      const dataDir = await makeDirectory(t);
      return { config: { dataDir }, written: () => readDirectory(dataDir) };
    },
  ],
  [
    'the keys of Redis and its append-only file',
    async (t) => {
      const redis = await startRedis({ durable: true });
      t.after(() => redis.stop());
      const client = redis.client();
      const [, directory = ''] = (await client.config('GET', 'dir')) as string[];
      // Keys of every type, with their content.
      const keys = async () =>
        (await Promise.all((await client.keys('*')).map((key) => client.dumpBuffer(key)))).join('');
      await client.config('SET', 'rdbcompression', 'no');
      await client.config('SET', 'list-compress-depth', '0');
      return {
        config: { redisUrl: redis.url() },
        written: async () => (await keys()) + (await readDirectory(directory)),
      };
    },
  ],
];

for (const [name, begin] of STORES) {
  test(`leaves nothing deleted in ${name}, even if nobody writes any more`, async (t) => {
    const { config, written } = await begin(t);
    const { call, enter, say } = await open(t, config);
    const [ann, ben, cho] = [await enter('ann'), await enter('ben'), await enter('cho', 'b')];
    const kept = await say(ben, 'text-that-stays');
    const gone = await say(ann, 'text-deleted-by-its-author');
    await ann.request('chat:edit', { room: 'a', id: gone.id, text: 'text-deleted-after-an-edit' });
    await ann.request('chat:delete', { room: 'a', id: gone.id });
    await say(cho, 'text-of-an-ended-room', { room: 'b' });
    await say(ann, 'text-of-a-deleted-person');
    await say(ann, 'text-private-of-a-deleted-person', { to: ben.id });
    assert.match(await written(), /text-of-a-deleted-person/, 'the search does not find existing text');
    assert.deepEqual((await call('DELETE', '/rooms/b')).body, { count: 1 });
    assert.deepEqual((await call('DELETE', '/people/ann')).body, { count: 2 });
    await eventually(
      'deleted text is still there',
      async () => !/text-(?!that-stays)/.test(await written()),
      PATIENCE_MS,
    );
    assert.match(await written(), /text-that-stays/);
    assert.equal(kept.text, 'text-that-stays');
  });

  test(`deletes what is too old from ${name}, even if nobody writes any more`, async (t) => {
    const { config, written } = await begin(t);
    let ahead = 0;
    const settings = { tokenSecret: TOKEN_SECRET, chatRetention: 60_000, ...config };
    const app = await startApp(t, settings, { sweepMs: SWEEP_MS, now: () => Date.now() + ahead });
    const ann = await app.connect();
    await ann.request('room:join', { room: 'a', token: await createToken({}) });
    const { message } = await ann.request('chat:send', { room: 'a', clientId: '1', text: 'text-too-old' });
    if (config.redisUrl === undefined) ahead = 100_000;
    else await age(String(config.redisUrl), message.id);
    await eventually('old text is still there', async () => !/text-too-old/.test(await written()), PATIENCE_MS);
  });
}

test('logs once that Redis may not rewrite its append-only file, and deletes all the same', async (t) => {
  const redis = await startRedis({ durable: true });
  t.after(() => redis.stop());
  await redis.client().call('ACL', 'SETUSER', 'default', '-bgrewriteaof');
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
  const app = await startApp(t, { tokenSecret: TOKEN_SECRET, redisUrl: redis.url() }, { sweepMs: SWEEP_MS, log });
  const token = await createToken({ role: 'admin', rooms: ['*'] });
  const ann = await app.connect();
  await ann.request('room:join', { room: 'a', token });
  const refusals = () => lines.filter((line) => line.includes('BGREWRITEAOF'));
  for (let round = 0; round < 3; round++) {
    await ann.request('chat:send', { room: 'a', clientId: `${round}`, text: 'x' });
    const answer = await fetch(`${app.url}/api/rooms/a/messages`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${token}` },
    });
    assert.deepEqual(await answer.json(), { count: 1 });
    await eventually('the refusal is not named', () => refusals().length > 0, PATIENCE_MS);
  }
  await ann.settle();
  assert.equal(refusals().length, 1);
});

/** Makes a message in Redis older, because the test cannot set the clock of Redis. */
async function age(redisUrl: string, id: string): Promise<void> {
  const { Redis } = await import('ioredis');
  const client = new Redis(redisUrl);
  const prefix = 'sarangbang:1:0:chat:a:';
  const older = `00000000z${id.slice(9)}`;
  const text = (await client.hget(`${prefix}messages`, id)) ?? '';
  await client
    .multi()
    .hset(`${prefix}messages`, older, text.replace(id, older))
    .hdel(`${prefix}messages`, id)
    .zadd(`${prefix}all`, 0, older)
    .zrem(`${prefix}all`, id)
    .zadd(`${prefix}public`, 0, older)
    .zrem(`${prefix}public`, id)
    .exec();
  client.disconnect();
}

test('stores addresses only without a subject, or for a removal by address', async (t) => {
  for (const [kind, begin] of STORES) {
    for (const [query, stays] of [
      ['', false],
      ['?address=true', true],
    ] as const) {
      const { config, written } = await begin(t);
      const { call, enter } = await open(t, config);
      const [ann, ben] = [await enter('ann'), await enter('ben')];
      assert.equal((await call('DELETE', `/rooms/a/participants/${ann.id}${query}`)).status, 200);
      if (query === '') await ben.request('room:leave', { room: 'a' });
      await ben.settle();
      const keys = config.redisUrl === undefined ? await written() : await bansOf(String(config.redisUrl));
      assert.equal(keys.includes('203.0.113.77'), stays, `${kind}${query}`);
    }
  }
});

async function bansOf(redisUrl: string): Promise<string> {
  const { Redis } = await import('ioredis');
  const client = new Redis(redisUrl);
  const bans = await client.zrange('sarangbang:1:0:bans:a', '0', '-1');
  client.disconnect();
  return bans.join(' ');
}
