import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createApp } from '../../../server/app.ts';
import { connectClient, listen } from '../../support/server/server.ts';
import { within } from '../../support/waiting.ts';

const theirs = (server: Server) =>
  server.on('request', (request, response) => void response.end(`theirs ${request.url}`));

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  if (server.listening) await new Promise((resolve) => server.close(resolve));
}

async function startBeside(
  t: TestContext,
  order: 'before' | 'after',
): Promise<{ server: Server; url: string; app: Awaited<ReturnType<typeof createApp>> }> {
  const app = await createApp({ dataDir: ':memory:', stunUrls: [], logLevel: 'silent' });
  const server = createServer();
  if (order === 'before') theirs(server);
  app.attach(server);
  if (order === 'after') theirs(server);
  t.after(() => app.close());
  t.after(() => closeServer(server));
  return { server, url: await listen(server), app };
}

const textOf = async (url: string) => (await fetch(url)).text();

for (const order of ['before', 'after'] as const) {
  test(`attached ${order === 'before' ? 'after' : 'before'} their listener: each gets its own requests`, async (t) => {
    const { url, app } = await startBeside(t, order);
    for (const path of [
      '/',
      '/index.html',
      '/theirs',
      '/api/users',
      '/api/roomservice',
      '/socket.io',
      '/socket.iox/',
      '/elements.js/x',
      '/my/elements.js',
      '/healthzz',
    ]) {
      assert.equal(await textOf(url + path), `theirs ${path}`);
    }
    assert.equal(await textOf(`${url}/api/rooms`), '[]');
    assert.equal(await textOf(`${url}/healthz`), 'ok\n');
    assert.match(await textOf(`${url}/metrics?x=1`), /sarangbang_connections/);
    assert.match(await textOf(`${url}/socket.io/socket.io.js`), /Socket\.IO/);
    for (const path of ['/elements.js', '/chunks/x.js', '/api/rooms/x/move'])
      assert.doesNotMatch(await textOf(url + path), /^theirs/);

    for (const transports of [['websocket'], ['polling'], ['polling', 'websocket']] as const) {
      const client = await connectClient(t, url, { transports: [...transports], origin: url });
      await client.request('room:join', { room: 'a' });
    }
    assert.equal((await app.participants('a')).length, 3);
  });
}

test('passes their own WebSockets to them', async (t) => {
  const { server, url } = await startBeside(t, 'before');
  server.on(
    'upgrade',
    (_request, socket: Duplex) =>
      void socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: theirs\r\nConnection: Upgrade\r\n\r\n'),
  );
  const request = httpRequest(`${url}/theirs`, { headers: { connection: 'upgrade', upgrade: 'theirs' } }).end();
  const [response] = await within(once(request, 'upgrade') as Promise<[IncomingMessage]>, 'their upgrade');
  assert.equal(response.headers.upgrade, 'theirs');
  await connectClient(t, url);
});

test('leaves a request that offers an upgrade a plain request where they accept none', async (t) => {
  const { url } = await startBeside(t, 'before');
  const request = httpRequest(`${url}/page`, {
    headers: { connection: 'upgrade, http2-settings', upgrade: 'h2c' },
  }).end();
  const [response] = await within(once(request, 'response') as Promise<[IncomingMessage]>, 'the answer');
  assert.equal(Buffer.concat((await response.toArray()) as Buffer[]).toString(), 'theirs /page');
});

test('leaves the timeouts of their connections alone', async (t) => {
  const { server, url } = await startBeside(t, 'after');
  // With a keep-alive timeout, Node itself would set `socket.timeout` after each answer.
  server.keepAliveTimeout = 0;
  const connected = once(server, 'connection');
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  for (const path of ['/healthz', '/theirs'])
    await within(
      new Promise<void>((resolve, reject) => {
        httpRequest(`${url}${path}`, { agent }, (response) => response.resume().once('end', resolve))
          .once('error', reject)
          .end();
      }),
      path,
    );
  const [socket] = (await connected) as [Socket];
  assert.notEqual(socket.timeout, 10_000, 'a timeout of ours');
});

test('close returns the server unchanged and still listening', async (t) => {
  const { server, url, app } = await startBeside(t, 'after');
  const client = await connectClient(t, url);
  const ended = within(
    new Promise((resolve) => client.socket.once('disconnect', resolve)),
    'the end of the connection',
  );
  await app.close();
  await ended;
  assert.equal(server.listening, true);
  assert.equal(await textOf(`${url}/healthz`), 'theirs /healthz');
  assert.equal(Object.hasOwn(server, 'emit'), false);
  assert.equal(server.listenerCount('upgrade'), 0);
});

test('attaches one app to several servers', async (t) => {
  const { url, app } = await startBeside(t, 'before');
  const other = createServer();
  app.attach(other);
  t.after(() => closeServer(other));
  const [ann, ben] = [await connectClient(t, url), await connectClient(t, await listen(other))];
  for (const client of [ann, ben]) await client.request('room:join', { room: 'a' });
  await ann.once('participant:joined', (fact) => fact.participant.id === ben.id);
});
