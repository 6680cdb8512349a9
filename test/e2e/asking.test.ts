/**
 * When a page with a call asks for camera and microphone. Real Chromium, once with the permission still open (`prompt`)
 * and once with it given, counting what the page asks the browser for.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { allowDevices, closeBrowsers, launchBrowser, waitFor, type TestBrowser } from '../support/browser/browser.ts';
import type { CallElement } from '../support/browser/meeting.ts';
import {
  embeddingHtml,
  root,
  serveEmbeddingPage,
  startServer,
  type EmbeddingPage,
  type ServerProcess,
} from '../support/server/server-process.ts';

interface Asked {
  /** The constraints of each request for devices, as `audio`, `video` or both. */
  media: string[];
  contexts: number;
  prompts: number;
}

declare global {
  interface Window {
    asked: Asked;
    /** Held back answers of `getUserMedia`, as those of a prompt that nobody has answered. */
    answerPrompt: () => void;
  }
}

/** Runs before the page's scripts. @param holds true leaves every prompt open until `answerPrompt()` */
function countQuestions(holds: boolean): void {
  window.asked = { media: [], contexts: 0, prompts: 0 };
  const { mediaDevices } = navigator;
  const answered = new Promise<void>((resolve) => {
    window.answerPrompt = resolve;
    if (!holds) resolve();
  });
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (constraints = {}) => {
    window.asked.media.push(Object.keys(constraints).toSorted().join('+'));
    await answered;
    return getUserMedia(constraints);
  };
  window.AudioContext = class extends AudioContext {
    constructor() {
      super();
      window.asked.contexts++;
    }
  };
  Notification.requestPermission = async () => {
    window.asked.prompts++;
    return 'default';
  };
}

const readAsked = (): Asked => window.asked;
const partIsShown = (name: string): boolean => {
  const found = [...document.querySelectorAll('video-call')].flatMap(({ shadowRoot }) => [
    ...(shadowRoot?.querySelectorAll(`[part~="${name}"], [exportparts^="${name}"]`) ?? []),
  ]);
  return found.some((one) => one.checkVisibility());
};
const pressPart = (name: string): void =>
  document.querySelector('video-call')!.shadowRoot!.querySelector<HTMLElement>(`[part~="${name}"]`)!.click();

const nothing: Asked = { media: [], contexts: 0, prompts: 0 };
const room = (): string => `asking-${randomUUID().slice(0, 8)}`;

let server: ServerProcess;
let site: EmbeddingPage;
/** Devices may be used only after `answer`. */
let asking: TestBrowser;
/** Devices may be used. */
let given: TestBrowser;
before(
  async () => {
    server = await startServer();
    site = await serveEmbeddingPage(embeddingHtml(server.url, '', 'video-call.js'));
    given = await launchBrowser();
  },
  { timeout: 60_000 },
);
after(async () => {
  await closeBrowsers();
  await site.close();
  await server.stop();
});

/** Opens a page with the element, up to what the lobby loads late, or into the call. */
async function open(browser: TestBrowser, attributes: readonly string[] = []): Promise<Page> {
  const { page } = await browser.newPage();
  await page.evaluateOnNewDocument(countQuestions, browser === asking);
  await page.goto(site.url);
  await page.evaluate(
    (name, given) => {
      const call = document.createElement('video-call');
      call.setAttribute('room', name);
      for (const one of given) call.setAttribute(...(one.split('=') as [string, string]));
      document.querySelector('main')!.append(call);
    },
    room(),
    attributes.map((one) => (one.includes('=') ? one : `${one}=`)),
  );
  if (attributes.includes('autojoin'))
    await waitFor(
      page,
      () => document.querySelector<CallElement>('video-call')!.state === 'joined',
      [],
      'the call',
      20_000,
    );
  else await waitFor(page, partIsShown, ['participants'], 'what the lobby loads late', 20_000);
  return page;
}

/** The person says yes. */
async function answer(page: Page): Promise<void> {
  await allowDevices(page);
  await page.evaluate(() => window.answerPrompt());
}

const asksFor = (page: Page, media: string): Promise<unknown> =>
  waitFor(page, (wanted) => window.asked.media.join() === wanted, [media], `a request for ${media}`);

describe('a page with a call asks', () => {
  // Nothing is remembered of the answer to an earlier test.
  beforeEach(async () => void (asking = await launchBrowser({ asksForDevices: true })), { timeout: 60_000 });
  afterEach(() => asking.close());

  test('for nothing before a press, and for both devices with it', { timeout: 60_000 }, async () => {
    const page = await open(asking);
    assert.deepEqual(await page.evaluate(readAsked), nothing);
    await page.evaluate(pressPart, 'allow-button');
    await asksFor(page, 'audio+video');
    await answer(page);
    await waitFor(page, partIsShown, ['level-meter'], 'the level of the microphone');
    assert.deepEqual((await page.evaluate(readAsked)).media, ['audio+video']);
    assert.equal(await page.evaluate(partIsShown, 'allow-button'), false);
  });

  test('for both with Join, which does not wait for the answer', { timeout: 60_000 }, async () => {
    const page = await open(asking);
    await page.evaluate(pressPart, 'join-button');
    await waitFor(
      page,
      () => document.querySelector<CallElement>('video-call')!.state === 'joined',
      [],
      'the call, while the prompt is open',
    );
    assert.deepEqual((await page.evaluate(readAsked)).media, ['audio+video']);
    const points = () =>
      document
        .querySelector<CallElement>('video-call')!
        .shadowRoot!.querySelector('.banner.asking')
        ?.textContent?.trim();
    assert.match(await waitFor(page, points, [], 'a word about the prompt'), /^Allow camera and microphone in the box/);
    await answer(page);
    await waitFor(
      page,
      () => document.querySelector<CallElement>('video-call')!.participants[0]?.camera,
      [],
      'the camera',
    );
    assert.equal(
      await page.evaluate(() =>
        document.querySelector<CallElement>('video-call')!.shadowRoot!.querySelector('.banner.asking'),
      ),
      null,
    );
  });

  test('at once where it may use them already, where it should, and where it joins', { timeout: 60_000 }, async () => {
    for (const [browser, attributes, media] of [
      [given, [], 'audio+video'],
      [given, ['camera-off'], 'audio'],
      [asking, ['ask-devices=load'], 'audio+video'],
      [asking, ['autojoin'], 'audio+video'],
    ] as const) {
      const page = await open(browser, attributes);
      await asksFor(page, media);
      await page.close();
    }
  });

  test('in a closed dialog for nothing, and when the dialog opens for both', { timeout: 60_000 }, async () => {
    const { page } = await given.newPage();
    await page.evaluateOnNewDocument(countQuestions, false);
    await page.goto(site.url);
    await page.evaluate((name) => {
      const dialog = document.createElement('dialog');
      const call = document.createElement('video-call');
      call.room = name;
      dialog.append(call);
      document.querySelector('main')!.append(dialog);
    }, room());
    await waitFor(
      page,
      () => document.querySelector('video-call')!.shadowRoot!.querySelector('[part~="participants"]'),
      [],
      'what the lobby loads late',
      20_000,
    );
    // The lobby asks the same before it opens a device.
    await page.evaluate(async () => {
      for (const name of ['microphone', 'camera'] as const) await navigator.permissions.query({ name });
    });
    assert.deepEqual(await page.evaluate(readAsked), nothing);
    await page.evaluate(() => document.querySelector('dialog')!.showModal());
    await asksFor(page, 'audio+video');
  });

  test('only on joining, if the page wants it so', { timeout: 60_000 }, async () => {
    const page = await open(given, ['ask-devices=join']);
    assert.deepEqual(await page.evaluate(readAsked), nothing);
    assert.equal(await page.evaluate(partIsShown, 'allow-button'), false);
    await page.evaluate(pressPart, 'join-button');
    await asksFor(page, 'audio+video');
  });

  test('in an open lobby, once the page sets another value of ask-devices', { timeout: 60_000 }, async () => {
    for (const [browser, value] of [
      [given, 'auto'],
      [asking, 'load'],
    ] as const) {
      const page = await open(browser, ['ask-devices=join']);
      assert.deepEqual(await page.evaluate(readAsked), nothing);
      await page.evaluate((next) => document.querySelector('video-call')!.setAttribute('ask-devices', next), value);
      await asksFor(page, 'audio+video');
      await page.close();
    }
  });

  test('for one device at its button, and with Join for the other as well', { timeout: 60_000 }, async () => {
    const page = await open(asking, ['muted']);
    await page.evaluate(pressPart, 'microphone-button');
    await asksFor(page, 'audio');
    await answer(page);
    await waitFor(page, partIsShown, ['level-meter'], 'the level of the microphone');
    await page.evaluate(pressPart, 'join-button');
    await asksFor(page, 'audio,video');
    await waitFor(
      page,
      () => document.querySelector<CallElement>('video-call')!.participants[0]?.camera,
      [],
      'the camera',
    );
    const own = await page.evaluate(
      () => document.querySelector<CallElement>('video-call')!.participants[0]?.microphone,
    );
    assert.equal(own, true, 'what was turned on in the lobby stays on');
  });
});

test('the recipe for a dialog opens no device before the dialog, and none stays open behind it', async (t) => {
  const [, recipe = ''] = /^### In a dialog$[^]*?^```html\n([^]*?)^```$/m.exec(
    readFileSync(join(root, 'components/README.md'), 'utf8'),
  )!;
  const page = await serveEmbeddingPage(recipe.replaceAll('https://calls.example', server.url));
  t.after(() => page.close());
  const { page: shown, problems } = await given.newPage();
  await shown.goto(page.url);
  const ends = (how: string) =>
    waitFor(
      shown,
      () => {
        const isDark = window.watched.tracks.every(({ readyState }) => readyState === 'ended');
        return isDark && document.querySelector('video-call')!.state === 'idle';
      },
      [],
      `a device stays open, or the call goes on, after ${how}`,
    );
  const lights = () =>
    waitFor(
      shown,
      () => window.watched.tracks.some(({ readyState }) => readyState === 'live'),
      [],
      'no device',
      20_000,
    );
  await waitFor(shown, () => customElements.get('video-call'), [], 'no element');
  assert.equal(await shown.evaluate(() => window.watched.tracks.length), 0);
  // In the lobby, by the key, and while the devices are still being opened.
  await shown.click('#open');
  await lights();
  await shown.keyboard.press('Escape');
  await ends('Escape in the lobby');
  await shown.click('#open');
  await shown.evaluate(() => document.querySelector('dialog')!.close());
  await ends('an end before the devices were open');
  // In the call, by the button.
  await shown.click('#open');
  await lights();
  await shown.evaluate(() => document.querySelector('video-call')!.join());
  await shown.click('dialog form button');
  await ends('the button in the call');
  assert.deepEqual(problems, []);
});
