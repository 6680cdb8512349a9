/** A wrong clock deletes nothing, in any backend. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { Redis } from 'ioredis';
import type { Backend } from '../../../server/memory/backend.ts';
import { BACKENDS } from '../../support/server/backends.ts';
import type { BackendKind } from '../../support/server/backends.ts';
import { stopOwnRedis } from '../../support/server/redis-server.ts';

after(stopOwnRedis);

const [HOUR, DAY] = [3_600_000, 86_400_000];
const JUMPS = [3 * HOUR, 40 * DAY, -3 * HOUR, -40 * DAY];
const draft = (text: string) => ({
  clientId: text,
  from: { id: 'ann', displayName: 'Ann' },
  text,
  kind: 'text' as const,
});
const texts = async ({ chatLog }: Backend) =>
  (await chatLog.read('a', 'ann', { limit: 100 })).messages.map(({ text }) => text);

/**
 * A backend with a clock that the test can set. A backend whose data outlives the process is opened again at each
 * change of the clock. Redis uses the machine's clock, so the test moves the times that it has stored instead.
 */
async function openTurnable(t: TestContext, { name, outlives, place, open }: BackendKind) {
  const config = { ...(await place(t)), chatRetention: 2 * HOUR };
  let ahead = 0;
  const options = { now: () => Date.now() + ahead };
  let backend = await open(t, config, options);
  return {
    current: () => backend,
    async turn(ms: number) {
      ahead += ms;
      if (outlives) await backend.close();
      if (name === 'redis') await moveRedis(String(config.redisUrl), ms);
      if (outlives) backend = await open(t, config, options);
    },
  };
}

/** Makes everything in Redis `ms` older, as if its clock had jumped ahead. */
async function moveRedis(url: string, ms: number): Promise<void> {
  const redis = new Redis(url);
  const P = 'sarangbang:1:0:'.replace('0', new URL(url).pathname.slice(1));
  const move = (id: string) => (Number.parseInt(id, 36) - ms).toString(36).padStart(9, '0') + id.slice(9);
  for (const key of await redis.keys(`${P}*`)) {
    const type = await redis.type(key);
    if (key === `${P}beat` || key === `${P}grace`) await redis.incrby(key, -ms);
    if (/:(?:empty|nodes|waits|chats)$/.test(key)) {
      for (const member of await redis.zrange(key, '0', '-1')) await redis.zincrby(key, -ms, member);
    }
    if (/chat:.*:(?:all|public)$/.test(key)) {
      for (const id of await redis.zrange(key, '0', '-1'))
        await redis.multi().zrem(key, id).zadd(key, 0, move(id)).exec();
    }
    if (/chat:.*:messages$/.test(key)) {
      for (const [id, text] of Object.entries(await redis.hgetall(key))) {
        const message = JSON.parse(text) as { id: string; at: number };
        Object.assign(message, { id: move(id), at: message.at - ms });
        await redis.multi().hdel(key, id).hset(key, move(id), JSON.stringify(message)).exec();
      }
    }
    if (/chat:.*:sent$/.test(key))
      for (const [field, id] of Object.entries(await redis.hgetall(key))) await redis.hset(key, field, move(id));
    if (/chat:.*:state$/.test(key)) await redis.hincrby(key, 'time', -ms);
    const leftMs = await redis.pttl(key);
    if (leftMs > 0 && type !== 'none' && ms > 0) await redis.pexpire(key, Math.max(1, leftMs - ms));
  }
  redis.disconnect();
}

for (const kind of BACKENDS) {
  describe(`clocks with ${kind.name}`, () => {
    for (const ms of JUMPS) {
      test(`a clock that is ${ms / HOUR} hours wrong for a while deletes no message`, async (t) => {
        const { current, turn } = await openTurnable(t, kind);
        for (let index = 0; index < 5; index++) await current().chatLog.append('a', draft(`${index}`));
        await turn(ms);
        await current().chatLog.append('a', draft('meanwhile'));
        await current().chatLog.append('b', draft('elsewhere'));
        await turn(-ms);
        await current().chatLog.append('a', draft('after'));
        assert.deepEqual(await texts(current()), ['0', '1', '2', '3', '4', 'meanwhile', 'after']);
        assert.equal((await current().chatLog.append('a', draft('3'))).fresh, false, 'a retry finds its first sending');
        assert.equal((await current().chatLog.read('b', 'ann', { limit: 1 })).messages.length, 1);
      });
    }
  });
}
