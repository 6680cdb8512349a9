/**
 * The steps of `npm test`: what each runs, how much of it at the same time, and which programs it needs. Most tests
 * wait for timers and use little of a core, so more run at the same time than there are cores.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
export const bin = (/** @type {string} */ name) => join(root, 'node_modules/.bin', name);

/** Debian packages that steps need, by the programs that show that they are installed. */
export const PROGRAMS = [
  {
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    debian: 'chromium',
    steps: ['bench', 'components', 'e2e-untimed', 'e2e', 'frameworks', 'frameworks-all', 'soak', 'soak-components'],
  },
  { programs: ['git'], debian: 'git', steps: ['e2e-untimed', 'e2e'] },
  { programs: ['redis-server'], debian: 'redis-server', steps: ['server', 'redis', 'e2e-untimed', 'e2e', 'soak'] },
  { programs: ['nginx'], debian: 'nginx', steps: ['e2e-untimed', 'e2e'] },
  { programs: ['caddy'], debian: 'caddy', steps: ['e2e-untimed', 'e2e'] },
  { programs: ['haproxy'], debian: 'haproxy', steps: ['e2e-untimed', 'e2e'] },
  { programs: ['turnserver'], debian: 'coturn', steps: ['server', 'e2e-untimed', 'e2e', 'soak'] },
  { programs: ['ip'], debian: 'iproute2', steps: ['e2e-untimed', 'e2e', 'soak'] },
  { programs: ['firefox-esr', 'firefox'], debian: 'firefox-esr', steps: ['e2e-untimed', 'e2e'] },
];

/** Tests of the server over its sockets, repeated with rooms and chat in Redis. */
const OVER_SOCKETS = Object.entries({
  grants: ['tokens'],
  http: ['api'],
  sockets: [
    'application',
    'bad-input',
    'call',
    'chat',
    'early-signals',
    'late-join',
    'moderation',
    'refusals',
    'resume',
    'room-list',
    'rooms',
    'wishes',
  ],
  traffic: ['origins', 'prices'],
}).flatMap(([folder, names]) => names.map((name) => `test/server/${folder}/${name}.test.ts`));

/** End-to-end tests that measure no time and do not change the build: they may run at the same time. */
const UNTIMED = [
  'asking',
  'balancer',
  'blocked-sound',
  'box',
  'check',
  'chunk-names',
  'demo',
  'demo-room',
  'devices',
  'element-life',
  'examples',
  'firefox',
  'firefox-page',
  'first-bytes',
  'frame',
  'keyboard',
  'late-parts',
  'markup',
  'missing-devices',
  'networks',
  'newcomer',
  'operating',
  'page-cache',
  'permissions',
  'print',
  'proxies',
  'reach',
  'self',
  'stage',
  'start',
  'trusted-types',
  'turn',
  'two-copies',
].map((name) => `test/e2e/${name}.test.ts`);

export const MINUTE = 60_000;

/**
 * How a command is run. `timeoutMs` is ten minutes by default. `whole` prints the output at the
 * end, below the `title`.
 * @typedef {{ timeoutMs?: number, env?: Record<string, string>, whole?: boolean, title?: string }} RunOptions
 */

/**
 * A step has a command, or files for Node's test runner, or files for the runner in the browser. Those of an
 * `uncompiled` step import sources whose names they compute, or replace modules.
 * @typedef {RunOptions & {
 *   command?: string[],
 *   node?: string | string[],
 *   browser?: string[],
 *   files?: string[],
 *   except?: string[],
 *   suffixes?: string[],
 *   uncompiled?: boolean,
 *   concurrency?: number,
 *   shards?: number,
 *   onRequest?: boolean,
 * }} Step
 */

export const BUILD = [process.execPath, 'server/prepare.mjs'];

/** @type {Record<string, Step>} */
export const STEPS = {
  format: { command: [bin('oxfmt'), '--check'] },
  types: { command: [process.execPath, 'node_modules/typescript/bin/tsc'] },
  lint: { command: [bin('oxlint'), '--type-aware'] },
  build: { command: BUILD },
  house: { node: 'test/house', uncompiled: true, concurrency: availableParallelism() },
  bench: { node: 'test/bench', concurrency: availableParallelism() },
  server: { node: 'test/server', concurrency: availableParallelism() + 1, timeoutMs: 25 * MINUTE },
  redis: {
    node: 'test/server',
    files: OVER_SOCKETS,
    concurrency: availableParallelism() + 1,
    env: { SARANGBANG_TEST_BACKEND: 'redis' },
  },
  client: { node: 'test/client', concurrency: availableParallelism() + 1 },
  served: { node: 'test/served', uncompiled: true, concurrency: availableParallelism() },
  components: { browser: ['test/components', 'test/rtc'], shards: availableParallelism() + 1, timeoutMs: 30 * MINUTE },
  'e2e-untimed': { node: 'test/e2e', files: UNTIMED, concurrency: availableParallelism(), timeoutMs: 20 * MINUTE },
  e2e: { node: 'test/e2e', except: UNTIMED, concurrency: 1, timeoutMs: 30 * MINUTE },
  frameworks: { node: 'test/frameworks', concurrency: 1, timeoutMs: 20 * MINUTE },
  'frameworks-all': {
    node: 'test/frameworks',
    concurrency: 1,
    timeoutMs: 60 * MINUTE,
    onRequest: true,
    suffixes: ['.test.ts', '.all.ts'],
    env: { SARANGBANG_FRAMEWORKS: 'all' },
  },
  soak: {
    node: ['test/e2e', 'test/client'],
    concurrency: 1,
    timeoutMs: 120 * MINUTE,
    suffixes: ['.soak.ts'],
    onRequest: true,
  },
  'soak-components': {
    browser: ['test/components', 'test/rtc'],
    timeoutMs: 60 * MINUTE,
    suffixes: ['.soak.ts'],
    onRequest: true,
  },
};

/** These steps look at what is built, or start it. */
export const LOOK_AT_THE_BUILD = ['house', 'bench', 'server', 'redis', 'served', 'e2e-untimed', 'e2e', 'soak'];
