/** The server's trial of its TURN relay: what it finds with a real one (coturn), and what it logs and reports. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pino } from 'pino';
import { readConfig } from '../../../server/config/config.ts';
import { tryRelay } from '../../../server/turn/allocate.ts';
import type { RelayState } from '../../../server/metrics.ts';
import { RelayWatch } from '../../../server/turn/relay-watch.ts';
import { parseTurnUrl } from '../../../server/turn/stun-transport.ts';
import { createHolder } from '../../support/server/allocations.ts';
import { makeDirectory } from '../../support/server/backends.ts';
import { startNode } from '../../support/server/nodes.ts';
import { freePort } from '../../support/server/redis-server.ts';
import { readShipped } from '../../support/server/shipped.ts';
import { OPEN_RELAY, startTurnServer } from '../../support/server/turn-server.ts';
import type { TurnServer } from '../../support/server/turn-server.ts';
import { eventually } from '../../support/waiting.ts';

let relay: TurnServer;
let certificate: { cert: string; key: string };

before(async (t) => {
  const directory = await makeDirectory(t as never);
  certificate = { cert: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      certificate.key,
      '-out',
      certificate.cert,
      ...names,
    ],
    { stdio: 'ignore' },
  );
  relay = await startTurnServer({ tls: certificate });
});
after(() => relay.stop());

const HOUR_MS = 3_600_000;

/** A server that never answers, over UDP and TCP. */
async function startSilence(): Promise<{ port: number; close(): void }> {
  const server = createServer((socket) => void socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = createSocket('udp4').bind(port, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port,
    close() {
      server.close();
      socket.close();
    },
  };
}

interface Case {
  what: string;
  url: string;
  secret?: string;
  clockMs?: number;
  state: RelayState;
}

test('tells a good relay from one with a wrong secret, clock or certificate and an unreachable one', async (t) => {
  const closed = await freePort();
  const silence = await startSilence();
  t.after(() => silence.close());
  const dead = await startTurnServer();
  await dead.stop();
  const { port, tlsPort, secret } = relay;
  const cases: Case[] = [
    { what: 'over UDP', url: `turn:127.0.0.1:${port}?transport=udp`, state: 'up' },
    { what: 'without a transport', url: `turn:127.0.0.1:${port}`, state: 'up' },
    { what: 'over TCP', url: `turn:127.0.0.1:${port}?transport=tcp`, state: 'up' },
    { what: 'by a name', url: `turn:localhost:${port}?transport=tcp`, state: 'up' },
    { what: 'wrong secret', url: `turn:127.0.0.1:${port}?transport=udp`, secret: 'of another relay', state: 'refused' },
    {
      what: 'wrong secret over TCP',
      url: `turn:127.0.0.1:${port}?transport=tcp`,
      secret: 'of another relay',
      state: 'refused',
    },
    { what: 'an hour late', url: `turn:127.0.0.1:${port}?transport=udp`, clockMs: -HOUR_MS, state: 'clock' },
    { what: 'an hour late over TCP', url: `turn:127.0.0.1:${port}?transport=tcp`, clockMs: -HOUR_MS, state: 'clock' },
    {
      what: 'late, and the wrong secret',
      url: `turn:127.0.0.1:${port}`,
      clockMs: -HOUR_MS,
      secret: 'x',
      state: 'refused',
    },
    { what: 'dead', url: dead.url, state: 'unreachable' },
    { what: 'dead over TCP', url: `turn:127.0.0.1:${dead.port}?transport=tcp`, state: 'unreachable' },
    { what: 'closed port', url: `turn:127.0.0.1:${closed}?transport=udp`, state: 'unreachable' },
    { what: 'closed port over TCP', url: `turn:127.0.0.1:${closed}?transport=tcp`, state: 'unreachable' },
    { what: 'closed port over TLS', url: `turns:127.0.0.1:${closed}`, state: 'unreachable' },
    { what: 'silent', url: `turn:127.0.0.1:${silence.port}?transport=udp`, state: 'unreachable' },
    { what: 'silent over TCP', url: `turn:127.0.0.1:${silence.port}?transport=tcp`, state: 'unreachable' },
    { what: 'silent over TLS', url: `turns:127.0.0.1:${silence.port}?transport=tcp`, state: 'unreachable' },
    { what: 'a name that there is not', url: 'turn:nowhere.invalid:3478', state: 'unreachable' },
    { what: 'a certificate nobody signed', url: `turns:localhost:${tlsPort}?transport=tcp`, state: 'certificate' },
    { what: 'no TLS at all', url: `turns:127.0.0.1:${(await startPlain(t)).port}`, state: 'certificate' },
  ];
  const found = await Promise.all(
    cases.map(async ({ what, url, secret: other = secret, clockMs = 0 }) => {
      const { signal } = new AbortController();
      const report = await tryRelay({ url, secret: other, ttlMs: 300_000, now: () => Date.now() + clockMs, signal });
      return [what, report?.state];
    }),
  );
  assert.deepEqual(
    found,
    cases.map(({ what, state }) => [what, state]),
  );
});

test('ends in time although garbage is collected meanwhile', async (t) => {
  const silence = await startSilence();
  t.after(() => silence.close());
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const collecting = setInterval(collect, 100);
  t.after(() => clearInterval(collecting));
  const { signal } = new AbortController();
  const url = `turn:127.0.0.1:${silence.port}?transport=udp`;
  let state: RelayState | undefined;
  void tryRelay({ url, secret: 'any', ttlMs: 300_000, now: Date.now, signal }).then(
    (report) => (state = report?.state),
  );
  await eventually('the end of the trial', () => state === 'unreachable', 12_000);
});

test('gives the address back, so that a relay with a single one is up again within moments', async (t) => {
  const small = await startTurnServer({ configuration: 'use-auth-secret\nfingerprint\nrealm=test\ntotal-quota=1' });
  t.after(() => small.stop());
  const { signal } = new AbortController();
  const trial = { url: small.url, secret: small.secret, ttlMs: 300_000, now: Date.now, signal };
  for (const time of ['first', 'second', 'third']) {
    await eventually(`that it is up the ${time} time`, async () => (await tryRelay(trial))?.state === 'up');
  }
});

test('the shipped configuration gives a participant all addresses of a full call, and no flood', async (t) => {
  const configuration = readShipped('server/turn/turnserver.conf');
  const shipped = await startTurnServer({ configuration });
  t.after(() => shipped.stop());
  const chapter = readShipped('server/README.md');
  const urls = /^TURN_URLS='(.*)'$/m.exec(chapter)?.[1]?.split(',') ?? [];
  assert.equal(urls.length, 3);
  const read = (name: string) => Number(new RegExp(`^${name}=(\\d+)$`, 'm').exec(configuration)?.[1]);
  const quota = read('user-quota');
  // Relay addresses of one guest: for each other participant (a moderator may enter a full call) and each URL, times
  // two networks, times two because a link looks for a new path while it holds the old one.
  const needed = readConfig([], {}).callCapacity * urls.length * 2 * 2;
  const guest = createHolder(shipped, 'guest');
  const other = createHolder(shipped, 'other');
  t.after(() => [guest, other].forEach((holder) => holder.release()));
  assert.deepEqual(
    await guest.take(needed),
    Array.from({ length: needed }, () => 0),
  );
  const rest = await guest.take(quota - needed + 1);
  assert.deepEqual(
    rest.toSorted((a, b) => a - b),
    [...Array.from({ length: quota - needed }, () => 0), 486],
  );
  assert.deepEqual(await other.take(3), [0, 0, 0], 'other participants are not affected');
  assert.ok(read('total-quota') <= read('max-port') - read('min-port') + 1, 'each address takes a port');
});

test('reports a relay without credentials as open, and gives its only address back each time', async (t) => {
  const open = await startTurnServer({ configuration: OPEN_RELAY });
  t.after(() => open.stop());
  const { signal } = new AbortController();
  for (const transport of ['udp', 'tcp', 'udp', 'tcp']) {
    const url = `turn:127.0.0.1:${open.port}?transport=${transport}`;
    await eventually(
      `that it is open over ${transport}`,
      async () => (await tryRelay({ url, secret: 'any', ttlMs: 300_000, now: Date.now, signal }))?.state === 'open',
      10_000,
    );
  }
});

/** Speaks something other than TLS, like a web server on the wrong port. */
async function startPlain(t: { after(end: () => void): void }): Promise<{ port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => void server.close());
  return { port: (server.address() as AddressInfo).port };
}

test('reads port and transport from a URL by its scheme, and nothing from other URLs', () => {
  const table: [string, ReturnType<typeof parseTurnUrl>][] = [
    ['turn:a.example', { host: 'a.example', port: 3478, transport: 'udp' }],
    ['TURN:a.example:99?transport=TCP', { host: 'a.example', port: 99, transport: 'tcp' }],
    ['turns:a.example', { host: 'a.example', port: 5349, transport: 'tls' }],
    ['turns:a.example:443?transport=tcp', { host: 'a.example', port: 443, transport: 'tls' }],
    ['turns:a.example?transport=udp', { host: 'a.example', port: 5349, transport: 'dtls' }],
    ['turn:[::1]:99', { host: '::1', port: 99, transport: 'udp' }],
    ['turn:a.example:0', null],
    ['turn:a.example:70000', null],
    ['turn:', null],
    ['stun:a.example', null],
    ['turn:a.example?x=y', null],
  ];
  for (const [url, address] of table) assert.deepEqual(parseTurnUrl(url), address, url);
});

test('logs a line at each change, and none without a change', async (t) => {
  const lines: { state: string; url: string; level: number }[] = [];
  const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line) as never) });
  let [clockMs, turnUrl] = [0, relay.url];
  const config = {
    get turnUrls() {
      return [turnUrl];
    },
    turnSecret: relay.secret,
    turnTtl: 300_000,
  };
  const watch = new RelayWatch({ config, now: () => Date.now() + clockMs, log });
  t.after(() => watch.close());
  const states = () => lines.map(({ state }) => state);
  await eventually('the first line', () => states().length === 1);
  await watch.tryAll();
  clockMs = -HOUR_MS;
  await watch.tryAll();
  await watch.tryAll();
  clockMs = 0;
  await watch.tryAll();
  assert.deepEqual(states(), ['up', 'clock', 'up']);
  assert.deepEqual(
    lines.map(({ level }) => level),
    [30, 40, 30],
  );
  turnUrl = 'turns:127.0.0.1?transport=udp';
  await watch.tryAll();
  assert.equal(lines.length, 3, 'DTLS is not tried');
});

test('a server tries its relays at the start, over TLS too, and is ready in any case', async (t) => {
  const bad = `turn:127.0.0.1:${await freePort()}?transport=tcp`;
  const good = `turns:localhost:${relay.tlsPort}?transport=tcp`;
  const node = await startNode({
    TURN_URLS: `${good},${bad}`,
    TURN_SECRET: relay.secret,
    NODE_EXTRA_CA_CERTS: certificate.cert,
  });
  t.after(() => node.kill());
  const lines = () =>
    node
      .log()
      .split('\n')
      .filter((line) => line.includes('"state"'))
      .map((line) => JSON.parse(line) as { url: string; state: string });
  await eventually('both lines', () => lines().length === 2);
  assert.deepEqual(Object.fromEntries(lines().map(({ url, state }) => [url, state])), {
    [good]: 'up',
    [bad]: 'unreachable',
  });
  assert.equal((await fetch(`${node.url}/readyz`)).status, 200);
  assert.ok(!node.log().includes(relay.secret));
});
