/** What must hold for every site, driven in Chromium: see `site.ts`. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { HTTPRequest, Page } from 'puppeteer-core';
import { closeBrowsers, launchBrowser, waitFor, type TestBrowser } from './browser.ts';
import { frameworkModules, installFrameworks } from './frameworks.ts';
import { installPackage } from './packed-package.ts';
import { startServer, type ServerProcess } from '../server/server-process.ts';
import { startSite, type Site, type SiteTool } from './site.ts';
import type { VideoCall } from '../../../components/index.ts';
import { VALUES } from '../../frameworks/apps/values.js';

declare global {
  interface Window {
    /** Set by the test to tell a new element from this one. */
    oldCall: VideoCall;
    oldCallSaid: string[];
  }
}

/**
 * A page of cells. A cell is an element with `data-cell`, the name of one boolean property; the page has one for each
 * property and each of `VALUES`. A cell is named by the index in `VALUES`, the tag and the property.
 */
export interface Booleans {
  /** The page with the cells, and the link to it on the home page. */
  path: string;
  link: string;
  /** True for values that the framework's server does not write: their cells are checked only after hydration. */
  left?(value: unknown): boolean;
  /** Names of cells that the framework's server writes by its own rule, so that they differ from the page. */
  theirs?: string[];
}

export interface TestedSite extends SiteTool {
  /** The pages of cells, by the way in which the values are written, such as `by properties`. */
  booleans: Record<string, Booleans>;
  /** Tests of this site alone, which open its call by the link of the home page. */
  also?(openCall: OpenCall): void;
}

export type OpenCall = (room: string, inBrowser?: TestBrowser) => Promise<Page>;

/** There are ten boolean properties, of which `unlisted` exists on two elements. */
const CELLS = 11 * VALUES.length;
const GENEROUS_MS = 30_000;

let server: ServerProcess;
let browser: TestBrowser;

const isHydrated = () => document.documentElement.dataset.hydrated === 'yes';
const whenHydrated = (page: Page) => waitFor(page, isHydrated, [], 'The framework does not take over', GENEROUS_MS);

async function open(url: string, inBrowser = browser): Promise<Page> {
  const { page } = await inBrowser.newPage();
  await page.goto(url);
  await whenHydrated(page);
  return page;
}

/** Opens a page as the server wrote it: the framework's scripts do not load before `letIn()` is called. */
async function openHeld(url: string, selector: string): Promise<{ page: Page; letIn(): Promise<unknown> }> {
  const { page } = await browser.newPage();
  const held: HTTPRequest[] = [];
  let isHeld = true;
  await page.setRequestInterception(true);
  page.on('request', (request) => {
    const isTheirs = request.resourceType() === 'script' && new URL(request.url()).origin === new URL(url).origin;
    if (isHeld && isTheirs) held.push(request);
    else void request.continue();
  });
  const gone = page.goto(url);
  const isThere = (wanted: string) => document.readyState !== 'loading' && Boolean(document.querySelector(wanted));
  await waitFor(page, isThere, [selector], 'Not rendered on the server', GENEROUS_MS);
  return {
    page,
    async letIn() {
      isHeld = false;
      for (const request of held) void request.continue();
      await gone;
      await whenHydrated(page);
    },
  };
}

const loadElements = (page: Page) => page.evaluate((url) => import(url), `${server.url}/elements.js`).then(() => {});
const click = (page: Page, selector: string) =>
  page.evaluate((wanted) => document.querySelector<HTMLElement>(wanted)!.click(), selector);
/** Two frames, after which a framework has rendered. */
const settle = (page: Page) =>
  page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  });

/** The names of cells whose property is not true for `true` and '', and false otherwise. All cells must exist. */
async function wrongCells(page: Page, left: (value: unknown) => boolean = () => false): Promise<string[]> {
  await waitFor(page, (count: number) => document.querySelectorAll('[data-cell]').length === count, [CELLS], 'Not all');
  await settle(page);
  const said = await page.evaluate(async () => {
    const cells: [value: number, cell: string, is: unknown][] = [];
    for (const element of document.querySelectorAll<HTMLElement>('[data-cell]')) {
      await (element as unknown as { updateComplete: Promise<unknown> }).updateComplete;
      const { cell = '' } = element.dataset;
      const value = Number(element.closest<HTMLElement>('[data-value]')!.dataset.value);
      cells.push([value, `${element.localName} ${cell}`, (element as unknown as Record<string, unknown>)[cell]]);
    }
    return cells;
  });
  assert.equal(new Set(said.map(String)).size, CELLS);
  return said.flatMap(([index, cell, is]) => {
    const value = VALUES[index];
    return left(value) || is === (value === true || value === '') ? [] : [`${index} ${cell}`];
  });
}

const state = (page: Page) => page.evaluate(() => document.querySelector<VideoCall>('video-call')?.state);
const whenJoined = (page: Page) =>
  waitFor(
    page,
    () => document.querySelector<VideoCall>('video-call')?.state === 'joined',
    [],
    'The call is not joined',
    GENEROUS_MS,
  );
const whenLit = (page: Page) =>
  waitFor(
    page,
    () => window.watched.tracks.some(({ kind, readyState }) => kind === 'video' && readyState === 'live'),
    [],
    'No camera',
    GENEROUS_MS,
  );
const whenDark = (page: Page) =>
  waitFor(
    page,
    () => window.watched.tracks.every(({ readyState }) => readyState === 'ended'),
    [],
    'A track is live',
    GENEROUS_MS,
  );
const whenHeard = (page: Page, wanted: string) =>
  waitFor(
    page,
    (word: string) => document.querySelector('output')!.textContent.trim().split(' ').at(-1) === word,
    [wanted],
    `The page does not hear of ${wanted}`,
    GENEROUS_MS,
  );
const cameraRequests = (page: Page) =>
  page.evaluate(() => window.watched.captures.filter(({ video }) => Boolean(video)).length);

export function testSites(sites: Record<string, TestedSite>): void {
  before(async () => {
    installFrameworks();
    installPackage(frameworkModules);
    server = await startServer();
    browser = await launchBrowser();
  });
  after(async () => {
    await closeBrowsers();
    await server?.stop();
  });

  for (const [name, tool] of Object.entries(sites)) testSite(name, tool);
}

function testSite(name: string, tool: TestedSite): void {
  describe(name, () => {
    let site: Site;
    const slug = name.toLowerCase().replaceAll(/\W+/g, '-');
    const callUrl = (path: string, room: string, join: boolean, cameraOff: boolean) =>
      site.urlOf(path, {
        server: server.url,
        room: `${slug}-${room}`,
        join: String(join),
        cameraOff: String(cameraOff),
      });

    /** Opens the call by a link of the home page, so that the browser renders it, and not the server. */
    const openByLink: OpenCall = async (room, inBrowser) => {
      const page = await open(callUrl('/', room, true, false), inBrowser);
      await waitFor(page, () => document.querySelector('#to-call')!.getAttribute('href')!.includes('?'), [], 'No link');
      await click(page, '#to-call');
      await whenJoined(page);
      await whenLit(page);
      return page;
    };

    before(async () => {
      site = await startSite(slug, tool);
    });
    after(() => site?.stop());

    for (const [way, { path, link, left, theirs = [] }] of Object.entries(tool.booleans)) {
      test(`booleans ${way} are what the page says, rendered on a server, before and after hydration`, async () => {
        const { page, letIn } = await openHeld(site.urlOf(path), '[data-value="4"] device-picker');
        await loadElements(page);
        assert.deepEqual(await wrongCells(page, left), theirs);
        await letIn();
        const wrong = await wrongCells(page);
        assert.deepEqual(
          wrong.filter((cell) => !theirs.includes(cell)),
          [],
        );
        await page.close();
      });

      test(`booleans ${way} are what the page says when the script of the elements loads late`, async () => {
        const page = await open(site.urlOf(path));
        await loadElements(page);
        const wrong = await wrongCells(page);
        assert.deepEqual(
          wrong.filter((cell) => !theirs.includes(cell)),
          [],
        );
        await page.close();
      });

      test(`booleans ${way} are what the page says, rendered in the browser`, async () => {
        const page = await open(site.urlOf('/'));
        await loadElements(page);
        await click(page, link);
        assert.deepEqual(await wrongCells(page), []);
        await page.close();
      });
    }

    test('a server-rendered call that must not join does not, before and after hydration', async () => {
      const { page, letIn } = await openHeld(callUrl('/call', 'no', false, true), 'video-call');
      await loadElements(page);
      const isThere = () => Boolean(document.querySelector('video-call')?.shadowRoot);
      await waitFor(page, isThere, [], 'No element', GENEROUS_MS);
      await settle(page);
      // Angular's server writes no room, so the element waits for it.
      const isOutside = async () => assert.match(String(await state(page)), /^(?:idle|prejoin)$/);
      await isOutside();
      await letIn();
      await settle(page);
      await isOutside();
      assert.equal(await cameraRequests(page), 0);
      // The control: the same element joins on request.
      await page.evaluate(() => void document.querySelector<VideoCall>('video-call')!.join());
      await whenJoined(page);
      assert.equal(await cameraRequests(page), 0);
      await page.close();
    });

    test('a server-rendered call that must join does, and the page receives its events', async () => {
      const { page, letIn } = await openHeld(callUrl('/call', 'yes', true, true), 'video-call');
      await letIn();
      await whenJoined(page);
      await whenHeard(page, 'joined');
      await page.evaluate(() => document.querySelector<VideoCall>('video-call')!.leave());
      await whenHeard(page, 'left');
      assert.equal(await cameraRequests(page), 0);
      await page.close();
    });

    test('a call that is hidden turns the camera’s light off, and joins again when it is shown', async () => {
      const page = await openByLink('shown');
      await whenHeard(page, 'joined');
      await click(page, '#show');
      await waitFor(page, () => !document.querySelector('video-call'), [], 'Not taken out');
      await whenDark(page);
      await click(page, '#show');
      await whenJoined(page);
      await whenLit(page);
      await page.close();
    });

    test('an element that replaces another continues its call, and the old one is silent', async () => {
      const page = await openByLink('again');
      const captures = await page.evaluate(() => {
        window.oldCall = document.querySelector<VideoCall>('video-call')!;
        window.oldCallSaid = [];
        for (const type of ['state-change', 'call-leave', 'call-join'] as const) {
          window.oldCall.addEventListener(type, () => window.oldCallSaid.push(type));
        }
        return window.watched.captures.length;
      });
      await click(page, '#again');
      const isReplaced = () => {
        const call = document.querySelector<VideoCall>('video-call');
        return call && call !== window.oldCall && call.state === 'joined';
      };
      await waitFor(page, isReplaced, [], 'Not taken over', GENEROUS_MS);
      // A removed element that was not replaced would fire `call-leave` half a second after its removal.
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1_000)));
      assert.deepEqual(await page.evaluate(() => window.oldCallSaid), []);
      assert.equal(await page.evaluate(() => window.watched.captures.length), captures);
      assert.equal(await state(page), 'joined');
      await page.close();
    });

    test('another page of the site turns the camera’s light off, and returning joins again', async () => {
      const page = await openByLink('route');
      await click(page, '#to-home');
      await waitFor(page, () => location.pathname === '/', [], 'Still on the page of the call');
      await whenDark(page);
      await page.evaluate(() => history.back());
      await whenJoined(page);
      await whenLit(page);
      await page.close();
    });

    tool.also?.(openByLink);
  });
}
