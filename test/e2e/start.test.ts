/** From a fresh clone to a listening server with one command, and back again. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findProgram } from '../support/programs.mjs';
import { root, whenListening } from '../support/server/server-process.ts';
import { eventually } from '../support/waiting.ts';

/** Processes started by `parent`. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return (
          Number(
            readFileSync(`/proc/${pid}/stat`, 'utf8')
              .replace(/^.*\) \S /, '')
              .split(' ')[0],
          ) === parent
        );
      } catch {
        // The process has ended since the directory was read.
        return false;
      }
    })
    .map(Number);
}

const STRANGER_SKIPPED =
  process.getuid?.() === 0 && findProgram('setpriv') ? false : 'takes root, to become a different user';

describe('npm start in a fresh clone', { skip: existsSync(join(root, '.git')) ? false : 'not a git checkout' }, () => {
  let directory = '';
  let clone = '';
  const started: ChildProcess[] = [];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sarangbang-clone-'));
    // Readable for every user, as a program's directory is; `mkdtemp` makes it private.
    await chmod(directory, 0o755);
    clone = join(directory, 'clone');
    execFileSync('git', ['clone', '--quiet', root, clone]);
    // A build makes the same files without it, in four times the time.
    const remembered = join(root, '.cache/minified');
    if (existsSync(remembered)) cpSync(remembered, join(clone, '.cache/minified'), { recursive: true });
  });

  after(async () => {
    for (const { pid, exitCode, signalCode } of started) {
      if (pid && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
    }
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Runs `npm start` on a free port. `mode` is `NODE_ENV`; an empty one leaves it unset, as after a fresh clone. */
  function start(args: string[] = [], mode = 'production'): { child: ChildProcess; output: string[] } {
    const { npm_config_user_agent: _, NODE_ENV: __, ...environment } = process.env;
    const child = spawn('npm', ['start', ...args], {
      cwd: clone,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment, ...(mode && { NODE_ENV: mode }), HOST: '127.0.0.1', PORT: '0', STUN_URLS: '' },
    });
    started.push(child);
    return { child, output: [] };
  }

  /** Runs `npm start` until it ends, as a user who owns none of the files, like the user of a service. */
  function startAsStranger(...args: string[]) {
    const { npm_config_user_agent: _, ...environment } = process.env;
    return spawnSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', 'npm', 'start', ...args], {
      cwd: clone,
      encoding: 'utf8',
      env: { ...environment, HOME: '/nonexistent', PORT: '0', STUN_URLS: '', DATA_DIR: ':memory:' },
    });
  }

  /** Sends SIGTERM to the server itself; npm ends with its exit code. */
  async function stop(child: ChildProcess): Promise<number | null> {
    const exited = once(child, 'exit') as Promise<[number | null]>;
    const [server] = childrenOf(child.pid ?? 0);
    assert.ok(server, 'npm has a child');
    assert.match(readFileSync(`/proc/${server}/cmdline`, 'utf8'), /^node\0server\/dist\/node\/index\.js/);
    process.kill(server, 'SIGTERM');
    const [code] = await exited;
    return code;
  }

  test('before the build, the command says in one line what to do', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['server/bin.mjs', '--help'], {
      cwd: clone,
      encoding: 'utf8',
    });
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /^sarangbang: .*npm run build\n$/);
  });

  test('when npm runs no scripts, a start without a build says in one line what to do', () => {
    const { status, stderr } = spawnSync('npm', ['start', '--ignore-scripts'], { cwd: clone, encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /^sarangbang: .*npm run build\n$/);
  });

  test('a user without write access reads in one line what to do', { skip: STRANGER_SKIPPED }, () => {
    const { status, stderr } = startAsStranger();
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^sarangbang: .* may not write there \(EACCES\)\. Run there as its owner: node server\/prepare\.mjs --install\n$/,
    );
    assert.ok(!existsSync(join(clone, 'server/dist')));
  });

  test(
    'installs, builds and listens, serves demo page and modules, and ends well on SIGTERM',
    { timeout: 240_000 },
    async () => {
      const { child, output } = start([], '');
      const url = await whenListening(child, output, 200_000);
      const page = await fetch(url);
      assert.equal(page.status, 200);
      assert.match(await page.text(), /<video-call/);
      for (const path of [
        '/elements.js',
        '/video-call.js',
        '/client.js',
        '/socket.io/socket.io.js',
        '/healthz',
        '/readyz',
        '/api/rooms',
      ]) {
        assert.equal((await fetch(url + path)).status, 200, path);
      }
      assert.equal(await stop(child), 0);
      assert.doesNotMatch(output.join('\n'), /npm (?:warn|error)|deprecat|EBADENGINE/i, 'it is quiet');
      const { packages } = JSON.parse(readFileSync(join(clone, 'node_modules/.package-lock.json'), 'utf8')) as {
        packages: Record<string, { dev?: boolean }>;
      };
      assert.deepEqual(
        Object.keys(packages).filter((name) => packages[name]?.dev),
        [],
        'a start needs no development dependency',
      );
    },
  );

  test('offers the command under both names', () => {
    const env = { ...process.env, TOKEN_SECRET: 'x'.repeat(32) };
    const call = (name: string, ...args: string[]) =>
      execFileSync(join(clone, 'node_modules/.bin', name), args, { cwd: clone, encoding: 'utf8', env });
    assert.match(call('sarangbang', '--help'), /^sarangbang token /m);
    assert.match(call('sarangbang', 'token', '--room', 'standup'), /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    assert.match(call('sarangbang-server', '--version'), /^\d+\.\d+\.\d+\n$/);
  });

  test(
    'the build starts for a user without write access, and nothing is written',
    { skip: STRANGER_SKIPPED },
    async () => {
      const written = () => statSync(join(clone, 'server/dist')).mtimeMs;
      const before = written();
      const { status, stderr } = startAsStranger('--', '--room-capacity', 'many');
      // This line comes from the server itself, so `npm start` got as far as that without writing anything.
      assert.deepEqual(
        [status, stderr],
        [1, 'sarangbang: --room-capacity is "many"; it may hold a whole number from 1 to 10000.\n'],
      );
      assert.equal(written(), before);
    },
  );

  test('npm test installs the rest, and a start keeps it', { timeout: 240_000 }, async () => {
    const { npm_config_user_agent: _, NODE_ENV: __, NODE_TEST_CONTEXT: ___, ...environment } = process.env;
    const options = { cwd: clone, env: environment, encoding: 'utf8' } as const;
    assert.match(
      execFileSync('npm', ['test', '--', 'test/server/config/config.test.ts'], options),
      /[1-9]\d* passed, 0 failed/,
    );
    assert.ok(existsSync(join(clone, 'node_modules/puppeteer-core')));
    const { child, output } = start([], '');
    await whenListening(child, output, 60_000);
    assert.equal(await stop(child), 0);
    assert.ok(existsSync(join(clone, 'node_modules/puppeteer-core')));
  });

  test('the second start builds nothing, listens within 3 s and accepts flags', { timeout: 30_000 }, async () => {
    const built = () =>
      ['components/dist/npm/index.js', 'server/dist/node/index.js', 'server/dist/web/elements.js'].map(
        (path) => statSync(join(clone, path)).mtimeMs,
      );
    const before = built();
    const startedAt = performance.now();
    const { child, output } = start(['--', '--host', 'localhost']);
    const url = await whenListening(child, output, 20_000);
    const tookMs = performance.now() - startedAt;
    assert.match(url, /^http:\/\/localhost:\d+$/);
    assert.equal(await stop(child), 0);
    assert.ok(tookMs < 3_000, `${tookMs} ms`);
    assert.deepEqual(built(), before);
  });

  test('builds a package again when its build was deleted', { timeout: 150_000 }, async () => {
    await rm(join(clone, 'components/dist'), { recursive: true });
    const { child, output } = start();
    await whenListening(child, output, 90_000);
    assert.ok(existsSync(join(clone, 'components/dist/npm/index.js')));
    assert.equal(await stop(child), 0);
  });

  test('builds again when a source changed', { timeout: 150_000 }, async () => {
    execFileSync('sh', ['-c', `printf '\\n<!-- changed -->\\n' >> public/index.html`], { cwd: clone });
    const { child, output } = start();
    const url = await whenListening(child, output, 90_000);
    await eventually(
      'The demo page is the old one',
      async () => (await (await fetch(url)).text()).includes('<!-- changed -->'),
      2_000,
    );
    assert.equal(await stop(child), 0);
  });
});
