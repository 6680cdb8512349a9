/** Installs the peers: other products that benches compare with ours. They have a lock file of their own. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const home = fileURLToPath(new URL('.', import.meta.url));
const modules = join(home, 'node_modules');

type Packages = Record<string, { version?: string; optional?: boolean }>;

function packagesOf(path: string): Packages {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { packages: Packages }).packages : {};
}

/** Whether each package is installed in the version of the lock file, except packages for other platforms. */
function isCurrent(): boolean {
  const installed = packagesOf(join(modules, '.package-lock.json'));
  return Object.entries(packagesOf(join(home, 'package-lock.json')))
    .filter(([path, { optional }]) => path !== '' && !optional)
    .every(([path, { version }]) => installed[path]?.version === version);
}

/** Installs missing packages; no package script runs. @throws Error if npm fails */
export function installPeers(): void {
  if (isCurrent()) return;
  console.log('Installing the peers of test/bench');
  const { status, error } = spawnSync('npm', ['ci', '--ignore-scripts'], {
    cwd: home,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`npm ci in test/bench ended with ${status}`);
}

/** The installed version of a package. */
export function versionOf(name: string): string {
  return (JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')) as { version: string }).version;
}
