/**
 * HTTP connections that send no request or half a request, or do not read; and client errors that are no errors of the
 * server.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { HttpSockets } from '../../../server/http/http-sockets.ts';
import { TOKEN_SECRET, createToken } from '../../support/server/grants.ts';
import { listen, startApp } from '../../support/server/server.ts';
import { eventually, within } from '../../support/waiting.ts';

const HALF_HEADERS = 'GET / HTTP/1.1\r\nHost: x\r\nX-Half';
const HALF_BODY = 'POST /api/announcements HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"te';
const HALF_CHUNKED = 'POST /api/announcements HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"tex\r\n';

async function dial(t: TestContext, url: string, text: string): Promise<Socket> {
  const { port, hostname } = new URL(url);
  const socket = connectTcp(Number(port), hostname);
  t.after(() => socket.destroy());
  socket.on('error', () => undefined).resume();
  await within(once(socket, 'connect'), 'a connection');
  if (text !== '') socket.write(text);
  return socket;
}

for (const { what, text } of [
  { what: 'nothing', text: '' },
  { what: 'half the headers', text: HALF_HEADERS },
  { what: 'half a body', text: HALF_BODY },
  { what: 'half a body of unknown length', text: HALF_CHUNKED },
  { what: 'a whole request, and then nothing', text: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' },
  {
    what: 'a whole body that nobody reads, and then nothing',
    text: 'POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx',
  },
  {
    what: 'a body that nobody reads, and half of the next',
    text: `POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx${HALF_HEADERS}`,
  },
]) {
  test(`with too many connections with ${what}, an address loses the longest waiting one`, async (t) => {
    const server = createServer((request, response) => {
      if (request.url === '/slow') return;
      if (request.url === '/unread') return void response.end('x');
      request.resume().on('end', () => response.end('x'));
    });
    let connections = 0;
    // The first two connections count as of a different address. The third is of the tested one, and answered slowly.
    new HttpSockets({
      addressOf: () => (++connections <= 2 ? '198.51.100.9' : '203.0.113.7'),
      idlePerAddress: 3,
    }).watch(server);
    const url = await listen(server);
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    const strangers = [await dial(t, url, text), await dial(t, url, text)];
    const answered = await dial(t, url, 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(server, 'request');
    const sockets: Socket[] = [];
    for (let index = 0; index < 3; index++) sockets.push(await dial(t, url, text));
    const [first] = sockets;
    const ended = within(once(first ?? answered, 'close'), 'the end of the longest wait');
    await dial(t, url, text);
    await ended;
    assert.deepEqual(
      [...strangers, answered, ...sockets.slice(1)].map(({ destroyed }) => destroyed),
      [false, false, false, false, false],
    );
  });
}

test('waits for no missing request, whatever is missing', async (t) => {
  const { url } = await startApp(t);
  await Promise.all(
    [HALF_HEADERS, HALF_BODY, HALF_CHUNKED, ''].map(async (text) => {
      const socket = await dial(t, url, text);
      await within(once(socket, 'close'), JSON.stringify(text), 25_000);
    }),
  );
});

test('ends a connection that takes none of its answers', async (t) => {
  const server = createServer((_request, response) => void response.end('x'.repeat(1_000)));
  new HttpSockets({ addressOf: () => null, idlePerAddress: 3 }).watch(server);
  const url = await listen(server);
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const ends: Promise<unknown>[] = [];
  // A request with an unknown `Expect` is answered by Node itself, the other one by the server's own code.
  for (const header of ['X-Any: x', 'Expect: x']) {
    const connected = once(server, 'connection');
    const client = await dial(t, url, '');
    const [socket] = (await connected) as [Socket];
    client.pause();
    // Their answers are larger than all network buffers, so they have to wait at the server.
    client.write(`GET / HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n`.repeat(200_000));
    ends.push(within(once(socket, 'close'), `the end after ${header}`, 60_000));
  }
  await Promise.all(ends);
});

for (const settings of [{}, { tokenSecret: 'a secret of thirty-two characters' }]) {
  test(`logs no broken request ${settings.tokenSecret === undefined ? 'without' : 'with'} tokens`, async (t) => {
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    const { url } = await startApp(t, settings, { log });
    // The start may log that the web build is missing, which no client has caused.
    lines.length = 0;
    const requests = [
      HALF_HEADERS,
      HALF_BODY,
      HALF_CHUNKED,
      HALF_CHUNKED.replace('5\r\n', 'zz\r\n'),
      HALF_BODY.replace('announcements', 'rooms/a/lock'),
      HALF_BODY.replace('announcements', 'nothing'),
      HALF_BODY.replace('/api/announcements', '/socket.io/?EIO=4&transport=polling'),
      'GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET /api/rooms/%E0%A4%A/participants HTTP/1.1\r\nHost: x\r\n\r\n',
      'nonsense\r\n\r\n',
      'GET /%E0 HTTP/1.1\r\nHost: x\r\n\r\n',
    ];
    for (const text of requests) {
      for (const end of [(socket: Socket) => socket.resetAndDestroy(), (socket: Socket) => socket.end()]) {
        const socket = await dial(t, url, text);
        const closed = once(socket, 'close');
        // When this request is answered, the server has read the half request before it, and maybe begun an answer.
        await fetch(`${url}/healthz`);
        end(socket);
        await closed;
      }
    }
    await fetch(`${url}/healthz`);
    assert.deepEqual(lines, []);
  });
}

test('does not wait for a body that the caller may not send', async (t) => {
  const { url } = await startApp(t);
  const socket = await dial(t, url, HALF_BODY);
  const [answer] = (await within(once(socket, 'data'), 'the answer')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1.1 403/);
});

test('an address pays for its HTTP requests with its allowance; this machine and others do not', async (t) => {
  const app = await startApp(t, { trustProxy: 1 }, { allowances: { crowdWork: { points: 100, duration: 600 } } });
  const ask = (path: string, address: string) =>
    fetch(`${app.url}${path}`, { headers: { 'x-forwarded-for': address } });
  for (const path of ['/api/rooms', '/metrics', '/api/rooms/a/participants']) {
    const address = `203.0.113.${path.length}`;
    let count = 0;
    await eventually('the address having to wait', async () => {
      count++;
      return (await ask(path, address)).status === 429;
    });
    assert.ok(count >= 3 && count <= 7, `${path}: after ${count} requests`);
    const refused = await ask('/api/rooms', address);
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers.get('retry-after')) > 0, 'it says how long to wait');
    assert.equal(((await refused.json()) as { error: { code: string } }).error.code, 'rate-limited');
    const ann = await app.connect({ headers: { 'x-forwarded-for': address } });
    await ann.request('room:join', { room: 'a' });
    assert.equal(
      await ann.refusal('room:join', { room: 'a' }),
      'rate-limited',
      'a participant with more than a small share pays too',
    );
    for (const free of ['/healthz', '/readyz']) assert.equal((await ask(free, address)).status, 200);
  }
  for (let count = 0; count < 20; count++) assert.equal((await ask('/api/rooms', '127.0.0.1')).status, 200);
  assert.equal((await ask('/api/rooms', '198.51.100.9')).status, 200);
});

test('an address that must wait keeps no administrator out', async (t) => {
  const settings = { trustProxy: 1, tokenSecret: TOKEN_SECRET };
  const { url } = await startApp(t, settings, { allowances: { crowdWork: { points: 100, duration: 600 } } });
  const ask = async (path: string, token?: string) =>
    (
      await fetch(`${url}${path}`, {
        headers: { 'x-forwarded-for': '203.0.113.7', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      })
    ).status;
  await eventually('the address having to wait', async () => (await ask('/metrics')) === 429);
  assert.equal(await ask('/api/revocations', await createToken({ role: 'admin', rooms: ['*'] })), 200);
  assert.equal(await ask('/api/revocations', 'made up'), 401);
  assert.equal(await ask('/api/revocations'), 429);
});
