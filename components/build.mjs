/**
 * Builds the elements twice: for the server to hand out (server/dist/web) and for bundlers (components/dist/npm).
 *
 * The served build is bundled, split, minified and compressed. Its modules keep their names and are revalidated. Those
 * that show a call hold all they need (see `served/one-file.mjs`). Chunks are named by their content and never change.
 * The chunks of the previous build stay, because a page that was opened before an update may still ask for them. The
 * build for bundlers leaves its dependencies as imports.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { minifyOptions, replacedLibraries, servedSources } from './served/layers.mjs';
import { minifyAll } from './served/minify.mjs';
import { nameByContent, relateSources } from './served/chunk-names.mjs';
import { bundleCopies, nameLateParts } from './served/late-parts.mjs';
import { linkOnPage } from './served/one-file.mjs';

/**
 * @import { BuildOptions, OutputFile } from 'esbuild'
 * @import { Script } from './served/chunk-names.mjs'
 * @import { Minified } from './served/minify.mjs'
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const web = join(root, 'server/dist/web');
const npm = join(root, 'components/dist/npm');
const record = join(root, 'server/dist/web-chunks.json');

/** The source of each module, by the name that it is served and imported under. */
export const ENTRIES = {
  elements: 'components/index.ts',
  'room-list': 'components/room-list/index.ts',
  'chat-room': 'components/chat-room/index.ts',
  'video-call': 'components/video-call/index.ts',
  'device-picker': 'components/device-picker/index.ts',
  define: 'components/define.ts',
  client: 'components/client/index.ts',
};

/** Modules only for bundlers. If they were served, each would be one more file that every page loads. */
const NPM_ENTRIES = { events: 'components/events.ts', server: 'components/server.ts' };

const COMPRESSED = /\.(?:js|css|html|svg|json|txt|webmanifest)$/;

/**
 * The files below `directory`, as paths relative to it.
 * @param {string} directory
 */
function filesBelow(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(directory.length + 1));
}

/** The entries whose source exists, in the form that esbuild takes. */
function presentEntries(rename = (/** @type {string} */ name) => name) {
  return Object.fromEntries(
    Object.entries(ENTRIES)
      .filter(([, source]) => existsSync(join(root, source)))
      .map(([name, source]) => [rename(name), join(root, source)]),
  );
}

const { version } = JSON.parse(readFileSync(join(root, 'components/package.json'), 'utf8'));

const common = /** @satisfies {BuildOptions} */ ({
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  splitting: true,
  target: 'es2022',
  sourcemap: 'linked',
  legalComments: 'none',
  chunkNames: 'chunks/[name]-[hash]',
  metafile: true,
  logLevel: 'warning',
});

/**
 * The names of the chunks of this build and of the previous one.
 * @returns {{ chunks: string[], before: string[] }}
 */
function readRecord() {
  return existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : { chunks: [], before: [] };
}

/**
 * Writes `.br` and `.gz` beside each file that compresses well. A chunk of the previous build already has them.
 * @param {string[]} chunks
 */
function compress(chunks) {
  for (const file of filesBelow(web)) {
    if (!COMPRESSED.test(file)) continue;
    const path = join(web, file);
    if (file.startsWith('chunks/') && !chunks.includes(basename(file)) && existsSync(`${path}.br`)) continue;
    const content = readFileSync(path);
    const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
    writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
    writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  }
}

/**
 * The scripts of a build with their source maps, by paths below `web`.
 * @param {OutputFile[]} outputFiles
 * @returns {Script[]}
 */
function scriptsOf(outputFiles) {
  const texts = new Map(outputFiles.map(({ path, text }) => [path, text]));
  return [...texts]
    .filter(([path]) => path.endsWith('.js'))
    .map(([path, code]) => ({
      path: path.slice(web.length + 1).replaceAll(sep, '/'),
      code,
      map: relateSources(root, path, texts.get(`${path}.map`) ?? ''),
    }));
}

/**
 * Entries whose functions the browser should compile while it loads the script, on a thread of its own. Most of them
 * run before the first picture, and without the hint the main thread compiles each at its first call. Chromium reads
 * the hint. To other browsers it is a comment.
 */
const COMPILED_AT_ONCE = ['video-call.js'];
const COMPILE_HINT = '//# allFunctionsCalledOnLoad\n';

/**
 * Puts the hint into the first line, the only place where it counts. The source map begins one line later.
 * @param {Script} script
 * @returns {Script}
 */
function hintCompilation(script) {
  if (!COMPILED_AT_ONCE.includes(script.path)) return script;
  const map = JSON.parse(script.map);
  return { ...script, code: COMPILE_HINT + script.code, map: JSON.stringify({ ...map, mappings: `;${map.mappings}` }) };
}

/**
 * Minifies the scripts again, names the chunks by their content, and writes both. Returns the paths of scripts.
 * @param {Script[]} scripts
 */
async function write(scripts) {
  const minified = await minifyAll(
    scripts.map(({ path, code, map }) => ({
      code: nameLateParts(path, code),
      options: minifyOptions(map, path.endsWith('.again.js')),
    })),
  );
  const { files } = nameByContent(
    scripts.map(({ path }, index) => hintCompilation({ path, .../** @type {Minified} */ (minified[index]) })),
  );
  for (const { path, code, map } of files) {
    mkdirSync(dirname(join(web, path)), { recursive: true });
    writeFileSync(join(web, path), code);
    writeFileSync(join(web, `${path}.map`), map);
  }
  return files.map(({ path }) => path);
}

/** The files of the demo page that use a library. A page cannot import it by its bare name. */
const WITH_LIBRARY = ['qr-code.js'];

async function bundleLibraries() {
  await build({
    absWorkingDir: root,
    entryPoints: WITH_LIBRARY.map((file) => join(root, 'public', file)),
    outdir: web,
    allowOverwrite: true,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'warning',
  });
}

async function buildWeb() {
  const { metafile, outputFiles } = await build({
    ...common,
    entryPoints: presentEntries(),
    outdir: web,
    write: false,
    minify: true,
    plugins: [servedSources, replacedLibraries],
    define: { __SERVED__: 'true', __VERSION__: JSON.stringify(version) },
  });
  // Names the chunks before the copies are made, because their names stand in the text of the copies. esbuild chooses
  // short names of variables by how often each letter occurs in a text, so names that depend on paths would change the
  // bytes.
  const bundled = nameByContent(scriptsOf(outputFiles), metafile.outputs);
  const copies = await bundleCopies(root, web, bundled);
  const outputs = await write(linkOnPage('server/dist/web', bundled, scriptsOf(copies)));
  const chunks = outputs.filter((path) => path.startsWith('chunks/')).map((path) => basename(path));

  const last = readRecord();
  const same = last.chunks.length === chunks.length && chunks.every((chunk) => last.chunks.includes(chunk));
  const before = same ? last.before : last.chunks;
  writeFileSync(record, JSON.stringify({ chunks, before }));

  const kept = new Set([...chunks, ...before]);
  const published = new Set(filesBelow(join(root, 'public')));
  for (const file of filesBelow(web)) {
    const source = file.replace(/\.(?:br|gz)$/, '').replace(/\.map$/, '');
    const stays = source.startsWith('chunks/')
      ? kept.has(basename(source))
      : outputs.includes(source) || published.has(source);
    if (!stays) rmSync(join(web, file));
  }
  cpSync(join(root, 'public'), web, { recursive: true });
  await bundleLibraries();
  compress(chunks);
}

async function buildNpm() {
  const { metafile } = await build({
    ...common,
    entryPoints: { ...presentEntries((name) => (name === 'elements' ? 'index' : name)), ...NPM_ENTRIES },
    outdir: npm,
    packages: 'external',
    // These modules are as readable as their sources, and maps with the sources in them would be most of the package.
    sourcemap: false,
    define: { __SERVED__: 'false', __VERSION__: JSON.stringify(version) },
  });
  // Only after the build, so that a build that fails leaves the last one in place.
  const outputs = Object.keys(metafile.outputs);
  for (const file of filesBelow(npm)) if (!outputs.includes(`components/dist/npm/${file}`)) rmSync(join(npm, file));
}

// A checkout from the time when there was one package has its build in `dist/web`, and open pages still ask for the
// chunks of that build.
for (const { before, path } of [
  { before: 'dist/web', path: web },
  { before: 'dist/web-chunks.json', path: record },
]) {
  if (existsSync(path) || !existsSync(join(root, before))) continue;
  mkdirSync(dirname(path), { recursive: true });
  renameSync(join(root, before), path);
}
mkdirSync(web, { recursive: true });
mkdirSync(join(root, 'public'), { recursive: true });
await Promise.all([buildWeb(), buildNpm()]).catch((error) => {
  // esbuild has printed its own errors already.
  if (!error.errors) console.error(error);
  process.exit(1);
});
