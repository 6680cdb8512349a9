/** `sarangbang check URL` without an HTTP proxy: routers that rewrite addresses, silent paths, a full server. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { checkProxy } from '../../../server/operating/check/proxy.ts';
import type { Finding } from '../../../server/operating/check/finding.ts';
import { readConfig } from '../../../server/config/config.ts';
import { startApp } from '../../support/server/server.ts';

type Said = [Finding['verdict'], RegExp];

/**
 * Passes connections on to `target` from a socket of its own, as a router or a container does. `lets` receives the
 * first data of a connection, and returns false to leave it without an answer.
 */
async function startRouter(t: TestContext, target: string, lets = (_first: string) => true): Promise<string> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => void sockets.add(socket.on('error', () => undefined));
  const passOn = async (socket: Socket, first: Buffer): Promise<void> => {
    let onward: Socket;
    // The system may choose the guest's own port by chance; the check then sees no router.
    do {
      onward = connect(Number(new URL(target).port), '127.0.0.1');
      keep(onward);
      await once(onward, 'connect');
    } while (onward.localPort === socket.remotePort);
    onward.write(first);
    socket.pipe(onward).pipe(socket);
  };
  const server = createServer((socket) => {
    keep(socket);
    socket.once('data', (first) => {
      if (!lets(first.toString())) return;
      socket.pause();
      passOn(socket, first).catch(() => socket.destroy());
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function assertSaid(
  what: string,
  url: string,
  trustProxy: string,
  said: readonly Said[],
  patienceMs = 20_000,
): Promise<void> {
  const config = readConfig([], { DATA_DIR: ':memory:', STUN_URLS: '', TRUST_PROXY: trustProxy });
  const findings = (await checkProxy(url, config, patienceMs)).filter(({ text }) => !text.includes('/metrics'));
  const found = findings.map(({ verdict, text }) => `${verdict}: ${text}`).join('\n');
  assert.deepEqual(
    findings.map(({ verdict }) => verdict),
    said.map(([verdict]) => verdict),
    `${what}: ${found}`,
  );
  for (const [index, [, pattern]] of said.entries()) assert.match(findings[index]!.text, pattern, what);
}

const COMES: Said = ['ok', /a WebSocket comes through/];

test('does not take a router for a proxy, and says where there may be one', async (t) => {
  const table: [trustProxy: string, direct: Said, routed: Said][] = [
    ['0', ['ok', /no proxy stands before the server/], ['warning', /If a proxy stands before the server/]],
    ['10.0.0.0/8', ['ok', /no proxy stands/], ['warning', /If a proxy stands before the server/]],
    ['1', ['wrong', /no proxy stands here/], ['wrong', /If a proxy stands there.*If none does, set TRUST_PROXY to 0/]],
    ['127.0.0.1', ['wrong', /no proxy stands here/], ['wrong', /\(TRUST_PROXY is 127\.0\.0\.1\).*If none does/]],
  ];
  for (const [trustProxy, direct, routed] of table) {
    const { url } = await startApp(t, { trustProxy });
    await assertSaid(`TRUST_PROXY ${trustProxy}, direct`, url, trustProxy, [direct, COMES]);
    await assertSaid(`TRUST_PROXY ${trustProxy}, by a router`, await startRouter(t, url), trustProxy, [routed, COMES]);
  }
});

test('/readyz tells how many addresses came and how many were believed, and no address', async (t) => {
  const table: [trustProxy: string, forwarded: string, said: string][] = [
    ['0', '', 'none; entries=0; believed=0'],
    ['0', '198.51.100.7', 'ignored; entries=1; believed=0'],
    ['1', '', 'missing; entries=0; believed=0'],
    ['1', '198.51.100.7', 'believed; entries=1; believed=1'],
    ['1', '198.51.100.7, 198.51.100.8', 'believed; entries=2; believed=1'],
    ['2', '198.51.100.7, 198.51.100.8', 'believed; entries=2; believed=2'],
    ['2', 'unknown, 198.51.100.8', 'believed; entries=2; believed=1'],
    ['127.0.0.1', '198.51.100.7,10.0.0.1', 'believed; entries=2; believed=1'],
    ['127.0.0.1,10.0.0.0/8', '198.51.100.7,10.0.0.1', 'believed; entries=2; believed=2'],
  ];
  for (const [trustProxy, forwarded, said] of table) {
    const { url } = await startApp(t, { trustProxy });
    const response = await fetch(`${url}/readyz`, { headers: forwarded ? { 'X-Forwarded-For': forwarded } : {} });
    const header = response.headers.get('sarangbang-forwarded') ?? '';
    assert.equal(header.replace(/ peer=\d+;/, ''), said, `TRUST_PROXY ${trustProxy}: ${forwarded}`);
  }
});

test('tells a silent path from a full server', async (t) => {
  const { url } = await startApp(t);
  const silent = await startRouter(t, url, () => false);
  await assertSaid(
    'nothing is logged',
    silent,
    '0',
    [['wrong', /cannot be reached from here \(no answer in time\)/]],
    500,
  );
  const half = await startRouter(t, url, (first) => !first.includes('/socket.io/'));
  await assertSaid(
    'WebSockets alone are',
    half,
    '0',
    [
      ['warning', /If a proxy/],
      ['wrong', /a WebSocket is cut off \(no answer in time\)/],
    ],
    3_000,
  );
  const full = await startApp(t, {}, { caps: { connections: -1 } });
  await assertSaid('a full server', full.url, '0', [
    ['ok', /no proxy/],
    ['wrong', /no place left/],
  ]);
});
