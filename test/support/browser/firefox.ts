/** A Firefox over WebDriver BiDi, with its one fake camera and microphone. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch } from 'puppeteer-core';
import { watchConnections, watchViolations } from './page-probes.ts';
import { findProgram } from '../programs.mjs';
import { assertNoViolations, endBrowser, type TestBrowser, type TestPage } from './browser.ts';

export async function launchFirefox(): Promise<TestBrowser> {
  const executablePath = findProgram('firefox-esr', 'firefox');
  if (!executablePath) throw new Error('Firefox is not installed');
  const userDataDir = await mkdtemp(join(tmpdir(), 'sarangbang-firefox-'));
  const browser = await launch({
    browser: 'firefox',
    executablePath,
    userDataDir,
    headless: true,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.autoplay.default': 0,
      'media.peerconnection.ice.loopback': true,
      'media.peerconnection.ice.obfuscate_host_addresses': false,
      // No codec is downloaded.
      'media.gmp-manager.updateEnabled': false,
    },
    protocolTimeout: 60_000,
  });
  const pages: TestPage[] = [];
  return {
    browser,
    async newPage(): Promise<TestPage> {
      const page = await browser.newPage({ type: 'window' });
      const testPage: TestPage = { page, problems: [], requests: [], console: [] };
      page.on('console', (message) => {
        testPage.console.push(`${message.type()}: ${message.text()}`);
        if (message.type() === 'error') testPage.problems.push(`console error: ${message.text()}`);
      });
      page.on('pageerror', (error) => testPage.problems.push(`uncaught: ${String(error)}`));
      await page.evaluateOnNewDocument('globalThis.__name = (target) => target');
      await page.evaluateOnNewDocument(watchConnections);
      await page.evaluateOnNewDocument(watchViolations);
      pages.push(testPage);
      return testPage;
    },
    async close() {
      await endBrowser(browser, userDataDir);
      assertNoViolations(pages);
    },
  };
}
