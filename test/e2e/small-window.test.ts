/** A call that goes on in a window of its own, in real browsers. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, describe, test } from 'node:test';
import type { PictureInPictureChangeEvent } from '../../components/events.ts';
import type { HTTPRequest, Page } from 'puppeteer-core';
import { violationsOf } from '../support/browser/accessibility.ts';
import { waitFor } from '../support/browser/browser.ts';
import { launchFirefox } from '../support/browser/firefox.ts';
import { allJoined, openMeeting, type Meeting, type Person } from '../support/browser/meeting.ts';
import {
  describeJourney,
  goOutAndBack,
  movesOf,
  tooLong,
  watchJourneys,
  type Journey,
} from '../support/browser/small-window.ts';
import { eventually } from '../support/waiting.ts';

const MINUTE = 60_000;
/** How often a call goes out and back. The long form is `small-window.soak.ts`. */
const ROUNDS = 3;
/** Pictures twice as often as in other tests: with 8 in a second, one that is late is a gap of 250 ms. */
const PICTURE = { audio: true, video: { width: 320, height: 240, frameRate: 15 } };

interface Small extends Window {
  documentPictureInPicture: { window: Window | null };
  wentOut: [id: string, active: boolean][];
}

let meeting: Meeting;
let people: Person[] = [];

before(async () => {
  meeting = await openMeeting({}, PICTURE);
});
afterEach(() => Promise.all(people.map(({ testBrowser }) => testBrowser.close())));
after(() => meeting?.close());

async function enterTwo(prepare?: (page: Page) => Promise<unknown>): Promise<Person[]> {
  const room = `pip-${randomUUID()}`;
  const bo = await meeting.enter('Bo', room);
  const ada = await meeting.enter('Ada', room, { ...(prepare && { prepare }) });
  await allJoined([ada, bo]);
  await ada.page.bringToFront();
  return [ada, bo];
}

const isWindowOpen = (page: Page, isOpen: boolean, message: string) =>
  waitFor(
    page,
    (wanted) => Boolean((window as unknown as Small).documentPictureInPicture.window) === wanted || null,
    [isOpen],
    message,
  );
/** The window, as a page of its own. Axe runs there, which esbuild has wrapped. */
async function smallPageOf(page: Page): Promise<Page | null> {
  const target = page
    .browser()
    .targets()
    .find((one) => one.url() === 'about:blank');
  const small = await target?.page();
  await small?.evaluate('globalThis.__name = (target) => target');
  return small ?? null;
}
/** Adds a button of the page for the first method of the call that needs a press. */
const addButton = (page: Page) =>
  page.evaluate(() => {
    const view = window as unknown as Small;
    view.wentOut = [];
    // The event does not bubble.
    const onChange = (event: Event): void => {
      const { target, active } = event as PictureInPictureChangeEvent;
      view.wentOut.push([(target as Element).id, active]);
    };
    document.addEventListener('picture-in-picture-change', onChange, true);
    const button = document.createElement('button');
    Object.assign(button, { id: 'out', value: '0' });
    button.textContent = 'Out';
    button.style.cssText = 'position: fixed; inset: 0 auto auto 0; z-index: 9';
    button.addEventListener('click', () => {
      const call = [...document.querySelectorAll('video-call')].at(Number(button.value))!;
      call.requestPictureInPicture().then(
        () => (button.title = 'done'),
        (error: { code?: string }) => (button.title = error.code ?? String(error)),
      );
    });
    document.body.append(button);
  });
const titleIs = (page: Page, title: string) =>
  eventually(`the button says ${title}`, async () => {
    const told = await page.$eval('#out', (button) => (button as HTMLElement).title);
    if (told !== title) throw new Error(told);
    return true;
  });

/** Runs in the page. A single picture that the browser shows by itself moves as that in the page does. */
const isMoving = (): boolean => {
  const small = (window as unknown as Partial<Small>).documentPictureInPicture?.window;
  if (!small) return document.querySelector('video-call')!.shadowRoot !== null;
  const root = small.document.querySelector('video-call')?.shadowRoot;
  return [...(root?.querySelectorAll('video') ?? [])].some((video) => video.currentTime > 0 && !video.paused);
};

describe('a call in a small window', () => {
  test('goes out and back, and the element never moves', { timeout: 2 * MINUTE }, async (t) => {
    people = await enterTwo();
    const { page, problems } = people[0]!;
    const quiet = await watchJourneys(page);
    const journeys: Journey[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const journey = await goOutAndBack(page, round, quiet);
      journeys.push(journey);
      t.diagnostic(describeJourney(round, journey));
    }
    // A busy machine spoils one of them. The long form wants each.
    assert.ok(journeys.filter((one) => tooLong(one).length === 0).length > ROUNDS / 2, JSON.stringify(journeys));
    assert.equal(await movesOf(page), 0);
    // By keyboard alone, out and back. The focus is where it was.
    await page.focus('video-call >>> .controls .pip');
    await page.keyboard.press('Enter');
    await isWindowOpen(page, true, 'the window does not open by Enter');
    const small = await eventually('the window as a page', () => smallPageOf(page));
    for (const value of ['light', 'dark']) {
      await small.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);
      assert.deepEqual(await violationsOf(small), [], value);
    }
    const focused = () =>
      small.evaluate(() => document.querySelector('video-call')!.shadowRoot!.activeElement?.ariaLabel);
    await eventually('the last button has the focus', async () => {
      await small.keyboard.press('Tab');
      return (await focused()) === 'Bring the call back';
    });
    await small.keyboard.press('Enter').catch(() => undefined);
    await isWindowOpen(page, false, 'the window does not close by Enter');
    const isBack = () =>
      document.querySelector('video-call')!.shadowRoot!.activeElement?.classList.contains('pip') || null;
    await waitFor(page, isBack, [], 'the focus is not on the button');
    assert.deepEqual(problems, []);
  });

  test('opens with the press, however long what fills it takes to load', { timeout: MINUTE }, async () => {
    const held: HTTPRequest[] = [];
    people = await enterTwo(async (page) => {
      await page.setRequestInterception(true);
      page.on('request', (request) => {
        if (/\/chunks\/pip-/.test(request.url())) held.push(request);
        else void request.continue();
      });
    });
    const { page, problems } = people[0]!;
    await addButton(page);
    await page.click('#out');
    await isWindowOpen(page, true, 'the window does not open while its chunk is loaded');
    await eventually('the chunk', () => held.length === 1);
    assert.equal(await page.evaluate(() => document.querySelector<HTMLElement>('#out')!.title), '');
    // The person closes the empty window.
    await page.evaluate(() => (window as unknown as Small).documentPictureInPicture.window!.close());
    await held[0]!.continue();
    await titleIs(page, 'cancelled');
    assert.deepEqual(await page.evaluate(() => (window as unknown as Small).wentOut), []);
    await page.click('#out');
    await titleIs(page, 'done');
    assert.equal(await page.evaluate(() => document.querySelectorAll('.pip-place').length), 0);
    assert.deepEqual(problems, []);
  });

  test('is one window for two calls of a page, and closes with its page', { timeout: MINUTE }, async () => {
    people = await enterTwo();
    const { page, problems } = people[0]!;
    await addButton(page);
    await page.evaluate(async () => {
      const first = document.querySelector('video-call')!;
      first.id = 'first';
      const second = Object.assign(document.createElement('video-call'), { id: 'second', room: `${first.room}-2` });
      second.server = first.server;
      second.muted = second.cameraOff = second.autojoin = true;
      first.after(second);
    });
    const state = () => document.querySelector<HTMLElement & { state: string }>('#second')!.state === 'joined' || null;
    await waitFor(page, state, [], 'the second call is not joined');
    await page.click('#out');
    await titleIs(page, 'done');
    await page.$eval('#out', (button) => Object.assign(button, { value: '1', title: '' }));
    await page.click('#out');
    await titleIs(page, 'done');
    // A browser may tell the end of the first one later.
    await eventually('the first call is back', async () => {
      const changes = await page.evaluate(() => (window as unknown as Small).wentOut.join(' '));
      if (!/^first,true (first,false second,true|second,true first,false)$/.test(changes)) throw new Error(changes);
      return true;
    });
    const shown = await page.evaluate(
      () => (window as unknown as Small).documentPictureInPicture.window?.document.title,
    );
    assert.match(shown ?? '', /-2$/, 'the window of the second call');
    await page.goto('about:blank');
    await eventually('no window of a page that is gone', async () => (await page.browser().pages()).length === 1);
    assert.deepEqual(problems, []);
  });

  test('is there in Firefox, or no button offers it', { timeout: MINUTE }, async (t) => {
    const firefox = await launchFirefox();
    const room = `pip-${randomUUID()}`;
    const bo = await meeting.enter('Bo', room);
    const fox = await meeting.enter('Fox', room, { testBrowser: firefox });
    people = [fox, bo];
    await allJoined(people);
    const { page, problems } = fox;
    await addButton(page);
    await page.evaluate(() => document.querySelector('video-call')!.setAttribute('buttons', 'microphone pip more'));
    const hasButton = () =>
      page.evaluate(() => !!document.querySelector('video-call')!.shadowRoot!.querySelector('.pip'));
    const offer = await page.evaluate(
      () => 'documentPictureInPicture' in window || document.pictureInPictureEnabled === true,
    );
    t.diagnostic(offer ? 'there' : 'not there');
    if (offer) await eventually('the button', hasButton);
    await page.mouse.click(10, 10);
    await titleIs(page, offer ? 'done' : 'unsupported-browser');
    assert.equal(await hasButton(), offer);
    if (offer) await eventually('a moving picture there', () => page.evaluate(isMoving));
    assert.deepEqual(problems, []);
  });
});
