/** The names of chunks: the same wherever the same source is built, and never the same for other bytes. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { root } from '../support/server-process.ts';

const MINUTE = 60_000;

/** What of the checkout a build takes in, beside its libraries. */
const SOURCES = ['components', 'server', 'public', 'package.json', 'package-lock.json', 'tsconfig.json'];

/** A build of the checkout is none of the copy's. */
const isSource = (path: string) => !/[\\/](?:dist|node_modules)$/.test(path);

/** The packages that are installed where nobody develops. */
function copyLibraries(to: string): void {
  const { packages } = JSON.parse(readFileSync(join(root, 'node_modules/.package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean; link?: boolean }>;
  };
  for (const [path, { dev, devOptional, link }] of Object.entries(packages)) {
    if (!dev && !devOptional && !link && path.startsWith('node_modules/')) cpSync(join(root, path), join(to, path), { recursive: true });
  }
}

const linkLibraries = (to: string) => symlinkSync(join(root, 'node_modules'), join(to, 'node_modules'));

/** Builds a copy. @returns the files that were built for browsers, by path, as text */
async function buildIn(directory: string, addLibraries: (to: string) => void, change = (_to: string): void => undefined) {
  mkdirSync(directory, { recursive: true });
  for (const path of SOURCES) cpSync(join(root, path), join(directory, path), { recursive: true, filter: isSource });
  addLibraries(directory);
  change(directory);
  await promisify(execFile)(process.execPath, ['components/build.mjs'], { cwd: directory });
  return readBuild(directory);
}

function readBuild(directory: string): Map<string, string> {
  const entries = ['server/dist/web', 'components/dist/npm'].flatMap((path) => readdirSync(join(directory, path), { recursive: true, withFileTypes: true }));
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [path.slice(directory.length), readFileSync(path, 'latin1')]));
}

/** A program's text with one place changed; a place that is no longer there fails. */
function edit(file: string, from: string | RegExp, to: string): void {
  const text = readFileSync(file, 'utf8');
  assert.notEqual(text.search(from), -1, `${file} has no ${from}`);
  writeFileSync(file, text.replace(from, to));
}

const isChunk = (path: string) => path.startsWith('/server/dist/web/chunks/');

/** Chunks that two builds have under one name with other bytes. */
const clashesOf = (one: Map<string, string>, other: Map<string, string>) =>
  [...one].filter(([path, text]) => isChunk(path) && other.has(path) && other.get(path) !== text).map(([path]) => path);

/** Scripts of chunks whose bytes both builds have, under names that differ. */
function renamedOf(one: Map<string, string>, other: Map<string, string>): string[] {
  const isScript = ([path]: [string, string]) => isChunk(path) && path.endsWith('.js');
  const names = new Map([...other].filter(isScript).map(([path, text]) => [text, path]));
  return [...one].filter(isScript).flatMap(([path, text]) => (names.has(text) && !other.has(path) ? path : []));
}

describe('chunk names', () => {
  let directory = '';
  let first = new Map<string, string>();

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sarangbang-names-'));
    first = await buildIn(join(directory, 'a'), linkLibraries);
    assert.ok([...first.keys()].filter(isChunk).length > 100);
  }, { timeout: 5 * MINUTE });
  after(() => rm(directory, { recursive: true, force: true }));

  test('one source gives the same names and bytes in any directory, however its libraries lie', { timeout: 5 * MINUTE }, async () => {
    for (const [path, addLibraries] of [['a much/longer/path with a space', linkLibraries], ['copied', copyLibraries]] as const) {
      const other = await buildIn(join(directory, path), addLibraries);
      assert.deepEqual([...other.keys()].toSorted(), [...first.keys()].toSorted(), path);
      const differing = [...first].filter(([file, text]) => other.get(file) !== text).map(([file]) => file);
      assert.deepEqual(differing, [], path);
    }
  });

  test('the same directory gives them again', { timeout: 5 * MINUTE }, async () => {
    await promisify(execFile)(process.execPath, ['components/build.mjs'], { cwd: join(directory, 'a') });
    assert.deepEqual(readBuild(join(directory, 'a')), first);
  });

  for (const [what, file, from, to] of [
    ['another setting of terser', 'components/build-size.mjs', 'passes: 3', 'passes: 1'],
    ['a minifier that keeps more', 'components/build-size.mjs', 'keep_fargs: false', 'keep_fargs: true'],
    ['other markup', 'components/room-list/room-list-view.ts', 'class="more"', 'class="more further"'],
  ] as const) {
    test(`no name stands for other bytes, nor are the same bytes named otherwise: ${what}`, { timeout: 5 * MINUTE }, async () => {
      const other = await buildIn(join(directory, what), linkLibraries, (to_) => edit(join(to_, file), from, to));
      const names = (build: Map<string, string>) => [...build.keys()].filter(isChunk).toSorted();
      assert.notDeepEqual(names(other), names(first), 'the control: nothing has changed');
      assert.deepEqual(clashesOf(first, other), []);
      assert.deepEqual(renamedOf(first, other), []);
    });
  }
});
