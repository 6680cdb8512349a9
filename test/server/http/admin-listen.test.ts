/** With `ADMIN_LISTEN`, the calls of operators and administrators are answered on that address only. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { adminAddressOf, createConfig } from '../../../server/config/config.ts';
import { TOKEN_SECRET, createToken } from '../../support/server/grants.ts';
import { startKillable } from '../../support/server/killable-server.ts';
import { listen, startApp } from '../../support/server/server.ts';
import { eventually } from '../../support/waiting.ts';

async function open(t: TestContext) {
  const { app, url, connect } = await startApp(t, { tokenSecret: TOKEN_SECRET, adminListen: '127.0.0.1:0' });
  assert.ok(app.adminServer && !app.adminServer.listening, 'an embedding program listens itself');
  const adminUrl = await listen(app.adminServer);
  const admin = await createToken({ subject: 'admin', role: 'admin', rooms: ['*'] });
  const ann = await connect();
  await ann.request('room:join', { room: 'a', token: await createToken({ role: 'moderator' }) });
  const ask = async (base: string, method: string, path: string) => {
    const response = await fetch(`${base}${path}`, { method, headers: { authorization: `Bearer ${admin}` } });
    return { status: response.status, text: await response.text() };
  };
  return { app, url, adminUrl, ann, ask };
}

const BOTH = [
  ['GET', '/healthz'],
  ['HEAD', '/readyz'],
  ['GET', '/readyz'],
  ['GET', '/api/rooms'],
  ['OPTIONS', '/api/rooms'],
] as const;

const ADMIN_ALONE = [
  ['GET', '/metrics'],
  ['HEAD', '/metrics'],
  ['GET', '/metrics?x=1'],
  ['GET', '/api/rooms?unlisted=true'],
  ['GET', '/api/rooms/a/participants'],
  ['GET', '/api/rooms/a/waiting'],
  ['POST', '/api/rooms/a/lock'],
  ['DELETE', '/api/rooms/a/call'],
  ['GET', '/api/ROOMS/a/participants'],
  ['GET', '/api/rooms/a/participants/'],
  ['GET', '/api/rooms/%61/participants'],
] as const;

test('answers on each address what it is for', async (t) => {
  const { url, adminUrl, ann, ask } = await open(t);
  for (const [method, path] of BOTH) {
    for (const base of [url, adminUrl])
      assert.ok((await ask(base, method, path)).status < 300, `${method} ${base}${path}`);
  }
  for (const [method, path] of ADMIN_ALONE) {
    assert.equal((await ask(url, method, path)).status, 404, `${method} ${path} in public`);
    assert.equal((await ask(adminUrl, method, path)).status, 200, `${method} ${path} for administrators`);
  }
  for (const path of ['/', '/client.js', '/socket.io/?EIO=4&transport=polling', '/socket.io/socket.io.js']) {
    assert.equal((await ask(adminUrl, 'GET', path)).status, 404, `${path} is for the public address`);
  }
  assert.equal((await ann.once('room:locked')).locked, true);
});

test('answers everything on one address without it', async (t) => {
  const { app, url } = await startApp(t, { tokenSecret: TOKEN_SECRET });
  assert.equal(app.adminServer, null);
  assert.equal((await fetch(`${url}/metrics`)).status, 200);
});

test('mounted on a foreign server, the public address is theirs, and closing ends the other one', async (t) => {
  const { app, adminUrl, ask } = await open(t);
  const foreign = createServer((_request, response) => response.end('theirs'));
  t.after(() => foreign.close());
  app.attach(foreign);
  const url = await listen(foreign);
  for (const path of ['/api/rooms/a/participants', '/metrics', '/api/revocations/x', '/api/people/x']) {
    assert.equal((await ask(url, 'GET', path)).status, 404, path);
  }
  for (const path of ['/api/people', '/api/roomservice', '/api/other', '/api/', '/apis', '/metrics/x']) {
    assert.deepEqual(await ask(url, 'GET', path), { status: 200, text: 'theirs' }, path);
  }
  await app.close();
  assert.equal(app.adminServer?.listening, false);
  await assert.rejects(fetch(`${adminUrl}/healthz`));
});

test('lists all rooms, unlisted ones too, for an admin of every room', async (t) => {
  const { url, connect } = await startApp(t, { tokenSecret: TOKEN_SECRET });
  const [ann, ben] = [await connect(), await connect()];
  await ann.request('room:join', { room: 'a', token: await createToken() });
  await ben.request('room:join', {
    room: 'hidden',
    unlisted: true,
    token: await createToken({ subject: 'ben', rooms: ['hidden'] }),
  });
  const list = async (query: string, role: 'admin' | 'moderator', rooms: string[]) => {
    const headers = { authorization: `Bearer ${await createToken({ role, rooms })}` };
    const response = await fetch(`${url}/api/rooms${query}`, { headers });
    const body = (await response.json()) as { name: string; unlisted?: boolean }[] & { error?: { code: string } };
    return response.ok ? body.map(({ name, unlisted }) => [name, unlisted]) : [response.status, body.error?.code];
  };
  assert.deepEqual((await list('?unlisted=true', 'admin', ['*'])).toSorted(), [
    ['a', false],
    ['hidden', true],
  ]);
  for (const query of ['', '?unlisted=false']) assert.deepEqual(await list(query, 'admin', ['*']), [['a', undefined]]);
  assert.deepEqual(await list('?unlisted=true', 'admin', ['hidden']), [403, 'not-allowed']);
  assert.deepEqual(await list('?unlisted=true', 'moderator', ['*']), [403, 'not-allowed']);
  for (const query of ['?unlisted=yes', '?unlised=true', '?unlisted=true&unlisted=true']) {
    assert.deepEqual(await list(query, 'admin', ['*']), [400, 'payload-invalid'], query);
  }
});

test('accepts an address or a port', () => {
  const good: [given: string | number, host: string, port: number][] = [
    ['127.0.0.1:9090', '127.0.0.1', 9090],
    ['9090', '127.0.0.1', 9090],
    [9090, '127.0.0.1', 9090],
    ['0', '127.0.0.1', 0],
    ['[::1]:9090', '::1', 9090],
    ['localhost:80', 'localhost', 80],
    ['admin.internal:65535', 'admin.internal', 65_535],
  ];
  for (const [given, host, port] of good) {
    assert.deepEqual(adminAddressOf(createConfig({ adminListen: String(given) })), { host, port }, String(given));
  }
  assert.equal(createConfig().adminListen, '');
  for (const given of [
    '65536',
    ':9090',
    '127.0.0.1:',
    '127.0.0.1',
    '::1:9090',
    'http://x:9090',
    '127.0.0.1:http',
    'a b:1',
    '-1',
  ]) {
    assert.throws(
      () => createConfig({ adminListen: given }),
      /adminListen is .*; it may hold an address such as/,
      given,
    );
  }
});

test('the process tells the address of administrators, and a taken one stops the start in one line', async (t) => {
  const { output, url } = await startKillable(t, { ADMIN_LISTEN: '127.0.0.1:0' });
  const said = () => /^sarangbang answers administrators on (http:\/\/127\.0\.0\.1:\d+)$/m.exec(output.join('\n'))?.[1];
  await eventually('the line with the address', said, 20_000);
  assert.equal((await fetch(`${said()}/metrics`)).status, 200);
  assert.equal((await fetch(`${url}/metrics`)).status, 404);
  const taken = new URL(said() ?? '').host;
  await assert.rejects(startKillable(t, { ADMIN_LISTEN: taken }), (error: Error) =>
    error.message.includes(`ADMIN_LISTEN is "${taken}", which another program is using`),
  );
});
