/**
 * The elements in the smallest app of each framework, driven in Chromium. What a template says is what the element
 * does: rendered on a server, with the elements' script after the framework's, and with it before.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { closeBrowsers, launchBrowser, waitFor, type TestBrowser } from '../support/browser.ts';
import { startFrameworkApp, type AppProps, type Framework, type FrameworkApp } from '../support/framework-app.ts';
import { installFrameworks } from '../support/frameworks.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import type { VideoCall } from '../../components/index.ts';
import { VALUES } from './apps/values.js';

declare global {
  interface Window {
    app: Record<'mount' | 'hydrate', (target: Element, props: AppProps) => () => void>;
    unmount(): void;
  }
}

const FRAMEWORKS: Framework[] = ['react', 'preact', 'vue', 'svelte', 'solid', 'lit'];
/** 10 names; `unlisted` stands on two elements. */
const CELLS = 11 * VALUES.length;
const GENEROUS_MS = 30_000;

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

async function open(app: FrameworkApp, props?: AppProps): Promise<Page> {
  const { page } = await browser.newPage();
  await page.goto(app.urlOf(props));
  await waitFor(page, () => Boolean(window.app), [], 'The script of the page is not there', GENEROUS_MS);
  return page;
}

const loadElements = (page: Page) => page.evaluate((url) => import(url), `${server.url}/elements.js`).then(() => {});

const begin = (page: Page, how: 'mount' | 'hydrate', props: AppProps) =>
  page.evaluate(
    (name, given) => {
      window.unmount = window.app[name](document.querySelector('#root')!, given);
    },
    how,
    props,
  );

/** What each element says, as `value property`: what it is. */
async function readCells(page: Page): Promise<Record<string, unknown>> {
  return page.evaluate(async () => {
    // Frameworks that render in a later task have rendered after two frames.
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    const said: Record<string, unknown> = {};
    for (const element of document.querySelectorAll<HTMLElement>('[data-cell]')) {
      await (element as unknown as { updateComplete: Promise<unknown> }).updateComplete;
      const { cell = '' } = element.dataset;
      const value = element.closest<HTMLElement>('[data-value]')!.dataset.value;
      said[`${value} ${element.localName} ${cell}`] = (element as unknown as Record<string, unknown>)[cell];
    }
    return said;
  });
}

/**
 * HTML has booleans of its own by these names. Vue, Svelte and Solid read a text of one by rules of their own and
 * write an empty attribute or none: the element is told nothing else, and the page says what its framework makes of it.
 */
const READ_BY_FRAMEWORK: Partial<Record<string, string[]>> = {
  'vue, rendered on a server': ['3 video-call muted', '3 chat-room readonly'],
  'vue, late': ['3 chat-room readonly'],
  'svelte, rendered on a server': ['3 video-call muted', '3 chat-room readonly'],
  // Solid asks whether the text is empty: 'false' is a yes, '' a no.
  'solid, rendered on a server': [
    '3 video-call muted', '3 chat-room readonly', '4 video-call muted', '4 chat-room readonly',
  ],
};

/** The cells that say something else than the page does; all of them have to be there. */
function wrong(said: Record<string, unknown>, left: (value: unknown) => boolean = () => false): string[] {
  assert.equal(Object.keys(said).length, CELLS);
  return Object.entries(said).flatMap(([cell, is]) => {
    const value = VALUES[Number(cell[0])];
    return left(value) || is === (value === true || value === '') ? [] : [cell];
  });
}

const isText = (value: unknown) => typeof value === 'string';
const isJoined = () => document.querySelector<VideoCall>('video-call')?.state === 'joined';
const hasLight = () => window.watched.tracks.some(({ kind, readyState }) => kind === 'video' && readyState === 'live');
const asksForCamera = () => window.watched.captures.some(({ video }) => Boolean(video));

for (const name of FRAMEWORKS) {
  describe(name, () => {
    let app: FrameworkApp;

    before(async () => {
      app = await startFrameworkApp(name);
    });
    after(() => app?.close());

    test('booleans are what the page says, rendered on a server, before and after hydration', async () => {
      const theirs = READ_BY_FRAMEWORK[`${name}, rendered on a server`] ?? [];
      const page = await open(app, {});
      await loadElements(page);
      // Lit's server writes no property of an element: texts count from the hydration on.
      assert.deepEqual(wrong(await readCells(page), name === 'lit' ? isText : undefined), theirs);
      await begin(page, 'hydrate', {});
      const after = wrong(await readCells(page));
      assert.deepEqual(after.filter((cell) => !theirs.includes(cell)), []);
      await page.close();
    });

    test('booleans are what the page says, with the script of the elements late', async () => {
      const page = await open(app);
      await begin(page, 'mount', {});
      await loadElements(page);
      assert.deepEqual(wrong(await readCells(page)), READ_BY_FRAMEWORK[`${name}, late`] ?? []);
      await page.close();
    });

    test('booleans are what the page says, rendered in the browser', async () => {
      const page = await open(app);
      await loadElements(page);
      await begin(page, 'mount', {});
      assert.deepEqual(wrong(await readCells(page)), []);
      await page.close();
    });

    test('a call rendered on a server that says no joins nowhere, before and after hydration', async () => {
      const props = { call: { room: `${name}-no`, join: false, cameraOff: true } };
      const page = await open(app, props);
      await loadElements(page);
      const isThere = () => Boolean(document.querySelector('video-call')?.shadowRoot);
      await waitFor(page, isThere, [], 'No element', GENEROUS_MS);
      await begin(page, 'hydrate', props);
      await page.evaluate(() => new Promise(requestAnimationFrame));
      assert.equal(await page.evaluate(isJoined), false);
      assert.equal(await page.evaluate(asksForCamera), false);
      // The control: the same element joins when it is told to.
      await page.evaluate(() => void document.querySelector<VideoCall>('video-call')!.join());
      await waitFor(page, isJoined, [], 'The call is not joined', GENEROUS_MS);
      assert.equal(await page.evaluate(asksForCamera), false);
      await page.close();
    });

    test('a call that is mounted joins with the camera, whose light goes out at the unmount', async () => {
      const page = await open(app);
      await loadElements(page);
      await begin(page, 'mount', { call: { room: `${name}-yes`, join: true, cameraOff: false } });
      await waitFor(page, isJoined, [], 'The call is not joined', GENEROUS_MS);
      await waitFor(page, hasLight, [], 'No camera', GENEROUS_MS);
      await page.evaluate(() => window.unmount());
      const isOut = () =>
        !document.querySelector('video-call') &&
        window.watched.tracks.every(({ readyState }) => readyState === 'ended');
      await waitFor(page, isOut, [], 'A track is live after the unmount', GENEROUS_MS);
      await page.close();
    });
  });
}
