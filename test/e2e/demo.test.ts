/** The demo page in two browsers: what it costs to load, and what axe finds on it and in each element. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { violationsOf } from '../support/browser/accessibility.ts';
import { closeBrowsers, launchBrowser, waitFor, type TestBrowser, type TestPage } from '../support/browser/browser.ts';
import type { CallElement } from '../support/browser/meeting.ts';
import {
  embeddingHtml,
  serveEmbeddingPage,
  startServer,
  type ServerProcess,
} from '../support/server/server-process.ts';

/**
 * The most bytes of gzipped script until the first frame of another participant: with the call alone, and with all four
 * elements. The late chunk that watches how large tiles are shown counts too. It loads with the first packets, because
 * it has to tell the sender the size of a hidden tile before that tile has a picture.
 */
const SCRIPT_LIMITS = { 'video-call.js': 52_500, 'elements.js': 62_000 };

let server: ServerProcess;

before(async () => {
  server = await startServer();
});
after(async () => {
  await closeBrowsers();
  await server?.stop();
});

/** Clicks the Join button of the lobby. */
async function pressJoin({ page }: TestPage): Promise<void> {
  const button = await page.waitForSelector('video-call >>> [part~="join-button"]', { visible: true, timeout: 15_000 });
  await button?.click();
}

/** Waits until the element draws a frame of another participant. */
async function firstRemoteFrame({ page }: TestPage): Promise<void> {
  await waitFor(
    page,
    () => {
      const call = document.querySelector('video-call') as unknown as CallElement;
      const remote = new Set(call.participants.filter(({ isSelf }) => !isSelf).map(({ stream }) => stream));
      const videos = (root: ParentNode): HTMLVideoElement[] =>
        [...root.querySelectorAll('*')].flatMap((element) => [
          ...(element instanceof HTMLVideoElement ? [element] : []),
          ...(element.shadowRoot ? videos(element.shadowRoot) : []),
        ]);
      return (
        videos(document).some(
          (video) => remote.has(video.srcObject as MediaStream) && video.getVideoPlaybackQuality().totalVideoFrames > 0,
        ) || null
      );
    },
    [],
    'No picture of the other is drawn',
    20_000,
  );
}

/**
 * Runs in a page before its scripts. A call loads further code two seconds after it made a connection, and when its
 * person is alone for a while. On a busy machine both may be before the first picture.
 */
const slowTheClock = (): void => {
  const now = performance.now.bind(performance);
  performance.now = () => now() / 10;
  const { setTimeout } = window;
  const slow = (handler: TimerHandler, ms = 0, ...args: unknown[]) =>
    setTimeout(handler, ms < 1_000 ? ms : ms * 10, ...args);
  window.setTimeout = slow as typeof setTimeout;
};

/** The gzipped bytes of all scripts among the requests of a page. */
async function scriptBytes(requests: readonly string[]): Promise<{ bytes: number; scripts: string[] }> {
  const scripts = [...new Set(requests)].filter((url) => /\.js(?:\?|$)/.test(url));
  const sizes = await Promise.all(
    scripts.map(async (url) => gzipSync(Buffer.from(await (await fetch(url)).arrayBuffer()), { level: 9 }).length),
  );
  return {
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    scripts: scripts.map((url, index) => `${sizes[index]} ${url.replace(/.*\//, '')}`),
  };
}

describe('the demo page', () => {
  const people: { testPage: TestPage; testBrowser: TestBrowser }[] = [];

  before(async () => {
    for (let count = 0; count < 2; count++) {
      const testBrowser = await launchBrowser();
      people.push({ testBrowser, testPage: await testBrowser.newPage() });
    }
  });
  after(() => Promise.all(people.map(({ testBrowser }) => testBrowser.close())));

  test('is accessible outside of a room', async () => {
    const [{ testPage }] = people as [(typeof people)[0]];
    await testPage.page.goto(server.url);
    await testPage.page.waitForSelector('room-list >>> [part~="base"]');
    assert.deepEqual(await violationsOf(testPage.page), []);
  });

  test('serves elements that keep the public names of Lit', async () => {
    const [{ testPage }] = people as [(typeof people)[0]];
    const { missing, heard } = await testPage.page.evaluate(async () => {
      interface Controller {
        hostConnected(): void;
        hostUpdate(): void;
        hostUpdated(): void;
        hostDisconnected(): void;
      }
      type Host = HTMLElement & { updateComplete: Promise<unknown>; addController(one: Controller): void };
      const hosts = ['room-list', 'chat-room', 'video-call', 'device-picker'].map((name) =>
        document.createElement(name),
      );
      const names = [
        'renderRoot',
        'hasUpdated',
        'updateComplete',
        'requestUpdate',
        'addController',
        'removeController',
      ];
      const told = new Set<string>();
      for (const host of hosts as Host[]) {
        host.addController({
          hostConnected: () => told.add(`${host.localName} connected`),
          hostUpdate: () => told.add(`${host.localName} update`),
          hostUpdated: () => told.add(`${host.localName} updated`),
          hostDisconnected: () => told.add(`${host.localName} disconnected`),
        });
        document.body.append(host);
        await host.updateComplete;
        host.remove();
      }
      const lacking = hosts.flatMap((host) => names.filter((name) => !(name in host)));
      return { missing: lacking, heard: told.size };
    });
    assert.deepEqual(missing, []);
    assert.equal(heard, 16);
  });

  test('brings two people together by an invitation, and they see each other', async () => {
    const room = `maru-${randomUUID().slice(0, 8)}`;
    await Promise.all(
      people.map(async ({ testPage }) => {
        await testPage.page.goto(`${server.url}/?room=${room}`);
        await pressJoin(testPage);
      }),
    );
    await Promise.all(people.map(({ testPage }) => firstRemoteFrame(testPage)));
  });

  test('is accessible in a call, light, dark or narrow', async () => {
    const [{ testPage }] = people as [(typeof people)[0]];
    const { page } = testPage;
    for (const scheme of ['light', 'dark']) {
      // Without motion, because axe would measure colours in transition.
      await page.emulateMediaFeatures([
        { name: 'prefers-color-scheme', value: scheme },
        { name: 'prefers-reduced-motion', value: 'reduce' },
      ]);
      assert.deepEqual(await violationsOf(page), [], scheme);
    }
    await page.setViewport({ width: 360, height: 740 });
    assert.deepEqual(await violationsOf(page), [], '360 px');
    assert.ok(
      await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
      'nothing stands out at 360 px',
    );
  });

  test('sends requests only to its own server', () => {
    const { host } = new URL(server.url);
    for (const { testPage } of people) {
      assert.ok(
        testPage.requests.some((url) => url.startsWith('ws:')),
        'web sockets are seen',
      );
      assert.deepEqual(
        testPage.requests.filter((url) => !/^(?:data|blob):/.test(url) && new URL(url).host !== host),
        [],
      );
    }
  });

  test('causes no error', () => {
    assert.deepEqual(
      people.flatMap(({ testPage }) => testPage.problems),
      [],
    );
  });
});

describe('a page with one call', () => {
  for (const [module, limit] of Object.entries(SCRIPT_LIMITS))
    test(
      `loads at most ${limit} bytes of script by ${module}, gzipped, until the other participant is seen`,
      { timeout: 60_000 },
      async (t) => {
        const room = randomUUID();
        const site = await serveEmbeddingPage(
          embeddingHtml(server.url, `<video-call room="${room}" autojoin></video-call>`, module),
        );
        t.after(() => site.close());
        t.after(closeBrowsers);
        const pages: TestPage[] = [];
        for (let count = 0; count < 2; count++) {
          const testPage = await (await launchBrowser()).newPage();
          pages.push(testPage);
          await testPage.page.evaluateOnNewDocument(slowTheClock);
          await testPage.page.goto(site.url);
        }
        const [requests] = await Promise.all(
          pages.map((testPage) => firstRemoteFrame(testPage).then(() => [...testPage.requests])),
        );
        const { bytes, scripts } = await scriptBytes(requests ?? []);
        assert.ok(bytes <= limit, `${bytes} bytes: ${scripts.join(', ')}`);
      },
    );
});

describe('each element on a page of its own', () => {
  const BODIES: Record<string, string> = {
    'room-list': '<room-list></room-list>',
    'chat-room': '<style>chat-room { display: block; block-size: 20rem }</style><chat-room room="alone"></chat-room>',
    'video-call': '<video-call room="alone"></video-call>',
    'device-picker': '<device-picker preview></device-picker>',
  };
  for (const [name, body] of Object.entries(BODIES)) {
    test(`<${name}> works alone and is accessible`, { timeout: 60_000 }, async (t) => {
      const site = await serveEmbeddingPage(embeddingHtml(server.url, body, `${name}.js`));
      t.after(() => site.close());
      const testBrowser = await launchBrowser();
      t.after(() => testBrowser.close());
      const testPage = await testBrowser.newPage();
      await testPage.page.goto(site.url);
      await testPage.page.waitForSelector(`${name} >>> [part~="base"]`, { timeout: 10_000 });
      assert.deepEqual(await violationsOf(testPage.page), []);
      assert.deepEqual(testPage.problems, []);
      const others = Object.keys(BODIES).filter((other) => other !== name);
      assert.deepEqual(
        await testPage.page.evaluate((tags) => tags.filter((tag) => customElements.get(tag)), others),
        [],
        'it defines no other element',
      );
    });
  }
});
