/** Copies of the checkout that are built apart from it, and their builds. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './server-process.ts';

/** The input of a build, without its libraries. */
const SOURCES = ['components', 'server', 'public', 'package.json', 'package-lock.json', 'tsconfig.json'];

/** What a build remembers. */
const MEMORY = '.cache/minified';

/** The build of the checkout is not part of the copy. */
const isSource = (path: string) => !/[\\/](?:dist|node_modules)$/.test(path);

/** Copies the installed packages that are no development dependencies to the folder `to`. */
export function copyLibraries(to: string): void {
  const { packages } = JSON.parse(readFileSync(join(root, 'node_modules/.package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean; link?: boolean }>;
  };
  for (const [path, { dev, devOptional, link }] of Object.entries(packages)) {
    if (!dev && !devOptional && !link && path.startsWith('node_modules/'))
      cpSync(join(root, path), join(to, path), { recursive: true });
  }
}

export const linkLibraries = (to: string) => symlinkSync(join(root, 'node_modules'), join(to, 'node_modules'));

/** Builds a copy. @returns the files built for browsers, by path, as text */
export async function buildIn(
  directory: string,
  addLibraries: (to: string) => void,
  change = (_to: string): void => undefined,
): Promise<Map<string, string>> {
  mkdirSync(directory, { recursive: true });
  for (const path of SOURCES) cpSync(join(root, path), join(directory, path), { recursive: true, filter: isSource });
  // What was minified before has the same form again. It is found by its content.
  if (existsSync(join(root, MEMORY))) cpSync(join(root, MEMORY), join(directory, MEMORY), { recursive: true });
  addLibraries(directory);
  change(directory);
  return rebuild(directory);
}

/** Builds a copy again, as it is now. @returns as `buildIn` */
export async function rebuild(directory: string): Promise<Map<string, string>> {
  await promisify(execFile)(process.execPath, ['components/build.mjs'], { cwd: directory });
  return readBuild(directory);
}

/** @returns the files built for browsers in a checkout, as `buildIn` */
export function readBuild(directory: string): Map<string, string> {
  const entries = ['server/dist/web', 'components/dist/npm'].flatMap((path) =>
    readdirSync(join(directory, path), { recursive: true, withFileTypes: true }),
  );
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [path.slice(directory.length), readFileSync(path, 'latin1')]));
}

/** Changes one place in a program's text; fails if that place no longer exists. */
export function edit(file: string, from: string | RegExp, to: string): void {
  const text = readFileSync(file, 'utf8');
  assert.notEqual(text.search(from), -1, `${file} has no ${from}`);
  writeFileSync(file, text.replace(from, to));
}

export const isChunk = (path: string) => path.startsWith('/server/dist/web/chunks/');

/** Chunks with one name and different bytes in two builds. */
export const clashesOf = (one: Map<string, string>, other: Map<string, string>) =>
  [...one].filter(([path, text]) => isChunk(path) && other.has(path) && other.get(path) !== text).map(([path]) => path);

/** Chunks with the same bytes and different names in two builds. */
export function renamedOf(one: Map<string, string>, other: Map<string, string>): string[] {
  const isScript = ([path]: [string, string]) => isChunk(path) && path.endsWith('.js');
  const names = new Map([...other].filter(isScript).map(([path, text]) => [text, path]));
  return [...one].filter(isScript).flatMap(([path, text]) => (names.has(text) && !other.has(path) ? path : []));
}
