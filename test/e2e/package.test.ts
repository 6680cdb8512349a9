/** The package as npm packs it, in a project of somebody else's. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { packPackage, unpackPackage } from '../support/packed-package.ts';
import { root } from '../support/server-process.ts';

const FRAMEWORKS = ['react', 'preact', 'solid', 'vue', 'svelte'].map((name) => `sarangbang/${name}`);
const MODULES = [
  'sarangbang', 'sarangbang/video-call.js', 'sarangbang/chat-room.js', 'sarangbang/room-list.js', 'sarangbang/device-picker.js',
  'sarangbang/define.js', 'sarangbang/client.js', 'sarangbang/events.js', 'sarangbang/server',
];

describe('the package', () => {
  let directory = '';
  let installed = '';

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sarangbang-package-'));
    // Installed as npm would, but for its dependencies, which are those of the checkout.
    installed = join(directory, 'project/node_modules/sarangbang');
    unpackPackage(packPackage(directory), installed);
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
    writeFileSync(join(directory, 'project/package.json'), JSON.stringify({ name: 'project', type: 'module', private: true }));
  });

  after(() => rm(directory, { recursive: true, force: true }));

  test('every module can be imported in Node, and does nothing by itself', () => {
    const script = `${[...MODULES, ...FRAMEWORKS].map((name) => `await import('${name}');`).join('\n')}
      const { default: manifest } = await import('sarangbang/custom-elements.json', { with: { type: 'json' } });
      const { createApp } = await import('sarangbang/server');
      const { connect } = await import('sarangbang/client.js');
      process.stdout.write([manifest.modules.length, typeof createApp, typeof connect].join(' '));`;
    const output = execFileSync(process.execPath, ['--no-warnings', '--input-type=module', '--eval', script], { cwd: join(directory, 'project'), encoding: 'utf8', timeout: 20_000 });
    assert.equal(output.trim(), '4 function function');
  });

  test('brings what it points to: types, manifest, program, licence', () => {
    const { exports, bin, customElements } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      exports: Record<string, string | Record<string, string>>;
      bin: Record<string, string>;
      customElements: string;
    };
    const paths = [...Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [entry] : Object.values(entry))), ...Object.values(bin), customElements, 'LICENSE', 'README.md'];
    assert.deepEqual(paths.filter((path) => !existsSync(join(installed, path))), []);
    assert.match(readFileSync(join(installed, 'dist/server/index.js'), 'utf8'), /^#!\/usr\/bin\/env node\n/);
  });

  test('its types are understood by a project that is strict', () => {
    const project = join(directory, 'project');
    const imports = MODULES.map((name, index) => `import * as m${index} from '${name}';\nvoid m${index};`).join('\n');
    writeFileSync(join(project, 'page.ts'), `${imports}
      const call = document.querySelector('video-call')!;
      call.room = 'standup';
      call.addEventListener('call-join', (event) => { const room: string = event.room; void room; });
      call.addEventListener('state-change', ({ state }) => { const text: 'joined' | string = state; void text; });
      const list = document.querySelector('room-list')!;
      list.addEventListener('room-select', (event) => { const room: string = event.room; void room; });
    `);
    const options = { target: 'es2022', module: 'nodenext', moduleResolution: 'nodenext', strict: true, noEmit: true, lib: ['es2024', 'dom', 'dom.iterable'], types: ['node'], typeRoots: [join(root, 'node_modules/@types')] };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...options, skipLibCheck: false }, files: ['page.ts'] }));
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--project', project], { cwd: project, stdio: ['ignore', 'inherit', 'inherit'] });
  });
});
