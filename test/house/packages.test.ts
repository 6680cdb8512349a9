/** The two packages and the root, which is not published. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { filesBelow, read, root } from './syntax.ts';

interface Manifest {
  name: string;
  version: string;
  private?: boolean;
  workspaces?: string[];
  engines: object;
  bin?: Record<string, string>;
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const manifestOf = (directory: string) => JSON.parse(read(join(directory, 'package.json'))) as Manifest;
const whole = manifestOf('.');
const packages = (whole.workspaces ?? []).map(manifestOf);

describe('the packages', () => {
  test('are two, without the root', () => {
    assert.equal(whole.private, true);
    assert.deepEqual(
      packages.map(({ name }) => name),
      ['sarangbang', 'sarangbang-server'],
    );
    assert.ok(packages.every((manifest) => !manifest.private));
  });

  test('have the same version and require the same Node', () => {
    assert.deepEqual([...new Set([whole, ...packages].map(({ version }) => version))], [whole.version]);
    for (const { engines } of packages) assert.deepEqual(engines, whole.engines);
  });

  test('leave the tools for building and testing to the root', () => {
    assert.deepEqual(
      packages.flatMap(({ devDependencies = {} }) => Object.keys(devDependencies)),
      [],
    );
    const building = Object.keys({ ...whole.dependencies, ...whole.devDependencies });
    assert.deepEqual(
      packages.flatMap(({ dependencies }) => building.filter((name) => name in dependencies)),
      [],
    );
  });

  test('run nothing when they are installed', () => {
    const atInstallation = [
      'preinstall',
      'install',
      'postinstall',
      'prepublish',
      'preprepare',
      'prepare',
      'postprepare',
    ];
    assert.deepEqual(
      packages.flatMap(({ scripts }) => atInstallation.filter((name) => name in scripts)),
      [],
    );
  });

  test('hold the Lua files that the server reads beside its modules', () => {
    const { files } = JSON.parse(read('server/package.json')) as { files: string[] };
    assert.ok(files.includes('dist/node'));
    const names = filesBelow('server/redis/lua', '.lua').map((path) => path.split('/').at(-1) ?? '');
    assert.ok(names.length > 10);
    // Without a build there is nothing to compare. In `npm test`, the step before the house tests builds.
    if (!existsSync(join(root, 'server/dist/node'))) return;
    for (const name of names)
      assert.equal(read(`server/dist/node/lua/${name}`), read(`server/redis/lua/${name}`), name);
  });

  test('link commands to a file that exists before the build', () => {
    const commands = packages.flatMap(({ bin = {} }) => Object.entries(bin));
    assert.deepEqual(
      commands.map(([name]) => name),
      ['sarangbang', 'sarangbang-server'],
    );
    for (const [, path] of commands) {
      assert.doesNotMatch(path, /^dist\b/);
      assert.ok(existsSync(join(root, 'server', path)), path);
    }
  });
});
