/**
 * Makes the checkout ready to start: installs dependencies and builds, each only when it is not up to date.
 *
 * Uses nothing but Node, because it runs before anything is installed. Does not own what a build is: that is in
 * `components/build.mjs`, `manifest.mjs` and `types.mjs` there, and in `build.mjs` beside this file.
 *
 *   node server/prepare.mjs             builds what is out of date (npm's `prepare`)
 *   node server/prepare.mjs --rebuild   builds everything (`npm run build`)
 *   node server/prepare.mjs --install   installs what is missing first (npm's `prestart`)
 *   node server/prepare.mjs --package   builds with declarations and documents too (`prepack` of both packages)
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** The published packages, each with a `dist` of its own. */
const WORKSPACES = ['components', 'server'];
/** Documents of the root that each package publishes, and their names there. Each package has a README of its own. */
const DOCUMENTS = { 'README.md': 'PROJECT.md', LICENSE: 'LICENSE', 'CHANGELOG.md': 'CHANGELOG.md' };
const lockPath = join(root, 'server/dist/.building');

/** @param {string} path */
function readJson(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}

/**
 * Runs a program to its end. If it fails, this process ends with its exit code.
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} env
 */
function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * What a lock file says of a package.
 * @typedef {object} LockedPackage
 * @property {string} version
 * @property {boolean} [optional]
 * @property {boolean} [dev]
 * @property {boolean} [devOptional]
 * @property {boolean} [peer]
 */

/**
 * Whether the installed packages match the lock file, by npm's own record. `dev` includes the development dependencies.
 * @param {{ dev: boolean }} options
 */
export function dependenciesAreCurrent({ dev }) {
  /** @type {Record<string, LockedPackage>} */
  const wanted = readJson(join(root, 'package-lock.json')).packages ?? {};
  /** @type {Record<string, LockedPackage>} */
  const installed = readJson(join(root, 'node_modules/.package-lock.json')).packages ?? {};
  return Object.entries(wanted).every(([path, { version, optional, dev: isDev, devOptional, peer }]) => {
    const needed = path !== '' && !optional && !peer && (dev || !(isDev || devOptional));
    return !needed || (installed[path]?.version === version && existsSync(join(root, path)));
  });
}

/** Whether development dependencies are installed. Then they are kept, because the next tests need them. */
function hasDevelopmentDependencies() {
  /** @type {{ packages?: Record<string, LockedPackage> }} */
  const { packages = {} } = readJson(join(root, 'node_modules/.package-lock.json'));
  return Object.values(packages).some(({ dev }) => dev === true);
}

/**
 * Installs what the lock file names; no package needs its install script. Without `dev`, only what building and serving
 * need: the development dependencies are many, and some warn about a Node version on which the server runs well.
 * @param {{ dev: boolean }} options
 */
export function install({ dev }) {
  run('npm', ['ci', '--ignore-scripts', dev ? '--include=dev' : '--omit=dev'], { PUPPETEER_SKIP_DOWNLOAD: '1' });
}

/**
 * Whether a file of a workspace is a source, and not made by a build, by npm or by `copyDocuments()`.
 * @param {string} path
 */
const isSource = (path) => !/^\w+\/(?:dist|node_modules)\/|^\w+\/(?:\w+\.md|LICENSE)$/.test(path);

/** A digest of everything that a build is made of. */
function digestSources() {
  const hash = createHash('sha256');
  const add = (/** @type {string} */ path) =>
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  for (const path of ['package.json', 'package-lock.json', 'tsconfig.json']) add(path);
  for (const directory of ['server', 'components', 'public']) {
    const entries = readdirSync(join(root, directory), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const paths = entries.map((entry) =>
      join(entry.parentPath ?? entry.path, entry.name)
        .slice(root.length)
        .replaceAll('\\', '/'),
    );
    for (const path of paths.filter(isSource).toSorted()) add(path);
  }
  return hash.digest('hex');
}

/**
 * The code of an error of the operating system, such as `EACCES`; `undefined` for every other error.
 * @param {unknown} error
 */
function codeOf(error) {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/**
 * Runs `work` while no other process builds: of two starts at once, the second waits for the first.
 * @param {() => void} work
 */
async function holdingBuildLock(work) {
  mkdirSync(join(root, 'server/dist'), { recursive: true });
  for (;;) {
    try {
      writeFileSync(lockPath, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      const owner = existsSync(lockPath) ? Number(readFileSync(lockPath, 'utf8')) : 0;
      // The lock file is empty for a moment between its creation and its writing; `owner` is then 0.
      if (owner > 0 && !isAlive(owner)) rmSync(lockPath, { force: true });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const release = () => rmSync(lockPath, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    release();
    process.off('exit', release);
  }
}

const stampOf = (/** @type {string} */ workspace) => join(root, workspace, 'dist/.stamp');
/**
 * The digest of the sources that each part of a workspace (`modules`, `manifest`) was built from.
 * @param {string} workspace
 * @returns {Record<string, string>}
 */
const readStamp = (workspace) => readJson(stampOf(workspace));

/**
 * Notes in each workspace what its `dist` was built from. A deleted `dist` is built again.
 * @param {string} part
 * @param {string} digest
 * @param {string[]} workspaces
 */
function stamp(part, digest, workspaces) {
  for (const workspace of workspaces)
    writeFileSync(stampOf(workspace), JSON.stringify({ ...readStamp(workspace), [part]: digest }));
}

/** Copies documents into the packages, because npm packs nothing from outside a workspace and follows no links. */
function copyDocuments() {
  for (const workspace of WORKSPACES) {
    for (const [name, copy] of Object.entries(DOCUMENTS)) copyFileSync(join(root, name), join(root, workspace, copy));
  }
}

/** @typedef {{ manifest: boolean, everything: boolean }} BuildOptions */

/**
 * What must be built. The manifest (`custom-elements.json`) needs the development dependencies, and only tools read it.
 * @param {string} digest
 * @param {BuildOptions} options
 */
function findStale(digest, { manifest, everything }) {
  const isStale = (/** @type {string} */ part, /** @type {string[]} */ workspaces) =>
    everything || workspaces.some((workspace) => readStamp(workspace)[part] !== digest);
  const canAnalyze = existsSync(join(root, 'node_modules/@custom-elements-manifest/analyzer'));
  return {
    modules: isStale('modules', WORKSPACES),
    manifest: manifest && canAnalyze && isStale('manifest', ['components']),
  };
}

/**
 * Builds what is out of date. If nothing is, nothing is written, because the directory may be read-only.
 * @param {BuildOptions} options
 */
async function buildWhereStale(options) {
  const found = findStale(digestSources(), options);
  if (!found.modules && !found.manifest) return;
  assertWritable('is not built, or its sources have changed since');
  await holdingBuildLock(() => {
    const digest = digestSources();
    const { modules, manifest } = findStale(digest, options);
    if (modules) {
      run(process.execPath, ['components/build.mjs']);
      run(process.execPath, ['server/build.mjs']);
      stamp('modules', digest, WORKSPACES);
    }
    if (manifest) {
      run(process.execPath, ['components/manifest.mjs']);
      stamp('manifest', digest, ['components']);
    }
  });
}

/**
 * Ends this process with one sentence.
 * @param {string} sentence
 */
function fail(sentence) {
  process.stderr.write(`sarangbang: ${sentence}\n`);
  process.exit(1);
}

/**
 * Ends this process if its user may not write to the checkout, as is usual for a service. The owner must build it once.
 * @param {string} what the checkout lacks or is, as the rest of the sentence
 */
function assertWritable(what) {
  const places = [root, ...WORKSPACES.flatMap((workspace) => [join(root, workspace), join(root, workspace, 'dist')])];
  try {
    for (const place of places) if (existsSync(place)) accessSync(place, constants.W_OK);
  } catch (error) {
    fail(
      `${root} ${what}, and this user may not write there (${codeOf(error)}). Run there as its owner: ` +
        'node server/prepare.mjs --install',
    );
  }
}

/** @param {Set<string>} flags */
async function prepare(flags) {
  const starting = flags.has('--install');
  if (starting && !dependenciesAreCurrent({ dev: false })) {
    assertWritable('lacks packages that it needs');
    install({ dev: hasDevelopmentDependencies() });
  }
  await buildWhereStale({ manifest: !starting, everything: flags.has('--rebuild') });
  if (flags.has('--package')) {
    run(process.execPath, ['components/types.mjs']);
    copyDocuments();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await prepare(new Set(process.argv.slice(2))).catch((error) => {
    // A file that cannot be read or written is for the operator to fix, so its error is shown without a stack.
    if (codeOf(error) === undefined) throw error;
    fail(`${root} cannot be prepared (${error.message}).`);
  });
}
