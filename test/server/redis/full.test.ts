/** A Redis that takes no writes: the server is not ready, refuses newcomers, and still deletes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { describeError } from '../../../server/log.ts';
import { startRedis } from '../../support/server/redis-server.ts';
import { refusedConnection, startApp } from '../../support/server/server.ts';
import { eventually } from '../../support/waiting.ts';

async function startOwn(t: TestContext) {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const lines: string[] = [];
  const log = pino(
    { level: 'info', serializers: { err: describeError } },
    { write: (line: string) => void lines.push(line) },
  );
  const started = await startApp(t, { redisUrl: redis.url() }, { log });
  return {
    ...started,
    lines,
    client: redis.client(),
    redis,
    readiness: async () => (await fetch(`${started.url}/readyz`)).status,
  };
}

const REFUSALS: [setting: string, refuses: string, takes: string][] = [
  ['maxmemory', '1', '0'],
  ['min-replicas-to-write', '1', '0'],
];

for (const [setting, refuses, takes] of REFUSALS) {
  test(`with ${setting} ${refuses} refuses newcomers and logs why, until ${setting} is ${takes}`, async (t) => {
    const { url, connect, lines, client, readiness } = await startOwn(t);
    const ann = await connect();
    await ann.request('room:join', { room: 'a' });
    assert.equal(await readiness(), 200);
    const sent = await ann.request('chat:send', { room: 'a', clientId: 'kept', text: 'x' });
    const before = lines.length;
    await client.config('SET', setting, refuses);
    const refusal = (await refusedConnection(t, url)) as { code: string; retryAfterMs?: number };
    assert.deepEqual([refusal.code, (refusal.retryAfterMs ?? 0) > 0], ['timeout', true], 'the first one who comes');
    assert.equal(await readiness(), 503);
    for (const clientId of ['1', '2', '3'])
      assert.equal(await ann.refusal('chat:send', { room: 'a', clientId, text: 'x' }), 'internal');
    assert.deepEqual(await ann.request('chat:send', { room: 'a', clientId: 'kept', text: 'x' }), sent, 'sent again');
    assert.equal(await ann.refusal('room:join', { room: 'b' }), 'internal');
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    const told = lines.slice(before).filter((line) => line.includes('refuses writes'));
    assert.deepEqual(
      [told.length, lines.slice(before).filter((line) => line.includes('"level":50')).length],
      [1, 1],
      lines.join(''),
    );
    await client.config('SET', setting, takes);
    assert.equal(await readiness(), 200);
    await connect();
    await ann.request('chat:send', { room: 'a', clientId: '1', text: 'x' });
  });
}

test('deletes, removes, mutes and ends calls while the memory of Redis is full', async (t) => {
  const { connect, client, readiness } = await startOwn(t);
  const [ann, ben, cho] = [await connect(), await connect(), await connect()];
  for (const one of [ann, ben, cho]) {
    await one.request('room:join', { room: 'a' });
    await one.request('call:join', {
      room: 'a',
      joinId: one.id,
      tracks: [{ source: 'microphone', mid: null, muted: false }],
    });
  }
  const { message } = await ben.request('chat:send', { room: 'a', clientId: '1', text: 'x' });
  await client.config('SET', 'maxmemory', '1');
  assert.equal(await readiness(), 503);
  await ben.request('chat:delete', { room: 'a', id: message.id });
  await ann.once('chat:deleted', ({ id }) => id === message.id);
  await ann.request('participant:mute', { room: 'a', participantId: ben.id });
  await ann.request('room:lock', { room: 'a', locked: true });
  await cho.request('room:leave', { room: 'a' });
  await ann.once('participant:left', ({ participantId }) => participantId === cho.id);
  await ann.request('participant:remove', { room: 'a', participantId: ben.id });
  await ann.request('call:end', { room: 'a' });
  const beats = async () => Number(await client.get('sarangbang:1:0:beat'));
  const first = await beats();
  await eventually('a further beat of the server', async () => (await beats()) !== first);
  await client.config('SET', 'maxmemory', '0');
  assert.deepEqual((await ann.request('chat:history', { room: 'a' })).messages, []);
  assert.equal(await ben.refusal('room:join', { room: 'a' }), 'removed');
});

test('logs two lines for a memory that is full by turns, while /readyz follows each change', async (t) => {
  const { connect, client, lines, readiness } = await startOwn(t);
  const ann = await connect();
  await ann.request('room:join', { room: 'a' });
  const before = lines.length;
  for (let turn = 0; turn < 10; turn++) {
    await client.config('SET', 'maxmemory', '1');
    assert.equal(await readiness(), 503);
    assert.equal(await ann.refusal('chat:send', { room: 'a', clientId: `${turn}`, text: 'x' }), 'internal');
    await client.config('SET', 'maxmemory', '0');
    assert.equal(await readiness(), 200);
    await ann.request('chat:send', { room: 'a', clientId: `${turn}`, text: 'x' });
  }
  assert.ok(lines.length - before <= 2, lines.slice(before).join(''));
});
