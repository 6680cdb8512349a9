/**
 * Second attempts for what loads late. A browser may keep a failed import for ever, by its address, and with it
 * every module that imports that address. So the served code is told the address of each part, to ask under another
 * one, and beside each part lies a copy that stands on nothing but what is loaded before it (see `internal/capability.ts`).
 */
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

/** Has `Capability` say which address a part is imported from, and tells it the one of the build. */
export function nameLateParts(path, text) {
  const named = text.replace(/\b([\w$]+)=>import\("(\.[^"]+)"\)/g, '$1=>import($1("$2"))');
  if (/import\("[^"]+"\)/.test(named))
    throw new Error(`${path} imports a part that has no second attempt: make it a Capability`);
  return named;
}

const intersect = (sets) => sets.reduce((all, set) => all.intersect(set));

/** A set with the two operations that Node 20 does not have. */
class Files extends Set {
  intersect(other) {
    return new Files([...this].filter((file) => other.has(file)));
  }

  unite(other) {
    return new Files([...this, ...other]);
  }
}

/** Which files are there when: of the files that a build with splitting has put out. */
class Loading {
  #outputs;

  constructor(outputs) {
    this.#outputs = outputs;
  }

  /** Each part that loads late. */
  get parts() {
    const all = Object.values(this.#outputs).flatMap(({ imports }) => pathsOf(imports, 'dynamic-import'));
    return [...new Set(all)];
  }

  /** A file and all that it imports. */
  #closure(path, seen = new Files()) {
    if (seen.has(path)) return seen;
    seen.add(path);
    for (const next of pathsOf(this.#outputs[path].imports, 'import-statement')) this.#closure(next, seen);
    return seen;
  }

  /** What is there whenever the code of a file runs, whichever entry brought it. */
  #loadedWith(path, asked) {
    const isRoot = (file) => this.#outputs[file].entryPoint && !asked.includes(file) && this.#closure(file).has(path);
    const roots = Object.keys(this.#outputs).filter(isRoot);
    return intersect(roots.map((root) => this.#closure(root).unite(this.loadedBefore(root, asked))));
  }

  /** What is there before a part is asked for. @param asked parts that are looked at: none brings what asks for it */
  loadedBefore(part, asked = []) {
    const asks = (path) => pathsOf(this.#outputs[path].imports, 'dynamic-import').includes(part);
    const askers = Object.keys(this.#outputs).filter(asks);
    if (askers.length === 0) return new Files();
    return intersect(askers.map((path) => this.#loadedWith(path, [...asked, part])));
  }
}

const pathsOf = (imports, wanted) => imports.filter(({ kind }) => kind === wanted).map(({ path }) => path);

/** Bundles one part with what it stands on; what is loaded before, and other parts, stay where they are. */
async function bundleCopy(root, part, loaded, texts) {
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

/** With its source map in place: esbuild would read the one of the build before, from the disk. */
function withMap({ code, map }) {
  const data = Buffer.from(map).toString('base64');
  return code.replace(/\/\/# sourceMappingURL=.*\s*$/, `//# sourceMappingURL=data:application/json;base64,${data}\n`);
}

/** @param web where `files` would lie @returns files to be written beside those of the build */
export async function bundleCopies(root, web, { files, outputs }) {
  const loading = new Loading(outputs);
  const texts = new Map(files.map((file) => [join(web, file.path), withMap(file)]));
  const copies = loading.parts.map((part) => bundleCopy(root, part, loading.loadedBefore(part), texts));
  return (await Promise.all(copies)).flat();
}
