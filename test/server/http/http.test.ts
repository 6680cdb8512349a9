import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { pino } from 'pino';
import { TOKEN_SECRET, createToken } from '../../support/server/grants.ts';
import { POLLING_SKIPPED, refusedConnection, startApp } from '../../support/server/server.ts';

const MODULE = 'export const module = true;\n';
const CHUNK = 'export const chunk = true;\n';
/** The longest name that a chunk gets. */
const LONG_PATH = 'chunks/a-capability-that-loads-late-ABCDEFGH.js';

async function startWithBuild(t: TestContext): Promise<string> {
  const webDirectory = await mkdtemp(join(tmpdir(), 'sarangbang-web-'));
  t.after(() => rm(webDirectory, { recursive: true }));
  await mkdir(join(webDirectory, 'chunks'));
  for (const [path, text] of Object.entries({
    'index.html': '<!doctype html>',
    'demo.css': 'body {}',
    'elements.js': MODULE,
    'chunks/a-1f.js': CHUNK,
    [LONG_PATH]: CHUNK,
    [`${LONG_PATH}.map`]: '{}',
  })) {
    await writeFile(join(webDirectory, path), text);
    if (!path.endsWith('.js')) continue;
    await writeFile(join(webDirectory, `${path}.br`), brotliCompressSync(text));
    await writeFile(join(webDirectory, `${path}.gz`), gzipSync(text));
  }
  return (await startApp(t, {}, { webDirectory })).url;
}

/** Like `fetch`, but sends every given header and does not decompress the body. */
async function get(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ status: number; headers: IncomingMessage['headers']; rawHeaders: string[]; body: Buffer }> {
  const [response] = (await once(httpRequest(url, { method, headers }).end(), 'response')) as [IncomingMessage];
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    rawHeaders: response.rawHeaders,
    body: Buffer.concat((await response.toArray()) as Buffer[]),
  };
}

test('serves modules for revalidation and chunks as immutable, both readable from every origin', async (t) => {
  const url = await startWithBuild(t);
  const module = await get(`${url}/elements.js`, { origin: 'https://blog.example' });
  assert.equal(module.body.toString(), MODULE);
  assert.match(module.headers['content-type'] ?? '', /^(text|application)\/javascript/);
  assert.equal(module.headers['cache-control'], 'no-cache');
  const chunk = await get(`${url}/chunks/a-1f.js`);
  assert.equal(chunk.body.toString(), CHUNK);
  assert.equal(chunk.headers['cache-control'], 'public, max-age=31536000, immutable');
  for (const { headers } of [module, chunk]) {
    assert.equal(headers['access-control-allow-origin'], '*');
    assert.equal(headers['cross-origin-resource-policy'], 'cross-origin');
    assert.equal(headers.vary, 'Accept-Encoding');
  }
  const page = await get(`${url}/`);
  assert.equal(page.headers['access-control-allow-origin'], undefined);
  assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
  assert.equal((await get(`${url}/demo.css`)).headers['cross-origin-resource-policy'], 'same-origin');
});

test('prefers brotli to gzip to no compression, as the client accepts them', async (t) => {
  const url = await startWithBuild(t);
  for (const [accepted, encoding, body] of [
    ['gzip, deflate, br', 'br', brotliCompressSync(MODULE)],
    ['gzip', 'gzip', gzipSync(MODULE)],
    ['br;q=0, gzip', 'gzip', gzipSync(MODULE)],
    ['identity', undefined, Buffer.from(MODULE)],
    ['zstd', undefined, Buffer.from(MODULE)],
  ] as const) {
    const response = await get(`${url}/elements.js`, { 'accept-encoding': accepted });
    assert.equal(response.headers['content-encoding'], encoding, accepted);
    assert.equal(response.headers['content-length'], `${body.length}`);
    assert.deepEqual(response.body, body);
  }
});

test('answers a known tag with 304 and the same headers', async (t) => {
  const url = await startWithBuild(t);
  const first = await get(`${url}/elements.js`, { 'accept-encoding': 'br' });
  const again = await get(`${url}/elements.js`, { 'accept-encoding': 'br', 'if-none-match': first.headers.etag ?? '' });
  assert.equal(again.status, 304);
  assert.equal(again.body.length, 0);
  for (const name of ['etag', 'cache-control', 'vary', 'access-control-allow-origin'])
    assert.equal(again.headers[name], first.headers[name], name);
  const plain = await get(`${url}/elements.js`, { 'if-none-match': first.headers.etag ?? '' });
  assert.equal(plain.status, 200, 'different bytes have a different tag');
  const head = await get(`${url}/elements.js`, {}, 'HEAD');
  assert.deepEqual([head.status, head.body.length, head.headers['content-length']], [200, 0, `${MODULE.length}`]);
});

test('serves nothing outside the build', async (t) => {
  const url = await startWithBuild(t);
  for (const path of [
    '/../package.json',
    '/%2e%2e/package.json',
    '/chunks/../../package.json',
    '/chunks/none.js',
    '/chunks',
    '/%00',
    '/%',
    '/constructor',
  ]) {
    const { status, headers } = await get(url + path);
    assert.ok(status === 404 || status === 400, `${path}: ${status}`);
    assert.doesNotMatch(headers['cache-control'] ?? '', /immutable/);
  }
  assert.equal((await get(`${url}/elements.js`, {}, 'POST')).status, 404);
});

test('lets pages of other origins read that a module is missing, and lets no cache keep that answer', async (t) => {
  const built = await startWithBuild(t);
  const { url: empty } = await startApp(t, {}, { webDirectory: '/nonexistent' });
  for (const [url, method, path, expected] of [
    [built, 'GET', '/chunks/gone-ABCDEFGH.js', 404],
    [built, 'HEAD', '/chunks/gone-ABCDEFGH.js', 404],
    [built, 'GET', '/chunks/gone-ABCDEFGH.js.map', 404],
    [built, 'GET', '/chunks/gone-ABCDEFGH.js.again.js?3', 404],
    [built, 'GET', '/chunks/a-1f.js/', 404],
    [built, 'GET', '/chunks/', 404],
    [built, 'POST', '/chunks/a-1f.js', 404],
    [built, 'GET', '/define.js', 404],
    [empty, 'GET', '/elements.js', 503],
    [empty, 'GET', '/chunks/gone-ABCDEFGH.js', 503],
  ] as const) {
    const { status, headers } = await get(url + path, { origin: 'https://blog.example' }, method);
    assert.equal(status, expected, `${method} ${path}`);
    assert.equal(headers['access-control-allow-origin'], '*', `${method} ${path}`);
    assert.equal(headers['cross-origin-resource-policy'], 'cross-origin', `${method} ${path}`);
    assert.equal(headers['cache-control'], 'no-store', `${method} ${path}`);
  }
  const other = await get(`${built}/nothing.js`, { origin: 'https://blog.example' });
  assert.equal(other.headers['access-control-allow-origin'], undefined);
});

test('without a build, shows one clear line and works otherwise', async (t) => {
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  const { url, connect } = await startApp(t, {}, { webDirectory: '/nonexistent', log });
  for (const path of ['/', '/elements.js']) {
    const { status, body } = await get(url + path);
    assert.equal(status, 503);
    assert.match(body.toString(), /npm run build/);
  }
  assert.equal(lines.filter((line) => /npm run build/.test(line)).length, 1);
  await (await connect()).request('room:join', { room: 'a' });
});

test('sends security headers', async (t) => {
  const url = await startWithBuild(t);
  const { headers } = await get(`${url}/`);
  const policy = String(headers['content-security-policy']);
  for (const directive of [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self' ws: wss:",
    "object-src 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types lit-html 'allow-duplicates'",
  ]) {
    assert.ok(policy.split(';').includes(directive), `${directive} in ${policy}`);
  }
  assert.doesNotMatch(policy, /unsafe|upgrade-insecure/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  for (const feature of ['camera', 'microphone', 'display-capture', 'speaker-selection'])
    assert.ok(String(headers['permissions-policy']).includes(`${feature}=(self)`), feature);
  assert.match(String(headers['permissions-policy']), /geolocation=\(\)/);
  assert.equal(headers['x-powered-by'], undefined);
});

test('sends only the headers that matter for an answer that is no page', async (t) => {
  const url = await startWithBuild(t);
  const paths = [
    '/elements.js',
    '/chunks/a-1f.js',
    `/${LONG_PATH}`,
    '/demo.css',
    '/api/rooms',
    '/api/nothing',
    '/nothing',
    '/metrics',
    '/healthz',
  ];
  if (!POLLING_SKIPPED) paths.push('/socket.io/?EIO=4&transport=polling');
  for (const path of paths) {
    const { headers, rawHeaders } = await get(url + path, { 'accept-encoding': 'gzip, deflate, br' });
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    assert.deepEqual(
      ['content-security-policy', 'permissions-policy', 'x-frame-options', 'referrer-policy'].filter(
        (name) => name in headers,
      ),
      [],
      path,
    );
    let bytes = 'HTTP/1.1 200 OK\r\n\r\n'.length;
    for (const [index, text] of rawHeaders.entries())
      if (rawHeaders[index - (index % 2)]?.toLowerCase() !== 'link') bytes += text.length + 2;
    assert.ok(bytes <= 450, `${path}: ${bytes} bytes of headers`);
  }
  const { headers } = await get(`${url}/`);
  for (const name of [
    'content-security-policy',
    'permissions-policy',
    'x-frame-options',
    'referrer-policy',
    'x-content-type-options',
  ])
    assert.ok(name in headers, name);
});

test('lists public rooms, readable by pages that may connect', async (t) => {
  const { url, connect } = await startApp(t, { allowedOrigins: ['https://blog.example'] });
  const ann = await connect();
  await ann.request('room:join', { rooms: ['a', 'b'] });
  await ann.request('room:join', { room: 'c', unlisted: true });
  await ann.request('call:join', { room: 'b', joinId: 'j' });
  const allowed = await get(`${url}/api/rooms`, { origin: 'https://blog.example' });
  assert.deepEqual(JSON.parse(allowed.body.toString()), [
    { name: 'a', participantCount: 1, inCallCount: 0, locked: false },
    { name: 'b', participantCount: 1, inCallCount: 1, locked: false },
  ]);
  assert.equal(allowed.headers['access-control-allow-origin'], 'https://blog.example');
  const refused = await get(`${url}/api/rooms`, { origin: 'https://other.example' });
  assert.equal(refused.headers['access-control-allow-origin'], undefined);
  for (const { headers } of [allowed, refused]) assert.match(headers.vary ?? '', /Origin/);
});

test('lets a page of another allowed origin send its grant for the list, and no other header', async (t) => {
  const { url } = await startApp(t, { allowedOrigins: ['https://blog.example'], tokenSecret: TOKEN_SECRET });
  const ask = (origin: string, path = '/api/rooms') =>
    fetch(`${url}${path}`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
    });
  const { status, headers } = await ask('https://blog.example');
  assert.equal(status, 204);
  assert.equal(headers.get('access-control-allow-origin'), 'https://blog.example');
  assert.deepEqual(
    [headers.get('access-control-allow-methods'), headers.get('access-control-allow-headers')],
    ['GET', 'Authorization'],
  );
  assert.match(headers.get('vary') ?? '', /Origin/);
  for (const response of [
    await ask('https://other.example'),
    await ask('https://blog.example', '/api/rooms/a/participants'),
  ]) {
    for (const name of ['allow-origin', 'allow-headers'])
      assert.equal(response.headers.get(`access-control-${name}`), null);
  }
  const list = (origin: string, token: string) =>
    fetch(`${url}/api/rooms`, { headers: { origin, authorization: `Bearer ${token}` } });
  const good = await list('https://blog.example', await createToken({ rooms: ['a'] }));
  assert.deepEqual(
    [good.status, good.headers.get('access-control-allow-origin'), await good.json()],
    [200, 'https://blog.example', []],
  );
  const bad = await list('https://blog.example', 'bad');
  assert.deepEqual(
    [bad.status, bad.headers.get('access-control-allow-origin')],
    [401, 'https://blog.example'],
    'the page may read the reason',
  );
});

test('answers health, readiness and figures', async (t) => {
  const { url, connect } = await startApp(t);
  const [ann, ben] = [await connect(), await connect()];
  for (const client of [ann, ben]) {
    await client.request('room:join', { room: 'a' });
    await client.request('call:join', { room: 'a', joinId: client.id });
  }
  await ann.request('room:join', { room: 'where nobody calls' });
  await ann.request('signal:send', { room: 'a', to: ben.id, link: 'l', signal: {} });
  await ann.request('chat:send', { room: 'a', clientId: '1', text: 'x' });
  await ann.refusal('chat:send', { room: 'b', clientId: '1', text: 'x' });
  await ann.refusal('room:join', { room: '' });
  await refusedConnection(t, url, { origin: 'https://other.example' });
  assert.deepEqual([(await get(`${url}/healthz`)).status, (await get(`${url}/readyz`)).status], [200, 200]);
  const { headers, body } = await get(`${url}/metrics`);
  assert.match(headers['content-type'] ?? '', /^text\/plain/);
  const lines = body.toString().split('\n');
  for (const line of [
    'sarangbang_participants 2',
    'sarangbang_rooms 2',
    'sarangbang_calls 1',
    'sarangbang_cuts_total 0',
    'sarangbang_joins_total{result="ok"} 3',
    'sarangbang_joins_total{result="room-invalid"} 1',
    'sarangbang_refusals_total{code="not-in-room"} 1',
    'sarangbang_refusals_total{code="origin-refused"} 1',
    'sarangbang_command_seconds_count{command="room:join"} 3',
    'sarangbang_command_seconds_count{command="chat:send"} 1',
    'sarangbang_signal_seconds_count 1',
  ])
    assert.ok(lines.includes(line), line);
  for (const figure of [
    /^sarangbang_connections [23]$/,
    /^sarangbang_event_loop_lag_seconds \d/,
    /^sarangbang_signal_seconds_bucket\{le="0.001"\} \d/,
    /^sarangbang_resident_bytes \d{8,}$/,
    /^sarangbang_heap_used_bytes \d{7,}$/,
  ]) {
    assert.ok(
      lines.some((line) => figure.test(line)),
      String(figure),
    );
  }
});

test('serves the library of Socket.IO for clients written by others', async (t) => {
  const { url } = await startApp(t);
  const { status, headers } = await get(`${url}/socket.io/socket.io.js`);
  assert.equal(status, 200);
  assert.match(headers['content-type'] ?? '', /javascript/);
});
