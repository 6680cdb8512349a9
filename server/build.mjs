/** Builds the server into server/dist/node: `index.js` is the process, `app.js` is `import 'sarangbang-server'`. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const entryPoints = ['server/index.ts', 'server/app.ts']
  .map((path) => join(root, path))
  .filter((path) => existsSync(path));

/** The commit of this checkout; '' without a checkout or git. */
function readCommit() {
  const { status, stdout } = spawnSync('git', ['rev-parse', '--short=7', 'HEAD'], { cwd: root, encoding: 'utf8' });
  return status === 0 && existsSync(join(root, '.git')) ? stdout.trim() : '';
}

const outdir = join(root, 'server/dist/node');
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints,
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  define: { BUILT_FROM_COMMIT: JSON.stringify(readCommit()) },
  sourcemap: 'linked',
  logLevel: 'warning',
  metafile: true,
});
// Earlier files are removed after the build, so that a failed build leaves the previous one in place.
const outputs = Object.keys(metafile.outputs);
if (existsSync(outdir))
  for (const file of readdirSync(outdir))
    if (!outputs.includes(`server/dist/node/${file}`)) rmSync(join(outdir, file), { recursive: true });
// `redis/library.ts` reads these files from beside the output file that it is bundled into.
cpSync(join(root, 'server/redis/lua'), join(outdir, 'lua'), { recursive: true });
