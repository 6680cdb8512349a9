/** The frameworks that the package is tried with: installed apart from the root, from a lock of their own. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './server-process.ts';

const home = join(root, 'test/frameworks');
export const frameworkModules = join(home, 'node_modules');

type Packages = Record<string, { version?: string; optional?: boolean }>;

function packagesOf(path: string): Packages {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { packages: Packages }).packages : {};
}

/** Whether each package of the lock is installed in its version; one for another platform need not be. */
function isCurrent(): boolean {
  const installed = packagesOf(join(frameworkModules, '.package-lock.json'));
  const wanted = Object.entries(packagesOf(join(home, 'package-lock.json'))).filter(
    ([path, { optional }]) => path !== '' && !optional,
  );
  return wanted.every(([path, { version }]) => installed[path]?.version === version);
}

/** Installs what the lock asks for where it is not there yet. No package's script runs. */
export function installFrameworks(): void {
  if (isCurrent()) return;
  const { status, error } = spawnSync('npm', ['ci', '--ignore-scripts'], {
    cwd: home,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`npm ci in test/frameworks ended with ${status}`);
}
