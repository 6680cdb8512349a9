/**
 * Frames without messages: they are counted, answered only as fast as the client reads, and too many end the
 * connection.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { FairWebSocketServer, claimFrames } from '../../../server/traffic/websockets.ts';
import { listen, startApp } from '../../support/server/server.ts';
import { eventually, within } from '../../support/waiting.ts';

const PATH = '/socket.io/?EIO=4&transport=websocket';

/** A WebSocket of the server, and its client. */
async function open(t: TestContext): Promise<{ server: WebSocket; client: WebSocket }> {
  const webSockets = new FairWebSocketServer({ noServer: true });
  const httpServer = createServer();
  const opened = new Promise<WebSocket>((resolve) => {
    httpServer.on('upgrade', (request, socket, head) => webSockets.handleUpgrade(request, socket, head, resolve));
  });
  const url = await listen(httpServer);
  const client = new WebSocket(url.replace('http', 'ws'));
  t.after(() => {
    client.terminate();
    httpServer.close();
    httpServer.closeAllConnections();
  });
  client.on('error', () => undefined);
  const server = await opened;
  server.on('error', () => undefined);
  return { server, client };
}

test('answers a ping, with which proxies and programs keep a connection open', async (t) => {
  const { client } = await open(t);
  if (client.readyState !== WebSocket.OPEN) await once(client, 'open');
  for (const word of ['one', '', 'three']) {
    const answered = once(client, 'pong');
    client.ping(word);
    const [data] = (await within(answered, 'the answer')) as [Buffer];
    assert.equal(data.toString(), word);
  }
});

for (const { what, payload } of [
  { what: 'full', payload: Buffer.alloc(125) },
  { what: 'empty', payload: Buffer.alloc(0) },
]) {
  test(`answers to ${what} pings do not pile up for a client that does not read`, async (t) => {
    const { server, client } = await open(t);
    if (client.readyState !== WebSocket.OPEN) await once(client, 'open');
    let pings = 0;
    let most = 0;
    claimFrames(server, () => {
      pings++;
      most = Math.max(most, server.bufferedAmount);
    });
    client.pause();
    // So many that the answers fill all buffers of the network.
    for (let count = 0; count < 60_000; count++) client.ping(payload);
    await eventually('all pings', () => pings === 60_000, 30_000);
    assert.ok(most <= 1_024, `${most} bytes wait`);
  });
}

/** A raw frame of a client, masked with zeros. */
function frame(opcode: number, payload: Buffer, isLast = true): Buffer {
  return Buffer.concat([Buffer.from([(isLast ? 0x80 : 0) | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

const PING = frame(0x9, Buffer.alloc(125));
const FRAGMENTS = Buffer.concat([
  frame(0x1, Buffer.from('2'), false),
  ...Array.from({ length: 500 }, () => frame(0x0, Buffer.from('x'), false)),
]);

/** A raw connection. Without `reads` it reads nothing. */
async function greet(t: TestContext, url: string, reads: boolean): Promise<Socket> {
  const { port, hostname } = new URL(url);
  const socket = connectTcp(Number(port), hostname);
  t.after(() => socket.destroy());
  socket.on('error', () => undefined);
  socket.write(
    `GET ${PATH} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  await within(once(socket, 'data'), 'the greeting');
  socket.write(frame(0x1, Buffer.from('40{}')));
  if (reads) socket.resume();
  else socket.pause();
  return socket;
}

for (const { what, chunk, reads } of [
  { what: 'pings that are read', chunk: PING, reads: true },
  { what: 'pings whose answers are not read', chunk: PING, reads: false },
  { what: 'empty pings', chunk: frame(0x9, Buffer.alloc(0)), reads: true },
  { what: 'pongs that nobody asked for', chunk: frame(0xa, Buffer.alloc(125)), reads: true },
  { what: 'messages in five hundred pieces', chunk: FRAGMENTS, reads: true },
]) {
  test(`ends a connection with too many frames: ${what}`, async (t) => {
    const app = await startApp(
      t,
      {},
      { allowances: { traffic: { points: 200, duration: 600 } }, pace: 600_000 / 200 / 2 },
    );
    const mallory = await greet(t, app.url, reads);
    const ended = within(new Promise((resolve) => mallory.once('close', resolve)), 'the end of the connection', 20_000);
    // Each batch begins with Engine.IO's pong, so that the connection does not count as lost.
    const many = Buffer.concat([frame(0x1, Buffer.from('3')), ...Array.from({ length: 100 }, () => chunk)]);
    const pump = () => {
      while (!mallory.destroyed && mallory.write(many));
    };
    mallory.on('drain', pump);
    pump();
    // Keeps writing, because a socket that does not read notices only by a write that it is closed.
    await ended;
    const ann = await app.connect();
    await ann.request('room:join', { room: 'a' });
  });
}

test('a WebSocket that takes over from long polling may send two frames, not thousands', async (t) => {
  const { url } = await startApp(t);
  const opened = await (await fetch(`${url}/socket.io/?EIO=4&transport=polling`)).text();
  const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
  const probe = new WebSocket(`${url.replace('http', 'ws')}${PATH}&sid=${sid}`);
  t.after(() => probe.terminate());
  probe.on('error', () => undefined);
  await within(once(probe, 'open'), 'the WebSocket');
  const ended = within(once(probe, 'close'), 'its end');
  for (let count = 0; count < 1_000; count++) probe.send('2probe', () => undefined);
  await ended;
});

for (const transport of ['websocket', 'polling'] as const) {
  test(`ends a connection that said goodbye, although it answers pings: ${transport}`, async (t) => {
    const app = await startApp(t, {}, {});
    const connections = async () =>
      Number(/^sarangbang_connections (\d+)$/m.exec(await (await fetch(`${app.url}/metrics`)).text())?.[1]);
    if (transport === 'websocket') {
      const socket = new WebSocket(`${app.url.replace('http', 'ws')}${PATH}`);
      t.after(() => socket.terminate());
      await within(once(socket, 'open'), 'the WebSocket');
      const greeted = within(
        new Promise<void>(
          (resolve) =>
            void socket.on('message', (data: Buffer) => data.toString().startsWith('42["session:ready"') && resolve()),
        ),
        'the greeting',
      );
      socket.send('40{}');
      await greeted;
      socket.send('41');
      await within(once(socket, 'close'), 'its end');
    } else {
      const polling = `${app.url}/socket.io/?EIO=4&transport=polling`;
      const { sid } = JSON.parse((await (await fetch(polling)).text()).slice(1)) as { sid: string };
      const say = (text: string) => fetch(`${polling}&sid=${sid}`, { method: 'POST', body: text });
      await say('40{}');
      const hear = async () => (await fetch(`${polling}&sid=${sid}`)).text();
      let heard = '';
      while (!heard.includes('42["session:ready"')) heard += await hear();
      const ended = within(
        (async () => {
          for (let last = ''; last !== '1'; last = await hear());
        })(),
        'its end',
      );
      await say('41');
      await ended;
    }
    await eventually('an empty count of connections', async () => (await connections()) === 0);
  });
}
