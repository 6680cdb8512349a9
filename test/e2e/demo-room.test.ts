/** A room on the demo page: nothing else is there, a telephone shows call and chat, and leaving can be undone. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { violationsOf } from '../support/browser/accessibility.ts';
import { closeBrowsers, launchBrowser, waitFor, type TestPage } from '../support/browser/browser.ts';
import { seeParts, seeFaces, type Call, type Chat } from '../support/browser/demo-page.ts';
import { startServer, type ServerProcess } from '../support/server/server-process.ts';

const MINUTE = 60_000;
const PHONE = { width: 390, height: 844 };
const WRITING = { width: 390, height: 420 };
const TOOLBAR = ['microphone-button', 'camera-button', 'leave-button'];

const room = `maru-${randomUUID().slice(0, 8)}`;
let server: ServerProcess;
let people: TestPage[] = [];
let page: Page;
let other: Page;

const hasState = (one: Page, state: string) =>
  waitFor(one, (wanted) => document.querySelector<Call>('#call')!.state === wanted || null, [state], `not ${state}`);

async function join(one: Page): Promise<void> {
  const button = await one.waitForSelector('#call >>> [part~="join-button"]', { visible: true, timeout: 15_000 });
  await button!.click();
  await hasState(one, 'joined');
}

before(
  async () => {
    server = await startServer();
    people = await Promise.all([0, 1].map(async () => (await launchBrowser()).newPage()));
    [page, other] = people.map((person) => person.page) as [Page, Page];
    await page.goto(server.url);
    await page.goto(`${server.url}/?room=${room}`);
    await other.goto(`${server.url}/?room=${room}`);
    await join(page);
    await join(other);
    await seeFaces(page, '#call', 1);
  },
  { timeout: MINUTE },
);
after(async () => {
  await closeBrowsers();
  await server.stop();
});

/** Whether the page can be scrolled, by which the call would slide away. */
const canScroll = () =>
  page.evaluate(() => {
    const { scrollHeight, scrollWidth } = document.documentElement;
    return scrollHeight > innerHeight || scrollWidth > innerWidth;
  });

const say = (text: string) =>
  other.evaluate((words) => document.querySelector<Chat>('#chat')!.sendMessage(words), text);

describe('a room on the demo page', { timeout: 3 * MINUTE }, () => {
  test('has nothing else on the page but one link about it', async () => {
    await page.setViewport({ width: 1280, height: 720 });
    assert.equal(await canScroll(), false);
    const shown = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('.welcome, .story, .floor, .sections, #looks, #devices')]
        .filter((one) => one.checkVisibility())
        .map(({ id, className }) => id || className),
    );
    assert.deepEqual(shown, []);
    const links = await page.evaluate(() =>
      [...document.querySelectorAll('.about a')]
        .filter((link) => link.checkVisibility())
        .map(({ textContent }) => textContent),
    );
    assert.deepEqual(links, ['About sarangbang']);
    await seeParts(page, '#call', TOOLBAR);
  });

  test('lists raised hands beside the call, in their order', async () => {
    const queue = (names: string) =>
      [...document.querySelectorAll('#hands li')].map(({ textContent }) => textContent).join() === names || null;
    const nameOf = (one: Page) =>
      one.evaluate(() => document.querySelector<Call>('#call')!.participants[0]!.displayName);
    const names = [await nameOf(other), await nameOf(page)];
    for (const one of [other, page]) await one.evaluate(() => document.querySelector<Call>('#call')!.raiseHand(true));
    await waitFor(page, queue, [names.join()], 'not in their order');
    assert.ok(await page.evaluate(() => document.querySelector('#hands')!.checkVisibility()));
    await page.evaluate(() => document.querySelector<Call>('#call')!.lowerHand());
    await waitFor(page, queue, [''], 'the hands stay');
    assert.equal(await page.evaluate(() => document.querySelector('#hands')!.checkVisibility()), false);
  });

  test('takes the call along, and brings it back', async () => {
    const isOut = (wanted: boolean) => {
      const { documentPictureInPicture } = window as unknown as { documentPictureInPicture: { window: Window | null } };
      return (documentPictureInPicture.window !== null) === wanted || null;
    };
    await page.bringToFront();
    await page.click('.along');
    await waitFor(page, isOut, [true], 'no window');
    await page.evaluate(() => document.querySelector<Call>('#call')!.exitPictureInPicture());
    await waitFor(page, isOut, [false], 'the window stays');
  });

  test('has sounds, push to talk and a check of the connection beside the devices', async () => {
    await page.click('.tools [popovertarget="devices"]');
    await page.click('[data-option="sounds"]');
    await page.click('[data-option="pushToTalk"]');
    const options = () => {
      const { sounds, pushToTalk } = document.querySelector<Call>('#call')!;
      return { sounds, pushToTalk };
    };
    assert.deepEqual(await page.evaluate(options), { sounds: true, pushToTalk: true });
    await page.click('#check');
    const hasFound = () => document.querySelector('#found')!.textContent.startsWith('The connection works') || null;
    await waitFor(page, hasFound, [], 'no result', 20_000);
    assert.deepEqual(await violationsOf(page), []);
    for (const name of ['sounds', 'pushToTalk']) await page.click(`[data-option="${name}"]`);
    assert.deepEqual(await page.evaluate(options), { sounds: false, pushToTalk: false });
    await page.keyboard.press('Escape');
  });

  test('keeps the toolbar in sight on a telephone on its side, beside the chat', async () => {
    await page.setViewport({ width: 844, height: 390 });
    await seeParts(page, '#call', TOOLBAR);
    await seeParts(page, '#chat', ['base']);
    assert.equal(await canScroll(), false);
  });

  test('counts messages that nobody has read at the tab of the chat and in the title', async () => {
    await page.setViewport(PHONE);
    await say('Are you there?');
    await waitFor(page, () => document.querySelector('#unread')!.textContent === '1' || null, [], 'no dot');
    assert.match(await page.title(), /^\(1\) maru-/);
    await page.click('#chat-tab');
    await waitFor(page, () => document.querySelector('#unread')!.textContent === '' || null, [], 'the dot stays');
    assert.match(await page.title(), /^maru-/);
  });

  test('shows call and chat together on a telephone', async () => {
    await page.setViewport(PHONE);
    await seeParts(page, '#call', TOOLBAR);
    await seeParts(page, '#chat', ['input', 'send-button']);
    assert.equal(await canScroll(), false);
    assert.deepEqual(await violationsOf(page), []);
  });

  test('keeps faces, microphone and leaving in reach while a person writes', async () => {
    await page.setViewport(WRITING);
    await page.click('#chat >>> [part~="input"]');
    await seeParts(page, '#call', ['microphone-button', 'leave-button']);
    await seeParts(page, '#chat', ['input', 'send-button']);
    const height = await page.evaluate(() => document.querySelector('#call')!.getBoundingClientRect().height);
    assert.ok(height >= 120, `the faces have ${height} px`);
    assert.deepEqual(await violationsOf(page), []);
  });

  test('opens rooms, looks, devices and the invitation over the call', async () => {
    for (const viewport of [PHONE, { width: 1280, height: 720 }]) {
      await page.setViewport(viewport);
      for (const name of ['rooms', 'looks', 'devices', 'invitation']) {
        if (name === 'rooms' && viewport !== PHONE) continue;
        await page.click(`[popovertarget="${name}"]:not(.phone)`);
        await waitFor(
          page,
          (id) => document.getElementById(id)!.matches(':popover-open') || null,
          [name],
          `no ${name}`,
        );
        assert.deepEqual(await violationsOf(page), [], `${name} at ${viewport.width} px`);
        await page.keyboard.press('Escape');
      }
    }
  });

  test('says in the title that a person asks to come in', async () => {
    await page.evaluate(() => document.querySelector<Call>('#call')!.lockRoom(true));
    const guest = (await (await launchBrowser()).newPage()).page;
    await guest.goto(`${server.url}/?room=${room}`);
    await (await guest.waitForSelector('#call >>> [part~="join-button"]', { visible: true, timeout: 5_000 }))?.click();
    await waitFor(
      page,
      () => document.title.startsWith('1 asking to join') || null,
      [],
      'no knock in the title',
      15_000,
    );
    await page.evaluate(() => document.querySelector<Call>('#call')!.lockRoom(false));
    await waitFor(page, () => document.title.startsWith('maru-') || null, [], 'the knock stays in the title');
    await guest.close();
  });

  test('offers the way back into a call that was left by a link, by Back or for another room', async () => {
    const ways: Record<string, () => Promise<unknown>> = {
      link: () => page.click('.brand a'),
      back: () => page.goBack(),
      room: () =>
        page.evaluate(() => {
          const list = document.querySelector('room-list')!;
          const event = new CustomEvent('room-select', { bubbles: true, cancelable: true, composed: true });
          list.dispatchEvent(Object.assign(event, { room: 'elsewhere' }));
          for (const id of ['call', 'chat']) document.getElementById(id)!.setAttribute('room', 'elsewhere');
        }),
    };
    for (const [name, go] of Object.entries(ways)) {
      await go();
      const button = await page.waitForSelector('#told button', { visible: true, timeout: 5_000 });
      assert.match(
        await page.evaluate(() => document.querySelector('#told')!.textContent!),
        /^You left the call in maru-/,
      );
      await button!.click();
      await hasState(page, 'joined');
      assert.equal(new URL(page.url()).searchParams.get('room'), room, name);
    }
    await seeFaces(page, '#call', 1);
  });

  test('offers no way back to a person who came back by another way', async () => {
    await page.goBack();
    await page.waitForSelector('#told button', { visible: true, timeout: 5_000 });
    await page.goForward();
    await hasState(page, 'prejoin');
    assert.equal(await page.evaluate(() => document.querySelector('#told')!.textContent), '');
    await join(page);
    await seeFaces(page, '#call', 1);
  });

  test('covers nothing to press in the call with what it says', async () => {
    await page.setViewport({ width: 1280, height: 900 });
    await page.click('.tools [popovertarget="invitation"]');
    await page.click('#copy-invitation');
    await page.waitForFunction(() => document.querySelector('#told')!.textContent, { timeout: 5_000 });
    await seeParts(page, '#call', TOOLBAR);
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => !document.querySelector('#told')!.textContent, { timeout: 10_000 });
  });

  test('says nothing when the call was left by its own button', async () => {
    await page.click('#call >>> [part~="leave-button"]');
    await hasState(page, 'left');
    assert.equal(await page.evaluate(() => document.querySelector('#told')!.textContent), '');
    assert.deepEqual(await violationsOf(page), []);
  });

  test('causes no error', () =>
    assert.deepEqual(
      people.flatMap(({ problems }) => problems),
      [],
    ));
});

describe('the invitation of the demo page', { timeout: 3 * MINUTE }, () => {
  test('shows a QR code under a public name, and opens a room for it', async () => {
    const { page: shown } = await (await launchBrowser()).newPage();
    // The page under a name with https, as a proxy would serve it. The elements find no server there.
    await shown.setRequestInterception(true);
    shown.on('request', (request) => {
      const { pathname } = new URL(request.url());
      void fetch(`${server.url}${pathname}`).then(async (response) =>
        request.respond({
          status: response.status,
          contentType: response.headers.get('content-type') ?? 'text/plain',
          body: Buffer.from(await response.arrayBuffer()),
        }),
      );
    });
    await shown.goto('https://calls.example/');
    await waitFor(shown, () => document.querySelector('.unreachable')!.hasAttribute('hidden') || null, [], 'no code');
    await shown.click('[data-phone]');
    await shown.waitForSelector('#code-picture path', { visible: true, timeout: 5_000 });
    assert.match(shown.url(), /^https:\/\/calls\.example\/\?room=maru-/);
  });

  test('says on another page how a telephone reaches it', async () => {
    const { page: shown } = await (await launchBrowser()).newPage();
    await shown.goto(server.url);
    await waitFor(shown, () => document.querySelector('.reachable')!.hasAttribute('hidden') || null, [], 'a code');
    await shown.click('[data-phone]');
    await shown.waitForSelector('#proxy', { visible: true, timeout: 5_000 });
    assert.equal(
      await shown.evaluate(() => document.querySelector('#proxy')!.textContent),
      `caddy reverse-proxy --internal-certs --from https://calls.lan --to localhost:${new URL(server.url).port}`,
    );
    assert.deepEqual(await violationsOf(shown), []);
  });
});
