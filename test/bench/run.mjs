/**
 * `npm run bench`: builds what is stale and runs every bench beside this file, one after another. Ends with code 1 if
 * one of them missed its target or failed.
 *
 * ```
 * npm run bench                                         all of them
 * npm run bench -- room-list                            some, by the beginning of their names
 * npm run bench -- first-picture --rounds 12 --write    with options of the bench
 * ```
 */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { dependenciesAreCurrent, install } from '../../server/prepare.mjs';

const ENDING = '.bench.ts';
const root = fileURLToPath(new URL('../..', import.meta.url));
const directory = fileURLToPath(new URL('.', import.meta.url));
const say = (/** @type {string} */ text) => process.stdout.write(`${text}\n`);

const all = readdirSync(directory)
  .filter((name) => name.endsWith(ENDING))
  .map((name) => name.slice(0, -ENDING.length))
  .toSorted();
const given = process.argv.slice(2);
const firstOption = given.findIndex((word) => word.startsWith('--'));
const wanted = firstOption < 0 ? given : given.slice(0, firstOption);
const options = firstOption < 0 ? [] : given.slice(firstOption);
const unknown = wanted.filter((word) => !all.some((name) => name.startsWith(word)));
if (unknown.length > 0) {
  say(`No such bench: ${unknown.join(', ')}. There are: ${all.join(', ')}.`);
  process.exit(1);
}
const chosen = all.filter((name) => wanted.length === 0 || wanted.some((word) => name.startsWith(word)));

if (!dependenciesAreCurrent({ dev: true })) install({ dev: true });
if (
  !process.env.BENCH_SERVER &&
  spawnSync(process.execPath, ['server/prepare.mjs'], { cwd: root, stdio: 'inherit' }).status !== 0
)
  process.exit(1);

/**
 * Resolves to the exit code. Servers that the bench started end with it.
 * @param {string} name
 * @returns {Promise<number>}
 */
function run(name) {
  const child = spawn(process.execPath, ['--import', 'tsx', `test/bench/${name}${ENDING}`, ...options], {
    cwd: root,
    stdio: 'inherit',
  });
  const pass = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
  process.on('SIGINT', pass).on('SIGTERM', pass);
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      process.off('SIGINT', pass).off('SIGTERM', pass);
      resolve(code ?? 1);
    });
  });
}

const [lastMinute = 0] = loadavg();
say(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, load ${lastMinute.toFixed(1)}`);
const missed = [];
for (const name of chosen) {
  say(`\n── ${name}`);
  if ((await run(name)) !== 0) missed.push(name);
}
say(missed.length === 0 ? `\nall ${chosen.length} within their targets` : `\nmissed: ${missed.join(', ')}`);
process.exitCode = missed.length === 0 ? 0 : 1;
