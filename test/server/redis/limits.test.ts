/** Limits of addresses and rooms hold over all processes together. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { freshRedisUrl, stopOwnRedis } from '../../support/server/redis-server.ts';
import { refusedConnection, startApp } from '../../support/server/server.ts';

after(stopOwnRedis);

test('counts newcomers from one address and rooms over all nodes', async (t) => {
  const [config, parts] = [
    { redisUrl: await freshRedisUrl(), trustProxy: 1 },
    { allowances: { arrival: { points: 3, duration: 60 } }, caps: { rooms: 2 } },
  ];
  const [here, there] = [await startApp(t, config, parts), await startApp(t, config, parts)];
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
  const clients = [
    await here.connect(from('203.0.113.7')),
    await there.connect(from('203.0.113.7')),
    await here.connect(from('203.0.113.7')),
  ];
  assert.equal((await refusedConnection(t, there.url, from('203.0.113.7'))).code, 'rate-limited');
  await there.connect(from('203.0.113.8'));
  const [ann, ben, cho] = clients;
  await ann?.request('room:join', { room: 'a' });
  await ben?.request('room:join', { room: 'b' });
  assert.equal(await cho?.refusal('room:join', { room: 'c' }), 'limit-reached');
  await cho?.request('room:join', { rooms: ['a', 'b'] });
});
