/**
 * Chats of an earlier version, which kept no list of chats and let Redis expire their keys. The tests make them from
 * chats of this version.
 */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Redis } from 'ioredis';
import { TOKEN_SECRET, createToken } from '../../support/server/grants.ts';
import { startRedis } from '../../support/server/redis-server.ts';
import { start } from '../../support/server/starts.ts';
import type { Start } from '../../support/server/starts.ts';
import { eventually } from '../../support/waiting.ts';

const redis = await startRedis();
after(() => redis.stop());

const DAY_MS = 86_400_000;
/** The number of the next unused Redis database. Database 0 holds the chats of `makeEarlier`. */
let databases = 1;

interface Store {
  url: string;
  client: Redis;
  prefix: string;
}

async function say(server: Start, room: string, ...texts: string[]): Promise<void> {
  const ann = await server.connect();
  await ann.request('room:join', { room, token: await createToken({ rooms: ['*'], role: 'moderator' }) });
  for (const text of texts) await ann.request('chat:send', { room, clientId: text, text });
  await ann.request('room:leave', { room });
}

const idOf = (at: number) => `${at.toString(36).padStart(9, '0')}.0`;

const PREFIX = 'sarangbang:1:0:';

/** The dump of each key of a store with three messages in a room that ended. */
let base: Map<string, Buffer | null> | null = null;

async function makeBase(t: TestContext, client: Redis): Promise<Map<string, Buffer | null>> {
  const server = await start(t, { REDIS_URL: redis.url(0), TOKEN_SECRET, ROOM_LINGER: '1ms', CHAT_RETENTION: '90d' });
  await say(server, 'a', 'one', 'two', 'three');
  await eventually('the end of the room', async () => (await client.exists(`${PREFIX}room:a`)) === 0, 30_000);
  await server.close();
  const keys = new Map<string, Buffer | null>();
  for (const key of await client.keys('*')) keys.set(key, await client.dumpBuffer(key));
  return keys;
}

/** `base` as an earlier version leaves it: the first message is `agedDays` old, and all expire after `retentionMs`. */
async function makeEarlier(t: TestContext, retentionMs: number, agedDays = 0): Promise<Store> {
  const [url, client, prefix] = [redis.url(0), redis.client(0), PREFIX];
  base ??= await makeBase(t, client);
  await client.flushdb();
  for (const [key, value] of base) if (value) await client.restore(key, 0, value);
  const [first] = await client.zrange(`${prefix}chat:a:all`, '0', '0');
  if (agedDays > 0) {
    const aged = idOf(Date.now() - agedDays * DAY_MS);
    const text = await client.hget(`${prefix}chat:a:messages`, first ?? '');
    for (const set of ['all', 'public']) {
      await client.zrem(`${prefix}chat:a:${set}`, first ?? '');
      await client.zadd(`${prefix}chat:a:${set}`, 0, aged);
    }
    await client.hset(`${prefix}chat:a:messages`, aged, text ?? '');
  }
  const newest = Number(await client.hget(`${prefix}chat:a:state`, 'time'));
  for (const key of await client.keys(`${prefix}chat:a:*`)) await client.pexpireat(key, newest + retentionMs);
  const later = ['sarangbang:settings:0', ...['chats', 'authored', 'unclean', 'stale'].map((key) => prefix + key)];
  await client.del(...later, `${prefix}chat:a:authors`);
  return { url, client, prefix };
}

const count = ({ client, prefix }: Store) => client.zcard(`${prefix}chat:a:all`);

const STARTS: [keptDays: number, agedDays: number, settings: Record<string, string>, refused: RegExp | null][] = [
  [30, 0, {}, /was used with grants/],
  [30, 0, { TOKEN_SECRET }, null],
  [30, 20, { TOKEN_SECRET, CHAT_RETENTION: '60d' }, null],
  [60, 0, { TOKEN_SECRET, CHAT_RETENTION: '60d' }, null],
  [60, 0, { TOKEN_SECRET }, /CHAT_RETENTION is 30d, and was 60d: of 3 messages .* 0 messages .* sooner/],
  [60, 40, { TOKEN_SECRET }, /CHAT_RETENTION is 30d, and was 60d: of 3 messages .* 1 message would be deleted/],
  // The message of 40 days is no longer shown, so nothing is lost. Only a later message would have deleted it.
  [30, 40, { TOKEN_SECRET }, null],
  [30, 0, { TOKEN_SECRET, CHAT_RETENTION: '0' }, /CHAT_RETENTION is 0, and was 30d: of 3 .* 3 messages would/],
  [30, 0, { TOKEN_SECRET, CHAT_HISTORY_LIMIT: '0' }, /CHAT_HISTORY_LIMIT is 0: of 3 .* 3 messages would/],
];

describe('a start over a chat of an earlier version', () => {
  for (const [keptDays, agedDays, settings, refused] of STARTS) {
    const names = Object.entries(settings).map(([name, value]) =>
      name === 'TOKEN_SECRET' ? name : `${name}=${value}`,
    );
    const shown = names.join(' ') || 'nothing';
    const what = `kept for ${keptDays} days, one ${agedDays} days old, and started with ${shown}`;
    test(`${what} ${refused ? 'is refused' : 'goes on'}`, async (t) => {
      const store = await makeEarlier(t, keptDays * DAY_MS, agedDays);
      const { app, lines } = await start(t, { REDIS_URL: store.url, ...settings });
      if (refused) assert.match(lines[0] ?? '', refused);
      assert.equal(app === null, refused !== null, lines.join(''));
      assert.equal(await count(store), 3);
    });
  }
});

test('keeps a chat to which an earlier version has posted since', async (t) => {
  const store = await makeEarlier(t, 30 * DAY_MS);
  const { client, prefix } = store;
  const settings = { REDIS_URL: store.url, TOKEN_SECRET };
  // The list of chats has an old time, as this version left it before the operator went back to the earlier version.
  await client.zadd(`${prefix}chats`, Date.now() - 40 * DAY_MS, 'a');
  await (await start(t, settings)).close();
  assert.equal(await count(store), 3);
  // The time gets old again, as when both versions run together and only the earlier one gets messages.
  const server = await start(t, settings);
  await client.zadd(`${prefix}chats`, Date.now() - 40 * DAY_MS, 'a');
  const isNoted = async () => Number(await client.zscore(`${prefix}chats`, 'a')) > Date.now() - DAY_MS;
  await eventually('the time of its newest message', isNoted, 30_000);
  assert.equal(await count(store), 3);
  await server.close();
});

test('lists a chat of which only a deleted message is left', async (t) => {
  const store = await makeEarlier(t, 30 * DAY_MS);
  const { client, prefix } = store;
  const server = await start(t, { REDIS_URL: store.url, TOKEN_SECRET });
  // Without the list of chats, as if a process of the earlier version had posted the message.
  await client.del(`${prefix}chats`);
  const ann = await server.connect();
  await ann.request('room:join', { room: 'a', token: await createToken({ role: 'moderator' }) });
  const [newest] = await client.zrange(`${prefix}chat:a:all`, '-1', '-1');
  await ann.request('chat:delete', { room: 'a', id: newest ?? '' });
  assert.equal(await client.pttl(`${prefix}chat:a:tombs`), -1);
  assert.equal(await client.zscore(`${prefix}chats`, 'a'), await client.hget(`${prefix}chat:a:state`, 'time'));
  await server.close();
});

test('warns once of a process of an earlier version, and logs its end', async (t) => {
  const database = databases++;
  const [client, prefix] = [redis.client(database), `sarangbang:1:${database}:`];
  const server = await start(t, { REDIS_URL: redis.url(database), TOKEN_SECRET }, [], undefined, { sweepMs: 100 });
  const told = (text: string) => server.lines.filter((line) => line.includes(text)).length;
  assert.equal(told('earlier version'), 0);
  // A process of an earlier version adds itself to `nodes`. Its name lacks the mark of one that compares settings.
  await client.zadd(`${prefix}nodes`, Date.now() + DAY_MS, 'earlier');
  await eventually('a line of it', () => told('CHAT_RETENTION, CHAT_HISTORY_LIMIT, ROOM_LINGER') === 1, 30_000);
  const second = await start(t, { REDIS_URL: redis.url(database), TOKEN_SECRET });
  await eventually('a line of a start', () => second.lines.some((line) => line.includes('earlier version')), 30_000);
  await client.zrem(`${prefix}nodes`, 'earlier');
  await eventually('a line of its end', () => told('any more') === 1, 30_000);
  assert.equal(told('A process of an earlier version'), 1);
});

test('does not open a store recorded as open that an earlier version has used with grants since', async (t) => {
  const database = databases++;
  const [url, client, prefix] = [redis.url(database), redis.client(database), `sarangbang:1:${database}:`];
  const marks: (() => Promise<unknown>)[] = [
    () => client.zadd(`${prefix}bans:a`, 1, 's:ann'),
    () => client.hset(`${prefix}members:a`, 'id', JSON.stringify({ subject: 'ann' })),
  ];
  for (const mark of marks) {
    await client.flushdb();
    await (await start(t, { REDIS_URL: url })).close();
    await (await start(t, { REDIS_URL: url })).close();
    await mark();
    const { app, lines } = await start(t, { REDIS_URL: url });
    assert.equal(app, null);
    assert.match(lines[0] ?? '', /was used with grants/);
    const open = await start(t, { REDIS_URL: url }, ['--allow-open']);
    assert.ok(
      open.lines.some((line) => line.includes('is open from now on, as --allow-open asks')),
      open.lines.join(''),
    );
    await say(open, 'a', 'open');
    assert.equal(await client.zcard(`${prefix}open:chat:a:all`), 1, 'with keys of its own');
    await open.close();
  }
});
