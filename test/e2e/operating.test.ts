/**
 * The shipped files for systemd, Redis and coturn, and the hook for HAProxy: each is run, or checked by its own
 * program, as it is shipped. Configurations of proxies: `proxies.test.ts`. Alarms: `test/server/operating`.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { Redis } from 'ioredis';
import { createAuthority } from '../support/server/certificates.ts';
import { connect, joined } from '../support/server/clients.ts';
import { createToken, TOKEN_SECRET } from '../support/server/grants.ts';
import { startNode } from '../support/server/nodes.ts';
import { findProgram } from '../support/programs.mjs';
import { freePort } from '../support/server/redis-server.ts';
import { root } from '../support/server/server-process.ts';
import { makeDirectory } from '../support/server/backends.ts';
import { readShipped } from '../support/server/shipped.ts';
import { startTurnServer } from '../support/server/turn-server.ts';
import { eventually } from '../support/waiting.ts';

const PATIENCE_MS = 20_000;
const UNIT = 'server/operating/systemd/sarangbang.service';

describe('the systemd unit', { skip: !findProgram('systemd-analyze') && 'systemd-analyze is not installed' }, () => {
  const analyze = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    return { status, text: `${stdout}${stderr}` };
  };

  /** Writes the unit; its only change is the path of the program, which does not exist under /opt here. */
  async function writeUnit(t: TestContext, name: string, change = (unit: string) => unit): Promise<string> {
    const path = join(await makeDirectory(t), name);
    const unit = readShipped(UNIT, [['/opt/sarangbang/node_modules/.bin/sarangbang-server', process.execPath]]);
    writeFileSync(path, change(unit));
    return path;
  }

  test('is valid, also with every commented line, and for several processes', async (t) => {
    const everything = (unit: string) => unit.replaceAll(/^#(?=[A-Z]\w+=)/gm, '');
    assert.match(everything(readShipped(UNIT)), /^LoadCredential=redis-url:/m);
    for (const [name, change] of Object.entries({
      'sarangbang.service': (unit: string) => unit,
      'everything.service': everything,
      'sarangbang@.service': (unit: string) => unit.replaceAll('3000', '%i'),
    })) {
      assert.deepEqual(analyze('verify', '--man=no', await writeUnit(t, name, change)), { status: 0, text: '' }, name);
    }
  });

  test('leaves little access to a process that was taken over', async (t) => {
    const unit = await writeUnit(t, 'sarangbang.service');
    const { status, text } = analyze('security', '--offline=true', '--threshold=20', unit);
    assert.equal(status, 0, text);
  });
});

test('sets every setting and passes on every secret that it names', () => {
  const unit = readShipped(UNIT);
  const words = [...unit.matchAll(/^#?Environment=(.*)$/gm)].flatMap(([, line = '']) => line.split(' '));
  const names = words.map((word) => word.split('=')[0] ?? '');
  const documented = readFileSync('server/README.md', 'utf8').matchAll(/^\| `([A-Z_]+)` \|/gm);
  const known = new Set(['NODE_ENV', 'NODE_EXTRA_CA_CERTS', ...[...documented].map(([, name = '']) => name)]);
  const isKnown = (name: string) => known.has(name.replace(/_FILE$/, ''));
  assert.deepEqual(
    names.filter((name) => !isKnown(name)),
    [],
  );
  const credentials = [...unit.matchAll(/^(#?)LoadCredential=([\w.-]+):/gm)].map(([, off, name]) => `${off}%d/${name}`);
  const used = [...unit.matchAll(/^(#?)Environment=\w+=(%d\/[\w.-]+)$/gm)].map(([, off, path]) => `${off}${path}`);
  assert.deepEqual(used, credentials);
});

test('gives up when a setting is invalid; with Redis, which may start later, it retries', async (t) => {
  const path = join(await makeDirectory(t), 'unit');
  writeFileSync(path, readShipped(UNIT));
  const read = (name: string) => {
    const found = [...readFileSync(path, 'utf8').matchAll(new RegExp(`^${name}=(\\d+)$`, 'gm'))];
    // systemd uses the last value of a setting.
    return Number(found.at(-1)?.[1]);
  };
  const interval = read('StartLimitIntervalSec');
  // A slow machine takes 3 s to read its settings.
  assert.ok(read('StartLimitBurst') * (read('RestartSec') + 3) < interval, `${interval} s`);
  const file = '/etc/systemd/system/sarangbang.service';
  const commands = readShipped('server/README.md')
    .split('\n')
    .filter((line) => /^sed -i '.*\.service$/.test(line));
  const run = (part: string) => {
    const command = commands.find((line) => line.includes(part));
    execFileSync('sh', ['-c', (command ?? 'false').replace(file, path)]);
  };
  run('turn-');
  assert.match(readFileSync(path, 'utf8'), /^LoadCredential=turn-secret:.*\nEnvironment=TURN_SECRET_FILE=/m);
  assert.equal(read('StartLimitIntervalSec'), interval);
  run('redis-');
  assert.match(readFileSync(path, 'utf8'), /^LoadCredential=redis-url:.*\nEnvironment=REDIS_URL_FILE=/m);
  assert.equal(read('StartLimitIntervalSec'), 0);
});

test('runs commands with its settings and secrets', async (t) => {
  const directory = await makeDirectory(t);
  const at = (name: string) => join(directory, name);
  writeFileSync(at('unit'), readShipped(UNIT));
  mkdirSync(at('unit.d'));
  // A drop-in file as `systemctl edit` writes it.
  const lines = ['[Service]', 'Environment="LOG_LEVEL=debug" TRUST_PROXY=2', "Environment='PUBLIC_NAME=a b'", ''];
  writeFileSync(at('unit.d/override.conf'), lines.join('\n'));
  writeFileSync(at('token-secret'), `${TOKEN_SECRET}\n`);
  writeFileSync(at('settings'), "ROOM_CAPACITY=30\nTURN_URLS='turn:a.example?transport=udp,turn:b.example'\n");
  const script = readShipped('server/operating/systemd/command.sh', [
    ['unit=/etc/systemd/system/sarangbang.service', `unit=${at('unit')}`],
    ['/etc/sarangbang/', `${directory}/`],
    ['runuser -u sarangbang -- /opt/sarangbang/node_modules/.bin/sarangbang', '"$PROGRAM"'],
  ]);
  const runAs = (program: string, ...args: string[]) => {
    const env = { PATH: process.env.PATH, PROGRAM: program };
    return execFileSync('sh', ['-c', script, 'sarangbang', ...args], { encoding: 'utf8', env });
  };
  const environment = runAs('env').split('\n');
  for (const line of [
    'PORT=3000',
    'ADMIN_LISTEN=127.0.0.1:13000',
    'DATA_DIR=/var/lib/sarangbang',
    `TOKEN_SECRET_FILE=${at('token-secret')}`,
    'ROOM_CAPACITY=30',
    'TURN_URLS=turn:a.example?transport=udp,turn:b.example',
    'LOG_LEVEL=debug',
    'TRUST_PROXY=2',
    'PUBLIC_NAME=a b',
  ])
    assert.ok(environment.includes(line), line);
  assert.deepEqual(
    environment.filter((line) => /REDIS|TURN_SECRET/.test(line)),
    [],
    'what is a comment stays one',
  );
  rmSync(at('unit.d'), { recursive: true });
  assert.ok(runAs('env').split('\n').includes('TRUST_PROXY=1'), 'without a drop-in');
  const token = runAs(join(root, 'server/bin.mjs'), 'token', '--role', 'admin');
  assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
});

describe('the Redis configuration', () => {
  const PASSWORD = 'p:a/s?s@w#ö%rd';

  test(
    'allows all that the server needs, over TLS with a CA of its own and a password of any characters',
    {
      timeout: 60_000,
    },
    async (t) => {
      const directory = await makeDirectory(t);
      const authority = createAuthority(directory);
      const certificate = authority.issue('localhost');
      const port = await freePort();
      const file = join(directory, 'redis.conf');
      writeFileSync(
        file,
        readShipped('server/redis/redis.conf', [
          ['tls-port 6379\n', `tls-port ${port}\nbind 127.0.0.1\ndir ${directory}\n`],
          ['/etc/redis/tls/redis.pem', certificate.cert],
          ['/etc/redis/tls/redis.key', certificate.key],
          ['on >change-me', `on >${PASSWORD}`],
        ]),
      );
      const child = spawn('setpriv', ['--pdeathsig', 'TERM', 'redis-server', file], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => void (said += chunk.toString()));
      t.after(async () => {
        if (child.exitCode !== null) return;
        child.kill('SIGKILL');
        await once(child, 'exit');
      });
      await eventually('Redis is ready', () => said.includes('Ready to accept connections'), PATIENCE_MS);

      const url = join(directory, 'redis-url');
      writeFileSync(url, `rediss://sarangbang:${encodeURIComponent(PASSWORD)}@localhost:${port}/0\n`, { mode: 0o600 });
      const node = await startNode({ REDIS_URL_FILE: url, NODE_EXTRA_CA_CERTS: authority.file, TOKEN_SECRET });
      t.after(() => node.kill());
      const admin = await createToken({ role: 'admin', rooms: ['*'] });
      const client = connect(t, node.url, 'Kim');
      client.setToken(admin);
      const kim = client.join('hall');
      await joined(kim);
      assert.equal((await kim.sendMessage('hello'))?.state, 'sent');
      assert.equal((await fetch(`${node.url}/readyz`)).status, 200);
      const headers = { authorization: `Bearer ${admin}` };
      const deleted = await fetch(`${node.url}/api/rooms/hall/messages`, { method: 'DELETE', headers });
      assert.deepEqual(await deleted.json(), { count: 1 });
      // After a deletion the server asks Redis to rewrite its append-only file, which still holds the text.
      const isRewritten = () => /append only file rewriting started/i.test(said);
      await eventually('the append-only file is rewritten', isRewritten, PATIENCE_MS);
      const lines = node
        .log()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as { level: number });
      assert.deepEqual(
        lines.filter(({ level }) => level >= 40),
        [],
      );

      const asSarangbang = new Redis({
        host: 'localhost',
        port,
        username: 'sarangbang',
        password: PASSWORD,
        tls: { ca: authority.pem },
      });
      t.after(() => asSarangbang.disconnect());
      for (const command of ['KEYS *', 'FLUSHALL', 'CONFIG GET dir', 'GET foreign', 'ACL LIST']) {
        const [name = '', ...args] = command.split(' ');
        await assert.rejects(asSarangbang.call(name, ...args), /NOPERM/, command);
      }
      assert.equal(await asSarangbang.call('GET', 'sarangbang:none'), null);
    },
  );
});

test('the hook for HAProxy writes chain and key to one file, only for its own name', async (t) => {
  const directory = await makeDirectory(t);
  const target = join(directory, 'calls.example.pem');
  const script = readShipped('server/operating/proxies/haproxy-hook.sh', [['/etc/haproxy/calls.example.pem', target]]);
  const run = (lineage: string) =>
    execFileSync('sh', ['-c', script], { env: { PATH: process.env.PATH, RENEWED_LINEAGE: lineage } });
  const [own, other] = [join(directory, 'live/calls.example'), join(directory, 'live/other.example')];
  for (const [lineage, text] of [
    [own, 'own'],
    [other, 'other'],
  ] as const) {
    mkdirSync(lineage, { recursive: true });
    writeFileSync(join(lineage, 'fullchain.pem'), `chain ${text}\n`);
    writeFileSync(join(lineage, 'privkey.pem'), `key ${text}\n`);
    run(lineage);
  }
  assert.equal(readFileSync(target, 'utf8'), 'chain own\nkey own\n');
  assert.equal(statSync(target).mode & 0o777, 0o600);
});

describe('the coturn configuration', () => {
  const fingerprint = (port: number) =>
    new Promise<string>((resolve, reject) => {
      const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      });
      socket.once('error', reject);
    });

  test(
    "speaks TLS with the copies that certbot's hook made, and with the next ones after a renewal",
    {
      timeout: 60_000,
    },
    async (t) => {
      const directory = await makeDirectory(t);
      const authority = createAuthority(directory);
      const at = (name: string) => join(directory, name);
      const [copies, lineage, bin] = [at('copies'), at('live/turn.example'), at('bin')];
      for (const path of [lineage, bin]) mkdirSync(path, { recursive: true });
      const hook = join(directory, 'hook');
      const owners = process.getuid?.() === 0 ? [] : [[' -o root -g turnserver', ''] as const];
      const script = readShipped('server/turn/deploy-hook.sh', [['/etc/coturn', copies], ...owners]);
      writeFileSync(hook, script, { mode: 0o755 });

      function renew(pid: number | null): string {
        const { cert, key } = authority.issue('turn.example', 'turn');
        writeFileSync(join(lineage, 'fullchain.pem'), readFileSync(cert));
        writeFileSync(join(lineage, 'privkey.pem'), readFileSync(key), { mode: 0o600 });
        // A stand-in for `systemctl` records its arguments and sends the signal itself.
        const doing = pid === null ? '' : `kill -s USR2 ${pid}`;
        writeFileSync(join(bin, 'systemctl'), `#!/bin/sh\necho "$@" > ${directory}/told\n${doing}\n`);
        chmodSync(join(bin, 'systemctl'), 0o755);
        execFileSync(hook, { env: { PATH: `${bin}:${process.env.PATH}`, RENEWED_LINEAGE: lineage } });
        assert.equal(readFileSync(join(directory, 'told'), 'utf8'), 'kill --signal=SIGUSR2 coturn\n');
        return new X509Certificate(readFileSync(cert)).fingerprint256;
      }

      const first = renew(null);
      assert.equal(statSync(join(copies, 'privkey.pem')).mode & 0o777, 0o640);
      const configuration = readShipped('server/turn/turnserver.conf', [['/etc/coturn', copies]]);
      const turn = await startTurnServer({ configuration, tls: 'configured' });
      t.after(() => turn.stop());
      assert.equal(await fingerprint(turn.tlsPort), first);
      const second = renew(turn.pid);
      const isRenewed = async () => (await fingerprint(turn.tlsPort)) === second;
      await eventually('the certificate is the new one', isRenewed, PATIENCE_MS);

      const other = join(directory, 'live/other.example');
      mkdirSync(other);
      execFileSync(hook, { env: { PATH: process.env.PATH, RENEWED_LINEAGE: other } });
      assert.ok(existsSync(join(copies, 'fullchain.pem')), 'certificates of other names are not its business');
    },
  );
});
