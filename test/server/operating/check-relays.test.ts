/** `sarangbang check`: what it says about relays, with a real one (coturn). */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { findAll } from '../../../server/operating/check/check-command.ts';
import type { Finding } from '../../../server/operating/check/finding.ts';
import { freePort } from '../../support/server/redis-server.ts';
import { readShipped } from '../../support/server/shipped.ts';
import { OPEN_RELAY, startTurnServer } from '../../support/server/turn-server.ts';

const textOf = (findings: readonly Finding[]) => findings.map(({ text }) => text).join('\n');

const HOUR_MS = 3_600_000;
const BASE = 'use-auth-secret\nfingerprint\nrealm=test\n';

test('tells a wrong secret, a wrong clock, dead, open and closed relays, and a denied packet apart', async (t) => {
  const starting = async (options: Parameters<typeof startTurnServer>[0] = {}) => {
    const relay = await startTurnServer(options);
    t.after(() => relay.stop());
    return relay;
  };
  // A silent firewall: its only port belongs to a socket that never answers.
  const silent = createSocket('udp4').bind(0, '127.0.0.9');
  await once(silent, 'listening');
  t.after(() => silent.close());
  const { port: silentPort } = silent.address();
  const elsewhere = `${BASE}external-ip=127.0.0.9/127.0.0.1`;
  const [good, denying, refusing, dropping, denyingClosed, open, dead] = await Promise.all([
    starting(),
    starting({ loopbackPeers: false, configuration: readShipped('server/turn/turnserver.conf') }),
    starting({ configuration: elsewhere }),
    starting({ configuration: `${elsewhere}\nmin-port=${silentPort}\nmax-port=${silentPort}` }),
    starting({ loopbackPeers: false, configuration: `${elsewhere}\ndenied-peer-ip=127.0.0.0-127.255.255.255` }),
    starting({ configuration: OPEN_RELAY }),
    starting(),
  ]);
  await dead.stop();
  const closed = await freePort();
  const table: [
    what: string,
    url: string,
    secret: string,
    aheadMs: number,
    verdict: Finding['verdict'],
    said: RegExp,
  ][] = [
    ['good', good.url, good.secret, 0, 'ok', /came through/],
    ['good over TCP', good.url.replace('udp', 'tcp'), good.secret, 0, 'ok', /came through/],
    ['wrong secret', good.url, 'a-value-that-nobody-may-read', 0, 'wrong', /TURN_SECRET is not its secret/],
    ['wrong clock', good.url, good.secret, -HOUR_MS, 'wrong', /not the time/],
    ['open to anybody', open.url, open.secret, 0, 'wrong', /serves everybody/],
    ['dead', dead.url, dead.secret, 0, 'wrong', /cannot be reached/],
    ['closed port', `turn:127.0.0.1:${closed}`, good.secret, 0, 'wrong', /cannot be reached/],
    ['closed port over TCP', `turn:127.0.0.1:${closed}?transport=tcp`, good.secret, 0, 'wrong', /cannot be reached/],
    ['closed relay ports', refusing.url, refusing.secret, 0, 'wrong', /relay ports are closed/],
    ['relay ports that answer nothing', dropping.url, dropping.secret, 0, 'wrong', /relay ports are closed/],
    [
      'denied, as in production',
      denying.url,
      denying.secret,
      0,
      '-',
      /was not tried: it denies packets to this machine, as it should/,
    ],
    ['denied over TCP', denying.url.replace('udp', 'tcp'), denying.secret, 0, '-', /was not tried/],
    ['denied, and closed relay ports', denyingClosed.url, denyingClosed.secret, 0, 'wrong', /relay ports are closed/],
    ['over DTLS', 'turns:127.0.0.1?transport=udp', good.secret, 0, '-', /DTLS/],
  ];
  await Promise.all(
    table.map(async ([what, url, secret, aheadMs, verdict, said]) => {
      const now = () => Date.now() + aheadMs;
      const settings = { DATA_DIR: ':memory:', STUN_URLS: '', TURN_URLS: url, TURN_SECRET: secret };
      const found = (await findAll([], settings, now)).filter(({ part }) => part === 'turn');
      assert.deepEqual(
        found.map((finding) => finding.verdict),
        [verdict],
        `${what}: ${textOf(found)}`,
      );
      assert.match(textOf(found), said, what);
      assert.ok(!textOf(found).includes(secret), what);
    }),
  );
});
