/** Addresses of guests behind proxies, and what the log tells an operator who did not set `TRUST_PROXY`. */
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { createAddressOf } from '../../../server/traffic/addresses.ts';
import { startApp } from '../../support/server/server.ts';

const GUEST = '203.0.113.7';

/** The log of a server after guests connected with `headers`, and one without. */
async function logOf(t: TestContext, trustProxy: number | string, headers: Record<string, string>): Promise<string[]> {
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const { url, connect } = await startApp(t, { trustProxy }, { log });
  // Lines of the start are not caused by guests.
  lines.length = 0;
  for (let count = 0; count < 3; count++) await connect({ headers });
  for (let count = 0; count < 3; count++) await fetch(`${url}/api/rooms`, { headers });
  await connect();
  return lines.filter((line) => !line.includes('web modules are missing'));
}

test('warns once of X-Forwarded-For from a peer that TRUST_PROXY does not name, and names nobody', async (t) => {
  for (const trustProxy of [0, '10.0.0.0/8']) {
    const lines = await logOf(t, trustProxy, { 'x-forwarded-for': `${GUEST}, 10.1.2.3` });
    assert.equal(lines.length, 1, lines.join(''));
    const { level, msg } = JSON.parse(lines[0] ?? '') as { level: number; msg: string };
    assert.equal(level, 40);
    assert.match(msg, /X-Forwarded-For.*set TRUST_PROXY to its address, or to the number of proxies/);
    assert.doesNotMatch(lines[0] ?? '', /203\.0\.113|10\.1\.2|127\.0\.0/);
  }
});

test('logs nothing where the header counts or is missing', async (t) => {
  for (const trustProxy of [1, '127.0.0.0/8'])
    assert.deepEqual(await logOf(t, trustProxy, { 'x-forwarded-for': GUEST }), []);
  assert.deepEqual(await logOf(t, 0, {}), []);
  assert.deepEqual(await logOf(t, 0, { 'x-forwarded-for': ' ' }), []);
});

/** Spellings of one guest's address, and the address or network by which the server counts this guest. */
const SPELLINGS: [spelled: string[], counts: string][] = [
  [
    [
      '198.51.100.77',
      '198.51.100.77:52731',
      '"198.51.100.77:80"',
      '::ffff:198.51.100.77',
      '::FFFF:198.51.100.77',
      '::ffff:c633:644d',
      '[::ffff:c633:644d]:443',
      '0:0:0:0:0:ffff:c633:644d',
      '64:ff9b::c633:644d',
      '64:ff9b::198.51.100.77',
    ],
    '198.51.100.77',
  ],
  [
    [
      '2001:db8:1:2:3:4:5:6',
      '[2001:db8:1:2::9]',
      '[2001:db8:1:2::9]:65535',
      '"[2001:DB8:1:2::]:1"',
      '2001:0db8:0001:0002::7',
      '2001:db8:1:2::198.51.100.77',
      '2001:db8:1:2:3:4:198.51.100.77',
    ],
    '2001:db8:1:2::/64',
  ],
  [['fe80::1%eth0', 'fe80::9'], 'fe80:0:0:0::/64'],
  [['127.0.0.1', '127.0.0.1:9', '::ffff:7f00:1', '[::ffff:127.0.0.1]:9'], '127.0.0.1'],
  [['::1', '[::1]:3000'], '::1'],
];
/** Texts that are no address. Entries of `X-Forwarded-For` before such a text are not trusted. */
const NONE = [
  'unknown',
  '_hidden',
  '',
  '198.51.100.77:',
  '198.51.100.77:x',
  '198.51.100:80',
  '[2001:db8::1',
  '2001:db8::1]',
  '[198.51.100.77]x',
  '300.1.1.1',
  'a.b.c.d:1',
];

const PROXY = '10.0.0.1';
const requestOf = (remoteAddress: string, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

test('counts an address once, with and without a port, in every spelling', () => {
  const addressOf = createAddressOf(1);
  for (const [spelled, counts] of SPELLINGS) {
    for (const text of spelled) assert.equal(addressOf(requestOf(PROXY, text)), counts, text);
    for (const text of spelled) assert.equal(addressOf(requestOf(PROXY, `203.0.113.1, ${text}`)), counts, text);
    for (const text of spelled.filter((one) => /^[^[":]*$|^[^["]*:[^.[]*$/.test(one) && !one.includes('.')))
      assert.equal(createAddressOf(0)(requestOf(text)), counts, text);
  }
  for (const text of NONE) assert.equal(addressOf(requestOf(PROXY, text)), PROXY, text);
});

test('recognises a proxy in every spelling of its address, and the guests behind it by theirs', () => {
  for (const trusted of ['10.0.0.1', '10.0.0.0/8', '::ffff:10.0.0.1', '::ffff:a00:1']) {
    for (const peer of [PROXY, '::ffff:10.0.0.1', '::ffff:a00:1']) {
      assert.equal(
        createAddressOf([trusted])(requestOf(peer, '198.51.100.77:9')),
        '198.51.100.77',
        `${trusted} ${peer}`,
      );
    }
    assert.equal(createAddressOf([trusted])(requestOf('10.0.0.1', '198.51.100.77:9, 10.0.0.1:5')), '198.51.100.77');
  }
});
