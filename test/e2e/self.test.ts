/**
 * What a person sets for oneself, with a real keyboard in Chromium and in Firefox, and the check of the network in
 * Firefox. `networks.test.ts` has the check in Chromium, behind networks of each kind.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { closeBrowsers, launchBrowser, waitFor, type TestBrowser } from '../support/browser/browser.ts';
import { launchFirefox } from '../support/browser/firefox.ts';
import { closeAll } from '../support/closing.ts';
import {
  embeddingHtml,
  serveEmbeddingPage,
  startServer,
  type EmbeddingPage,
  type ServerProcess,
} from '../support/server/server-process.ts';
import { startTurnServer } from '../support/server/turn-server.ts';
import { eventually } from '../support/waiting.ts';

const MINUTE = 60_000;

interface House {
  server: ServerProcess;
  site: EmbeddingPage;
}

const opened: House[] = [];
let chromium: TestBrowser;

/** A server, and a page of another origin with a call in it. */
async function open(settings: Record<string, string>, attributes: string): Promise<House> {
  const server = await startServer({ STUN_URLS: '', ...settings });
  const body = `<style>video-call { inline-size: 700px; block-size: 420px }</style>
    <button id="elsewhere">Elsewhere</button>
    <video-call autojoin camera-off room="self-${randomUUID()}" ${attributes}></video-call>`;
  const house = { server, site: await serveEmbeddingPage(embeddingHtml(server.url, body)) };
  opened.push(house);
  return house;
}

async function enter(browser: TestBrowser, { site }: House): Promise<Page> {
  const { page } = await browser.newPage();
  await page.goto(site.url);
  const isIn = () => document.querySelector('video-call')?.state === 'joined' || null;
  await waitFor(page, isIn, [], 'not in the call', 20_000);
  return page;
}

before(
  async () => {
    chromium = await launchBrowser();
  },
  { timeout: MINUTE },
);
after(() =>
  closeAll(() => closeBrowsers(), ...opened.flatMap(({ server, site }) => [() => site.close(), () => server.stop()])),
);

const check = (page: Page) => page.evaluate(() => document.querySelector('video-call')!.checkConnection());

describe('a check of the network', () => {
  test('finds the relay in Firefox too', { timeout: MINUTE }, async (t) => {
    // Firefox reaches a relay on loopback through a relay alone.
    const address = Object.values(networkInterfaces())
      .flat()
      .find((one) => one && !one.internal && one.family === 'IPv4')?.address;
    if (!address) return t.skip('this machine has no network');
    const relay = await startTurnServer({ network: { address, through: 'env' } });
    t.after(() => relay.stop());
    const browser = await launchFirefox();
    const house = await open({ TURN_URLS: relay.url, TURN_SECRET: relay.secret }, 'muted');
    const { sentKbps, ...found } = await check(await enter(browser, house));
    const { microphone, camera, network } = found;
    const words = { microphone, camera, network, relay: found.relay };
    assert.deepEqual(words, { microphone: 'ok', camera: 'ok', network: 'direct', relay: 'ok' });
    assert.ok(sentKbps !== null);
    await browser.close();
  });
});

const isOn = (name: 'microphone' | 'camera', wanted: boolean) =>
  document.querySelector('video-call')!.participants[0]![name] === wanted || null;

for (const [name, launch] of [
  ['Chromium', async () => chromium],
  ['Firefox', launchFirefox],
] as const)
  test(`the keys and push to talk, in ${name}`, { timeout: MINUTE }, async () => {
    const browser = await launch();
    const house = await open({}, 'muted');
    const page = await enter(browser, house);
    const is = (device: 'microphone' | 'camera', on: boolean, why: string) =>
      waitFor(page, isOn, [device, on], `${device} is not ${on ? 'on' : 'off'}: ${why}`, 15_000);
    const titled = (title: string) =>
      waitFor(
        page,
        (wanted) => {
          const root = document.querySelector('video-call')!.shadowRoot!;
          return root.querySelector('[part~="microphone-button"]')?.getAttribute('title') === wanted || null;
        },
        [title],
        `no button "${title}"`,
        15_000,
      );
    await titled('Unmute (M)');
    // A press on the stage puts the focus into the call.
    await page.click('video-call');
    await page.keyboard.press('m');
    await is('microphone', true, 'M');
    await page.keyboard.press('m');
    await is('microphone', false, 'M again');
    await page.evaluate(() => document.querySelector('video-call')!.setAttribute('push-to-talk', ''));
    await titled('Hold to talk (Space)');
    await page.click('video-call');
    const before = await page.evaluate(() => scrollY);
    await page.keyboard.down(' ');
    await is('microphone', true, 'held');
    await page.keyboard.up(' ');
    await is('microphone', false, 'released');
    await page.keyboard.down(' ');
    await is('microphone', true, 'held again');
    await page.evaluate(() => document.querySelector<HTMLElement>('#elsewhere')!.focus());
    await is('microphone', false, 'the focus is elsewhere');
    await page.keyboard.up(' ');
    assert.equal(await page.evaluate(() => scrollY), before, 'the page does not scroll');
    const clock = await eventually('the clock', () =>
      page.evaluate(() => document.querySelector('video-call')!.shadowRoot!.querySelector('.clock')?.textContent),
    );
    assert.match(clock, /^\d:\d\d$/);
    if (name === 'Firefox') await browser.close();
  });
