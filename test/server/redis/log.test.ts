/** Errors of Redis are logged without their command, which holds personal data. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startNode } from '../../support/server/nodes.ts';
import { startRedis } from '../../support/server/redis-server.ts';
import type { RedisServer } from '../../support/server/redis-server.ts';
import { connectClient } from '../../support/server/server.ts';
import { eventually } from '../../support/waiting.ts';

let redis: RedisServer;
before(async () => void (redis = await startRedis()));
after(() => redis.stop());

test('logs errors of Redis without messages, names, rooms and passwords', async (t) => {
  const client = redis.client();
  await client.config('SET', 'requirepass', 'secret-password');
  const node = await startNode({ REDIS_URL: redis.url().replace('//', '//:secret-password@'), LOG_LEVEL: 'info' });
  t.after(() => node.kill());
  const [ann, ben] = [await connectClient(t, node.url), await connectClient(t, node.url)];
  for (const client of [ann, ben]) {
    await client.request('room:join', { room: 'secret-room', displayName: 'Secret-Name' });
    await client.request('call:join', { room: 'secret-room', joinId: client.id });
  }
  await client.config('SET', 'maxmemory', '1');
  assert.equal(
    await ann.refusal('chat:send', { room: 'secret-room', clientId: 'secret-id', text: 'secret-text' }),
    'internal',
  );
  assert.equal(await ann.refusal('room:join', { room: 'secret-other', displayName: 'Secret-Name' }), 'internal');
  await ann.request('signal:send', { room: 'secret-room', to: ben.id, link: 'l', signal: { sdp: 'secret-sdp' } });
  await client.config('SET', 'maxmemory', '0');
  await ann.request('chat:send', { room: 'secret-room', clientId: 'secret-id', text: 'secret-text' });
  // A string under a key of the chat that holds another type makes the next command fail.
  await client
    .set('sarangbang:1:0:chat:secret-room:sent', 'secret-value')
    .then(() =>
      assert.rejects(ann.request('chat:send', { room: 'secret-room', clientId: 'secret-2', text: 'secret-text' })),
    );

  const [channel = ''] = (await client.pubsub('CHANNELS', '*secret-room*')) as string[];
  await client.publish(channel, 'secret-text, which is no JSON');
  await eventually('word of it', () => node.log().includes('handling a published message failed'));

  // The password changes while the server runs.
  await client.config('SET', 'requirepass', 'another');
  await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await eventually(
    'word of the absence and of its reason',
    () => node.log().includes('Redis cannot be reached') && node.log().includes('WRONGPASS'),
  );

  const log = node.log();
  assert.match(log, /"type":"ReplyError","message":"OOM command not allowed[^"]*"/);
  assert.match(log, /"type":"ReplyError","message":"WRONGTYPE/);
  assert.match(log, /"type":"ReplyError".*"stack":"    at /);
  assert.match(log, /"type":"ReplyError","message":"WRONGPASS/);
  assert.match(log, /"type":"SyntaxError","stack":"    at JSON.parse/);
  assert.match(log, /"command":"chat:send"/);
  for (const word of ['secret', ann.id, ben.id])
    assert.ok(!log.toLowerCase().includes(word), `${word} in the log: ${log}`);
});
