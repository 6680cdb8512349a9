/**
 * Names chunks by their final content. esbuild names them by their input, before terser minifies them again, and by the
 * paths of libraries. With those names, the same source would get different names in different directories, and chunks
 * with different bytes could get the same name.
 *
 * Owns the names of chunks and the paths in source maps. A name is a digest of the chunk's final bytes, of its source
 * map, of its copy (see `late-parts.mjs`), and of every chunk that it refers to, directly or through other chunks.
 */
import { createHash } from 'node:crypto';
import { basename, dirname, join, posix, relative, sep } from 'node:path';

/**
 * A script with its source map. `path` is relative to the directory that is served.
 * @typedef {{ path: string, code: string, map: string }} Script
 * @typedef {{ name: string, digest: Buffer, refersTo: string[] }} Chunk
 * @import { Metafile } from 'esbuild'
 */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** The digest as esbuild writes it. Ours has the same length, because a source map counts columns. */
const DIGEST = /[A-Z0-9]{8}(?=\.js)/;
const NAME = /[\w-]+-[A-Z0-9]{8}\.js/g;

/** @param {(string | Buffer)[]} texts */
const digestOf = (texts) => texts.reduce((hash, text) => hash.update(text).update('\0'), createHash('sha256')).digest();

/** @param {string} path */
const nameOf = (path) => (posix.dirname(path) === 'chunks' ? basename(path).match(NAME)?.[0] : undefined);

/**
 * The path of a source inside the repository. It does not depend on where the repository and its libraries are.
 * @param {string} root
 * @param {string} path
 */
function pathInside(root, path) {
  const parts = path.split(sep);
  const library = parts.lastIndexOf('node_modules');
  return library < 0 ? relative(root, path) : join(...parts.slice(library));
}

/**
 * @param {string} root
 * @param {string} file the path of the map
 * @param {string} map
 * @returns the map, with the paths of sources inside the repository
 */
export function relateSources(root, file, map) {
  const directory = dirname(file);
  const relate = (/** @type {string} */ source) =>
    relative(directory, join(root, pathInside(root, join(directory, source))));
  /** @type {{ sources: string[] }} */
  const { sources, ...rest } = JSON.parse(map);
  return JSON.stringify({ ...rest, sources: sources.map((source) => relate(source).replaceAll(sep, '/')) });
}

/**
 * Computes a digest of the texts of each chunk, without the digests in the names from esbuild, and lists the chunks
 * that it refers to.
 * @param {Script[]} files
 * @returns {Chunk[]}
 */
function readChunks(files) {
  /** @type {Map<string, string[]>} */
  const texts = new Map();
  for (const { path, code, map } of files.toSorted((a, b) => a.path.length - b.path.length)) {
    const name = nameOf(path);
    if (name) texts.set(name, [...(texts.get(name) ?? [name.replace(DIGEST, '')]), code, map]);
  }
  const isChunk = (/** @type {string} */ name) => texts.has(name);
  return [...texts].map(([name, parts]) => ({
    name,
    digest: digestOf(
      parts.map((part) => part.replace(NAME, (found) => (isChunk(found) ? found.replace(DIGEST, '') : found))),
    ),
    refersTo: parts.flatMap((part) => part.match(NAME) ?? []).filter(isChunk),
  }));
}

/**
 * Chunks may refer to each other in circles. So each round mixes the digests of the chunks that a chunk refers to into
 * its own digest. After as many rounds as there are chunks, each digest contains every chunk that its chunk leads to.
 * @param {Chunk[]} chunks
 */
function digestAll(chunks) {
  let digests = new Map(chunks.map(({ name, digest }) => [name, digest]));
  for (const _round of chunks) {
    const mix = (/** @type {Chunk} */ { name, refersTo }) =>
      digestOf([name, ...refersTo].flatMap((other) => digests.get(other) ?? []));
    digests = new Map(chunks.map((chunk) => [chunk.name, mix(chunk)]));
  }
  return digests;
}

/**
 * @param {Script[]} files
 * @returns a function that replaces the names in a text by the names that follow from `files`
 */
function renamingOf(files) {
  const names = new Map();
  for (const [name, digest] of digestAll(readChunks(files))) {
    const letters = [...digest.subarray(0, 8)].map((byte) => ALPHABET[byte % 32]).join('');
    names.set(name, name.replace(DIGEST, letters));
  }
  if (new Set(names.values()).size < names.size) throw new Error('two chunks are the same');
  return (/** @type {string} */ text) => text.replace(NAME, (found) => names.get(found) ?? found);
}

/**
 * @param {Script[]} files
 * @param {Metafile['outputs']} outputs what esbuild reports about `files`, if the caller needs it
 * @returns {{ files: Script[], outputs: Metafile['outputs'] }} with chunks named by their content in paths and in texts
 */
export function nameByContent(files, outputs = {}) {
  const rename = renamingOf(files);
  return {
    files: files.map(({ path, code, map }) => ({ path: rename(path), code: rename(code), map: rename(map) })),
    outputs: JSON.parse(rename(JSON.stringify(outputs))),
  };
}
