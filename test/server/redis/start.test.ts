/** A Redis that cannot be used ends the start with one clear line without secrets. */
import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { createApp } from '../../../server/app.ts';
import { startNode } from '../../support/server/nodes.ts';
import { freePort, startRedis } from '../../support/server/redis-server.ts';
import type { RedisServer } from '../../support/server/redis-server.ts';
import { listen } from '../../support/server/server.ts';

let redis: RedisServer;

before(async () => {
  redis = await startRedis();
});
after(() => redis.stop());

/** The error of a server that does not start, because it cannot use the Redis at this address. */
async function refusal(redisUrl: string): Promise<string> {
  const began = performance.now();
  const error = await startNode({ REDIS_URL: redisUrl, LOG_LEVEL: 'error' }).then(
    () => null,
    (reason: Error) => reason.message,
  );
  assert.ok(performance.now() - began < 12_000);
  assert.match(error ?? 'it started', /^the server ended with 1: sarangbang: REDIS_URL [^\n]+\n$/);
  return error ?? '';
}

test('says that no Redis listens at the address', async () => {
  assert.match(await refusal(`redis://127.0.0.1:${await freePort()}`), /ECONNREFUSED.*Check that it runs/);
});

test('says that the password is wrong', async () => {
  await redis.client().config('SET', 'requirepass', 'right horse');
  const said = await refusal(`redis://:wrong-battery@127.0.0.1:${redis.port}`);
  assert.doesNotMatch(said, /wrong-battery|right horse/);
  await redis
    .client()
    .auth('right horse')
    .catch(() => undefined);
});

test('says what helps against a known fault', async (t) => {
  const own = await startRedis();
  t.after(() => own.stop());
  const client = own.client();
  await client.acl('SETUSER', 'poor', 'on', '>p', '~*', '&*', '+@all', '-@scripting');
  await client.acl(
    'SETUSER',
    'calls',
    'on',
    '>p@/#',
    '~sarangbang*',
    '&sarangbang*',
    '+@all',
    '-@dangerous',
    '+info',
    '+bgrewriteaof',
  );
  const at = (user: string) => `redis://${user}@127.0.0.1:${own.port}`;
  const cases: [url: string, said: RegExp][] = [
    [at('calls:other'), /WRONGPASS.*%40 for @/],
    [at('poor:p'), /NOPERM.*Its user needs more: ACL SETUSER/],
    [`rediss://127.0.0.1:${own.port}`, /must speak TLS on this port/],
    [at('calls:1/@'), /in its password, .*%40 for @/],
    [at('calls:1?@'), /in its password, .*%40 for @/],
    [at('calls:1#@'), /in its password, .*%40 for @/],
    [at('calls:p@calls.invalid#'), /in its password, .*%40 for @/],
  ];
  for (const [redisUrl, said] of cases) {
    await assert.rejects(createApp({ redisUrl, logLevel: 'silent' }), ({ message }: Error) => {
      assert.match(message, said, redisUrl);
      return /^REDIS_URL is|^The option redisUrl is/.test(message);
    });
  }
  const app = await createApp({ redisUrl: at('calls:p%40%2F%23'), logLevel: 'silent' });
  t.after(() => app.close());
  assert.equal(
    (await fetch(`${await listen(app.httpServer)}/readyz`)).status,
    200,
    'the rights that are named suffice',
  );
});

test('gives up on a server that never answers', async (t) => {
  const silent = createServer(() => undefined);
  const { port } = new URL(await listen(silent as never));
  t.after(() => silent.close());
  await refusal(`redis://127.0.0.1:${port}`);
});

test('refuses an address that is none of a Redis', async () => {
  assert.match(await refusal('http://127.0.0.1:6379'), /may hold an address such as redis:\/\//);
});

test('says that there is no such database', async () => {
  const other = await startRedis();
  await refusal(other.url(5_000));
  await other.stop();
});

/** What happens to the first connection of a process. The next connections reach Redis. */
const FIRST: [what: string, treat: (socket: Socket) => void][] = [
  ['is not answered', () => undefined],
  ['is cut', (socket) => void socket.destroy()],
  ['is cut with the first command', (socket) => void socket.once('data', () => socket.destroy())],
];

for (const [what, treat] of FIRST) {
  test(`tries again when the first connection ${what}`, async (t) => {
    const own = await startRedis();
    t.after(() => own.stop());
    let count = 0;
    const way = createServer((socket) => {
      socket.on('error', () => undefined);
      if (count++ === 0) return treat(socket);
      const onward = connect(own.port, '127.0.0.1').on('error', () => undefined);
      socket.pipe(onward).pipe(socket);
      socket.once('close', () => onward.destroy());
    });
    t.after(() => way.close());
    const { port } = new URL(await listen(way as never));
    const node = await startNode({ REDIS_URL: `redis://127.0.0.1:${port}/9`, LOG_LEVEL: 'error' });
    t.after(() => node.kill());
    assert.equal((await fetch(`${node.url}/readyz`)).status, 200);
    assert.ok(count > 1);
    assert.equal(node.log(), '');
  });
}
