/**
 * Minifies scripts with terser, and remembers the results, because terser takes most of the time of a build, and most
 * scripts are the same as in the build before.
 *
 * Owns the directory of what was minified before. Does not own how scripts are minified (`layers.mjs`).
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minify } from 'terser';

/**
 * @import { MinifyOptions } from 'terser'
 * @typedef {{ code: string, options: MinifyOptions }} Script
 * @typedef {{ code: string, map: string }} Minified
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Not among the modules, which an installation deletes. */
const MEMORY = join(root, '.cache/minified');

/**
 * `null` where there is none, or half of one.
 * @param {string} path
 * @returns {Minified | null}
 */
function recall(path) {
  try {
    const { code, map } = JSON.parse(readFileSync(path, 'utf8'));
    return typeof code === 'string' && typeof map === 'string' ? { code, map } : null;
  } catch {
    return null;
  }
}

/** @param {Script} script @returns {Promise<Minified>} */
async function minifyOne({ code, options }) {
  const { code: short, map } = await minify(code, options);
  if (short === undefined || typeof map !== 'string') throw new Error('terser wrote no code or no source map');
  return { code: short, map };
}

/**
 * What it has not minified before, it remembers. What it was not asked for, it forgets.
 * @param {Script[]} scripts
 * @param {string} [memory] the directory
 * @returns {Promise<Minified[]>}
 */
export async function minifyAll(scripts, memory = MEMORY) {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/terser/package.json'), 'utf8'));
  const names = scripts.map((script) =>
    createHash('sha256')
      .update(JSON.stringify([version, script]))
      .digest('hex'),
  );
  const known = names.map((name) => recall(join(memory, name)));
  const minified = await Promise.all(scripts.map((script, index) => known[index] ?? minifyOne(script)));
  try {
    mkdirSync(memory, { recursive: true });
    for (const [index, name] of names.entries())
      if (!known[index]) writeFileSync(join(memory, name), JSON.stringify(minified[index]));
    for (const name of readdirSync(memory)) if (!names.includes(name)) rmSync(join(memory, name));
  } catch {
    // The next build minifies it again.
  }
  return minified;
}
