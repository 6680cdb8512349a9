/**
 * Compiles tests, and the programs that they start, with all that they share. Loading them one module at a time with
 * tsx takes more of a core than most of them do.
 */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Stands for `import.meta.url` in each module that has it. */
const OWN_URL = 'urlOfThisSource';

/** Programs that tests start in processes of their own are among these. */
const PROGRAMS = 'test/support/server';

/**
 * A module that looks for files beside it looks beside its source.
 * @type {import('esbuild').Plugin}
 */
const besideSources = {
  name: 'beside-sources',
  setup(build) {
    build.onLoad({ filter: /\.(?:ts|mjs)$/ }, ({ path }) => {
      if (path.includes('node_modules')) return undefined;
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta.url') || text.startsWith('#!')) return undefined;
      // In the first line, so that the others keep their numbers.
      const contents = `const ${OWN_URL} = ${JSON.stringify(pathToFileURL(path).href)}; ${text}`;
      return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' };
    });
  },
};

/** @param {string} file of the sources, relative to the root */
const compiledName = (file) => file.replace(/\.ts$/, '.mjs');

/**
 * What it writes is removed with the process, if not before.
 * @param {string[]} files relative to the root
 * @returns {Promise<{ directory: string, files: string[], remove: () => void }>} the compiled files, in the same order
 */
export async function compileTests(files) {
  const { build } = await import('esbuild');
  const parent = join(root, '.cache/tests');
  mkdirSync(parent, { recursive: true });
  // Within the root, where the libraries are found. Another run may be under way.
  const directory = mkdtempSync(join(parent, 'run-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', remove);
  const programs = readdirSync(join(root, PROGRAMS)).map((name) => `${PROGRAMS}/${name}`);
  await build({
    entryPoints: [...files, ...programs.filter((file) => file.endsWith('.ts'))],
    absWorkingDir: root,
    outbase: root,
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    define: { 'import.meta.url': OWN_URL },
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'warning',
    plugins: [besideSources],
  });
  return { directory, files: files.map((file) => join(directory, compiledName(file))), remove };
}

/**
 * The source of a compiled test.
 * @param {string} file
 */
export function sourceOf(file) {
  const inside = relative(join(root, '.cache/tests'), file);
  return inside.startsWith('run-') ? join(root, inside.slice(inside.indexOf('/') + 1)).replace(/\.mjs$/, '.ts') : file;
}
