/**
 * Tests of elements and of the call in a real Chromium, each file in its own browser context, because a background tab
 * draws no frame. A real server runs beside them: `/__server` answers with its URL, and a POST of `{ method, args }`
 * calls a method of its `App`. `/__guarded` is a server whose rooms need a token; a POST of a token's fields there
 * answers with that token. `/__proxied` is the first server behind a network, which a POST of `{ method: 'goDown' }`
 * removes and `restore` restores. See `support/real-server.ts`.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { esbuildPlugin } from '@web/dev-server-esbuild';
import { summaryReporter } from '@web/test-runner';
import { chromeLauncher } from '@web/test-runner-chrome';
import * as puppeteer from 'puppeteer-core';
import { tsImport } from 'tsx/esm/api';
import { CHROMIUM_FLAGS, findChromium } from './support/programs.mjs';

/**
 * @import { IncomingMessage } from 'node:http'
 * @import { AddressInfo } from 'node:net'
 * @import { Reporter, TestRunnerConfig, TestRunnerPlugin, TestSuiteResult } from '@web/test-runner'
 * @import { App, ConfigInput } from '../server/app.ts'
 * @import { GrantRequest } from '../server/grants/grants.ts'
 * @import { TcpProxy } from './support/server/tcp-proxy.ts'
 * @typedef {{ app: App | TcpProxy, url: string }} Started
 */

const root = fileURLToPath(new URL('..', import.meta.url));
/** The long forms set their own time limits. */
const isLong = process.argv.some((word) => word.endsWith('.soak.ts'));

/**
 * Starts `createApp` on a free port when a test first needs it, and closes it after the run.
 * @returns {TestRunnerPlugin}
 */
function realServer() {
  /**
   * The servers that were started, by the path at which a test asks for them.
   * @type {Map<string, Promise<Started>>}
   */
  const servers = new Map();
  /**
   * Once, because `tsImport` loads everything again at each call.
   * @type {Promise<typeof import('./support/server/grants.ts')> | undefined}
   */
  let grants;

  /**
   * @param {ConfigInput} settings
   * @returns {Promise<Started>}
   */
  async function start(settings) {
    /** @type {typeof import('../server/app.ts')} */
    const { createApp } = await tsImport('../server/app.ts', import.meta.url);
    const app = await createApp({
      host: '127.0.0.1',
      port: 0,
      dataDir: ':memory:',
      stunUrls: [],
      allowedOrigins: '*',
      logLevel: 'silent',
      ...settings,
    });
    await new Promise((resolve, reject) => {
      app.httpServer.once('error', reject);
      app.httpServer.listen(0, '127.0.0.1', () => resolve(undefined));
    });
    const { port } = /** @type {AddressInfo} */ (app.httpServer.address());
    return { app, url: `http://127.0.0.1:${port}` };
  }

  /**
   * @param {IncomingMessage} request
   * @returns {Promise<Partial<GrantRequest> & { method?: string, args?: unknown[] }>}
   */
  async function readJson(request) {
    let text = '';
    for await (const chunk of request) text += chunk;
    return JSON.parse(text);
  }

  /**
   * The server of the tests behind a network of its own.
   * @returns {Promise<Started>}
   */
  async function startProxied() {
    /** @type {typeof import('./support/server/tcp-proxy.ts')} */
    const { TcpProxy } = await tsImport('./support/server/tcp-proxy.ts', import.meta.url);
    const { url } = await startedAt('/__server', () => start({}));
    const app = await TcpProxy.start(url);
    return { app, url: app.url };
  }

  /**
   * The server of a path. The first call for that path starts it by `begin`.
   * @param {string} path
   * @param {() => Promise<Started>} begin
   */
  function startedAt(path, begin) {
    const started = servers.get(path) ?? begin();
    servers.set(path, started);
    return started;
  }

  /**
   * @param {string} path
   * @param {IncomingMessage} request
   */
  async function serve(path, request) {
    const { TOKEN_SECRET, createToken } = await (grants ??= tsImport('./support/server/grants.ts', import.meta.url));
    const guarded = path === '/__guarded';
    const { app, url } = await startedAt(path, () =>
      path === '/__proxied' ? startProxied() : start(guarded ? { tokenSecret: TOKEN_SECRET } : {}),
    );
    if (request.method !== 'POST') return { url };
    const asked = await readJson(request);
    return { url, value: guarded ? await createToken(asked) : await call(app, asked) };
  }

  return {
    name: 'real-server',
    async serve({ path, req }) {
      if (!['/__server', '/__guarded', '/__proxied'].includes(path)) return undefined;
      return { body: JSON.stringify(await serve(path, req)), type: 'json', headers: { 'cache-control': 'no-store' } };
    },
    async serverStop() {
      for (const started of servers.values()) await (await started).app.close();
    },
  };
}

/**
 * Calls a method that a test names.
 * @param {Started['app']} app
 * @param {{ method?: string, args?: unknown[] }} asked
 */
async function call(app, { method = '', args = [] }) {
  /** @type {unknown} */
  const called = Reflect.get(app, method);
  if (typeof called !== 'function') throw new Error(`there is no method ${method}`);
  return (await called.apply(app, args)) ?? null;
}

/**
 * Writes how many tests passed, failed and were skipped, and the failed ones by name, to the file that `test/run.mjs`
 * names.
 * @param {string} path
 * @returns {Reporter}
 */
function tallyReporter(path) {
  return {
    onTestRunFinished({ sessions }) {
      const tally = { passed: 0, failed: 0, skipped: 0, failures: /** @type {string[]} */ ([]) };
      const fail = (/** @type {string} */ what) => {
        tally.failed++;
        tally.failures.push(what);
      };
      const count = (/** @type {string} */ file, /** @type {TestSuiteResult} */ suite) => {
        for (const { skipped, passed, name, error } of suite.tests) {
          if (skipped) tally.skipped++;
          else if (passed) tally.passed++;
          else fail(`${file}: ${name}: ${error?.message ?? ''}`);
        }
        for (const inner of suite.suites) count(file, inner);
      };
      for (const { testFile, testResults, errors } of sessions) {
        if (testResults) count(testFile, testResults);
        // A file that did not load, or broke outside its tests, has no failed test of its own.
        const [first] = errors;
        if (first || !testResults) fail(`${testFile}: ${first?.message ?? 'no result'}`);
      }
      writeFileSync(path, JSON.stringify(tally));
    },
  };
}

/**
 * A port of the system's choosing. The runner itself looks for the first free port from 8000 on, which runners that
 * start at the same time all find.
 */
async function findFreePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? address?.port : undefined;
}

/**
 * Lets a page collect what a file left before the next file begins. The runner uses one page for all files. Chromium
 * refuses the 500th connection of a process, and counts closed ones until they are collected. The small heap of a test
 * gives it no reason to collect them.
 * @param {puppeteer.Page} page
 */
async function collecting(page) {
  const session = await page.createCDPSession();
  const open = page.goto.bind(page);
  page.goto = async (url, options) => {
    const response = await open(url, options);
    // The runner goes there after each file.
    if (url === 'about:blank') await session.send('HeapProfiler.collectGarbage');
    return response;
  };
  return page;
}

const tallyPath = process.env.SARANGBANG_TALLY;

/** @type {TestRunnerConfig} */
export default {
  rootDir: root,
  files: ['test/components/**/*.test.ts', 'test/rtc/**/*.test.ts'],
  hostname: '127.0.0.1',
  port: await findFreePort(),
  concurrency: 1,
  nodeResolve: { exportConditions: ['browser', 'production', 'default'], browser: true },
  testsStartTimeout: 60_000,
  testsFinishTimeout: isLong ? 3_600_000 : 180_000,
  testFramework: { config: { timeout: 15_000 } },
  browserStartTimeout: 60_000,
  browsers: [
    chromeLauncher({
      puppeteer,
      launchOptions: {
        executablePath: findChromium() ?? 'chromium',
        headless: true,
        protocolTimeout: isLong ? 3_600_000 : 180_000,
        // The second of these is a depth camera, which Chromium lists but never sends.
        args: [...CHROMIUM_FLAGS, '--use-fake-device-for-media-stream=device-count=3,fps=20'],
      },
      createPage: async ({ browser }) => collecting(await (await browser.createBrowserContext()).newPage()),
    }),
  ],
  plugins: [
    realServer(),
    esbuildPlugin({
      ts: true,
      target: 'es2022',
      tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)),
      define: { __SERVED__: 'false' },
    }),
  ],
  reporters: [summaryReporter({}), ...(tallyPath ? [tallyReporter(tallyPath)] : [])],
};
