import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { POLLING_SKIPPED, refusedConnection, startApp } from '../../support/server/server.ts';

const ELSEWHERE = 'https://blog.example';

for (const transports of [['websocket'], ['polling']] as const) {
  test(
    `over ${transports[0]}, the server's own pages and clients that are no pages may connect, and others learn why not`,
    { skip: transports[0] === 'polling' && POLLING_SKIPPED },
    async (t) => {
      const { url, connect } = await startApp(t);
      await connect({ transports: [...transports] });
      await connect({ transports: [...transports], origin: url });
      for (const origin of [ELSEWHERE, 'null', url.replace('127.0.0.1', 'localhost'), `${url}0`, 'not an origin']) {
        const { code, message } = await refusedConnection(t, url, { transports: [...transports], origin });
        assert.equal(code, 'origin-refused', origin);
        assert.match(message, /ALLOWED_ORIGINS/);
      }
    },
  );
}

test('listed origins may connect besides the own one, and null only if it is listed', async (t) => {
  const { url, connect } = await startApp(t, { allowedOrigins: `${ELSEWHERE}/,null` });
  for (const origin of [ELSEWHERE, 'null', url]) await connect({ origin });
  assert.equal((await refusedConnection(t, url, { origin: 'https://other.example' })).code, 'origin-refused');
});

test('* lets every page connect', async (t) => {
  const { connect } = await startApp(t, { allowedOrigins: ['*'] });
  for (const origin of [ELSEWHERE, 'null']) await connect({ origin });
});

test("a proxy's claim about the host counts only if the proxy is trusted", async (t) => {
  const headers = { 'x-forwarded-host': 'calls.example', 'x-forwarded-proto': 'https' };
  const [plain, one, listed, unlisted] = [
    await startApp(t),
    await startApp(t, { trustProxy: 1 }),
    await startApp(t, { trustProxy: '10.0.0.0/8,127.0.0.1' }),
    await startApp(t, { trustProxy: '10.0.0.0/8' }),
  ];
  for (const app of [one, listed]) {
    await app.connect({ origin: 'https://calls.example', headers });
    assert.equal(
      (await refusedConnection(t, app.url, { origin: 'http://calls.example', headers })).code,
      'origin-refused',
    );
  }
  for (const app of [plain, unlisted]) {
    assert.equal(
      (await refusedConnection(t, app.url, { origin: 'https://calls.example', headers })).code,
      'origin-refused',
    );
  }
});

test('of several entries of proxies the last counts, because a guest may have written the first', async (t) => {
  const { url, connect } = await startApp(t, { trustProxy: 1 });
  const headers = { 'x-forwarded-host': 'evil.example, calls.example', 'x-forwarded-proto': 'http, https' };
  await connect({ origin: 'https://calls.example', headers });
  for (const origin of ['http://evil.example', 'https://evil.example', 'http://calls.example']) {
    assert.equal((await refusedConnection(t, url, { origin, headers })).code, 'origin-refused', origin);
  }
});

test('a page may set no header of its own on the wire', { skip: POLLING_SKIPPED }, async (t) => {
  const { url } = await startApp(t, { trustProxy: 1 });
  const response = await fetch(`${url}/socket.io/?EIO=4&transport=polling`, {
    method: 'OPTIONS',
    headers: {
      origin: ELSEWHERE,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'x-forwarded-host',
    },
  });
  assert.equal(response.headers.get('access-control-allow-headers'), null);
});

/** Names in the `Host` header that may resolve to this machine, and whether the server takes them for its own. */
const NAMES: [name: string, own: boolean][] = [
  ['localhost', true],
  ['app.localhost', true],
  ['127.0.0.1', true],
  ['[::1]', true],
  ['10.1.2.3', true],
  ['intranet', true],
  ['calls.test', true],
  ['calls.lan', true],
  ['printer.local', true],
  ['box.home.arpa', true],
  ['rebind.example', false],
  ['evil.com', false],
  ['127.0.0.1.nip.io', false],
  ['localhost.evil.example', false],
  ['local.evil.net', false],
  ['evil.example.', false],
];

test('refuses a foreign name that points to this machine, unless there may be a proxy', async (t) => {
  const { url, connect } = await startApp(t, { trustProxy: 0 });
  const behind = [await startApp(t, { trustProxy: 1 }), await startApp(t, { allowedOrigins: [ELSEWHERE] })];
  for (const [name, own] of NAMES) {
    const host = `${name}:${new URL(url).port}`;
    for (const origin of [`http://${host}`, undefined]) {
      const options = { headers: { host }, ...(origin !== undefined && { origin: new URL(origin).origin }) };
      if (own) await connect(options);
      else assert.equal((await refusedConnection(t, url, options)).code, 'origin-refused', `${name} ${origin}`);
      for (const app of behind) await app.connect(options);
      await connect({ ...options, headers: { host, 'x-forwarded-for': '203.0.113.7' } });
    }
    // An `https` origin shows that there is a proxy, because this server itself speaks no TLS.
    await connect({ headers: { host }, origin: new URL(`https://${host}`).origin });
  }
});

test('every origin can read polling answers, so that a page can learn why it is refused', async (t) => {
  const { url } = await startApp(t);
  const response = await fetch(`${url}/socket.io/?EIO=4&transport=polling`, { headers: { origin: ELSEWHERE } });
  assert.equal(response.headers.get('access-control-allow-origin'), ELSEWHERE);
});

test('tells an outdated client to reload, and takes one without a version as current', async (t) => {
  const { url, connect } = await startApp(t);
  const { code, message } = await refusedConnection(t, url, { auth: { version: 0 } });
  assert.equal(code, 'version-mismatch');
  assert.match(message, /Reload/);
  assert.equal((await connect({ auth: { version: 1 } })).session.version, 1);
});

test('refuses a malformed handshake', async (t) => {
  const { url } = await startApp(t);
  for (const auth of [{ version: 'x' }, { resumeToken: 5 }, { resumeToken: 'x'.repeat(5_000) }, { version: {} }]) {
    assert.equal((await refusedConnection(t, url, { auth })).code, 'payload-invalid');
  }
});

test('logs the two origins that were compared, cut, at most ten times a minute', async (t) => {
  const lines: { level: number; origin: string; own: string }[] = [];
  const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line) as never) });
  const { url } = await startApp(t, { trustProxy: 1 }, { log });
  const host = new URL(url).host;
  const refuse = (origin: string, headers: Record<string, string> = {}) =>
    refusedConnection(t, url, { origin, headers });
  await refuse(ELSEWHERE);
  await refuse('https://calls.example:8443', { 'x-forwarded-host': 'calls.example', 'x-forwarded-proto': 'https' });
  await refuse('https://calls.example', { 'x-forwarded-proto': 'http', 'x-forwarded-host': 'calls.example' });
  await refuse('null');
  await refuse(`https://${'a'.repeat(3_000)}.example`);
  const told = lines.filter((line) => 'own' in line);
  assert.deepEqual(
    told.slice(0, 4).map(({ origin, own, level }) => [origin, own, level]),
    [
      [ELSEWHERE, `https://${host}`, 40],
      ['https://calls.example:8443', 'https://calls.example', 40],
      ['https://calls.example', 'http://calls.example', 40],
      ['null', told[3]?.own, 40],
    ],
  );
  assert.ok(told.every(({ origin, own }) => origin.length <= 100 && own.length <= 100));
  // A refused origin is logged for the list of rooms over HTTP too.
  const refusedPage = await fetch(`${url}/api/rooms`, { headers: { origin: 'https://list.example' } });
  assert.equal(refusedPage.headers.get('access-control-allow-origin'), null);
  assert.equal(lines.filter((line) => line.origin === 'https://list.example').length, 1);
  for (let count = 0; count < 10; count++) await refuse(`https://page-${count}.example`);
  assert.equal(lines.filter((line) => 'own' in line).length, 10);
});
