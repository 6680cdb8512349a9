/**
 * Writes the type declarations of both packages: components/dist/types and server/dist/types.
 *
 * The compiler writes the type of a template as an import of `lit-html`, which declares it but is no dependency of
 * ours. A package manager that gives each package only its own dependencies could not resolve that import. So it
 * becomes an import of `lit`, which exports the same type.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = join(root, 'node_modules/typescript/bin/tsc');

for (const workspace of ['components', 'server']) {
  const types = join(root, workspace, 'dist/types');
  // Otherwise the package would contain declarations of sources that were deleted.
  rmSync(types, { recursive: true, force: true });
  const args = [compiler, '--project', join(root, workspace, 'tsconfig.types.json')];
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);

  for (const entry of readdirSync(types, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (!path.endsWith('.d.ts')) continue;
    const text = readFileSync(path, 'utf8');
    if (text.includes('import("lit-html")'))
      writeFileSync(path, text.replaceAll('import("lit-html")', 'import("lit")'));
  }
}
