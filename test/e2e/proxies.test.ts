/** The shipped files for nginx, Caddy and HAProxy, each in front of a server in this process. */
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, test } from 'node:test';
import { createAddressOf } from '../../server/traffic/addresses.ts';
import { askPlainly, GUEST, missingProxy, startProxy } from '../support/server/proxies.ts';
import type { ProxyName } from '../support/server/proxies.ts';
import { connectClient, refusedConnection, startApp } from '../support/server/server.ts';
import { readShipped } from '../support/server/shipped.ts';

const CLAIMED = '203.0.113.9';
const OPERATORS = [
  '/metrics',
  '//metrics',
  '/%6detrics',
  '/metrics/',
  '/metrics?x=1',
  '/x/../metrics',
  '/api/../metrics',
  '/./metrics',
  '/METRICS',
  '/api/rooms/hall/participants',
  '/api/people/kim',
  '/api/announcements',
  '/api/revocations',
  '//api/revocations',
  '/%61pi/revocations',
  '/api/rooms/../revocations',
  '/API/revocations',
];
/** The least timeout of a proxy for a silent connection. The server pings every five seconds. */
const SHORTEST_SILENCE_S = 15;

const TIMEOUTS: Record<ProxyName, { file: string; of: RegExp; atLeast: number }> = {
  nginx: { file: 'nginx.conf', of: /proxy_(?:read|send)_timeout (\d+)s;/g, atLeast: 2 },
  haproxy: { file: 'haproxy.cfg', of: /timeout (?:client|server|tunnel) (\d+)s/g, atLeast: 3 },
  // Caddy waits forever by default.
  caddy: { file: 'Caddyfile', of: /(?:read|write|stream|idle)_\w*timeout (\d+)s/g, atLeast: 0 },
};

for (const name of ['nginx', 'caddy', 'haproxy'] as const) {
  describe(name, { skip: missingProxy(name) }, () => {
    test("passes on pages, WebSockets and polling with the guest's address, and nothing for operators", async (t) => {
      const { app, url } = await startApp(t, { trustProxy: 1 });
      const addressOf = createAddressOf(1);
      const heard: string[] = [];
      const hear = (request: IncomingMessage) => {
        const { upgrade, 'x-forwarded-for': told } = request.headers;
        if (told !== undefined) heard.push(`${upgrade ?? request.method} ${addressOf(request)}`);
      };
      app.httpServer.prependListener('upgrade', hear).prependListener('request', hear);
      const proxy = await startProxy(t, name, [url]);
      const headers = {
        'x-forwarded-for': CLAIMED,
        'x-forwarded-host': 'elsewhere.example',
        'x-forwarded-proto': 'http',
      };

      for (const path of ['/', '/elements.js', '/readyz', '/api/rooms', '/socket.io/socket.io.js']) {
        assert.equal((await proxy.ask(path, headers)).status, 200, path);
      }
      assert.equal((await proxy.ask('/elements.js', { 'accept-encoding': 'br' })).headers['content-encoding'], 'br');
      const through = { agent: proxy.agent, headers, origin: proxy.url };
      const talker = await connectClient(t, proxy.url, { ...through, transports: ['websocket'] });
      const poller = await connectClient(t, proxy.url, { ...through, transports: ['polling'] });
      for (const client of [talker, poller]) await client.settle();
      assert.equal(poller.socket.io.engine.transport.name, 'polling');
      assert.deepEqual([...new Set(heard)].toSorted(), [`GET ${GUEST}`, `POST ${GUEST}`, `websocket ${GUEST}`]);

      const port = new URL(proxy.url).port;
      const otherPort = `https://calls.example:${Number(port) + 1}`;
      const foreign = ['https://elsewhere.example', 'https://calls.example', `http://calls.example:${port}`, otherPort];
      for (const origin of foreign) {
        assert.equal((await refusedConnection(t, proxy.url, { ...through, origin })).code, 'origin-refused', origin);
      }
      for (const path of OPERATORS) {
        const { status, text } = await proxy.ask(path);
        assert.ok(status === 404 || status === 400 || status === 308, `${path}: ${status}`);
        assert.doesNotMatch(text, /sarangbang_|token/, path);
      }
    });

    test('redirects pages without TLS to TLS', async (t) => {
      const { url } = await startApp(t, { trustProxy: 1 });
      const proxy = await startProxy(t, name, [url]);
      const { status, headers } = await askPlainly(proxy.plainPort, '/?room=hall', 'calls.example');
      assert.ok(status === 301 || status === 308, String(status));
      assert.match(String(headers.location), /^https:\/\/calls\.example(?::\d+)?\/\?room=hall$/);
    });

    test('waits longer for data than the server is silent', () => {
      const { file, of, atLeast } = TIMEOUTS[name];
      const seconds = [...readShipped(`server/operating/proxies/${file}`).matchAll(of)].map(([, text]) => Number(text));
      assert.ok(seconds.length >= atLeast);
      assert.deepEqual(
        seconds.filter((value) => value < SHORTEST_SILENCE_S),
        [],
      );
    });
  });
}
