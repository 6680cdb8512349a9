/** Angular, compiled ahead of time and rendered on a server, with zone.js and without. */
import { test } from 'node:test';
import { launchBrowser, waitFor } from '../support/browser/browser.ts';
import { testSites, type OpenCall, type TestedSite } from '../support/browser/site-tests.ts';

const build = (configuration: string): TestedSite => ({
  source: 'angular',
  build: ['@angular/cli/bin/ng.js', 'build', '--configuration', configuration],
  serve: () => ['./build/server/server.mjs'],
  booleans: {
    'by properties': {
      path: '/booleans',
      link: '#to-booleans',
      // Angular's server writes no property, so values that mean true reach the elements only at hydration.
      left: (value) => value === true || value === '',
    },
    'by attributes': { path: '/attributes', link: '#to-attributes' },
  },
});

declare global {
  /** How often Angular ran change detection. */
  var changeDetections: number;
}

const WINDOW_MS = 3_000;

function testQuietCall(openCall: OpenCall): void {
  test('a quiet call of two causes no change detection', async () => {
    const page = await openCall('quiet');
    const other = await openCall('quiet', await launchBrowser());
    const isConnected = () => window.watched.connections.some(({ connectionState }) => connectionState === 'connected');
    for (const one of [page, other]) await waitFor(one, isConnected, [], 'Not connected', 30_000);
    // If the call's timers ran inside Angular's zone, they would cause eleven change detections a second.
    const rests = async (windowMs: number) => {
      const before = globalThis.changeDetections;
      await new Promise((resolve) => setTimeout(resolve, windowMs));
      return globalThis.changeDetections - before <= 1;
    };
    await waitFor(page, rests, [WINDOW_MS], 'The page is checked again and again', 40_000);
    // The control: a click is detected.
    const count = await page.evaluate(() => {
      const before = globalThis.changeDetections;
      document.querySelector<HTMLElement>('#show')!.click();
      return before;
    });
    await waitFor(page, (before) => globalThis.changeDetections > before, [count], 'No change is seen');
  });
}

function testClassCall(openCall: OpenCall): void {
  test('the call of a class shows hands, a reaction, who may speak, and what a check found', async () => {
    const page = await openCall('class');
    // This page takes the same parameters.
    await page.evaluate(() => void (location.pathname = '/class'));
    const isJoined = () => location.pathname === '/class' && document.querySelector('video-call')?.state === 'joined';
    await waitFor(page, isJoined, [], 'The call of the class is not joined', 30_000);
    await page.evaluate(() => {
      for (const button of document.querySelectorAll('button')) button.click();
    });
    const isShown = () =>
      document.querySelectorAll('li').length === 1 &&
      document.querySelector('output')!.textContent.trim() === '👏 moderators direct';
    await waitFor(page, isShown, [], 'Not all facts are shown', 30_000);
    await page.close();
  });
}

function testAll(openCall: OpenCall): void {
  testQuietCall(openCall);
  testClassCall(openCall);
}

testSites({
  'Angular without zones': { ...build('zoneless'), also: testAll },
  'Angular with zone.js': { ...build('zone'), also: testAll },
});
