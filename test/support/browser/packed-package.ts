/** The packages as npm packs them, unpacked below a directory. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../server/server-process.ts';

export type Workspace = 'components' | 'server';

/** Packs a workspace and returns the tar file. */
export function packPackage(directory: string, workspace: Workspace = 'components'): string {
  const args = ['pack', '--json', '--workspace', workspace, '--pack-destination', directory];
  const output = execFileSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [{ filename }] = JSON.parse(output.slice(output.indexOf('['))) as [{ filename: string }];
  return join(directory, filename);
}

/** Unpacks it as `path`. */
export function unpackPackage(file: string, path: string): void {
  mkdirSync(path, { recursive: true });
  execFileSync('tar', ['-xzf', file, '--strip-components=1', '-C', path], { cwd: dirname(path) });
}

/** Puts the package into a folder of modules, as `npm install` does with the packed file. */
export function installPackage(modules: string): void {
  const directory = mkdtempSync(join(tmpdir(), 'sarangbang-packed-'));
  try {
    const home = join(modules, 'sarangbang');
    rmSync(home, { recursive: true, force: true });
    unpackPackage(packPackage(directory), home);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
