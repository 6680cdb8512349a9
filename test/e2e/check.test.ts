/** `sarangbang check URL`: what a proxy drops from a request, with real servers behind a real nginx. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAll } from '../../server/operating/check/check-command.ts';
import { startNginxWith } from '../support/server/nginx-location.ts';
import { freePort } from '../support/server/redis-server.ts';
import { startApp } from '../support/server/server.ts';

const UPGRADE =
  'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";';
const HOST = 'proxy_set_header Host $http_host;';
const FOR = 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;';
const ALL = `${UPGRADE} ${HOST} ${FOR}`;
/** The header behind two proxies: the first added the guest's address, the second the address of the first proxy. */
const TWO = `${UPGRADE} ${HOST} proxy_set_header X-Forwarded-For "198.51.100.7, 10.0.0.2";`;
const NO_FOR = 'proxy_set_header X-Forwarded-For "";';

type Case = [what: string, headers: string, trustProxy: string, wrong: RegExp[]];

const CASES: Case[] = [
  ['all as it should be', ALL, '1', []],
  ['the proxy named by its address', ALL, '127.0.0.1', []],
  ['no Upgrade', `${HOST} ${FOR}`, '1', [/Upgrade is lost/]],
  ['HTTP/1.0', `proxy_http_version 1.0; ${HOST} ${FOR}`, '1', [/Upgrade is lost/]],
  [
    'Host without its port',
    `${UPGRADE} proxy_set_header Host $host; ${FOR}`,
    '1',
    [/Host is lost on the way, or its port/],
  ],
  ['Host of the upstream', `${UPGRADE} ${FOR}`, '1', [/Host is lost/]],
  [
    'Host of the upstream, and X-Forwarded-Host',
    `${UPGRADE} ${FOR} proxy_set_header X-Forwarded-Host $http_host;`,
    '1',
    [],
  ],
  [
    'no X-Forwarded-For, which is waited for',
    `${UPGRADE} ${HOST} ${NO_FOR}`,
    '1',
    [/no X-Forwarded-For arrives, although a proxy is trusted/],
  ],
  ['no X-Forwarded-For', `${UPGRADE} ${HOST} ${NO_FOR}`, '0', [/no X-Forwarded-For arrives/]],
  ['no TRUST_PROXY', ALL, '0', [/is not trusted \(TRUST_PROXY is 0\)/]],
  ['TRUST_PROXY for somewhere else', ALL, '10.0.0.0/8', [/is not trusted \(TRUST_PROXY is 10\.0\.0\.0\/8\)/]],
  [
    'one proxy more than TRUST_PROXY says',
    TWO,
    '1',
    [/arrives with 2 addresses, and 1 of them are trusted \(TRUST_PROXY is 1\)/],
  ],
  ['two proxies, of which one is named', TWO, '127.0.0.1', [/arrives with 2 addresses.*name every proxy/]],
  ['as many proxies as TRUST_PROXY says', TWO, '2', []],
  ['two proxies, both named', TWO, '127.0.0.1,10.0.0.2', []],
  ['neither Upgrade nor TRUST_PROXY', `${HOST} ${FOR}`, '0', [/Upgrade is lost/, /is not trusted/]],
  [
    'neither Host nor X-Forwarded-For',
    `${UPGRADE} ${NO_FOR}`,
    '1',
    [/Host is lost/, /no X-Forwarded-For arrives, although a proxy is trusted/],
  ],
];

const wrongOf = async (url: string, trustProxy = '0') => {
  const findings = await findAll([url], { DATA_DIR: ':memory:', STUN_URLS: '', TRUST_PROXY: trustProxy });
  return findings.filter(({ part, verdict }) => part === 'proxy' && verdict === 'wrong').map(({ text }) => text);
};

function assertWrong(found: string[], wrong: readonly RegExp[], what: string): void {
  assert.equal(found.length, wrong.length, `${what}: ${found.join('\n')}`);
  for (const pattern of wrong)
    assert.ok(
      found.some((text) => pattern.test(text)),
      `${what}: ${pattern} in ${found.join('\n')}`,
    );
}

test('names what a proxy drops: Upgrade, Host or its port, X-Forwarded-For, TRUST_PROXY', async (t) => {
  const settings = [...new Set(CASES.map(([, , trustProxy]) => trustProxy))];
  const servers = new Map<string, string>();
  for (const trustProxy of settings) servers.set(trustProxy, (await startApp(t, { trustProxy })).url);
  // One nginx serves all cases, each under a path of its own. The command supports a server under a path.
  const locations = CASES.map(
    ([, headers, trustProxy], index) => `location /${index}/ { proxy_pass ${servers.get(trustProxy)}/; ${headers} }`,
  );
  const url = await startNginxWith(t, locations.join('\n'));
  for (const [index, [what, , trustProxy, wrong]] of CASES.entries()) {
    assertWrong(await wrongOf(`${url}/${index}`, trustProxy), wrong, what);
  }
});

test('names a server out of reach, a different server, and a path that blocks WebSockets', async (t) => {
  const { url: server } = await startApp(t);
  const url = await startNginxWith(
    t,
    `
    location /dead/ { proxy_pass http://127.0.0.1:${await freePort()}/; }
    location /other/ { return 404; }
    location /moved/ { return 301 https://calls.example/; }
    location /half/readyz { proxy_pass ${server}/readyz; ${ALL} }
    location /half/ { return 404; }`,
  );
  const cases: [path: string, wrong: RegExp[]][] = [
    ['dead', [/answers 502: it does not reach the server/]],
    ['other', [/answered with 404, and not by this server/]],
    ['moved', [/leads to https:\/\/calls\.example\/: give that address/]],
    ['half', [/WebSocket is answered with 404, and not by this server/, /is not trusted/]],
  ];
  for (const [path, wrong] of cases) assertWrong(await wrongOf(`${url}/${path}/`), wrong, path);
});

test('finds nothing missing without a proxy, unless one is trusted', async (t) => {
  const [open, trusting] = [await startApp(t), await startApp(t, { trustProxy: 1 })];
  assertWrong(await wrongOf(open.url), [], 'no proxy');
  assertWrong(await wrongOf(trusting.url, '1'), [/no proxy stands here/], 'one is believed');
});
