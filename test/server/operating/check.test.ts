/** `sarangbang check`: what it says about settings, the store under `DATA_DIR`, permissions and addresses. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, cp, mkdir, readFile, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import Connection from 'libsql';
import { findAll } from '../../../server/operating/check/check-command.ts';
import { printFindings } from '../../../server/operating/check/finding.ts';
import type { Finding, Part } from '../../../server/operating/check/finding.ts';
import { makeDirectory } from '../../support/server/backends.ts';
import { TOKEN_SECRET } from '../../support/server/grants.ts';
import { startNode } from '../../support/server/nodes.ts';
import { freePort } from '../../support/server/redis-server.ts';
import { BUILT_SERVER, root } from '../../support/server/server-process.ts';
import { start } from '../../support/server/starts.ts';
import { within } from '../../support/waiting.ts';

const NOTHING = { DATA_DIR: ':memory:', STUN_URLS: '' };

const of = (findings: readonly Finding[], part: Part, verdict?: Finding['verdict']) =>
  findings.filter((finding) => finding.part === part && (verdict === undefined || finding.verdict === verdict));
const textOf = (findings: readonly Finding[]) => findings.map(({ text }) => text).join('\n');

const VALUE = 'a-value-that-nobody-may-read';

const SETTINGS: [what: string, environment: Record<string, string>, flags: string[], said: RegExp[]][] = [
  ['nothing', {}, [], []],
  ['a bad value', { ROOM_CAPACITY: 'many' }, [], [/^ROOM_CAPACITY is "many"/]],
  [
    'three bad values, in the environment and in flags',
    { ROOM_CAPACITY: 'many', CHAT_RETENTION: 'long' },
    ['--port', 'x', '--call-capacity=0'],
    [/^ROOM_CAPACITY/, /^CHAT_RETENTION/, /^--port/, /^--call-capacity/],
  ],
  ['an unknown flag with a value', {}, ['--bla', VALUE, '--port', '0'], [/^The flag "--bla" is not known/]],
  ['a flag without its value', {}, ['--port'], [/^The flag --port needs a value/]],
  ['a short secret', { TOKEN_SECRET: 'short-one' }, [], [/^TOKEN_SECRET is too short/]],
  ['an empty token setting', { TOKEN_SECRET: '' }, [], [/^TOKEN_SECRET is empty/]],
  [
    'a misspelt token setting and a misspelt one',
    { TOKEN_SECERT: VALUE, ROOM_CAPCITY: VALUE },
    [],
    [/^TOKEN_SECERT/, /^ROOM_CAPCITY/],
  ],
  [
    'a relay without its secret',
    { TURN_URLS: 'turn:turn.example', ROOM_LINGER: 'x' },
    [],
    [/^ROOM_LINGER/, /^TURN_URLS is set/],
  ],
  ['a public key that is none', { TOKEN_PUBLIC_KEY: VALUE }, [], [/^TOKEN_PUBLIC_KEY cannot be read/]],
  ['an open start beside grants', { TOKEN_SECRET }, ['--allow-open'], [/^--allow-open/]],
  ['consent as a variable', { ALLOW_OPEN: '1' }, [], [/^ALLOW_OPEN has no effect/]],
  ['a file of a secret that is not there', { TOKEN_SECRET_FILE: '/nowhere' }, [], [/^TOKEN_SECRET_FILE/]],
  [
    'a secret and a file of it',
    { TURN_SECRET: VALUE, TURN_SECRET_FILE: '/nowhere' },
    [],
    [/^TURN_SECRET and TURN_SECRET_FILE/],
  ],
];

test('tells everything that is wrong with the settings, in a row each and without secrets', async () => {
  for (const [what, environment, flags, said] of SETTINGS) {
    const findings = await findAll(flags, { ...NOTHING, ...environment });
    const wrong = of(findings, 'settings', 'wrong').map(({ text }) => text);
    assert.equal(wrong.length, said.length, `${what}: ${wrong.join('\n')}`);
    for (const pattern of said)
      assert.ok(
        wrong.some((text) => pattern.test(text)),
        `${what}: ${pattern}`,
      );
    assert.equal(
      of(findings, 'turn').length,
      said.some((pattern) => !/CAPCITY|ALLOW/.test(pattern.source)) ? 0 : 1,
      what,
    );
    assert.doesNotMatch(printFindings(findings), /a-value|short-one|xxxx/, what);
  }
});

test('shows a warning of a start as a warning, which makes nothing wrong', async () => {
  const environment = { ...NOTHING, TURN_SECRET: VALUE, ROOM_CAPACITY: '' };
  const findings = await findAll(['--turn-secret', VALUE], environment);
  const warnings = textOf(of(findings, 'settings', 'warning'));
  for (const said of [
    /--turn-secret can be read/,
    /ROOM_CAPACITY is empty/,
    /TURN_SECRET is set and TURN_URLS is not/,
    /every room is open/,
  ]) {
    assert.match(warnings, said);
  }
  assert.ok(findings.every(({ verdict }) => verdict !== 'wrong'));
});

/** The names, modes and bytes of all files in a directory. */
async function digest(directory: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(directory)).toSorted()) {
    const path = join(directory, name);
    hash.update(`${name}\0${(await stat(path)).mode}\0`).update(await readFile(path));
  }
  return hash.digest('hex');
}

let used = '';
const ends: (() => unknown)[] = [];
before(async () => (used = await useStore({ after: (end: () => unknown) => void ends.push(end) } as TestContext)));
after(async () => {
  for (const end of ends.toReversed()) await end();
});

/** A store that was used with grants, with messages in it. */
async function makeStore(t: TestContext): Promise<string> {
  const dataDir = await makeDirectory(t);
  await cp(used, dataDir, { recursive: true });
  return dataDir;
}

async function useStore(t: TestContext): Promise<string> {
  const dataDir = await makeDirectory(t);
  const made = await start(t, { DATA_DIR: dataDir, TOKEN_SECRET });
  await made.close();
  const store = new Connection(join(dataDir, 'sarangbang.db'), {});
  store.exec(`INSERT INTO rooms (id, name, live, last_id) VALUES (1, 'a', 3, '01');
    INSERT INTO messages (room, id, sender, client_id, body) VALUES
      (1, '01', 'x', '"1"', '{}'),
      (1, '02', 'x', '"2"', '{}'),
      (1, '03', 'x', '"3"', '{}')`);
  store.close();
  return dataDir;
}

const STORES: [
  what: string,
  harm: (dataDir: string) => Promise<unknown>,
  settings: Record<string, string>,
  said: RegExp | null,
][] = [
  ['as it was left', async () => undefined, { TOKEN_SECRET }, null],
  ['without grants', async () => undefined, {}, /was used with grants/],
  [
    'with less retention',
    async () => undefined,
    { TOKEN_SECRET, CHAT_RETENTION: '1d' },
    /CHAT_RETENTION is 1d, and was 30d: of 3 messages/,
  ],
  [
    'with less of it',
    async () => undefined,
    { TOKEN_SECRET, CHAT_HISTORY_LIMIT: '2' },
    /CHAT_HISTORY_LIMIT is 2.*1 message /,
  ],
  [
    'damaged',
    (dataDir) => writeFile(join(dataDir, 'sarangbang.db'), 'damaged'.repeat(1_000)),
    { TOKEN_SECRET },
    /sarangbang\.db is damaged/,
  ],
  ['cut off', (dataDir) => truncate(join(dataDir, 'sarangbang.db'), 0), { TOKEN_SECRET }, /sarangbang\.db is damaged/],
  [
    'of a later version',
    async (dataDir) => {
      const store = new Connection(join(dataDir, 'sarangbang.db'), {});
      store.exec('PRAGMA user_version = 99');
      store.close();
    },
    { TOKEN_SECRET },
    /later version/,
  ],
  [
    'with a damaged key',
    (dataDir) => writeFile(join(dataDir, 'resume.key'), 'x'),
    { TOKEN_SECRET },
    /resume\.key.*damaged/,
  ],
];

test('takes a bare name for an address with TLS, wherever it stands among the flags', async () => {
  const cases: [args: string[], asked: RegExp][] = [
    [['127.0.0.1:1'], /https:\/\/127\.0\.0\.1:1\//],
    [['--room-capacity', '5', '127.0.0.1:1/calls', '--log-level=warn'], /https:\/\/127\.0\.0\.1:1\/calls/],
    [['http://127.0.0.1:1'], /http:\/\/127\.0\.0\.1:1\//],
  ];
  for (const [args, asked] of cases) {
    const [found, ...others] = of(await findAll(args, { DATA_DIR: ':memory:', STUN_URLS: '' }), 'proxy');
    assert.equal(found?.verdict, 'wrong', args.join(' '));
    assert.match(found?.text ?? '', asked);
    assert.deepEqual(others, []);
  }
});

test('judges the store under DATA_DIR as a start would, and changes nothing of it', async (t) => {
  for (const [what, harm, settings, said] of STORES) {
    const dataDir = await makeStore(t);
    await harm(dataDir);
    const before = await digest(dataDir);
    const findings = await findAll([], { STUN_URLS: '', DATA_DIR: dataDir, ...settings });
    const wrong = of(findings, 'store', 'wrong');
    if (said) assert.match(textOf(wrong), said, what);
    else assert.deepEqual(wrong, [], what);
    assert.equal(await digest(dataDir), before, what);
  }
});

test('accepts a missing DATA_DIR and does not make it, and refuses one that cannot be made', async (t) => {
  const parent = await makeDirectory(t);
  const check = async (dataDir: string) => of(await findAll([], { STUN_URLS: '', DATA_DIR: dataDir }), 'store');
  assert.match(textOf(await check(join(parent, 'deeper', 'data'))), /a new store starts/);
  assert.deepEqual(await readdir(parent), []);
  await writeFile(join(parent, 'file'), '');
  for (const dataDir of [join(parent, 'file'), join(parent, 'file', 'data')]) {
    assert.deepEqual(
      (await check(dataDir)).map(({ verdict }) => verdict),
      ['wrong'],
      dataDir,
    );
  }
});

test('finds no fault in a running or a killed server, and does not disturb the running one', async (t) => {
  const dataDir = await makeStore(t);
  const node = await startNode({ DATA_DIR: dataDir, TOKEN_SECRET });
  t.after(() => node.kill());
  const check = async () => of(await findAll([], { STUN_URLS: '', DATA_DIR: dataDir, TOKEN_SECRET }), 'store');
  const during = await check();
  assert.deepEqual(
    during.map(({ verdict }) => verdict),
    ['ok'],
  );
  assert.match(textOf(during), /a server uses it at the moment/);
  assert.equal((await fetch(`${node.url}/readyz`)).status, 200);
  await node.kill();
  const before = await digest(dataDir);
  const after = await check();
  assert.deepEqual(
    after.map(({ verdict, text }) => [verdict, /at the moment/.test(text)]),
    [['ok', false]],
  );
  assert.equal(await digest(dataDir), before);
});

test('reports only the permissions that it checked: DATA_DIR, and files of secrets if there are any', async (t) => {
  const dataDir = await makeStore(t);
  const secret = join(await makeDirectory(t), 'secret');
  const table: [settings: Record<string, string>, mode: number, said: [Finding['verdict'], RegExp][]][] = [
    [{ DATA_DIR: ':memory:', TOKEN_SECRET }, 0o600, [['-', /neither a directory nor a file of secrets/]]],
    [{ DATA_DIR: dataDir, TOKEN_SECRET }, 0o600, [['ok', /^no other user may .* DATA_DIR/]]],
    [
      { DATA_DIR: ':memory:', TOKEN_SECRET_FILE: secret },
      0o640,
      [['ok', /^no user outside its group .*\(TOKEN_SECRET_FILE\)/]],
    ],
    [
      { DATA_DIR: dataDir, TOKEN_SECRET, TURN_URLS: 'turn:127.0.0.1:9', TURN_SECRET_FILE: secret },
      0o600,
      [
        ['ok', /^no user outside its group .*\(TURN_SECRET_FILE\)/],
        ['ok', /^no other user may .* DATA_DIR/],
      ],
    ],
  ];
  for (const [settings, mode, said] of table) {
    await writeFile(secret, TOKEN_SECRET);
    await chmod(secret, mode);
    const found = of(await findAll([], { STUN_URLS: '', ...settings }), 'permissions');
    assert.deepEqual(
      found.map(({ verdict }) => verdict),
      said.map(([verdict]) => verdict),
      textOf(found),
    );
    for (const [index, [, pattern]] of said.entries()) assert.match(found[index]!.text, pattern);
  }
});

test('names what other users could read or change', async (t) => {
  const dataDir = await makeStore(t);
  const secret = join(await makeDirectory(t), 'secret');
  await writeFile(secret, TOKEN_SECRET, { mode: 0o600 });
  const check = async () => {
    const findings = await findAll([], { STUN_URLS: '', DATA_DIR: dataDir, TOKEN_SECRET_FILE: secret });
    return of(findings, 'permissions', 'wrong').map(({ text }) => text);
  };
  assert.deepEqual(await check(), []);
  const wide: [path: string, mode: number, said: RegExp][] = [
    [dataDir, 0o777, /^DATA_DIR has mode 777/],
    [join(dataDir, 'sarangbang.db'), 0o644, /^sarangbang\.db .*644/],
    [join(dataDir, 'resume.key'), 0o640, /^resume\.key .*640.*remove the file/],
    [secret, 0o604, /^TOKEN_SECRET_FILE .*other users/],
  ];
  for (const [path, mode] of wide) await chmod(path, mode);
  const said = await check();
  assert.equal(said.length, wide.length, said.join('\n'));
  for (const [path, , pattern] of wide)
    assert.ok(
      said.some((text) => pattern.test(text)),
      path,
    );
});

/** Runs the command as an operator would. */
async function call(
  environment: Record<string, string>,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [BUILT_SERVER, 'check', ...args], {
    cwd: root,
    env: { ...process.env, ...NOTHING, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => void (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (stderr += chunk.toString()));
  const [code] = (await within(once(child, 'close'), 'the end of the command', 30_000)) as [number];
  return { code, stdout, stderr };
}

test('prints a table, and its exit code tells whether something is wrong', async () => {
  const [good, bad] = await Promise.all([
    call({ TOKEN_SECRET }),
    call({ TOKEN_SECRET, PORT: 'x' }, '--room-linger', '1h'),
  ]);
  assert.deepEqual([good.code, good.stderr, bad.code, bad.stderr], [0, '', 1, '']);
  assert.match(good.stdout, /^ok +settings +.*\n(?:.*\n)*\nNothing is wrong\.\n$/);
  assert.match(bad.stdout, /^wrong +settings +PORT is "x"/m);
  assert.match(bad.stdout, /\n1 of \d+ is wrong\.\n$/);
  for (const { stdout } of [good, bad]) assert.ok(!stdout.includes(TOKEN_SECRET));
});

test('asks an address only where it is an argument of its own', async (t) => {
  const dataDir = join(await makeDirectory(t), 'data');
  await mkdir(dataDir);
  const url = `http://127.0.0.1:${await freePort()}`;
  const proxyOf = async (...args: string[]) => of(await findAll(args, { ...NOTHING, TOKEN_SECRET }), 'proxy');
  assert.deepEqual(
    (await proxyOf()).map(({ verdict }) => verdict),
    ['-'],
  );
  assert.match(textOf(await proxyOf(url)), /cannot be reached from here \(ECONNREFUSED\)/);
  assert.match(textOf(await proxyOf('--data-dir', dataDir, url)), /ECONNREFUSED/);
  assert.match(textOf(await proxyOf('--accept-settings', url)), /ECONNREFUSED/);
  assert.deepEqual(
    (await proxyOf('--token-jwks-url', url)).map(({ verdict }) => verdict),
    ['-'],
  );
});
