/**
 * The examples in the chapter about `<video-call>`, each as a page of another origin with the text that the document
 * shows. One more page is the other participant. An example without a test here fails, and so does a test without one.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { closeBrowsers, launchBrowser, waitFor, type TestBrowser, type TestPage } from '../support/browser/browser.ts';
import {
  embeddingHtml,
  root,
  serveEmbeddingPage,
  startServer,
  type EmbeddingPage,
  type ServerProcess,
} from '../support/server/server-process.ts';

const MINUTE = 60_000;
const SHOWN = 'https://calls.example';

/** The examples below the heading of `<video-call>`, by the name of their room. */
function examplesOfCall(): Map<string, string> {
  const [, chapter = ''] = /^### `<video-call>`$([^]*?)^### /m.exec(
    readFileSync(join(root, 'components/README.md'), 'utf8'),
  )!;
  const blocks = [...chapter.matchAll(/^```html\n([^]*?)^```$/gm)].map(([, text = '']) => text);
  return new Map(blocks.map((text) => [/ room="(\w+)"/.exec(text)?.[1] ?? text, text]));
}

const examples = examplesOfCall();
const tried = new Set<string>();

let server: ServerProcess;
let browser: TestBrowser;
let site: EmbeddingPage;
let other: TestPage;

before(
  async () => {
    server = await startServer();
    browser = await launchBrowser();
    site = await serveEmbeddingPage(embeddingHtml(server.url, '<video-call camera-off></video-call>', 'video-call.js'));
    other = await browser.newPage();
    await other.page.goto(site.url);
  },
  { timeout: MINUTE },
);
after(async () => {
  await closeBrowsers();
  await site.close();
  await server.stop();
});

type Call = HTMLElementTagNameMap['video-call'];
const isIn = (room: string) => {
  const call = document.querySelector('video-call');
  return call?.room === room && call.state === 'joined' && call.participants.length === 2;
};
const otherDoes = (action: (call: Call) => unknown) =>
  other.page.evaluate(`(${String(action)})(document.querySelector('video-call'))`);
const says = (page: Page, id: string, text: string, why: string) =>
  waitFor(
    page,
    (name: string, wanted: string) => document.getElementById(name)!.textContent.trim().includes(wanted),
    [id, text],
    why,
  );

/** Opens an example, whose participant joins first, and is so the moderator. The other one joins after it. */
function tryExample(title: string, room: string, check: (page: Page) => Promise<void>): void {
  tried.add(room);
  test(title, { timeout: MINUTE }, async (t) => {
    const text = examples.get(room);
    assert.ok(text, `there is an example of the room ${room}`);
    assert.ok(text.includes(`<script type="module" src="${SHOWN}/video-call.js"></script>`), 'it loads the element');
    const example = await serveEmbeddingPage(text.replaceAll(SHOWN, server.url));
    t.after(() => example.close());
    const { page, problems } = await browser.newPage();
    t.after(() => page.close());
    await page.goto(example.url);
    await waitFor(page, () => customElements.get('video-call'), [], 'the element is not there');
    await page.evaluate(() => document.querySelector('video-call')!.join());
    await other.page.evaluate(async (name) => {
      const call = document.querySelector('video-call')!;
      call.displayName = 'Bo';
      call.room = name;
      await call.updateComplete;
      await call.join();
    }, room);
    await waitFor(page, isIn, [room], 'no call of two', 20_000);
    await check(page);
    assert.deepEqual(problems, []);
  });
}

describe('the example of', () => {
  tryExample('hands and reactions shows the queue and the last reaction', 'class', async (page) => {
    await otherDoes((call) => call.raiseHand(true));
    await says(page, 'queue', 'Bo', 'the hand of the other is not in the queue');
    await page.click('[command="--toggle-hand"]');
    const isSecond = () => {
      const names = [...document.querySelectorAll('#queue li')].map(({ textContent }) => textContent);
      return names.length === 2 && names[0] === 'Bo';
    };
    await waitFor(page, isSecond, [], 'the own hand is not behind the other');
    await otherDoes((call) => call.react('🎉'));
    await says(page, 'reaction', 'Bo 🎉', 'the reaction is not shown');
  });

  tryExample('moderators restricts a class, quietens it and opens it again', 'lecture', async (page) => {
    await says(page, 'rule', 'Raise a hand to speak', 'the rule is not shown');
    const isRestricted = () => {
      const { permissions, participants } = document.querySelector('video-call')!;
      return permissions.chat === 'moderators' && participants[0]?.microphone === false;
    };
    await waitFor(other.page, isRestricted, [], 'the other may speak or write');
    await otherDoes((call) => call.raiseHand(true));
    await waitFor(other.page, () => document.querySelector('video-call')!.participants[0]!.hand, [], 'no hand');
    await page.click('#quiet');
    await waitFor(other.page, () => !document.querySelector('video-call')!.participants[0]!.hand, [], 'a hand is up');
    await page.click('#questions');
    await says(page, 'rule', 'Everybody may speak', 'the new rule is not shown');
  });

  tryExample('volume has a slider for each other participant', 'band', async (page) => {
    const slider = await page.waitForSelector('#mixer input');
    assert.equal(await slider!.evaluate((one) => one.closest('label')!.textContent), 'Bo');
    await slider!.evaluate((one) => {
      one.value = '0.25';
      one.dispatchEvent(new Event('input'));
    });
    assert.equal(await page.evaluate(() => document.querySelector('video-call')!.participants[1]!.volume), 0.25);
    await otherDoes((call) => call.leave());
    await waitFor(page, () => !document.querySelector('#mixer input'), [], 'the slider stays');
  });

  tryExample('no-shortcuts leaves the keys to the page', 'cockpit', async (page) => {
    const isOn = () => page.evaluate(() => document.querySelector('video-call')!.participants[0]!.microphone);
    const whenOff = () =>
      waitFor(page, () => document.querySelector('video-call')!.participants[0]!.microphone === false, [], 'still on');
    await waitFor(page, () => document.querySelector('video-call')!.participants[0]!.microphone, [], 'not on');
    await (await page.waitForSelector('video-call >>> [part~="more-button"]'))!.focus();
    await page.keyboard.press('m');
    assert.equal(await isOn(), true);
    await page.keyboard.press('F8');
    await whenOff();
  });

  tryExample('push to talk holds the microphone, until the person wants it otherwise', 'radio', async (page) => {
    const has = (on: boolean, why: string) =>
      waitFor(
        page,
        (wanted) => document.querySelector('video-call')!.participants[0]!.microphone === wanted,
        [on],
        why,
      );
    await page.bringToFront();
    await has(false, 'the microphone is open');
    await page.click('video-call >>> [part~="stage"]');
    await page.keyboard.down('Space');
    await has(true, 'the space bar does not open the microphone');
    await page.keyboard.up('Space');
    await has(false, 'the microphone stays open');
    await page.click('#hold');
    assert.equal(await page.evaluate(() => document.querySelector('video-call')!.pushToTalk), false);
  });

  tryExample('speaking while muted has the settings on the toolbar, with the switch', 'standup', async (page) => {
    await (await page.waitForSelector('video-call >>> [part~="settings-button"]'))!.click();
    const switches = await page.waitForSelector('video-call >>> [part~="preference-switch"]', { timeout: 10_000 });
    assert.ok(switches);
  });

  tryExample('sounds and saving data has a switch for each', 'family', async (page) => {
    await page.click('#sounds');
    await page.click('#saver');
    const set = await page.evaluate(() => {
      const { sounds, saveData } = document.querySelector('video-call')!;
      return { sounds, saveData };
    });
    assert.deepEqual(set, { sounds: true, saveData: true });
    await page.waitForSelector('video-call >>> [part~="clock"]', { timeout: 10_000 });
  });

  tryExample('a check says what it found, and writes a report', 'support', async (page) => {
    await page.click('#check');
    await says(page, 'found', 'network direct, relay none', 'nothing was found');
    const report = await page.waitForSelector('#report:not([hidden])');
    assert.ok((await report!.evaluate((one) => (one as HTMLTextAreaElement).value)).length > 200);
  });

  tryExample('pointing shows a styled button on a shared screen', 'design', async (page) => {
    await other.page.bringToFront();
    await (await other.page.waitForSelector('video-call >>> [part~="screen-button"]'))!.click();
    const button = await page.waitForSelector('video-call >>> [part~="point-button"]', { timeout: 15_000 });
    assert.equal(await button!.evaluate((one) => getComputedStyle(one).backgroundColor), 'rgb(0, 0, 128)');
    await otherDoes((call) => call.toggleScreenShare(false));
  });

  tryExample('a small window takes the call along', 'travel', async (page) => {
    await page.bringToFront();
    await page.click('[command="--toggle-picture-in-picture"]');
    await waitFor(page, () => document.body.classList.contains('away'), [], 'the call stays');
    await page.evaluate(() => document.querySelector('video-call')!.exitPictureInPicture());
    await waitFor(page, () => !document.body.classList.contains('away'), [], 'the call does not come back');
  });

  test('each capability is tried here', () => assert.deepEqual([...examples.keys()].toSorted(), [...tried].toSorted()));
});
