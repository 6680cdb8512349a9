/** The client's use of a grant with the real server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../components/client/index.ts';
import { readToken } from '../../components/client/token.ts';
import { TOKEN_SECRET, createToken } from '../support/server/grants.ts';
import { startApp } from '../support/server/server.ts';
import { within } from '../support/waiting.ts';

const config = { tokenSecret: TOKEN_SECRET };

test('reads the end and the role of a token, and ignores a text that is none', async () => {
  const now = () => 1_000_000;
  const { role, exp } = readToken(await createToken({ role: 'viewer', name: '사랑방', ttlMs: 60_000, now }));
  assert.deepEqual([role, exp], ['viewer', 1_060]);
  for (const token of ['', 'x', 'a.b.c', '..', 'e30.bnVsbA.']) assert.deepEqual(readToken(token), {});
});

test('announces the end of a token, fails with token-expired, and joins again with a new token', async (t) => {
  const { url } = await startApp(t, config);
  const client = connect({ server: url, shared: false, token: await createToken({ ttlMs: 2_000 }) });
  t.after(() => client.close());
  const told = new Promise<{ inMs: number }>((resolve) => client.events.on('token-expire', resolve));
  const room = client.join('a');
  const reaches = (state: string) =>
    within(
      new Promise<void>((resolve) => {
        const look = () => room.store.get().state === state && resolve();
        room.store.subscribe(look);
        look();
      }),
      `the room ${state}`,
    );
  await reaches('joined');
  const { inMs } = await within(told, 'the notice');
  assert.ok(inMs > 0 && inMs <= 2_000, `${inMs} ms`);
  await reaches('left');
  assert.equal(room.store.get().error?.code, 'token-expired');
  client.setToken(await createToken());
  await reaches('joined');
});

test('fails with a reason without a token or with one for a different room, and so does the room list', async (t) => {
  const { url } = await startApp(t, config);
  const client = connect({ server: url, shared: false });
  t.after(() => client.close());
  const room = client.join('a');
  const list = client.rooms();
  const failure = (code: string) =>
    within(
      new Promise<void>((resolve) => {
        const look = () => room.store.get().error?.code === code && resolve();
        room.store.subscribe(look);
        look();
      }),
      code,
    );
  await failure('token-required');
  client.setToken(await createToken({ rooms: ['b'] }));
  await failure('not-allowed');
  await within(
    new Promise<void>((resolve) => {
      const look = () => list.store.get().ready && resolve();
      list.store.subscribe(look);
      look();
    }),
    'the list',
  );
});

test('uses a token that is set while the room and the list wait for an answer to the one before', async (t) => {
  const { url } = await startApp(t, config);
  for (const [moment, earlier] of [
    ['while entering', undefined],
    ['while entering', await createToken({ rooms: ['b'] })],
    ['in the same task', undefined],
  ] as const) {
    const client = connect({ server: url, shared: false, ...(earlier && { token: earlier }) });
    t.after(() => client.close());
    const token = await createToken();
    const room = client.join('a');
    const list = client.rooms();
    if (moment === 'while entering')
      await within(
        new Promise<void>((resolve) => client.store.subscribe(({ state }) => state === 'ready' && resolve())),
        'the connection',
      );
    client.setToken(token);
    await within(
      new Promise<void>((resolve) => {
        const look = () => room.store.get().state === 'joined' && list.store.get().ready && resolve();
        room.store.subscribe(look);
        list.store.subscribe(look);
        look();
      }),
      `room and list ${moment}`,
    );
  }
});

test('uses a token that is set while the room waits for an answer on an open connection', async (t) => {
  const { url } = await startApp(t, config);
  const client = connect({ server: url, shared: false, token: await createToken({ rooms: ['b'] }) });
  t.after(() => client.close());
  const [other, token] = [client.join('b'), await createToken()];
  const reaches = (room: typeof other, state: string) =>
    within(
      new Promise<void>((resolve) => {
        const look = () => room.store.get().state === state && resolve();
        room.store.subscribe(look);
        look();
      }),
      `room ${room.room} ${state}`,
    );
  await reaches(other, 'joined');
  const room = client.join('a');
  client.setToken(token);
  await reaches(room, 'joined');
});
