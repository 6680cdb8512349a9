/** The packages as npm packs them, in a foreign project. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { packPackage, unpackPackage, type Workspace } from '../support/browser/packed-package.ts';
import { QUIET_SETTINGS, root, whenListening } from '../support/server/server-process.ts';

const FRAMEWORKS = ['react', 'preact', 'solid', 'vue', 'svelte'].map((name) => `sarangbang/${name}`);
const MODULES = [
  'sarangbang',
  'sarangbang/video-call.js',
  'sarangbang/chat-room.js',
  'sarangbang/room-list.js',
  'sarangbang/device-picker.js',
  'sarangbang/define.js',
  'sarangbang/client.js',
  'sarangbang/events.js',
  'sarangbang/server',
  'sarangbang-server',
];
const NAMES: Record<Workspace, string> = { components: 'sarangbang', server: 'sarangbang-server' };
const WORKSPACES = Object.keys(NAMES) as Workspace[];

interface Manifest {
  exports: Record<string, string | Record<string, string>>;
  bin?: Record<string, string>;
  customElements?: string;
  'web-types'?: string;
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
}

describe('the packages', () => {
  let directory = '';
  let project = '';
  const packed = {} as Record<Workspace, string>;
  const installed = (workspace: Workspace, path = '') => join(project, 'node_modules', NAMES[workspace], path);
  const manifestOf = (workspace: Workspace) =>
    JSON.parse(readFileSync(installed(workspace, 'package.json'), 'utf8')) as Manifest;
  const filesOf = (path: string) =>
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name));

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sarangbang-package-'));
    project = join(directory, 'project');
    // Installed as npm does, except that the dependencies are those of the checkout.
    for (const workspace of WORKSPACES) {
      packed[workspace] = packPackage(directory, workspace);
      unpackPackage(packed[workspace], installed(workspace));
    }
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'project', type: 'module', private: true }));
  });

  after(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));

  function evaluate(script: string): string {
    const args = ['--no-warnings', '--input-type=module', '--eval', script];
    return execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8', timeout: 20_000 }).trim();
  }

  /** An empty folder with one of the packages and the dependencies that npm installs for it. */
  function installInto(name: string, workspace: Workspace): string {
    const { npm_config_user_agent: _, ...env } = process.env;
    const folder = join(directory, name, 'app');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'app', private: true }));
    execFileSync('npm', ['install', '--no-audit', '--no-fund', packed[workspace]], {
      cwd: folder,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return folder;
  }

  test('every module can be imported in Node and does nothing by itself', () => {
    const output = evaluate(`${[...MODULES, ...FRAMEWORKS].map((name) => `await import('${name}');`).join('\n')}
      const { default: manifest } = await import('sarangbang/custom-elements.json', { with: { type: 'json' } });
      const { createApp } = await import('sarangbang-server');
      const { connect } = await import('sarangbang/client.js');
      process.stdout.write([manifest.modules.length, typeof createApp, typeof connect].join(' '));`);
    assert.equal(output, '4 function function');
  });

  test('a program that imports the server from the package of the elements reads where it is', () => {
    const output = evaluate(`const { createApp, ConfigError } = await import('sarangbang/server');
      const error = await createApp({ port: 0 }).catch((error) => error);
      process.stdout.write([error instanceof ConfigError, error.message].join(' '));`);
    assert.match(output, /^true .*\bsarangbang-server\b/);
    const declaration = readFileSync(installed('components', 'dist/types/components/server.d.ts'), 'utf8');
    const exported = declaration.match(/^export (?!\{)/gm) ?? [];
    assert.ok(exported.length >= 4);
    // Each export is marked as deprecated with the same sentence, which editors show.
    const [, sentence = ''] = /^true (.*)$/.exec(output) ?? [];
    assert.equal(declaration.split(`@deprecated ${sentence}`).length - 1, exported.length);
  });

  for (const workspace of WORKSPACES) {
    test(`${NAMES[workspace]} contains the files it points to, and runs nothing at installation`, () => {
      const { exports, bin = {}, customElements = [], 'web-types': webTypes = [], scripts } = manifestOf(workspace);
      const exported = Object.values(exports).flatMap((entry) =>
        typeof entry === 'string' ? [entry] : Object.values(entry),
      );
      const paths = [
        exported,
        Object.values(bin),
        customElements,
        webTypes,
        ['LICENSE', 'README.md', 'CHANGELOG.md'],
      ].flat();
      assert.deepEqual(
        paths.filter((path) => !existsSync(installed(workspace, path))),
        [],
      );
      for (const path of Object.values(bin))
        assert.match(readFileSync(installed(workspace, path), 'utf8'), /^#!\/usr\/bin\/env node\n/);
      assert.deepEqual(Object.keys(scripts), ['prepack']);
    });
  }

  test('the server contains the chapter for operators and every file it links to', () => {
    const chapter = readFileSync(installed('server', 'README.md'), 'utf8');
    assert.match(chapter, /^# Operating sarangbang\n/);
    assert.equal(
      readFileSync(installed('server', 'PROJECT.md'), 'utf8'),
      readFileSync(join(root, 'README.md'), 'utf8'),
    );
    const links = [...chapter.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !/^[a-z]+:/.test(link));
    const paths = links.filter((link) => !link.startsWith('../'));
    assert.ok(paths.length >= 8);
    assert.deepEqual(
      paths.filter((path) => !existsSync(installed('server', path))),
      [],
    );
    assert.deepEqual(
      [...new Set(links.filter((link) => link.startsWith('../')))].toSorted(),
      ['../components/README.md'],
      'the README of the other package',
    );
    const opening = chapter.slice(0, chapter.indexOf('\n| ')).replaceAll('\n', ' ');
    assert.match(opening, /npm package holds the README of the project as `PROJECT\.md`/);
  });

  test('each has its own dependencies and none of the other', () => {
    assert.deepEqual(readdirSync(installed('components', 'dist/types/server')).toSorted(), [
      'entities.d.ts',
      'protocol.d.ts',
      'texts.d.ts',
    ]);
    assert.deepEqual(Object.keys(manifestOf('components').dependencies).toSorted(), ['lit', 'socket.io-client', 'uqr']);
    assert.deepEqual(readdirSync(installed('server', 'dist')).toSorted(), ['node', 'types', 'web']);
    const building = Object.keys(
      (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest).dependencies,
    );
    assert.ok(building.includes('esbuild') && building.includes('terser'));
    for (const workspace of WORKSPACES) {
      assert.deepEqual(
        building.filter((name) => name in manifestOf(workspace).dependencies),
        [],
      );
    }
  });

  test('their types compile in a strict project', () => {
    const imports = MODULES.map((name, index) => `import * as m${index} from '${name}';\nvoid m${index};`).join('\n');
    writeFileSync(
      join(project, 'page.ts'),
      `${imports}
      const call = document.querySelector('video-call')!;
      call.room = 'standup';
      call.addEventListener('call-join', (event) => { const room: string = event.room; void room; });
      call.addEventListener('state-change', ({ state }) => { const text: 'joined' | string = state; void text; });
      const list = document.querySelector('room-list')!;
      list.addEventListener('room-select', (event) => { const room: string = event.room; void room; });
      import { createApp } from 'sarangbang-server';
      export const port = createApp({ dataDir: ':memory:' }).then((app) => app.httpServer.listen(0).address());
    `,
    );
    const options = {
      target: 'es2022',
      module: 'nodenext',
      moduleResolution: 'nodenext',
      strict: true,
      noEmit: true,
      lib: ['es2024', 'dom', 'dom.iterable'],
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    };
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...options, skipLibCheck: false }, files: ['page.ts'] }),
    );
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--project', project], {
      cwd: project,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  });

  test('the elements need at most 20 packages and 8 MB, and no script at installation', { timeout: 120_000 }, () => {
    const folder = installInto('elements', 'components');
    const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { hasInstallScript?: true }>;
    };
    const paths = Object.keys(lock.packages).filter((path) => path !== '');
    assert.ok(paths.length <= 20, paths.join(' '));
    const bytes = filesOf(join(folder, 'node_modules')).reduce((sum, path) => sum + statSync(path).size, 0);
    assert.ok(bytes <= 8_000_000, `${bytes} bytes`);
    assert.deepEqual(
      paths.filter((path) => lock.packages[path]?.hasInstallScript),
      [],
    );
  });

  test('the server starts in an empty folder and serves demo page and modules', { timeout: 180_000 }, async (t) => {
    const folder = installInto('server', 'server');
    const bin = (name: string) => join(folder, 'node_modules/.bin', name);
    const { version } = manifestOf('server') as unknown as { version: string };
    assert.equal(execFileSync(bin('sarangbang'), ['--version'], { cwd: folder, encoding: 'utf8' }), `${version}\n`);
    const child = spawn(bin('sarangbang-server'), [], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...QUIET_SETTINGS },
    });
    t.after(() => child.kill('SIGKILL'));
    const url = await whenListening(child, [], 30_000);
    assert.match(await (await fetch(url)).text(), /<video-call/);
    for (const path of ['/elements.js', '/video-call.js', '/client.js', '/socket.io/socket.io.js', '/readyz']) {
      assert.equal((await fetch(url + path)).status, 200, path);
    }
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null]);
  });
});
