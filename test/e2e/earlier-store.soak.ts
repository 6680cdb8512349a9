/** Stores that an earlier version of the server has written, and that version running beside this one. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import Connection from 'libsql';
import type { Redis } from 'ioredis';
import { makeDirectory } from '../support/server/backends.ts';
import { EARLIER_SKIPPED, startEarlier } from '../support/server/earlier-server.ts';
import { TOKEN_SECRET, createToken } from '../support/server/grants.ts';
import { startKillable } from '../support/server/killable-server.ts';
import type { KillableServer } from '../support/server/killable-server.ts';
import { startRedis } from '../support/server/redis-server.ts';
import { connectClient } from '../support/server/server.ts';
import { start } from '../support/server/starts.ts';
import { eventually, pass } from '../support/waiting.ts';

const PUBLIC_KEY = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
const OTHER_SECRET = 'a different secret of thirty-two characters';
const SETTINGS: Record<string, string> = {
  TOKEN_SECRET,
  TOKEN_PUBLIC_KEY: PUBLIC_KEY,
  TOKEN_JWKS_URL: 'https://login.example/jwks.json',
  CHAT_RETENTION: '60d',
  CHAT_HISTORY_LIMIT: '20000',
  ROOM_LINGER: '1ms',
  ROOM_CAPACITY: '20',
  CALL_CAPACITY: '4',
};
const FAULTS: Record<string, (name: string, value: string) => Record<string, string>> = {
  missing: () => ({}),
  misspelt: (name, value) => ({ [name.slice(0, -2) + name.slice(-1)]: value }),
  empty: (name) => ({ [name]: '' }),
};

const tokenFor = (subject: string, role: 'moderator' | 'participant' | 'admin' = 'participant') =>
  createToken({ subject, role, rooms: ['*'] });

async function say(t: TestContext, url: string, room: string, subject: string, texts: string[]): Promise<string[]> {
  const client = await connectClient(t, url);
  await client.request('room:join', { room, token: await tokenFor(subject, 'moderator') });
  const ids: string[] = [];
  for (const text of texts) {
    const { message } = await client.request('chat:send', { room, clientId: crypto.randomUUID(), text });
    ids.push(message.id);
  }
  await client.request('room:leave', { room });
  client.socket.disconnect();
  return ids;
}

async function call(url: string, method: string, path: string, body?: object): Promise<unknown> {
  const headers = {
    authorization: `Bearer ${await tokenFor('admin', 'admin')}`,
    ...(body && { 'content-type': 'application/json' }),
  };
  const response = await fetch(`${url}/api/${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  assert.ok(response.ok, `${method} ${path}: ${response.status}`);
  const text = await response.text();
  return text === '' ? null : JSON.parse(text);
}

/** Copies everything that a Redis holds; the returned function restores it. */
async function photograph(client: Redis): Promise<() => Promise<void>> {
  const all: [key: string, endAt: number, dump: Buffer][] = [];
  for (const key of await client.keys('*')) {
    const dump = await client.dumpBuffer(key);
    if (dump) all.push([key, Math.max(0, (await client.call('PEXPIRETIME', key)) as number), dump]);
  }
  return async () => {
    await client.flushdb();
    for (const [key, endAt, dump] of all) await client.restore(key, endAt, dump, 'ABSTTL');
  };
}

async function textsOf(client: Redis): Promise<string> {
  const parts: string[] = [];
  for (const key of await client.keys('*')) {
    const type = await client.type(key);
    if (type === 'string') parts.push(key, (await client.get(key)) ?? '');
    else if (type === 'hash') parts.push(key, JSON.stringify(await client.hgetall(key)));
    else if (type === 'zset') parts.push(key, JSON.stringify(await client.zrange(key, '0', '-1')));
    else if (type === 'set') parts.push(key, JSON.stringify(await client.smembers(key)));
    else if (type === 'list') parts.push(key, JSON.stringify(await client.lrange(key, 0, -1)));
  }
  return parts.join('\n');
}

function countMessages(dataDir: string): number {
  const store = new Connection(join(dataDir, 'sarangbang.db'), {});
  const [row] = store.prepare('SELECT count(body) AS count FROM messages').all() as { count: number }[];
  store.close();
  return row?.count ?? 0;
}

interface Figures {
  starts: number;
  opened: string[];
  lost: string[];
  silent: string[];
}

async function judge(
  figures: Figures,
  t: TestContext,
  what: [name: string, fault: string],
  settings: Record<string, string>,
  kept: () => Promise<number>,
  swept: () => Promise<unknown>,
): Promise<void> {
  const [name, fault] = what;
  figures.starts++;
  const { app, lines, connect, close } = await start(t, settings, [], undefined, { sweepMs: 20 });
  if (!lines.some((line) => line.includes(name))) figures.silent.push(`${name} ${fault}: ${lines.join('')}`);
  if (app) {
    const answer = await (await connect()).answer('room:join', { room: 'ended' });
    if (answer.ok) figures.opened.push(`${name} ${fault}`);
    await swept();
  }
  await close();
  if ((await kept()) !== 3) figures.lost.push(`${name} ${fault}: ${await kept()} of 3`);
}

const NONE = { opened: [], lost: [], silent: [] };

describe('right after an upgrade', { skip: EARLIER_SKIPPED }, () => {
  test('no faulty start over an earlier DATA_DIR opens a room, loses a message or fails silently', async (t) => {
    const [origin, place] = [await makeDirectory(t), await makeDirectory(t)];
    const here = process.cwd();
    t.after(() => process.chdir(here));
    const server = await startEarlier(t, { ...SETTINGS, DATA_DIR: origin });
    await say(t, server.url, 'ended', 'ann', ['one', 'two', 'three']);
    assert.equal(await server.stop(), 0);
    const figures: Figures = { starts: 0, opened: [], lost: [], silent: [] };
    for (const name of [...Object.keys(SETTINGS), 'DATA_DIR']) {
      for (const [fault, spoil] of Object.entries(FAULTS)) {
        const dataDir = join(place, `${name} ${fault}`);
        await cp(origin, dataDir, { recursive: true });
        process.chdir(dataDir);
        const good: Record<string, string> = { ...SETTINGS, DATA_DIR: dataDir };
        const { [name]: value = '', ...left } = good;
        // A wrong start would delete messages within this time. No event says that a start has deleted none.
        const swept = () => pass(100);
        const kept = async () => countMessages(dataDir);
        await judge(figures, t, [name, fault], { ...left, ...spoil(name, value) }, kept, swept);
      }
    }
    t.diagnostic(JSON.stringify(figures));
    assert.deepEqual(figures, { starts: 27, ...NONE });
  });

  test('no faulty start over an earlier Redis opens a room, loses a message or fails silently', async (t) => {
    const redis = await startRedis();
    t.after(() => redis.stop());
    const client = redis.client(1);
    const prefix = 'sarangbang:1:1:';
    const good: Record<string, string> = { ...SETTINGS, REDIS_URL: redis.url(1), DATA_DIR: await makeDirectory(t) };
    const server = await startEarlier(t, good);
    await say(t, server.url, 'ended', 'ann', ['one', 'two', 'three']);
    await eventually('the end of the room', async () => (await client.exists(`${prefix}room:ended`)) === 0, 30_000);
    assert.equal(await server.stop(), 0);
    assert.equal(await client.exists(`${prefix}chats`), 0, 'the earlier version had no list of chats');
    const restore = await photograph(client);
    const figures: Figures = { starts: 0, opened: [], lost: [], silent: [] };
    for (const [name, value] of Object.entries(good)) {
      for (const [fault, spoil] of Object.entries(FAULTS)) {
        await restore();
        const { [name]: _gone, ...left } = good;
        const before = Number(await client.get(`${prefix}beat`));
        const isOver = async () => Number(await client.get(`${prefix}beat`)) > before;
        const swept = async () => name !== 'REDIS_URL' && eventually('a sign of life', isOver, 30_000);
        const kept = () => client.zcard(`${prefix}chat:ended:all`);
        await judge(figures, t, [name, fault], { ...left, ...spoil(name, value) }, kept, swept);
      }
    }
    t.diagnostic(JSON.stringify(figures));
    assert.deepEqual(figures, { starts: 30, ...NONE });
  });
});

describe('the earlier version beside this one, behind one Redis', { skip: EARLIER_SKIPPED }, () => {
  const { ROOM_LINGER: _short, TOKEN_JWKS_URL: _far, ...COMMON } = SETTINGS;
  const WAYS: [what: string, earlier: Record<string, string>, then: Record<string, string>][] = [
    ['it asks for no grants', { TOKEN_SECRET: '', TOKEN_PUBLIC_KEY: '' }, {}],
    ['this one asks for no grants', {}, { TOKEN_SECRET: 'MISSING', TOKEN_PUBLIC_KEY: 'MISSING' }],
    ['it has a different key', { TOKEN_SECRET: OTHER_SECRET, TOKEN_PUBLIC_KEY: '' }, {}],
    ['it keeps messages longer', { CHAT_RETENTION: '90d' }, {}],
    ['it keeps messages shorter', { CHAT_RETENTION: '1d' }, {}],
    ['it keeps fewer messages', { CHAT_HISTORY_LIMIT: '2' }, {}],
    ['its rooms hold more', { ROOM_CAPACITY: '50' }, {}],
    ['its calls hold more', { CALL_CAPACITY: '8' }, {}],
    ['it remembers empty rooms for less time', { ROOM_LINGER: '1s' }, {}],
    ['nothing differs', {}, {}],
  ];
  const present = (settings: Record<string, string>) =>
    Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== 'MISSING'));

  for (const [index, [what, earlier, then]] of WAYS.entries()) {
    test(`when ${what}`, async (t) => {
      const redis = await startRedis();
      t.after(() => redis.stop());
      const client = redis.client(index);
      const REDIS_URL = redis.url(index);
      const old = await startEarlier(t, present({ ...COMMON, REDIS_URL, ...earlier }));
      const secret = earlier['TOKEN_SECRET'] || TOKEN_SECRET;
      const ann = await connectClient(t, old.url);
      const token = await createToken({ subject: 'ann', rooms: ['*'], role: 'moderator', secret });
      await ann.request('room:join', { room: 'a', token });
      for (const text of ['one', 'two', 'three']) await ann.request('chat:send', { room: 'a', clientId: text, text });
      const settings = present({ ...COMMON, REDIS_URL, ...then });
      const { app, lines, connect, close } = await start(t, settings, [], undefined, { sweepMs: 100 });
      if (app) {
        await eventually('a line of the other', () => lines.some((line) => line.includes('earlier version')), 30_000);
        assert.equal(await (await connect()).refusal('room:join', { room: 'a' }), 'token-required');
      } else {
        assert.match(lines.join(''), /used with grants|CHAT_RETENTION is 60d, and was 90d/);
      }
      assert.equal(await client.zcard(`sarangbang:1:${index}:chat:a:all`), 3);
      t.diagnostic(app ? 'starts, and warns' : `refused: ${lines.join('').slice(0, 120)}`);
      await close();
    });
  }

  test('a message deleted through this version is in no key, although the other version wrote it', async (t) => {
    const redis = await startRedis();
    t.after(() => redis.stop());
    const client = redis.client(0);
    const settings = { ...COMMON, REDIS_URL: redis.url(0) };
    const old = await startEarlier(t, settings);
    const server = await startKillable(t, settings);
    const hermit = await connectClient(t, server.url);
    await hermit.request('room:join', { room: 'a', token: await tokenFor('hermit') });
    const secretOf = (kind: string, by: KillableServer) => `${kind} said at ${by === old ? 'the earlier' : 'this'} one`;
    for (const by of [old, server]) {
      const ids = await say(t, by.url, 'a', `writer ${by === old}`, [secretOf('message', by), secretOf('kept', by)]);
      const moderator = await connectClient(t, server.url);
      await moderator.request('room:join', { room: 'a', token: await tokenFor('mia', 'moderator') });
      await moderator.request('chat:delete', { room: 'a', id: ids[0] ?? '' });
      await say(t, by.url, 'b', 'writer', [secretOf('room', by)]);
      await say(t, by.url, 'c', 'person', [secretOf('person', by)]);
    }
    await call(server.url, 'DELETE', 'rooms/b');
    const exported = await call(server.url, 'GET', 'people/person');
    const deleted = await call(server.url, 'DELETE', 'people/person');
    t.diagnostic(`export ${JSON.stringify(exported).length} characters, deleted ${JSON.stringify(deleted)}`);
    const all = await textsOf(client);
    for (const by of [old, server]) {
      assert.ok(all.includes(secretOf('kept', by)));
      for (const kind of ['message', 'room']) assert.ok(!all.includes(secretOf(kind, by)), secretOf(kind, by));
    }
    assert.ok(!all.includes(secretOf('person', server)));
    // The earlier version stores no author, so only deleting all messages of the room deletes this one.
    assert.ok(all.includes(secretOf('person', old)));
    assert.deepEqual(await call(server.url, 'DELETE', 'rooms/c/messages'), { count: 1 });
    assert.ok(!(await textsOf(client)).includes(secretOf('person', old)));
  });
});

describe('a downgrade and an upgrade', { skip: EARLIER_SKIPPED }, () => {
  for (const kind of ['disk', 'redis'] as const) {
    test(`keeps what the earlier version does not know, over ${kind}`, async (t) => {
      const redis = kind === 'redis' ? await startRedis() : null;
      t.after(() => redis?.stop());
      const dataDir = await makeDirectory(t);
      const settings = { ...COMMON, ROOM_LINGER: '10m', DATA_DIR: dataDir, ...(redis && { REDIS_URL: redis.url() }) };
      const first = await startKillable(t, settings);
      await say(t, first.url, 'a', 'person', ['one', 'two']);
      await call(first.url, 'POST', 'revocations', { sub: 'gone' });
      await call(first.url, 'POST', 'revocations', { sub: 'back' });
      const revocations = (await call(first.url, 'GET', 'revocations')) as { id: string; sub: string }[];
      await call(first.url, 'DELETE', `revocations/${revocations.find(({ sub }) => sub === 'back')?.id}`);
      const before = await call(first.url, 'GET', 'people/person');
      await first.stop();
      const record = await recordOf(dataDir, redis?.client());
      const old = await startEarlier(t, settings);
      await say(t, old.url, 'a', 'other', ['three']);
      await old.stop();
      const again = await startKillable(t, settings);
      assert.equal(await recordOf(dataDir, redis?.client()), record);
      assert.deepEqual(await call(again.url, 'GET', 'people/person'), before);
      const messages = (await call(again.url, 'GET', 'rooms/a/messages')) as { text: string }[];
      assert.deepEqual(
        messages.map(({ text }) => text),
        ['one', 'two', 'three'],
      );
      const left = (await call(again.url, 'GET', 'revocations')) as { sub: string }[];
      assert.deepEqual(
        left.map(({ sub }) => sub),
        ['gone'],
      );
      await again.stop();
    });
  }

  const { TOKEN_JWKS_URL: _far, ...COMMON } = SETTINGS;

  async function recordOf(dataDir: string, client?: Redis): Promise<string> {
    if (client) return (await client.get('sarangbang:settings:0')) ?? '';
    const store = new Connection(join(dataDir, 'sarangbang.db'), {});
    const [row] = store.prepare('SELECT value FROM record').all() as { value: string }[];
    store.close();
    return row?.value ?? '';
  }
});
