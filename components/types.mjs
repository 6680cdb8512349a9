/**
 * Writes the declarations of what both packages export: components/dist/types and server/dist/types.
 *
 * The compiler names a template by the package that declares it, `lit-html`, which we do not depend on: where each
 * package finds its own dependencies alone, the name leads nowhere. `lit` exports the same type.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = join(root, 'node_modules/typescript/bin/tsc');

for (const workspace of ['components', 'server']) {
  const types = join(root, workspace, 'dist/types');
  // A declaration whose source is gone would be published.
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
