/**
 * Real browsers for end-to-end tests: one Chromium process for each participant. A background tab would draw no frame,
 * and a process can be killed alone.
 */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, type Browser, type Frame, type Page } from 'puppeteer-core';
import { CHROMIUM_FLAGS, findChromium } from '../programs.mjs';
import { watchConnections, watchViolations } from './page-probes.ts';
import { eventually, within } from '../waiting.ts';

export interface BrowserOptions {
  /**
   * The value of `--use-fake-device-for-media-stream`; `false` for a machine without devices. Default: three cameras,
   * of which the second is a depth camera that Chromium lists but never sends. The first and the last are usable.
   */
  fakeDevices?: string | false;
  extraFlags?: string[];
  /** True makes Chromium ask before a page may use devices. Nobody answers before `allowDevices`. */
  asksForDevices?: boolean;
  /** Keeps left pages in the back-forward cache, as users' browsers do and puppeteer's do not. */
  keepsPages?: boolean;
  /** A program that runs the browser, in a network of its own for example: `PROGRAM CHROMIUM ARGUMENT…`. */
  through?: string;
}

export interface TestBrowser {
  browser: Browser;
  /** Opens a page that records what goes wrong on it. */
  newPage(): Promise<TestPage>;
  /** Ends the process and removes its profile. Rejects if a page violated its content security policy. */
  close(): Promise<void>;
}

export interface TestPage {
  page: Page;
  /** Errors and warnings of the console, uncaught errors, failed requests. */
  problems: string[];
  /** URLs of all requests so far, WebSockets included. */
  requests: string[];
  /** Everything written to the console. */
  console: string[];
}

const running = new Set<TestBrowser>();

/** Starts a Chromium with its own profile. */
export async function launchBrowser({
  fakeDevices = 'device-count=3,fps=15',
  extraFlags = [],
  asksForDevices = false,
  keepsPages = false,
  through,
}: BrowserOptions = {}): Promise<TestBrowser> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('Chromium is not installed');
  const userDataDir = await mkdtemp(join(tmpdir(), 'sarangbang-chromium-'));
  const program = join(userDataDir, 'run');
  if (through) await writeFile(program, `#!/bin/sh\nexec ${through} ${executablePath} "$@"\n`, { mode: 0o755 });
  const devices = `--use-fake-device-for-media-stream=${fakeDevices === false ? 'device-count=0' : fakeDevices}`;
  const browser = await launch({
    executablePath: through ? program : executablePath,
    userDataDir,
    headless: true,
    // A different network has a different loopback.
    pipe: through !== undefined,
    ...(keepsPages && { ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
    args: [
      ...(asksForDevices ? CHROMIUM_FLAGS.filter((flag) => !flag.includes('fake-ui')) : CHROMIUM_FLAGS),
      devices,
      '--window-size=1000,720',
      ...extraFlags,
    ],
    defaultViewport: { width: 1000, height: 700 },
    protocolTimeout: 60_000,
  });
  const pages: TestPage[] = [];
  const testBrowser: TestBrowser = {
    browser,
    async newPage() {
      const testPage = await openPage(browser);
      pages.push(testPage);
      return testPage;
    },
    async close() {
      running.delete(testBrowser);
      await endBrowser(browser, userDataDir);
      assertNoViolations(pages);
    },
  };
  running.add(testBrowser);
  return testBrowser;
}

/** The person lets the pages of an origin use camera and microphone from now on. */
export async function allowDevices(page: Page): Promise<void> {
  const { origin } = new URL(page.url());
  await page.browser().defaultBrowserContext().overridePermissions(origin, ['camera', 'microphone']);
}

/** Ends the process, by force if it must be, and only then removes its profile, into which it writes to the last. */
export async function endBrowser(browser: Browser, userDataDir: string): Promise<void> {
  const child = browser.process();
  await within(browser.close(), 'the end of the browser', 5_000).catch(() => undefined);
  if (child && child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  await rm(userDataDir, { recursive: true, force: true, maxRetries: 5 });
}

/** No tested page, ours or an embedding one, may violate its policy. */
export function assertNoViolations(pages: readonly TestPage[]): void {
  // A browser requests an icon by itself, even for a plain text whose policy allows none.
  const violations = pages.flatMap(({ console }) =>
    console.filter((line) => line.startsWith('error: securitypolicyviolation') && !line.includes('/favicon.ico')),
  );
  if (violations.length > 0) throw new Error(violations.join('\n'));
}

/** Ends every browser that is still running; for `after` hooks. */
export async function closeBrowsers(): Promise<void> {
  await Promise.all([...running].map((browser) => browser.close()));
}

async function openPage(browser: Browser): Promise<TestPage> {
  const first = (await browser.pages()).find((page) => page.url() === 'about:blank');
  const page = first ?? (await browser.newPage({ type: 'window' }));
  const testPage: TestPage = { page, problems: [], requests: [], console: [] };
  page.on('console', (message) => {
    testPage.console.push(`${message.type()}: ${message.text()}`);
    if (message.type() === 'error' || message.type() === 'warn')
      testPage.problems.push(`console ${message.type()}: ${message.text()} (${message.location().url ?? ''})`);
  });
  page.on('pageerror', (error) =>
    testPage.problems.push(`uncaught: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  );
  page.on('request', (request) => testPage.requests.push(request.url()));
  page.on('requestfailed', (request) => {
    // A request that was cancelled because the page went on is no failure.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED')
      testPage.problems.push(`failed: ${request.url()} ${request.failure()?.errorText}`);
  });
  const session = await page.createCDPSession();
  await session.send('Network.enable');
  session.on('Network.webSocketCreated', ({ url }) => testPage.requests.push(url));
  // esbuild, by which tsx compiles the tests, wraps inner functions of a probe into a call of this name.
  await page.evaluateOnNewDocument('globalThis.__name = (target) => target');
  await page.evaluateOnNewDocument(watchConnections);
  await page.evaluateOnNewDocument(watchViolations);
  return testPage;
}

/**
 * Asks every 50 ms until `question`, which runs in the page, is truthy, and resolves to its answer.
 * @throws Error `message` and the last answer after `timeoutMs`
 */
export async function waitFor<Args extends unknown[], Answer>(
  page: Page | Frame,
  question: (...args: Args) => Answer | Promise<Answer>,
  args: Args,
  message: string,
  timeoutMs = 10_000,
): Promise<NonNullable<Answer>> {
  return eventually(
    message,
    () => page.evaluate(question as (...values: unknown[]) => Answer | Promise<Answer>, ...args) as Promise<Answer>,
    timeoutMs,
    50,
  );
}
