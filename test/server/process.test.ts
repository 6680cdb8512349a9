import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { generateKeyPair, SignJWT } from 'jose';
import { makeDirectory } from '../support/server/backends.ts';
import { TOKEN_SECRET, createToken } from '../support/server/grants.ts';
import { startServerProcess } from '../support/server/command-process.ts';
import { startKillable } from '../support/server/killable-server.ts';
import { connectClient, listen, refusedConnection, startApp } from '../support/server/server.ts';
import type { TestClient } from '../support/server/server.ts';
import { eventually, within } from '../support/waiting.ts';

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`tells alone on standard output where it listens, and ${signal} ends it cleanly amid connections`, async (t) => {
    const run = startServerProcess(t, {});
    const url = await run.url;
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const clients = [await connectClient(t, url), await connectClient(t, url, { transports: ['polling'] })];
    for (const client of clients) await client.request('room:join', { room: 'a' });
    const began = performance.now();
    run.child.kill(signal);
    assert.equal(await run.exit, 0);
    assert.ok(performance.now() - began < 5_000);
    assert.equal(run.stdout(), `sarangbang listening on ${url}\n`);
  });
}

test('ignores a second signal, and ends at once without participants', async (t) => {
  const run = startServerProcess(t, { TOKEN_SECRET });
  const client = await connectClient(t, await run.url);
  const lost = new Promise<string>((resolve) => void client.socket.once('disconnect', resolve));
  for (const signal of ['SIGTERM', 'SIGTERM', 'SIGINT'] as const) run.child.kill(signal);
  assert.equal(await run.exit, 0);
  const messages = run
    .stderr()
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: string }).msg);
  assert.deepEqual(messages, ['started', 'stopped']);
  // With the reason `io server disconnect`, Socket.IO's client would not reconnect by itself.
  assert.equal(await lost, 'transport close');
});

test('SIGTERM finishes what is open, accepts nothing new, and waits for no hanging client', async (t) => {
  const run = startServerProcess(t, {});
  const url = await run.url;
  const { hostname, port } = new URL(url);
  const bare = (...lines: string[]) =>
    new Promise<Socket>((resolve) => {
      const socket = connectTcp({ host: hostname, port: Number(port) }, () => {
        socket.write(lines.join('\r\n'));
        resolve(socket);
      });
      socket.on('error', () => undefined);
      t.after(() => void socket.destroy());
    });
  const upgrade = [
    'Host: a',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    '',
    '',
  ];
  // Clients that send nothing, send half a request, never read, never introduce themselves, or ask for missing files.
  const hung = [
    await bare(''),
    await bare('GET / HTTP/1.1', 'Host:'),
    await bare('POST /api/announcements HTTP/1.1', 'Host: a', 'Content-Length: 100', '', '{'),
    await bare('GET /socket.io/?EIO=4&transport=websocket HTTP/1.1', ...upgrade),
    await bare('GET /elsewhere HTTP/1.1', ...upgrade),
  ];
  hung[3]?.pause();
  const [ann, pol] = [await connectClient(t, url), await connectClient(t, url, { transports: ['polling'] })];
  for (const client of [ann, pol]) await client.request('room:join', { room: 'a' });
  const say = (client: TestClient) =>
    Array.from({ length: 40 }, (_, index) =>
      client.answer('chat:send', { room: 'a', clientId: `${index}`, text: 'amid the end' }),
    );
  const answers = say(ann);
  // A client with long polling has sent few of its messages by then, so not all of them need an answer.
  const others = Promise.allSettled(say(pol));
  await answers[0];
  const began = performance.now();
  run.child.kill('SIGTERM');
  for (const answer of await Promise.all(answers))
    assert.ok(answer.ok || answer.error.code === 'timeout', 'each command is answered');
  await others;
  assert.equal(await run.exit, 0);
  assert.ok(performance.now() - began < 10_000, `it took ${Math.round(performance.now() - began)} ms`);
});

for (const [closing, word, least] of [
  ['stuck', 'stopping took too long.', 9_000 / 20],
  ['failing', 'stopping failed: Error: no way', 0],
] as const) {
  test(`what is ${closing} at the end keeps no process alive, and the exit code tells`, async (t) => {
    const server = await startKillable(t, { CLOSING: closing, TOKEN_SECRET }, 'test/support/server/stuck-server.ts');
    const began = performance.now();
    assert.equal(await within(server.stop(), 'the end of the process', 20_000), 1);
    assert.ok(performance.now() - began >= least, 'the command gets its time');
    assert.deepEqual(
      server.output.filter((line) => line.startsWith('sarangbang:')),
      [`sarangbang: ${word}`],
    );
    assert.ok(
      server.output.every((line) => !line.includes('stopped')),
      'and no line says so',
    );
  });
}

test('SIGTERM waits until all changes are on disk, even unacknowledged ones', async (t) => {
  const dataDir = await makeDirectory(t);
  const first = startServerProcess(t, { DATA_DIR: dataDir });
  const [ann, ben] = [await connectClient(t, await first.url), await connectClient(t, await first.url)];
  for (const client of [ann, ben]) await client.request('room:join', { room: 'a' });
  const { epoch } = await ann.once('participant:joined');
  first.child.kill('SIGTERM');
  assert.equal(await first.exit, 0);
  const second = startServerProcess(t, { DATA_DIR: dataDir });
  const again = await connectClient(t, await second.url, { auth: { resumeToken: ben.session.resumeToken } });
  const { rooms } = await again.request('room:join', { room: 'a' });
  assert.deepEqual([rooms[0]?.epoch, rooms[0]?.participants[0]?.role], [epoch, 'participant']);
});

test('clients reconnect by themselves to the next server', async (t) => {
  const parent = await makeDirectory(t);
  const first = startServerProcess(t, { DATA_DIR: parent });
  const url = await first.url;
  const ann = await connectClient(t, url, { reconnects: true });
  const { id } = ann;
  await ann.request('room:join', { room: 'a' });
  first.child.kill('SIGTERM');
  assert.equal(await first.exit, 0);
  const second = startServerProcess(t, { DATA_DIR: parent, PORT: new URL(url).port });
  await second.url;
  await ann.once('session:ready', () => ann.all('session:ready').length > 1, 'the greeting after the return', 15_000);
  assert.equal(ann.id, id);
  await ann.request('room:join', { room: 'a' });
  second.child.kill('SIGTERM');
  assert.equal(await second.exit, 0);
});

test('while it ends, it is not ready, accepts nobody and answers accepted commands', async (t) => {
  // The keys for tokens come from a slow server, so the `room:join` of a participant with a token stays unanswered.
  let answerKeys: () => void = () => undefined;
  const keys = createServer((_request, response) => {
    answerKeys = () => response.end('{"keys":[]}');
  });
  const asked = new Promise((resolve) => keys.once('request', resolve));
  const jwksUrl = await listen(keys);
  t.after(() => keys.close());
  const { app, url, connect } = await startApp(t, { tokenJwksUrl: `${jwksUrl}/jwks.json` });
  const [ann, bob] = [await connect(), await connect()];
  const token = await new SignJWT({ rooms: ['a'] })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'k' })
    .setExpirationTime('10m')
    .sign((await generateKeyPair('EdDSA')).privateKey);
  const answer = ann.answer('room:join', { room: 'a', token });
  await within(asked, 'the question for keys');
  const closed = app.close();
  const ready = await fetch(`${url}/readyz`);
  assert.equal(ready.status, 503);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  assert.equal((await refusedConnection(t, url)).code, 'timeout');
  // Commands that arrive just then may still be accepted, so the refusal may come a little later.
  await eventually(
    'commands being refused',
    async () => (await bob.refusal('chat:typing', { room: 'a', typing: true })) === 'timeout',
  );
  answerKeys();
  const { ok } = await answer;
  assert.equal(ok, false, 'answered, though there is no such key');
  await within(closed, 'the end');
});

test('keeps its own key in DATA_DIR, readable by its user only, so that pages resume after a restart', async (t) => {
  const parent = await makeDirectory(t);
  const dataDir = join(parent, 'deeper', 'data');
  const first = startServerProcess(t, { DATA_DIR: dataDir });
  const ann = await connectClient(t, await first.url);
  const { participantId, resumeToken, epoch } = ann.session;
  assert.equal((await stat(join(dataDir, 'resume.key'))).mode & 0o777, 0o600);
  first.child.kill('SIGTERM');
  assert.equal(await first.exit, 0);

  const second = startServerProcess(t, { DATA_DIR: dataDir });
  const again = await connectClient(t, await second.url, { auth: { resumeToken } });
  assert.equal(again.id, participantId);
  assert.notEqual(again.session.epoch, epoch);
  second.child.kill('SIGTERM');
  assert.equal(await second.exit, 0);
  assert.doesNotMatch(
    first.stderr() + second.stderr(),
    new RegExp((await readFile(join(dataDir, 'resume.key'), 'utf8')).slice(0, 16)),
  );
});

test('logs nothing personal above debug, and never messages, tokens or session descriptions', async (t) => {
  for (const level of ['info', 'trace']) {
    const run = startServerProcess(t, {
      LOG_LEVEL: level,
      TOKEN_SECRET,
      TRUST_PROXY: '1',
      ALLOWED_ORIGINS: 'https://allowed.example',
    });
    const url = await run.url;
    const headers = { 'x-forwarded-for': '203.0.113.77' };
    const [ann, ben] = [
      await connectClient(t, url, { headers }),
      await connectClient(t, url, { headers, transports: ['polling'] }),
    ];
    const token = await createToken({
      subject: 'secret-subject',
      name: 'Secret-Name',
      rooms: ['secret-room'],
      role: 'admin',
    });
    for (const client of [ann, ben]) {
      await client.request('room:join', { room: 'secret-room', token, displayName: 'Secret-Name' });
      await client.request('call:join', { room: 'secret-room', joinId: 'secret-join' });
    }
    await ann.request('participant:update', { displayName: 'Secret-Name', token });
    await ann.request('chat:send', { room: 'secret-room', clientId: '1', text: 'secret-text' });
    await ann.request('chat:send', { room: 'secret-room', clientId: '2', text: 'secret-text', to: ben.id });
    await ann.request('announcement:send', { room: 'secret-room', text: 'secret-text' });
    await ann.request('signal:send', {
      room: 'secret-room',
      to: ben.id,
      link: 'l',
      signal: { description: { type: 'offer', sdp: 'secret-sdp' } },
    });
    // Errors are logged, if at all, without the content that caused them.
    await ann.answer('chat:send', { room: 'secret-room', secret: 'secret-field' });
    await ann.answer('room:join', { room: 'secret-other', token: `${token}x` });
    await refusedConnection(t, url, { origin: 'https://secret.example', headers });
    await refusedConnection(t, url, { auth: { resumeToken: 5 }, headers });
    const authorization = `Bearer ${token}`;
    for (const path of ['/api/rooms', '/api/rooms/secret-room/participants', '/api/rooms/%E0%A4%A-secret/participants'])
      await fetch(url + path, { headers: { ...headers, authorization } });
    await fetch(`${url}/api/announcements`, {
      method: 'POST',
      headers: { ...headers, authorization },
      body: '{"secret-text"',
    });
    await ann.request('participant:remove', { room: 'secret-room', participantId: ben.id });
    ben.cut();
    run.child.kill('SIGTERM');
    assert.equal(await run.exit, 0);
    const never = [
      'secret-sdp',
      'secret-text',
      'secret-field',
      token,
      token.split('.')[2] ?? '',
      ann.session.resumeToken,
      ben.session.resumeToken,
    ];
    // Lines about an administrator's call or a page's origin name rooms, administrators and origins on purpose.
    const named = /"msg":"(?:an administrator called|A page was refused)/;
    const others = run
      .stderr()
      .split('\n')
      .filter((line) => !named.test(line))
      .join('\n')
      .toLowerCase();
    if (level === 'info') assert.ok(!others.includes('secret-'), others);
    const personal = ['secret-name', 'secret-join', '203.0.113.77', ann.id, ben.id];
    for (const word of level === 'info' ? [...never, ...personal] : never)
      assert.ok(
        !run.stderr().toLowerCase().includes(word.toLowerCase()),
        `${word} in the log at ${level}: ${run.stderr()}`,
      );
    if (level === 'trace') assert.ok(run.stderr().includes(ann.id), 'at that level, ids are logged');
  }
});
