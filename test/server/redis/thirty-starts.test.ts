/** Ten settings of a store in Redis, each missing, misspelt or empty at a new start. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, test } from 'node:test';
import { makeDirectory } from '../../support/server/backends.ts';
import { TOKEN_SECRET, createToken } from '../../support/server/grants.ts';
import { startRedis } from '../../support/server/redis-server.ts';
import { start } from '../../support/server/starts.ts';
import { eventually } from '../../support/waiting.ts';

const redis = await startRedis();
after(() => redis.stop());

const PUBLIC_KEY = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
const SETTINGS = {
  TOKEN_SECRET,
  TOKEN_PUBLIC_KEY: PUBLIC_KEY,
  TOKEN_JWKS_URL: 'https://login.example/jwks.json',
  REDIS_URL: '',
  DATA_DIR: '',
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

for (const isRecorded of [true, false]) {
  const store = isRecorded ? 'a record' : 'an upgrade';
  test(`opens no room and loses no message in thirty starts after ${store}`, async (t) => {
    const [url, client] = [redis.url(isRecorded ? 1 : 2), redis.client(isRecorded ? 1 : 2)];
    const prefix = `sarangbang:1:${isRecorded ? 1 : 2}:`;
    const good = { ...SETTINGS, REDIS_URL: url, DATA_DIR: await makeDirectory(t) };
    const count = () => client.zcard(`${prefix}chat:a:all`);
    const begin = await start(t, good);
    const ann = await begin.connect();
    await ann.request('room:join', { room: 'a', token: await createToken({ role: 'moderator' }) });
    for (const text of ['one', 'two', 'three']) await ann.request('chat:send', { room: 'a', clientId: text, text });
    await ann.request('room:leave', { room: 'a' });
    await begin.close();
    assert.equal(await count(), 3);

    for (const [name, value] of Object.entries(good)) {
      for (const [fault, spoil] of Object.entries(FAULTS)) {
        if (isRecorded) await (await start(t, good)).close();
        else await client.del('sarangbang:settings:2');
        const { [name as 'DATA_DIR']: _gone, ...left } = good;
        const before = Number(await client.get(`${prefix}beat`));
        const { app, lines, connect, close } = await start(t, { ...left, ...spoil(name, value) });
        const what = `${name} ${fault}: ${lines.join('')}`;
        assert.ok(
          lines.some((line) => line.includes(name)),
          what,
        );
        if (app) {
          assert.equal(await (await connect()).refusal('room:join', { room: 'a' }), 'token-required', what);
          // Messages that are too old are deleted with the first heartbeat in Redis, so the test waits for one.
          const isInRedis = name !== 'REDIS_URL';
          if (isInRedis)
            await eventually('a sign of life', async () => Number(await client.get(`${prefix}beat`)) > before, 30_000);
        }
        await close();
        assert.equal(await count(), 3, what);
      }
    }
  });
}
