/**
 * A socket is replaced or lost while its `room:join` is in progress: no participant stays in a room that no page holds.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import type { AppParts } from '../../../server/app.ts';
import { TOKEN_SECRET, createToken } from '../../support/server/grants.ts';
import { listen, startApp } from '../../support/server/server.ts';
import type { TestApp, TestClient } from '../../support/server/server.ts';
import { eventually, within } from '../../support/waiting.ts';

interface Meeting extends TestApp {
  /** Is in the rooms `a` and `b` from the beginning. */
  ben: TestClient;
  /** A token whose key the server must fetch from a key server, which answers when `answerKeys` is called. */
  slowToken: string;
  /** A token that is valid at once. */
  token: string;
  /** Resolves when the server has asked the key server. */
  asked: Promise<void>;
  answerKeys(): void;
  /** The participants of a room, without Ben. */
  others(room: string): Promise<string[]>;
  /** Resolves once `/metrics` tells `count` answered joins; the socket of an answer may be gone. */
  answered(count: number): Promise<void>;
}

async function meet(t: TestContext, parts: AppParts = {}): Promise<Meeting> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'EdDSA' };
  let answerKeys: () => void = () => undefined;
  const keys = createServer((_request, response) => {
    answerKeys = () => response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
  });
  const asked = new Promise<void>((resolve) => keys.once('request', () => resolve()));
  const url = await listen(keys);
  t.after(() => void keys.close().closeAllConnections());
  const app = await startApp(t, { tokenSecret: TOKEN_SECRET, tokenJwksUrl: `${url}/jwks.json` }, parts);
  const slowToken = await new SignJWT({ rooms: '*' })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'k' })
    .setExpirationTime('10m')
    .sign(privateKey);
  const token = await createToken({ rooms: ['*'] });
  const ben = await app.connect();
  await ben.request('room:join', { rooms: ['a', 'b'], token });
  const countAnswered = async () => {
    const text = await (await fetch(`${app.url}/metrics`)).text();
    return [...text.matchAll(/^sarangbang_joins_total\{.*\} (\d+)$/gm)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
  };
  const before = await countAnswered();
  return {
    ...app,
    ben,
    slowToken,
    token,
    asked: within(asked, 'the question for keys'),
    answerKeys: () => answerKeys(),
    others: async (room) => (await app.app.participants(room)).map(({ id }) => id).filter((id) => id !== ben.id),
    async answered(count) {
      await eventually(`${count} answers to joins`, async () => (await countAnswered()) - before >= count);
    },
  };
}

/** Sends a command and does not wait for its answer, because the socket may be gone by then. */
const send = ({ socket }: TestClient, command: 'room:join' | 'room:leave' | 'call:join', payload: object) =>
  void socket.emit(command as 'room:join', payload, () => undefined);

test('a join that a newer socket overtakes enters nothing', async (t) => {
  const { connect, ben, slowToken, asked, answerKeys, answered, others } = await meet(t);
  const older = await connect();
  send(older, 'room:join', { room: 'a', token: slowToken });
  await asked;
  const newer = await connect({ auth: { resumeToken: older.session.resumeToken } });
  assert.equal(newer.id, older.id);
  answerKeys();
  await answered(1);
  assert.deepEqual(await others('a'), []);
  await ben.settle();
  assert.deepEqual(
    ben.all('participant:joined').filter(({ participant }) => participant.id !== ben.id),
    [],
    'no participant is shown in the room',
  );
});

test('a join that outlives the newer socket too enters nothing', async (t) => {
  const { app, connect, slowToken, asked, answerKeys, answered, others } = await meet(t);
  for (const end of [(client: TestClient) => client.cut(), (client: TestClient) => void client.socket.disconnect()]) {
    const older = await connect();
    send(older, 'room:join', { rooms: ['a', 'alone'], token: slowToken });
    await asked;
    const newer = await connect({ auth: { resumeToken: older.session.resumeToken } });
    end(newer);
    await eventually('the newer socket is closed', async () =>
      (await app.participants()).every(({ id, connected }) => id !== newer.id || !connected),
    );
  }
  answerKeys();
  await answered(2);
  assert.deepEqual([await others('a'), await others('alone')], [[], []]);
  assert.equal(
    (await app.rooms()).some(({ name }) => name === 'alone'),
    false,
    'an empty room',
  );
});

test('a late join keeps nobody in a room that the newer socket has not entered again', async (t) => {
  const { connect, ben, token, slowToken, asked, answerKeys, answered, others } = await meet(t, { returnMs: 500 });
  const older = await connect();
  await older.request('room:join', { room: 'b', token });
  send(older, 'room:join', { room: 'b', token: slowToken });
  await asked;
  const newer = await connect({ auth: { resumeToken: older.session.resumeToken } });
  answerKeys();
  await answered(2);
  const left = await ben.once(
    'participant:left',
    ({ room, participantId }) => room === 'b' && participantId === newer.id,
    'the end of the wait',
  );
  assert.equal(left.reason, 'replaced');
  assert.deepEqual(await others('b'), []);
});

test('commands of the older socket after its join change nothing for the newer one', async (t) => {
  const { connect, ben, token, slowToken, asked, answerKeys, answered, app } = await meet(t);
  const older = await connect();
  send(older, 'room:join', { room: 'a', token: slowToken });
  send(older, 'call:join', { room: 'a', joinId: 'of the older' });
  send(older, 'room:leave', { room: 'a' });
  send(older, 'room:join', { room: 'b', token });
  await asked;
  const newer = await connect({ auth: { resumeToken: older.session.resumeToken } });
  await newer.request('room:join', { room: 'a', token });
  answerKeys();
  await answered(3);
  await newer.settle();
  assert.deepEqual(
    (await app.participants('a')).map(({ id, inCall }) => [id, inCall]),
    [
      [ben.id, false],
      [newer.id, false],
    ],
  );
  assert.deepEqual(ben.all('participant:left'), []);
  assert.equal(
    ben.all('participant:changed').some(({ participant }) => participant.call !== null),
    false,
    'the call of a closed page',
  );
  await newer.request('chat:send', { room: 'a', clientId: '1', text: 'still in' });
});

test('a late join makes the server wait no longer for a lost participant, and not after a goodbye', async (t) => {
  const { connect, ben, slowToken, asked, answerKeys, answered, others } = await meet(t, { returnMs: 300 });
  const [lost, gone] = [await connect(), await connect()];
  const ids = [lost.id, gone.id];
  for (const client of [lost, gone]) send(client, 'room:join', { room: 'a', token: slowToken });
  await asked;
  lost.cut();
  gone.socket.disconnect();
  answerKeys();
  await answered(2);
  await eventually('no participant is left without a page', async () => (await others('a')).length === 0);
  for (const { participantId, reason } of ben.all('participant:left'))
    assert.equal(reason, participantId === ids[0] ? 'lost' : 'left');
});
