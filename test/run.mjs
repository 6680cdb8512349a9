/**
 * `npm test`: installs what is missing, runs every step, goes on after a failing one, and ends with the
 * line `N passed, N failed, N skipped`. Format, types, lint and build run at the same time, and count as one
 * test each.
 *
 *   npm test                            all steps
 *   npm test -- server house            some of them
 *   npm test -- test/server/sockets/rooms.test.ts     some files, each by the runner that understands it
 *   npm test -- soak soak-components    the long forms (npm run test:soak)
 *   npm test -- frameworks-all          every framework in every layout (npm run test:frameworks)
 *
 * Uses nothing but Node until the dependencies are there. Everything it starts runs in a process group
 * of its own, and that group is ended with the step.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dependenciesAreCurrent, install } from '../server/prepare.mjs';
import { BUILD, LOOK_AT_THE_BUILD, MINUTE, PROGRAMS, STEPS, bin } from './steps.mjs';
import { compileTests } from './support/compiled-tests.mjs';
import { findProgram } from './support/programs.mjs';

/**
 * @import { ChildProcess, SpawnSyncOptions } from 'node:child_process'
 * @import { RunOptions, Step } from './steps.mjs'
 */

const root = fileURLToPath(new URL('..', import.meta.url));
/** Names this run. Every process of a step inherits it in its environment, also outside the step's process group. */
const RUN = `${process.pid}-${Date.now()}`;
/** @type {NodeJS.ProcessEnv} */
const environment = {
  ...process.env,
  NODE_ENV: 'test',
  PUPPETEER_SKIP_DOWNLOAD: '1',
  SARANGBANG_RUN: RUN,
};
if (!process.stdout.isTTY) environment.NO_COLOR ??= '1';

const temporary = mkdtempSync(join(tmpdir(), 'sarangbang-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
/**
 * The failed tests of all steps, which are told again at the end: an output that is cut keeps its end.
 * @type {string[]}
 */
const failures = [];
/**
 * What each step took, told at the end too.
 * @type {string[]}
 */
const times = [];
/** @type {Set<ChildProcess>} */
const running = new Set();

/** @param {string} text */
function say(text) {
  process.stdout.write(`${text}\n`);
}

/** @param {ChildProcess} child */
function endGroup({ pid }) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The whole group has ended already.
  }
}

/** Ends what a step has left behind outside its group, such as browsers that no test closed. */
function endStrays() {
  if (!existsSync('/proc/self/environ')) return;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`SARANGBANG_RUN=${RUN}`))
        process.kill(Number(pid), 'SIGKILL');
    } catch {
      // The process has ended meanwhile, or belongs to another user.
    }
  }
}

/**
 * Runs a command to its end and resolves to its exit code. Ends what the command leaves behind. With `whole`, prints
 * the output in one piece at the end, below the `title`, so that commands that run side by side stay readable.
 * @param {string[]} command
 * @param {RunOptions} options
 * @returns {Promise<number>}
 */
function runCommand([command = '', ...args], { timeoutMs = 10 * MINUTE, env = {}, whole = false, title = '' } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: whole ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
      detached: true,
      env: { ...environment, ...env },
    });
    running.add(child);
    /** @type {Buffer[]} */
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk));
    const timer = setTimeout(() => {
      say(`Ended after ${timeoutMs / 1000} s without a result: ${command} ${args.join(' ')}`);
      endGroup(child);
    }, timeoutMs);
    let isDone = false;
    const finish = (/** @type {number | null} */ code) => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      for (const stream of [child.stdout, child.stderr]) stream?.destroy();
      running.delete(child);
      endGroup(child);
      // While other commands of the same step run, their processes are no strays.
      if (running.size === 0) endStrays();
      if (title) say(title);
      process.stdout.write(Buffer.concat(output));
      resolve(code ?? 1);
    };
    child.once('error', (error) => {
      say(String(error));
      finish(1);
    });
    child.once('exit', (code) => {
      // All of the output has arrived when it closes, unless something outside the group holds it open.
      endGroup(child);
      const patience = setTimeout(() => finish(code), 5_000);
      child.once('close', () => {
        clearTimeout(patience);
        finish(code);
      });
    });
  });
}

/**
 * Test files below a directory, in a fixed order.
 * @param {string} directory
 */
function testFiles(directory, suffixes = ['.test.ts']) {
  const path = join(root, directory);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && suffixes.some((suffix) => entry.name.endsWith(suffix)))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .filter((file) => !file.includes('node_modules/'))
    .toSorted();
}

/**
 * Adds the counts that a runner wrote. A runner that failed without a failed test counts as one failed test.
 * @param {string} path
 * @param {number} code
 */
function addTally(path, code) {
  /** @type {Partial<typeof total> & { fileMs?: Record<string, number>, failures?: string[] }} */
  const tally = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8') || '{}') : {};
  total.passed += tally.passed ?? 0;
  total.failed += tally.failed ?? 0;
  total.skipped += tally.skipped ?? 0;
  failures.push(...(tally.failures ?? []));
  if (code !== 0 && !tally.failed) {
    total.failed++;
    failures.push(`${basename(path, '.json')}: ended with ${code} and named no failed test`);
  }
  saySlowest(tally.fileMs ?? {});
}

/** @param {string} failure */
function indented(failure) {
  return failure
    .replace(root, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, 4)
    .map((line) => `  ${line}`)
    .join('\n');
}

/**
 * Prints the slowest files of a step, from 10 s on: where to look when the whole run takes too long.
 * @param {Record<string, number>} fileMs
 */
function saySlowest(fileMs) {
  const slowest = Object.entries(fileMs)
    .filter(([, ms]) => ms > 10_000)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 12);
  if (slowest.length === 0) return;
  say(`slowest: ${slowest.map(([file, ms]) => `${relative(root, file)} ${Math.round(ms / 1_000)} s`).join(', ')}`);
}

/**
 * @param {string} name
 * @param {Step} step
 * @param {string[]} files
 */
async function runNodeTests(name, step, files) {
  const path = join(temporary, `${name}.json`);
  /** @type {Awaited<ReturnType<typeof compileTests>> | null} */
  let compiled = null;
  try {
    if (!step.uncompiled) compiled = await compileTests(files);
  } catch (error) {
    // esbuild has told its own.
    if (!(error instanceof Error && 'errors' in error)) say(String(error));
    return addTally(path, 1);
  }
  const command = [
    process.execPath,
    ...(compiled ? ['--enable-source-maps'] : ['--import', 'tsx']),
    '--test',
    `--test-concurrency=${step.concurrency}`,
    // A test that waits for ever fails, instead of using up the time of the whole step.
    ...(step.onRequest ? [] : [`--test-timeout=${4 * MINUTE}`]),
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=./test/support/tally-reporter.mjs',
    `--test-reporter-destination=${path}`,
    ...(compiled?.files ?? files),
  ];
  // Not that of a run around this one.
  const env = { ...step.env, SARANGBANG_COMPILED: compiled?.directory ?? '' };
  addTally(path, await runCommand(command, { ...step, env }));
  compiled?.remove();
}

/**
 * Runs the files in several browsers at the same time, each with its own servers, because most tests wait for timers.
 * @param {string} name
 * @param {Step} step
 * @param {string[]} files
 */
async function runBrowserTests(name, step, files) {
  const sorted = files.toSorted((a, b) => statSync(join(root, b)).size - statSync(join(root, a)).size);
  const shards = Math.min(step.shards ?? 1, files.length);
  const run = async (/** @type {number} */ shard) => {
    const path = join(temporary, `${name}-${shard}.json`);
    const own = sorted.filter((_, index) => index % shards === shard);
    const command = [bin('web-test-runner'), '--config', 'test/web-test-runner.config.mjs', '--files', ...own];
    addTally(path, await runCommand(command, { ...step, env: { SARANGBANG_TALLY: path }, whole: shards > 1 }));
  };
  await Promise.all(Array.from({ length: shards }, (_, shard) => run(shard)));
}

/**
 * @param {string} name
 * @param {Step} step
 * @param {string[]} [only] these files of the step
 */
async function runStep(name, step, only) {
  const startedAt = Date.now();
  say(`\n── ${name}`);
  const directories = [step.node ?? step.browser ?? []].flat();
  const files =
    only ??
    step.files ??
    directories
      .flatMap((directory) => testFiles(directory, step.suffixes))
      .filter((file) => !step.except?.includes(file));
  const failedBefore = total.failed;
  if (step.node && files.length > 0) await runNodeTests(name, step, files);
  if (step.browser && files.length > 0) await runBrowserTests(name, step, files);
  sayEnd(name, total.failed === failedBefore, startedAt);
}

/**
 * @param {string} name
 * @param {boolean} isOk
 * @param {number} startedAt
 */
function sayEnd(name, isOk, startedAt) {
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  times.push(`${name} ${seconds}`);
  say(`── ${name}: ${isOk ? 'ok' : 'FAILED'}, ${seconds} s`);
}

/**
 * Runs steps that are one command each at the same time, and prints the output of each in one piece.
 * @param {[name: string, command: string[]][]} steps
 */
async function runCommands(steps) {
  const startedAt = Date.now();
  const whole = steps.length > 1;
  await Promise.all(
    steps.map(async ([name, command]) => {
      const title = `\n── ${name}`;
      if (!whole) say(title);
      const isOk = (await runCommand(command, whole ? { whole, title } : {})) === 0;
      if (isOk) total.passed++;
      else {
        total.failed++;
        failures.push(name);
      }
      sayEnd(name, isOk, startedAt);
    }),
  );
}

/**
 * Installs missing Debian packages if allowed, otherwise says what to install and ends.
 * @param {string[]} names
 */
function installPrograms(names) {
  const missing = PROGRAMS.filter(
    ({ programs, steps }) => steps.some((step) => names.includes(step)) && !findProgram(...programs),
  ).map(({ debian }) => debian);
  if (missing.length === 0) return;
  const apt = findProgram('apt-get');
  if (apt && process.getuid?.() === 0) {
    say(`Installing ${missing.join(', ')}`);
    /** @type {SpawnSyncOptions} */
    const options = {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...environment, DEBIAN_FRONTEND: 'noninteractive' },
    };
    spawnSync(apt, ['update'], options);
    if (spawnSync(apt, ['install', '--yes', '--no-install-recommends', ...missing], options).status === 0) return;
  }
  say(
    'The tests need these programs. ' +
      `Install them (on Debian: apt-get install ${missing.join(' ')}) and run npm test again.`,
  );
  process.exit(1);
}

/**
 * What to run: steps by name, or files sorted to the steps that run them.
 * @param {string[]} wanted
 */
function chooseSteps(wanted) {
  /** @type {Map<string, { step: Step, files?: string[] }>} */
  const chosen = new Map();
  for (const word of wanted) {
    const named = STEPS[word];
    if (named) chosen.set(word, { step: named });
    else {
      const file = relative(root, join(process.cwd(), word));
      const isOf = (/** @type {[string, Step]} */ [, step]) =>
        [step.node ?? step.browser ?? []].flat().some((directory) => file.startsWith(`${directory}/`)) &&
        (step.suffixes ?? ['.test.ts']).some((suffix) => file.endsWith(suffix)) &&
        (step.files ?? [file]).includes(file) &&
        !step.except?.includes(file);
      const found = Object.entries(STEPS).find(isOf);
      if (!found || !existsSync(join(root, file))) {
        say(`No such step or test file: ${word}. Steps: ${Object.keys(STEPS).join(', ')}.`);
        process.exit(1);
      }
      const [name, step] = found;
      chosen.set(name, { step, files: [...(chosen.get(name)?.files ?? []), file] });
    }
  }
  if (chosen.size === 0)
    for (const [name, step] of Object.entries(STEPS)) if (!step.onRequest) chosen.set(name, { step });
  return chosen;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    for (const child of running) endGroup(child);
    endStrays();
    process.exit(1);
  });
}
process.once('exit', () => rmSync(temporary, { recursive: true, force: true }));

const chosen = chooseSteps(process.argv.slice(2));
if (!dependenciesAreCurrent({ dev: true })) install({ dev: true });
installPrograms([...chosen.keys()]);
if (!chosen.has('build') && [...chosen.keys()].some((name) => LOOK_AT_THE_BUILD.includes(name)))
  await runCommand(BUILD);
/** @type {[string, string[]][]} */
const commands = [...chosen].flatMap(([name, { step }]) => (step.command ? [[name, step.command]] : []));
await runCommands(commands);
for (const [name, { step, files }] of chosen) if (!step.command) await runStep(name, step, files);

if (failures.length > 0) say(`\nFailed:\n${failures.map((failure) => indented(failure)).join('\n')}`);
say(`\nSeconds: ${times.join(', ')}; in all ${Math.round(process.uptime())}.`);
say(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
