/** What a page with a small call fetches before it shows others, and what of the toolbar works without the rest. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { launchBrowser, waitFor, type TestBrowser } from '../support/browser/browser.ts';
import { openMeeting, SMALL_PICTURE, type CallElement, type Meeting } from '../support/browser/meeting.ts';
import { embeddingHtml, serveEmbeddingPage, type EmbeddingPage } from '../support/server/server-process.ts';

const MINUTE = 60_000;
const room = `bytes-${randomUUID()}`;

let meeting: Meeting;
let site: EmbeddingPage;
let testBrowser: TestBrowser;
/** Requests for addresses that match fail. */
let failing = /^$/;

interface Watched {
  __atEntry?: string[];
  __errors: string[];
}

before(
  async () => {
    meeting = await openMeeting();
    const body = `<video-call autojoin muted room="${room}" display-name="Ben"></video-call><script>
      document.querySelector('video-call').constraints = ${JSON.stringify(SMALL_PICTURE)};
    </script>`;
    site = await serveEmbeddingPage(embeddingHtml(meeting.server.url, body, 'video-call.js'));
    testBrowser = await launchBrowser({ extraFlags: ['--disable-renderer-backgrounding'] });
    await meeting.enter('Ada', room, { testBrowser, attributes: ['muted'] });
  },
  { timeout: MINUTE },
);
after(async () => {
  await site?.close();
  await meeting?.close();
});

/** Opens the page with a call of this width, and waits until the call shows the picture of the other participant. */
async function open(width: number): Promise<Page> {
  const { page } = await testBrowser.newPage();
  await page.setViewport({ width, height: 844 });
  await page.setRequestInterception(true);
  page.on('request', (request) => void (failing.test(request.url()) ? request.abort() : request.continue()));
  await page.evaluateOnNewDocument(() => {
    const watched = window as unknown as Watched;
    watched.__errors = [];
    addEventListener('call-error', (event) => watched.__errors.push((event as Event & { code: string }).code), true);
    addEventListener(
      'participant-join',
      () => {
        watched.__atEntry ??= performance
          .getEntriesByType('resource')
          .map(({ name }) => new URL(name).pathname)
          .filter((path) => path.endsWith('.js'));
      },
      true,
    );
  });
  await page.goto(site.url);
  const isShown = () => {
    const tiles = document.querySelector('video-call')?.shadowRoot?.querySelectorAll('[part~=tile]') ?? [];
    return [...tiles].some((tile) => !tile.part.contains('tile-self') && tile.shadowRoot?.querySelector('.shows'));
  };
  await waitFor(page, isShown, [], 'no picture of the other participant', 30_000);
  return page;
}

const atEntry = (page: Page): Promise<string[] | undefined> =>
  page.evaluate(() => (window as unknown as Watched).__atEntry);

const hasMenu = () => {
  const root = document.querySelector('video-call')!.shadowRoot!;
  return Boolean(root.querySelector('sarangbang-menu')?.shadowRoot?.querySelector('button'));
};

const press = (page: Page): Promise<void> =>
  page.evaluate(() => document.querySelector('video-call')!.shadowRoot!.querySelector<HTMLElement>('.more')!.click());

test('a phone fetches nothing but the call before others are there', { timeout: MINUTE }, async () => {
  const page = await open(390);
  assert.deepEqual(await atEntry(page), ['/video-call.js']);
  await press(page);
  await waitFor(page, hasMenu, [], 'no menu', 20_000);
  await page.close();
});

test('a box too narrow for five buttons fetches what its toolbar needs', { timeout: MINUTE }, async () => {
  // Without this, the extras would bring it.
  failing = /\/extras-/;
  const page = await open(230);
  const isFitted = () =>
    document.querySelector('video-call')!.shadowRoot!.querySelectorAll('.controls .tool').length === 4;
  await waitFor(page, isFitted, [], 'the toolbar does not fit', 20_000);
  failing = /^$/;
  await page.close();
});

test('a menu that cannot be loaded is an error, and opens with a later press', { timeout: MINUTE }, async () => {
  failing = /\/extras-/;
  const page = await open(390);
  await press(page);
  const isTold = () => (window as unknown as Watched).__errors.includes('server-unreachable');
  await waitFor(page, isTold, [], 'no error', 20_000);
  assert.equal(await page.evaluate(hasMenu), false);
  assert.equal(await page.evaluate(() => document.querySelector<CallElement>('video-call')!.state), 'joined');
  failing = /^$/;
  await press(page);
  await waitFor(page, hasMenu, [], 'no menu', 20_000);
  await page.close();
});
