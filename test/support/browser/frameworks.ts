/** The frameworks that the package is tested with, installed apart from the root, with their own lock file. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../server/server-process.ts';

const home = join(root, 'test/frameworks');
export const frameworkModules = join(home, 'node_modules');

/** Set by `npm run test:frameworks`: includes the frameworks that `npm test` omits. */
export const allFrameworks = process.env.SARANGBANG_FRAMEWORKS === 'all';

type Packages = Record<string, { version?: string; optional?: boolean; dev?: boolean; devOptional?: boolean }>;

function packagesOf(path: string): Packages {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { packages: Packages }).packages : {};
}

/** Whether each required package is installed in the version of the lock file, except packages for other platforms. */
function isCurrent(): boolean {
  const installed = packagesOf(join(frameworkModules, '.package-lock.json'));
  const wanted = Object.entries(packagesOf(join(home, 'package-lock.json'))).filter(
    ([path, { optional, dev, devOptional }]) => path !== '' && !optional && (allFrameworks || !(dev || devOptional)),
  );
  return wanted.every(([path, { version }]) => installed[path]?.version === version);
}

/** Installs missing packages: `dependencies` alone, or `devDependencies` as well. No package script runs. */
export function installFrameworks(): void {
  if (isCurrent()) return;
  const { status, error } = spawnSync(
    'npm',
    ['ci', '--ignore-scripts', allFrameworks ? '--include=dev' : '--omit=dev'],
    {
      cwd: home,
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  if (error) throw error;
  if (status !== 0) throw new Error(`npm ci in test/frameworks ended with ${status}`);
}
