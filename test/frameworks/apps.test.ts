/**
 * The elements in the smallest app of each framework, driven in Chromium. An element does what the template says:
 * rendered on a server, and with the elements' script before or after that of the framework. The call is the component
 * that the documents show, with the package that npm packs.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { launchBrowser, waitFor, closeBrowsers, type TestBrowser } from '../support/browser/browser.ts';
import {
  startFrameworkApp,
  type AppProps,
  type Framework,
  type FrameworkApp,
  type Shown,
  type View,
} from '../support/browser/framework-app.ts';
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
import {
  captureLittle,
  describeJourney,
  goOutAndBack,
  movesOf,
  tooLong,
  watchJourneys,
  type Journey,
} from '../support/browser/small-window.ts';
import { frameworkModules, installFrameworks } from '../support/browser/frameworks.ts';
import { installPackage } from '../support/browser/packed-package.ts';
import { startServer, type ServerProcess } from '../support/server/server-process.ts';
import type { VideoCall } from '../../components/index.ts';

type Way = 'mount' | 'hydrate';

declare global {
  interface Window {
    /** The script of the page. It loads the elements as well if the view needs them. */
    app(): Promise<Record<Way, (target: Element, props: AppProps) => Shown>>;
    shown: Shown;
  }
}

/** One framework of each kind of template. `npm run test:frameworks` has the others. */
const FRAMEWORKS: Framework[] = ['react', 'vue', 'svelte', 'lit'];
if (process.env.SARANGBANG_FRAMEWORKS === 'all') FRAMEWORKS.push('preact', 'solid');
const GENEROUS_MS = 30_000;

let server: ServerProcess;
let browser: TestBrowser;

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

async function open(app: FrameworkApp, view: View, props?: AppProps): Promise<Page> {
  const { page } = await browser.newPage();
  await page.evaluateOnNewDocument(watchCalls);
  await page.goto(app.urlOf(view, props));
  await waitFor(page, () => Boolean(window.app), [], 'The script of the page is not there', GENEROUS_MS);
  return page;
}

const loadElements = (page: Page, app: FrameworkApp) =>
  page.evaluate((url) => import(url), app.elements).then(() => {});

const begin = (page: Page, way: Way, props: AppProps) =>
  page.evaluate(
    async (name, given) => {
      const app = await window.app();
      window.shown = app[name](document.querySelector('#root')!, given);
    },
    way,
    props,
  );

const show = (page: Page, props: AppProps) =>
  page.evaluate(async (next) => void (await window.shown.update(next)), props);

/**
 * Cells (index in `VALUES`, tag, property) that do not follow our rule. HTML has booleans of these names. Vue, Svelte
 * and Solid read a text for one by their own rules, and write an empty attribute or none. The element sees only that.
 */
const READ_BY_FRAMEWORK: Partial<Record<string, string[]>> = {
  'vue, rendered on a server': ['3 video-call muted', '3 chat-room readonly'],
  'vue, late': ['3 chat-room readonly'],
  'svelte, rendered on a server': ['3 video-call muted', '3 chat-room readonly'],
  // Solid asks whether the text is empty: 'false' is true and '' is false.
  'solid, rendered on a server': [
    '3 video-call muted',
    '3 chat-room readonly',
    '4 video-call muted',
    '4 chat-room readonly',
  ],
};

/** Presses the button of the page whose text begins so. */
const press = (text: string): void => {
  const buttons = window.find('section')!.querySelectorAll('button');
  [...buttons].find(({ textContent }) => textContent.startsWith(text))!.click();
};
const showsQueue = (names: string) => window.find('ol')!.textContent.trim() === names;
const isText = (value: unknown) => typeof value === 'string';
const callOf = (room: string, join: boolean) => ({ server: server.url, room, join, cameraOff: !join });

for (const name of FRAMEWORKS) {
  describe(name, () => {
    let app: FrameworkApp;

    before(async () => {
      app = await startFrameworkApp(name);
    });
    after(() => app?.close());

    test('booleans are what the page says, rendered on a server, before and after hydration', async () => {
      const theirs = READ_BY_FRAMEWORK[`${name}, rendered on a server`] ?? [];
      const page = await open(app, 'booleans', {});
      await loadElements(page, app);
      // Lit's server writes no property, so the values that are texts reach the elements only when Lit hydrates.
      assert.deepEqual(wrongCells(await readCells(page), name === 'lit' ? isText : undefined), theirs);
      await begin(page, 'hydrate', {});
      const after = wrongCells(await readCells(page));
      assert.deepEqual(
        after.filter((cell) => !theirs.includes(cell)),
        [],
      );
      await page.close();
    });

    test('booleans are what the page says when the script of the elements loads late', async () => {
      const page = await open(app, 'booleans');
      await begin(page, 'mount', {});
      await loadElements(page, app);
      assert.deepEqual(wrongCells(await readCells(page)), READ_BY_FRAMEWORK[`${name}, late`] ?? []);
      await page.close();
    });

    test('booleans are what the page says, rendered in the browser', async () => {
      const page = await open(app, 'booleans');
      await loadElements(page, app);
      await begin(page, 'mount', {});
      assert.deepEqual(wrongCells(await readCells(page)), []);
      await page.close();
    });

    test('a server-rendered call that must not join does not, before and after hydration', async () => {
      const props = { turn: 1, call: callOf(`${name}-no`, false) };
      const page = await open(app, 'page', props);
      await loadElements(page, app);
      const isThere = () => Boolean(window.find('video-call')?.shadowRoot);
      await waitFor(page, isThere, [], 'No element', GENEROUS_MS);
      await begin(page, 'hydrate', props);
      await waitFor(page, reads, ['prejoin'], 'The component does not show the state', GENEROUS_MS);
      assert.equal(await page.evaluate(isJoined), false);
      assert.equal(await page.evaluate(asksForCamera), 0);
      // The control: the same element joins on request.
      await page.evaluate(() => void window.find<VideoCall>('video-call')!.join());
      await waitFor(page, isJoined, [], 'The call is not joined', GENEROUS_MS);
      assert.equal(await page.evaluate(asksForCamera), 0);
      await page.close();
    });

    test('a server-rendered call sends its events to the component that hydrates it', async () => {
      const props = { turn: 1, call: callOf(`${name}-hydrated`, true) };
      const page = await open(app, 'page', props);
      await loadElements(page, app);
      const isThere = () => Boolean(window.find('video-call')?.shadowRoot);
      await waitFor(page, isThere, [], 'No element', GENEROUS_MS);
      // A framework that lets its elements start before the hydration is in the call already.
      if (name !== 'lit') await waitFor(page, isJoined, [], 'The call is not joined', GENEROUS_MS);
      await begin(page, 'hydrate', props);
      await waitFor(page, reads, ['joined'], 'The component does not show the state', GENEROUS_MS);
      assert.equal(await page.evaluate(asksForCamera), 1);
      await page.evaluate(() => void window.find<VideoCall>('video-call')!.leave());
      await waitFor(page, reads, ['left'], 'The component is not told', GENEROUS_MS);
      await page.close();
    });

    test('a keyed re-mount keeps one capture and one call, and the replaced element is silent', async () => {
      const call = callOf(`${name}-keyed`, true);
      const page = await open(app, 'page');
      const joins = await countJoins(page);
      await begin(page, 'mount', { turn: 1, call });
      await waitFor(page, isJoined, [], 'The call is not joined', GENEROUS_MS);
      await waitFor(page, hasLight, [], 'No camera', GENEROUS_MS);
      const before = await page.evaluate(() => {
        window.replaced = window.find<VideoCall>('video-call')!;
        return { told: window.told.length, id: window.replaced.participants[0]?.id };
      });
      await show(page, { turn: 2, call });
      assert.equal(await page.evaluate(() => window.find('video-call') === window.replaced), false);
      await waitFor(page, isJoined, [], 'The new element is not joined', GENEROUS_MS);
      await waitFor(page, reads, ['joined'], 'The component does not show the state', GENEROUS_MS);
      assert.equal(await page.evaluate(() => window.find<VideoCall>('video-call')!.participants[0]?.id), before.id);
      assert.equal(await page.evaluate(hasLight), true);
      assert.equal(await page.evaluate(asksForCamera), 1);
      assert.equal(joins(), 1);
      // Once the new element has announced its own end, the replaced one would have announced its end too.
      await show(page, { turn: 0, call });
      const hasEnded = () => window.told.some(({ reason }) => reason === 'element-removed');
      await waitFor(page, hasEnded, [], 'No call-leave', GENEROUS_MS);
      const ofReplaced = await page.evaluate(
        (from) => window.told.slice(from).flatMap(({ element, type }) => (element === window.replaced ? [type] : [])),
        before.told,
      );
      assert.deepEqual(ofReplaced, []);
      assert.equal(await page.evaluate(() => window.replaced.state), 'idle');
      await page.close();
    });

    test('a mounted call joins with the camera, whose light goes out on a route change and on unmount', async () => {
      const call = callOf(`${name}-yes`, true);
      const page = await open(app, 'page');
      const joins = await countJoins(page);
      const isIn = async () => {
        await waitFor(page, isJoined, [], 'The call is not joined', GENEROUS_MS);
        await waitFor(page, hasLight, [], 'No camera', GENEROUS_MS);
        await waitFor(page, reads, ['joined'], 'The component does not show the state', GENEROUS_MS);
      };
      const isOut = async (how: string) => {
        assert.equal(await page.evaluate(() => window.find('video-call')), null);
        await waitFor(page, isDark, [], `A track is live after the ${how}`, GENEROUS_MS);
      };
      await begin(page, 'mount', { turn: 1, call });
      await isIn();
      await show(page, { turn: 0, call });
      await isOut('route');
      await show(page, { turn: 1, call });
      await isIn();
      assert.equal(joins(), 2);
      await page.evaluate(async () => void (await window.shown.unmount()));
      await isOut('unmount');
      await page.close();
    });

    test('the call of a class shows hands, a reaction, who may speak, and what a check found', async () => {
      const inClass = { server: server.url, room: `${name}-class` };
      const page = await open(app, 'page');
      await begin(page, 'mount', { inClass });
      await waitFor(page, isJoined, [], 'The call is not joined', GENEROUS_MS);
      const ownName = await page.evaluate(() => window.find<VideoCall>('video-call')!.participants[0]!.displayName);
      await page.evaluate(press, 'Hand');
      await waitFor(page, showsQueue, [ownName], 'The raised hand is not shown');
      await page.evaluate(press, 'Clap');
      await page.evaluate(press, 'Speakers');
      await page.evaluate(press, 'Check');
      await waitFor(page, reads, ['👏 moderators direct'], 'Not all facts are shown', GENEROUS_MS);
      await page.evaluate(press, 'Hand');
      await waitFor(page, showsQueue, [''], 'The lowered hand is still shown');
      await page.close();
    });

    if (name !== 'react') return;
    test('a call goes to a small window and back while React owns its element', async (t) => {
      const call = callOf('react-small', true);
      const friend = await launchBrowser();
      const { page: other } = await friend.newPage();
      const { page, problems } = await browser.newPage();
      for (const one of [other, page]) {
        await one.evaluateOnNewDocument(watchCalls);
        await one.evaluateOnNewDocument(captureLittle);
        await one.goto(app.urlOf('page'));
        await waitFor(one, () => Boolean(window.app), [], 'The script of the page is not there', GENEROUS_MS);
        await begin(one, 'mount', { turn: 1, call });
        await waitFor(one, isJoined, [], 'The call is not joined', GENEROUS_MS);
      }
      await page.bringToFront();
      const quiet = await watchJourneys(page);
      const journeys: Journey[] = [];
      for (let round = 0; round < 3; round++) {
        const journey = await goOutAndBack(page, round, quiet);
        journeys.push(journey);
        t.diagnostic(describeJourney(round, journey));
        // React renders the element again, out and back.
        await show(page, { turn: 1, call });
      }
      assert.ok(journeys.filter((one) => tooLong(one).length === 0).length > 1, JSON.stringify(journeys));
      assert.equal(await movesOf(page), 0);
      await page.click('video-call >>> .controls .pip');
      await waitFor(page, reads, ['joined'], 'The component does not show the state', GENEROUS_MS);
      await page.evaluate(async () => void (await window.shown.unmount()));
      await waitFor(page, isDark, [], 'A track is live after unmounting', GENEROUS_MS);
      // Lit warns in its development mode, which the bundle has. Errors are those of React.
      assert.deepEqual(
        problems.filter((problem) => !/^console warn: .*lit\.dev\/msg\/(?:dev-mode|change-in-update)/s.test(problem)),
        [],
      );
      await page.close();
      await friend.close();
    });

    test('a call that <Activity> hides leaves, and joins again when it is shown', async () => {
      const call = callOf('react-hidden', true);
      const page = await open(app, 'page');
      await begin(page, 'mount', { hidden: false, call });
      await waitFor(page, isJoined, [], 'The call is not joined', GENEROUS_MS);
      await waitFor(page, hasLight, [], 'No camera', GENEROUS_MS);
      await show(page, { hidden: true, call });
      await waitFor(page, isDark, [], 'A track of a hidden call is live', GENEROUS_MS);
      assert.equal(await page.evaluate(() => window.find<VideoCall>('video-call')!.state), 'idle');
      await show(page, { hidden: false, call });
      await waitFor(page, isJoined, [], 'The call that is shown again is not joined', GENEROUS_MS);
      await waitFor(page, hasLight, [], 'No camera', GENEROUS_MS);
      await page.close();
    });
  });
}
