/**
 * Names chunks by what they are. esbuild names them by what goes in, before terser has minified them once more, and by
 * where libraries lie: one source would have other names in another directory, and one name could stand for other bytes.
 *
 * Owns the names of chunks and the paths in source maps. A name is a digest of the chunk's final bytes, of its source
 * map, of its copy (see `late-parts.mjs`), and of every chunk that it refers to, at whatever distance.
 */
import { createHash } from 'node:crypto';
import { basename, dirname, join, posix, relative, sep } from 'node:path';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** As esbuild writes it. Ours is as long, because a source map counts columns. */
const DIGEST = /[A-Z0-9]{8}(?=\.js)/;
const NAME = /[\w-]+-[A-Z0-9]{8}\.js/g;

const digestOf = (texts) => texts.reduce((hash, text) => hash.update(text).update('\0'), createHash('sha256')).digest();

const nameOf = (path) => (posix.dirname(path) === 'chunks' ? basename(path).match(NAME)?.[0] : undefined);

/** The path of a source inside the repository, wherever the repository and its libraries lie. */
function pathInside(root, path) {
  const parts = path.split(sep);
  const library = parts.lastIndexOf('node_modules');
  return library < 0 ? relative(root, path) : join(...parts.slice(library));
}

/** @param file where the map lies, as a path @returns the map with paths of sources inside the repository */
export function relateSources(root, file, map) {
  const directory = dirname(file);
  const relate = (source) => relative(directory, join(root, pathInside(root, join(directory, source))));
  const { sources, ...rest } = JSON.parse(map);
  return JSON.stringify({ ...rest, sources: sources.map((source) => relate(source).replaceAll(sep, '/')) });
}

/** What each chunk consists of, without the names it has so far, and to which chunks it refers. */
function readChunks(files) {
  const texts = new Map();
  for (const { path, code, map } of files.toSorted((a, b) => a.path.length - b.path.length)) {
    const name = nameOf(path);
    if (name) texts.set(name, [...(texts.get(name) ?? [name.replace(DIGEST, '')]), code, map]);
  }
  const isChunk = (name) => texts.has(name);
  return [...texts].map(([name, parts]) => ({
    name,
    digest: digestOf(
      parts.map((part) => part.replace(NAME, (found) => (isChunk(found) ? found.replace(DIGEST, '') : found))),
    ),
    refersTo: parts.flatMap((part) => part.match(NAME) ?? []).filter(isChunk),
  }));
}

/**
 * Chunks may refer to each other in circles. So each round mixes into a digest those of the chunks referred to: after
 * as many rounds as there are chunks, each digest has taken in all that its chunk leads to.
 */
function digestAll(chunks) {
  let digests = new Map(chunks.map(({ name, digest }) => [name, digest]));
  for (const _round of chunks) {
    const mix = ({ name, refersTo }) => digestOf([digests.get(name), ...refersTo.map((other) => digests.get(other))]);
    digests = new Map(chunks.map((chunk) => [chunk.name, mix(chunk)]));
  }
  return digests;
}

/**
 * @param files with paths relative to the directory that is served
 * @returns what puts the names that follow from `files` in place of those in a text
 */
function renamingOf(files) {
  const names = new Map();
  for (const [name, digest] of digestAll(readChunks(files))) {
    const letters = [...digest.subarray(0, 8)].map((byte) => ALPHABET[byte % 32]).join('');
    names.set(name, name.replace(DIGEST, letters));
  }
  if (new Set(names.values()).size < names.size) throw new Error('two chunks are the same');
  return (text) => text.replace(NAME, (found) => names.get(found) ?? found);
}

/**
 * @param files with paths relative to the directory that is served
 * @param outputs what esbuild says of them, where that is needed
 * @returns both; chunks and what refers to them have names by content
 */
export function nameByContent(files, outputs = {}) {
  const rename = renamingOf(files);
  return {
    files: files.map(({ path, code, map }) => ({ path: rename(path), code: rename(code), map: rename(map) })),
    outputs: JSON.parse(rename(JSON.stringify(outputs))),
  };
}
