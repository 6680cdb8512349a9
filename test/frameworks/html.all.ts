/**
 * The elements in pages that a server writes and a library swaps, driven in Chromium: Turbo (visits, morphing, kept
 * elements), htmx (boosted links, kept elements) and Astro (its router, kept elements, an island of React). The page is
 * the one that the documents show.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { startAstroSite } from '../support/browser/astro-site.ts';
import { closeBrowsers, launchBrowser, waitFor, type TestBrowser } from '../support/browser/browser.ts';
import {
  asksForCamera,
  countJoins,
  hasLight,
  isDark,
  isJoined,
  readCells,
  reads,
  watchCalls,
  wrongCells,
} from '../support/browser/framework-probes.ts';
import { installFrameworks } from '../support/browser/frameworks.ts';
import { startHtmlSite, type HtmlSite, type Library, type PageProps } from '../support/browser/html-site.ts';
import { startServer, type ServerProcess } from '../support/server/server-process.ts';
import type { VideoCall } from '../../components/index.ts';
import { eventually } from '../support/waiting.ts';

declare global {
  interface Window {
    Turbo: { session: { refresh(url: string): void } };
  }
}

const LIBRARIES: (Library | 'astro')[] = ['turbo', 'htmx', 'astro'];
const GENEROUS_MS = 30_000;
const ELSEWHERE: PageProps = { view: 'elsewhere' };

let server: ServerProcess;
let browser: TestBrowser;

before(async () => {
  installFrameworks();
  server = await startServer();
  browser = await launchBrowser();
});
after(async () => {
  await closeBrowsers();
  await server?.stop();
});

const loadElements = (page: Page) => page.evaluate((url) => import(url), `${server.url}/elements.js`).then(() => {});

for (const name of LIBRARIES) {
  describe(name, () => {
    let site: HtmlSite;

    before(async () => {
      site = await (name === 'astro' ? startAstroSite(server.url) : startHtmlSite(name, server.url));
    });
    after(() => site?.close());

    async function open(props: PageProps): Promise<Page> {
      const { page } = await browser.newPage();
      await page.evaluateOnNewDocument(watchCalls);
      await page.goto(site.urlOf(props));
      const isReady = () =>
        document.readyState === 'complete' &&
        ('Turbo' in window || 'htmx' in window || document.querySelector('meta[name^=astro-view]') !== null);
      await waitFor(page, isReady, [], 'The library is not there', GENEROUS_MS);
      return page;
    }

    /** Opens a page of the site by a link, which the library follows without leaving the document. */
    async function visit(page: Page, props: PageProps): Promise<void> {
      const url = site.urlOf(props);
      await page.evaluate((href) => {
        const link = Object.assign(document.createElement('a'), { href });
        document.body.append(link);
        (window as unknown as { htmx?: { process(link: Element): void } }).htmx?.process(link);
        link.click();
      }, url);
      const isThere = (wanted: string) =>
        location.href === wanted && !document.querySelector('body > a') && document.querySelector('output');
      await waitFor(page, isThere, [url], 'The page is not shown', GENEROUS_MS);
    }

    async function whenIn(page: Page): Promise<void> {
      await waitFor(page, isJoined, [], 'The call is not joined', GENEROUS_MS);
      await waitFor(page, hasLight, [], 'No camera', GENEROUS_MS);
      await waitFor(page, reads, ['joined'], 'The page does not show the state', GENEROUS_MS);
    }

    test('booleans are what the page of a server says when the script of the elements loads late', async () => {
      const page = await open({ view: 'booleans', isLate: true });
      await loadElements(page);
      assert.deepEqual(wrongCells(await readCells(page)), []);
      await page.close();
    });

    test('booleans are what the page says, written by a server', async () => {
      const page = await open({ view: 'booleans' });
      await loadElements(page);
      assert.deepEqual(wrongCells(await readCells(page)), []);
      await page.close();
    });

    test('booleans are what the page says, swapped in', async () => {
      const page = await open(ELSEWHERE);
      await loadElements(page);
      await visit(page, { view: 'booleans' });
      assert.deepEqual(wrongCells(await readCells(page)), []);
      await page.close();
    });

    for (const way of ['written by a server', 'swapped in'] as const) {
      test(`a call that must not join does not, ${way}`, async () => {
        const props: PageProps = { view: 'call', room: `${name}-no`, cameraOff: true };
        const page = await open(way === 'swapped in' ? ELSEWHERE : props);
        await loadElements(page);
        if (way === 'swapped in') await visit(page, props);
        await waitFor(page, reads, ['prejoin'], 'The page does not show the state', GENEROUS_MS);
        assert.equal(await page.evaluate(isJoined), false);
        assert.equal(await page.evaluate(asksForCamera), 0);
        // The control: the same element joins on request.
        await page.evaluate(() => void window.find<VideoCall>('video-call')!.join());
        await waitFor(page, isJoined, [], 'The call is not joined', GENEROUS_MS);
        assert.equal(await page.evaluate(asksForCamera), 0);
        await page.close();
      });
    }

    test('a call that must not join does not, after a call of a different room that did', async () => {
      const page = await open({ view: 'call', room: `${name}-first`, join: true });
      const joins = await countJoins(page);
      await whenIn(page);
      const before = joins();
      await visit(page, { view: 'call', room: `${name}-second`, cameraOff: true });
      await waitFor(page, reads, ['prejoin'], 'The page does not show the state', GENEROUS_MS);
      // The lobby of a call may have the microphone open.
      await eventually(
        'The camera of the first call is live',
        async () => !(await page.evaluate(hasLight)),
        GENEROUS_MS,
      );
      assert.equal(await page.evaluate(asksForCamera), 1);
      assert.equal(joins(), before);
      await page.close();
    });

    test('a call joins with the camera, whose light goes out on another page, and joins again on return', async () => {
      const props: PageProps = { view: 'call', room: `${name}-yes`, join: true, isKept: true };
      const page = await open(ELSEWHERE);
      const joins = await countJoins(page);
      await visit(page, props);
      await whenIn(page);
      await page.evaluate(() => void window.find<VideoCall>('video-call')!.leave());
      await waitFor(page, reads, ['left'], 'The page is not told', GENEROUS_MS);
      await page.evaluate(() => void window.find<VideoCall>('video-call')!.join());
      await whenIn(page);
      assert.equal(joins(), 2);
      await visit(page, ELSEWHERE);
      assert.equal(await page.evaluate(() => window.find('video-call')), null);
      await waitFor(page, isDark, [], 'A track is live after the visit', GENEROUS_MS);
      await page.evaluate(() => history.back());
      await whenIn(page);
      assert.equal(joins(), 3);
      await page.close();
    });

    for (const isKept of [false, true]) {
      const title = isKept ? 'kept over a page stays the element' : 'replaced by that of the next page is silent';
      test(`a call that is ${title}: one capture, one call`, async () => {
        const props: PageProps = { view: 'call', room: `${name}-${isKept ? 'kept' : 'again'}`, join: true, isKept };
        const page = await open(ELSEWHERE);
        const joins = await countJoins(page);
        await visit(page, props);
        await whenIn(page);
        const from = await page.evaluate(() => {
          window.replaced = window.find<VideoCall>('video-call')!;
          return window.told.length;
        });
        // A different address, the same call.
        await visit(page, { ...props, isLate: false });
        assert.equal(await page.evaluate(() => window.find('video-call') === window.replaced), isKept);
        await whenIn(page);
        assert.equal(await page.evaluate(asksForCamera), 1);
        assert.equal(joins(), 1);
        // Once the present element has announced its end, a replaced one would have announced its end too.
        await visit(page, ELSEWHERE);
        const hasEnded = () => window.told.some(({ reason }) => reason === 'element-removed');
        await waitFor(page, hasEnded, [], 'No call-leave', GENEROUS_MS);
        const told = await page.evaluate(
          (start) =>
            window.told.slice(start).flatMap(({ element, type }) => (element === window.replaced ? [type] : [])),
          from,
        );
        assert.deepEqual(
          told.filter((type) => !isKept || type === 'call-join'),
          [],
        );
        await page.close();
      });
    }

    if (name === 'astro') {
      test('a call in an island of React joins, sends events to the component, and ends with the page', async () => {
        const page = await open({ view: 'island', room: 'astro-island', join: true });
        await whenIn(page);
        await page.evaluate(() => void window.find<VideoCall>('video-call')!.leave());
        await waitFor(page, reads, ['left'], 'The component is not told', GENEROUS_MS);
        await page.evaluate(() => void window.find<VideoCall>('video-call')!.join());
        await whenIn(page);
        await visit(page, ELSEWHERE);
        await waitFor(page, isDark, [], 'A track is live after the visit', GENEROUS_MS);
        await page.close();
      });
    }

    if (name !== 'turbo') return;
    test('a morphed page keeps its call: the same element, one capture', async () => {
      const page = await open({ view: 'call', room: 'turbo-morph', join: true });
      const joins = await countJoins(page);
      await whenIn(page);
      const before = joins();
      const from = await page.evaluate(() => {
        window.replaced = window.find<VideoCall>('video-call')!;
        document.body.dataset.stale = 'yes';
        return window.told.length;
      });
      const rendered = page.evaluate(
        () =>
          new Promise<string>((resolve) => {
            document.addEventListener(
              'turbo:render',
              (event) => {
                resolve((event as CustomEvent<{ renderMethod: string }>).detail.renderMethod);
              },
              { once: true },
            );
            window.Turbo.session.refresh(location.href);
          }),
      );
      assert.equal(await rendered, 'morph');
      assert.equal(await page.evaluate(() => document.body.dataset.stale), undefined);
      assert.equal(await page.evaluate(() => window.find('video-call') === window.replaced), true);
      await whenIn(page);
      assert.equal(await page.evaluate(asksForCamera), 1);
      assert.equal(joins(), before);
      const types = await page.evaluate((start) => window.told.slice(start).map(({ type }) => type), from);
      assert.deepEqual(
        types.filter((type) => /^call-|^state-/.test(type)),
        [],
      );
      await page.close();
    });
  });
}
