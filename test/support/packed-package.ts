/** The packages as npm packs them, unpacked below a directory. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './server-process.ts';

export type Workspace = 'components' | 'server';

/** Packs a workspace and hands out the tar file. */
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
