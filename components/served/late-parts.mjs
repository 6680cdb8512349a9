/**
 * Second attempts for parts that load late. A browser may remember a failed import by its address for as long as the
 * page is open, and then every module that imports that address fails too. So the served code gets the address of each
 * part, and a later attempt imports a copy under a different address (see `internal/capability.ts`). The copy imports
 * nothing but what is loaded before the part.
 */
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { readModule } from './module-syntax.mjs';

/**
 * @import { Metafile, Plugin } from 'esbuild'
 * @import { Script } from './chunk-names.mjs'
 * @typedef {Metafile['outputs']} Outputs
 * @typedef {Outputs[string]['imports']} Imports
 * @typedef {Imports[number]['kind']} Kind
 */

/** What stands before the address of a part that a `Capability` loads. */
const CHOOSER = /(?<![\w$.])(?<name>[\w$]+)=>import\($/;

/**
 * Lets `Capability` choose the address that a part is imported from, and gives it the address of the build:
 * `at=>import("./a.js")` becomes `at=>import(at("./a.js"))`.
 * @param {string} path
 * @param {string} text
 */
export function nameLateParts(path, text) {
  let named = '';
  let end = 0;
  for (const { start, end: after } of readModule(text).lateImports) {
    const chooser = CHOOSER.exec(text.slice(end, start))?.groups?.['name'];
    if (!chooser) throw new Error(`${path} imports a part that has no second attempt: make it a Capability`);
    named += `${text.slice(end, start)}${chooser}(${text.slice(start, after)})`;
    end = after;
  }
  return named + text.slice(end);
}

/**
 * A set of paths with the two operations that are missing in Node 20.
 * @extends {Set<string>}
 */
class Files extends Set {
  /** @param {Files} other */
  intersect(other) {
    return new Files([...this].filter((file) => other.has(file)));
  }

  /** @param {Files} other */
  unite(other) {
    return new Files([...this, ...other]);
  }
}

/** @param {Files[]} sets */
const intersect = (sets) => sets.reduce((all, set) => all.intersect(set));

/** Computes which output files of a build with splitting are loaded at which time. */
export class Loading {
  /** @type {Outputs} */
  #outputs;
  /** @type {Map<string, Files>} */
  #closures = new Map();
  /** @type {Map<string, Files> | undefined} */
  #before;

  /** @param {Outputs} outputs */
  constructor(outputs) {
    this.#outputs = outputs;
  }

  /** The paths of all parts that load late. */
  get parts() {
    const all = Object.values(this.#outputs).flatMap(({ imports }) => pathsOf(imports, 'dynamic-import'));
    return [...new Set(all)];
  }

  /**
   * The files of one kind that a file imports.
   * @param {string} path
   * @param {Kind} kind
   */
  #importedBy(path, kind) {
    const output = this.#outputs[path];
    if (!output) throw new Error(`${path} is not a file of this build`);
    return pathsOf(output.imports, kind);
  }

  /**
   * A file and everything that it imports, directly or through other files.
   * @param {string} path
   */
  #closure(path) {
    const known = this.#closures.get(path);
    if (known) return known;
    const found = new Files([path]);
    // A set also visits what is added during the loop.
    for (const file of found) for (const next of this.#importedBy(file, 'import-statement')) found.add(next);
    this.#closures.set(path, found);
    return found;
  }

  /**
   * What is loaded before a part.
   * @param {string} part
   */
  loadedBefore(part) {
    this.#before ??= this.#findLoadedBefore();
    return this.#before.get(part) ?? new Files();
  }

  /**
   * For each entry and each part, what is loaded before it whichever entry loaded it, found by iteration: parts ask for
   * parts, also in circles. What nobody asks for begins with nothing, and a part with what all have that ask for it.
   * Each round can only take away.
   */
  #findLoadedBefore() {
    const roots = Object.keys(this.#outputs).filter((file) => this.#outputs[file]?.entryPoint);
    const asks = (/** @type {string} */ root, /** @type {string} */ part) =>
      [...this.#closure(root)].some((file) => this.#importedBy(file, 'dynamic-import').includes(part));
    const askers = new Map(roots.map((part) => [part, roots.filter((root) => asks(root, part))]));
    /** @type {Map<string, Files>} */
    const before = new Map(roots.flatMap((root) => (askers.get(root)?.length ? [] : [[root, new Files()]])));
    for (let hasChanged = true; hasChanged;) {
      hasChanged = false;
      for (const [part, by] of askers) {
        const sets = by.flatMap((root) => {
          const known = before.get(root);
          return known ? this.#closure(root).unite(known) : [];
        });
        if (sets.length === 0) continue;
        const found = intersect(sets);
        if (found.size === before.get(part)?.size) continue;
        before.set(part, found);
        hasChanged = true;
      }
    }
    return before;
  }
}

/**
 * @param {Imports} imports
 * @param {Kind} wanted
 */
const pathsOf = (imports, wanted) => imports.filter(({ kind }) => kind === wanted).map(({ path }) => path);

/**
 * Bundles one part with its imports. What is loaded before the part, and other parts, stay separate files.
 * @param {string} root
 * @param {string} part
 * @param {Files} loaded
 * @param {Map<string, string>} texts
 */
async function bundleCopy(root, part, loaded, texts) {
  /** @type {Plugin} */
  const files = {
    name: 'files-in-memory',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /./ }, ({ path, kind, importer }) => {
        if (kind === 'entry-point') return { path };
        const file = join(dirname(importer), path);
        const stays = kind === 'dynamic-import' || loaded.has(file.slice(root.length));
        return stays ? { path, external: true } : { path: file };
      });
      onLoad({ filter: /\.js$/ }, ({ path }) => ({ contents: texts.get(path), loader: 'js' }));
    },
  };
  const { outputFiles } = await build({
    entryPoints: [join(root, part)],
    outfile: join(root, `${part}.again.js`),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    sourcemap: 'linked',
    write: false,
    plugins: [files],
    logLevel: 'warning',
  });
  return outputFiles;
}

/**
 * The code with its source map inline. Otherwise esbuild would read the map of the previous build from the disk.
 * @param {Script} script
 */
function withMap({ code, map }) {
  const data = Buffer.from(map).toString('base64');
  return code.replace(/\/\/# sourceMappingURL=.*\s*$/, `//# sourceMappingURL=data:application/json;base64,${data}\n`);
}

/**
 * @param {string} root
 * @param {string} web the directory of `files`
 * @param {{ files: Script[], outputs: Outputs }} bundled
 * @returns the copies, which are written beside the files of the build
 */
export async function bundleCopies(root, web, { files, outputs }) {
  const loading = new Loading(outputs);
  const texts = new Map(files.map((file) => [join(web, file.path), withMap(file)]));
  const copies = loading.parts.map((part) => bundleCopy(root, part, loading.loadedBefore(part), texts));
  return (await Promise.all(copies)).flat();
}
