/** The Lua files as Redis holds them: small, loaded once for each version, and loaded again after they are lost. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { RedisConnection } from '../../../server/redis/connection.ts';
import { LIBRARY, LIBRARY_FILES, functionName } from '../../../server/redis/library.ts';
import { SCRIPTS } from '../../../server/redis/scripts.ts';
import { faultOfVersion } from '../../../server/redis/server-info.ts';
import { startRedis } from '../../support/server/redis-server.ts';
import type { RedisServer } from '../../support/server/redis-server.ts';
import { startApp } from '../../support/server/server.ts';

const directory = new URL('../../../server/redis/lua/', import.meta.url);
const readLua = (name: string) => readFileSync(new URL(`${name}.lua`, directory), 'utf8');
const scripts = Object.entries(SCRIPTS);

let redis: RedisServer;
let client: Redis;
before(async () => {
  redis = await startRedis();
  client = redis.client();
});
after(() => redis.stop());

async function libraries(): Promise<string[]> {
  const rows = (await client.function('LIST', 'LIBRARYNAME', 'sarangbang*')) as string[][];
  return rows.map((row) => row[1] ?? '').toSorted();
}

const loadOther = (name: string) =>
  client.function(
    'LOAD',
    `#!lua name=${name}\nredis.register_function('${name}_f', function() return redis.call('TIME') end)`,
  );

async function open(t: TestContext, scope = { prefix: 'test:', succession: true, returnMs: 1_000 }) {
  const connection = new RedisConnection({ url: redis.url(), scope, log: pino({ level: 'silent' }) });
  t.after(() => connection.close());
  await connection.open();
  return connection;
}

test('every Lua file belongs to the library or stands alone', () => {
  const names = readdirSync(directory).map((name) => name.replace(/\.lua$/, ''));
  const lone = scripts.filter(([, { lone: script }]) => script).map(([name]) => name);
  assert.deepEqual(names.toSorted(), [...LIBRARY_FILES, ...lone].toSorted());
});

test('Redis compiles the library, which has one function for each script', async () => {
  await client.function('FLUSH');
  await client.function('LOAD', LIBRARY.source);
  const [row = []] = (await client.function('LIST', 'LIBRARYNAME', LIBRARY.name)) as unknown[][];
  const functions = (row[5] as unknown[][]).map((fields) => fields[1]);
  const expected = scripts.filter(([, { lone }]) => !lone).map(([name]) => functionName(name));
  assert.deepEqual(functions.toSorted(), expected.toSorted());
});

test('the arguments of a script have the names and the order that Lua takes', () => {
  const lua = LIBRARY_FILES.map(readLua).join('\n');
  const declared = [...lua.matchAll(/^(?:reads|writes|whenFull)\('(\w+)', function\(([^)]*)\)/gm)];
  const parameters = new Map(
    declared.map(([, name = '', text = '']) => [name, text.split(',').map((one) => one.trim())] as const),
  );
  for (const [name, script] of scripts.filter(([, { lone }]) => !lone)) {
    assert.equal(script.name, name);
    const taken = (parameters.get(name) ?? []).filter((one) => one !== '');
    // A parameter that is a list arrives in Lua as varargs (`...`), and is always the last.
    const names = taken.map((one) => (one === '...' ? script.parameters.at(-1) : one));
    assert.deepEqual(names, script.parameters, name);
  }
});

test('a connection loads at most 64 kB of Lua, and nothing when Redis holds the library', async (t) => {
  const lone = scripts.map(([, script]) => script.lone?.lua ?? '').join('');
  const bytes = Buffer.byteLength(LIBRARY.source + lone);
  assert.ok(bytes <= 64_000, `${bytes} bytes`);
  t.diagnostic(`${bytes} bytes`);
  const loads = async () =>
    Number(/cmdstat_function\|load:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0);
  await client.function('FLUSH');
  const start = await loads();
  await open(t);
  assert.equal(await loads(), start + 1);
  await open(t);
  assert.equal(await loads(), start + 1);
});

test('a library of another version stays beside this one', async (t) => {
  await client.function('FLUSH');
  await loadOther('sarangbang_0123456789ab');
  await open(t);
  assert.deepEqual(await libraries(), ['sarangbang_0123456789ab', LIBRARY.name].toSorted());
});

test('libraries of more than four other versions are removed, and those of other programs stay', async (t) => {
  await client.function('FLUSH');
  for (let version = 0; version < 5; version++) await loadOther(`sarangbang_00000000000${version}`);
  await loadOther('theirs');
  await open(t);
  assert.deepEqual(await libraries(), [LIBRARY.name]);
  assert.equal(((await client.function('LIST')) as unknown[]).length, 2);
});

test('a process loads its library again after Redis lost the functions', async (t) => {
  const connection = await open(t);
  await client.function('FLUSH');
  const all = Array.from({ length: 20 }, () => connection.run(SCRIPTS.countConnected, {}));
  assert.deepEqual(new Set(await Promise.all(all)), new Set([0]));
});

test('a process loads its library again after a failover to an empty Redis', async (t) => {
  const connection = await open(t);
  await client.flushall();
  await redis.kill();
  await redis.restart();
  assert.equal(await connection.run(SCRIPTS.agree, { name: 'key', value: 'x' }), 'x');
});

test('one library serves several deployments, each with its own keys', async (t) => {
  const one = await open(t, { prefix: 'one:', succession: true, returnMs: 1_000 });
  const other = await open(t, { prefix: 'other:', succession: false, returnMs: 2_000 });
  assert.equal(await one.run(SCRIPTS.agree, { name: 'key', value: '1' }), '1');
  assert.equal(await other.run(SCRIPTS.agree, { name: 'key', value: '2' }), '2');
  assert.equal(await one.run(SCRIPTS.agree, { name: 'key', value: '3' }), '1');
});

test('signals pass while Redis takes no writes', async (t) => {
  const { connect, url } = await startApp(t, { redisUrl: redis.url(7) });
  const there = await startApp(t, { redisUrl: redis.url(7) });
  const [ann, ben] = [await connect(), await there.connect()];
  for (const one of [ann, ben]) {
    await one.request('room:join', { room: 'a' });
    await one.request('call:join', { room: 'a', joinId: one.id });
  }
  await client.config('SET', 'min-replicas-to-write', '1');
  t.after(() => client.config('SET', 'min-replicas-to-write', '0'));
  assert.equal((await fetch(`${url}/readyz`)).status, 503);
  await ann.request('signal:send', { room: 'a', to: ben.id, link: 'l', signal: { sdp: 'x' } });
  await ben.once('signal:received', ({ from }) => from === ann.id);
});

test('a Redis before 7.0 is refused with its version', () => {
  const cases: [version: string, said: RegExp | null][] = [
    ['6.2.14', /it is version 6\.2; 7\.0 or later is needed/],
    ['7.0.15', null],
    ['7.2.4', null],
    ['8.0.0', null],
  ];
  for (const [version, said] of cases) {
    const fault = faultOfVersion(`# Server\r\nredis_version:${version}\r\nrun_id:abc\r\n`);
    if (said) assert.match(fault?.message ?? '', said);
    else assert.equal(fault, null);
  }
});
