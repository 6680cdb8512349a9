/**
 * Entries in one file. A browser asks for the imports of a module only after it has read the module. So a page with a
 * call would wait one round trip for `video-call.js`, and one more for its chunks. An entry named here therefore holds
 * the chunks that it needs, and asks for nothing before the call is running.
 *
 * Owns how such chunks are put into files, and how they are shared. Each runs once for a page, whichever files of one
 * build hold it: its exports stand in a record of the page, under the address and the name of the chunk. All other
 * scripts read them there, as they are when the chunk has run. So no module may export a variable that changes later.
 * Does not own which code belongs to which chunk (`layers.mjs`).
 */
import { basename, posix } from 'node:path';
import { Loading } from './late-parts.mjs';
import { rankOf } from './layers.mjs';
import { readModule } from './module-syntax.mjs';

/**
 * @import { Metafile } from 'esbuild'
 * @import { Script } from './chunk-names.mjs'
 * @import { Name, Range } from './module-syntax.mjs'
 * @typedef {{ path: string, names: Name[] }} Import
 */

/** The entries that show a call. Their first remote picture must not wait for a second round trip. */
export const ONE_FILE = ['video-call.js', 'elements.js', 'define.js'];

const SOURCE_MAP = /\/\/# sourceMappingURL=\S*\s*$/;

/**
 * The statement's characters become blanks, because the source map counts columns.
 * @param {string} code
 * @param {Range | undefined} range
 */
const blankOut = (code, range) =>
  range ? code.slice(0, range.start) + ' '.repeat(range.end - range.start) + code.slice(range.end) : code;

/**
 * The names of an import as a pattern, or those of an export as an object: `{outer:inner}`.
 * @param {Name[]} names
 */
const toPattern = (names) =>
  `{${names.map(({ outer, inner }) => (outer === inner ? inner : `${outer}:${inner}`)).join()}}`;

/**
 * @param {string} first
 * @param {string} second
 */
const pair = (first, second) => (first === second ? first : `${first} as ${second}`);

/** One script of the build. */
class Parts {
  /** @type {Import[]} */
  imports;

  /** @param {Script} script */
  constructor({ path, code, map }) {
    this.path = path;
    this.map = JSON.parse(map);
    const text = code.replace(SOURCE_MAP, '');
    const syntax = readModule(text);
    const resolve = (/** @type {string} */ address) => posix.join(posix.dirname(path), address);
    this.imports = syntax.imports.map(({ address, names }) => ({ path: resolve(address), names }));
    this.exports = syntax.export?.names ?? [];
    this.lateImports = syntax.lateImports.map((range) => ({ ...range, path: resolve(range.address) }));
    this.body = [...syntax.imports, syntax.export].reduce(blankOut, text);
  }

  /** The statement that exports what the script exported before. */
  get exportStatement() {
    if (this.exports.length === 0) return '';
    return `export{${this.exports.map(({ outer, inner }) => pair(inner, outer)).join()}};`;
  }
}

/** A script put together from lines without a source and from bodies with their source maps. */
class Assembly {
  #code = '';
  #line = 0;
  /** @type {{ offset: { line: number, column: number }, map: object }[]} */
  #sections = [];
  #path;
  #web;

  /**
   * @param {string} path
   * @param {string} web the directory that is served, relative to the repository
   */
  constructor(path, web) {
    this.#path = path;
    this.#web = web;
  }

  /** @param {string} text */
  add(text) {
    if (!text) return;
    this.#code += `${text}\n`;
    this.#line += text.split('\n').length;
  }

  /**
   * @param {string} path
   * @param {Name[]} names
   */
  addImport(path, names) {
    const list = names.map(({ outer, inner }) => pair(outer, inner)).join();
    this.add(`import${list && `{${list}}from`}"${this.addressOf(path)}";`);
  }

  /** @param {Parts} parts */
  addBody({ path, body, map, lateImports }) {
    // Sources lie above the directory that is served, so their paths start at the root of the repository.
    const placeOf = (/** @type {string} */ script) => posix.join('/', this.#web, posix.dirname(script));
    const relate = (/** @type {string} */ source) =>
      posix.relative(placeOf(this.#path), posix.join(placeOf(path), source));
    this.#sections.push({
      offset: { line: this.#line, column: 0 },
      map: { ...map, sources: map.sources.map(relate) },
    });
    // The address of a part that loads late is relative to the script that imports it.
    let code = '';
    let end = 0;
    for (const late of lateImports) {
      code += body.slice(end, late.start) + JSON.stringify(this.addressOf(late.path));
      end = late.end;
    }
    this.add(code + body.slice(end));
  }

  /** @param {string} path */
  addressOf(path) {
    const address = posix.relative(posix.dirname(this.#path), path);
    return address.startsWith('.') ? address : `./${address}`;
  }

  /** @returns {Script} */
  finish() {
    return { path: this.#path, code: this.#code, map: JSON.stringify({ version: 3, sections: this.#sections }) };
  }
}

/** Rewrites the scripts of one build. */
class Linking {
  #loading;
  #web;
  #outputs;
  /** @type {Map<string, number>} */
  #ranks = new Map();
  /** @type {Map<string, Parts>} */
  #parts;
  /** @type {Set<string>} */
  #shared;

  /**
   * @param {string} web the directory that is served, relative to the repository
   * @param {Script[]} scripts
   * @param {Metafile['outputs']} outputs
   */
  constructor(web, scripts, outputs) {
    this.#web = web;
    this.#outputs = outputs;
    this.#loading = new Loading(outputs);
    this.#parts = new Map(scripts.map((script) => [script.path, new Parts(script)]));
    this.#shared = new Set(ONE_FILE.flatMap((entry) => this.#chunksOf(entry)));
  }

  /** @param {string} path */
  #partsOf(path) {
    const parts = this.#parts.get(path);
    if (!parts) throw new Error(`${path} is not a file of this build`);
    return parts;
  }

  /** @param {string} path */
  #rankOf(path) {
    let rank = this.#ranks.get(path);
    if (rank === undefined) {
      rank = rankOf(Object.keys(this.#outputs[`${this.#web}/${path}`]?.inputs ?? {}));
      this.#ranks.set(path, rank);
    }
    return rank;
  }

  /**
   * The chunks that a script imports, directly or through other chunks. Each stands behind those that it needs, and
   * otherwise in the order of the layers.
   * @param {string} path
   * @param {Set<string>} found
   */
  #chunksOf(path, found = new Set()) {
    const { imports } = this.#partsOf(path);
    for (const { path: next } of imports.toSorted((a, b) => this.#rankOf(a.path) - this.#rankOf(b.path))) {
      if (found.has(next)) continue;
      this.#chunksOf(next, found);
      found.add(next);
    }
    return [...found];
  }

  /**
   * The shared chunks that a script has to hold or import, because no other script has loaded them before it.
   * @param {string} path
   */
  #broughtBy(path) {
    const output = `${this.#web}/${path}`;
    const isEntry = posix.dirname(path) === '.';
    if (!isEntry && !this.#loading.parts.includes(output)) return [];
    const before = this.#loading.loadedBefore(output);
    return this.#chunksOf(path).filter((chunk) => this.#shared.has(chunk) && !before.has(`${this.#web}/${chunk}`));
  }

  /**
   * The statement that declares `$ran`: the exports of this server's chunks that have run on the page, by chunk name.
   * @param {string} path
   */
  #head(path) {
    const directory = posix.dirname(path) === '.' ? 'chunks/' : '.';
    return `const $ran=(globalThis[Symbol.for("sarangbang")]??={})[new URL("${directory}",import.meta.url)]??={};`;
  }

  /** @param {string} path */
  #placeOf(path) {
    return `$ran[${JSON.stringify(basename(path))}]`;
  }

  /**
   * The statements that read the imports of a script from `$ran`.
   * @param {Parts} parts
   */
  #takenBy({ imports }) {
    return imports
      .filter(({ path, names }) => names.length > 0 && this.#shared.has(path))
      .map(({ path, names }) => `const${toPattern(names)}=${this.#placeOf(path)};`)
      .join('');
  }

  /**
   * A shared chunk: runs unless it has run on this page.
   * @param {Assembly} assembly
   * @param {Parts} parts
   */
  #addShared(assembly, parts) {
    assembly.add(`${this.#placeOf(parts.path)}??=(()=>{${this.#takenBy(parts)}`);
    assembly.addBody(parts);
    assembly.add(`return${toPattern(parts.exports)}})();`);
  }

  /**
   * @param {Script} script
   * @returns {Script}
   */
  rewrite(script) {
    const { path } = script;
    const assembly = new Assembly(path, this.#web);
    // A copy for a second attempt is no file of the build that has been examined.
    const parts = this.#parts.get(path) ?? new Parts(script);
    if (this.#shared.has(path)) {
      assembly.add(this.#head(path));
      this.#addShared(assembly, parts);
      return assembly.finish();
    }
    const brought = this.#parts.has(path) ? this.#broughtBy(path) : [];
    const held = ONE_FILE.includes(path) ? brought : [];
    const asked = ONE_FILE.includes(path) ? [] : brought.map((chunk) => ({ path: chunk, names: [] }));
    const own = parts.imports.filter((one) => !this.#shared.has(one.path));
    // The shared chunks first, because the others read their exports at once.
    for (const { path: other, names } of [...asked, ...own]) assembly.addImport(other, names);
    const taken = this.#takenBy(parts);
    if (held.length > 0 || taken) assembly.add(this.#head(path));
    for (const chunk of held) this.#addShared(assembly, this.#partsOf(chunk));
    assembly.add(taken);
    assembly.addBody(parts);
    assembly.add(parts.exportStatement);
    return assembly.finish();
  }
}

/**
 * @param {string} web the directory that is served, relative to the repository
 * @param {{ files: Script[], outputs: Metafile['outputs'] }} bundled
 * @param {Script[]} copies
 * @returns {Script[]} the files and the copies
 */
export function linkOnPage(web, { files, outputs }, copies) {
  const linking = new Linking(web, files, outputs);
  return [...files, ...copies].map((script) => linking.rewrite(script));
}
