/**
 * What a person sets for oneself, with a real keyboard in Chromium and in Firefox, and the check of the network with a
 * real relay: one that works, one that is down, one that refuses the credentials, none, and a silent microphone.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { closeBrowsers, launchBrowser, waitFor, type TestBrowser } from '../support/browser/browser.ts';
import { launchFirefox } from '../support/browser/firefox.ts';
import { wave } from '../support/browser/wave.ts';
import { closeAll } from '../support/closing.ts';
import {
  embeddingHtml,
  serveEmbeddingPage,
  startServer,
  type EmbeddingPage,
  type ServerProcess,
} from '../support/server/server-process.ts';
import { startTurnServer, type TurnServer } from '../support/server/turn-server.ts';
import { eventually } from '../support/waiting.ts';

const MINUTE = 60_000;

interface House {
  server: ServerProcess;
  site: EmbeddingPage;
}

const opened: House[] = [];
let turn: TurnServer;
let chromium: TestBrowser;
let folder = '';

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
    folder = await mkdtemp(join(tmpdir(), 'sarangbang-silence-'));
    const silence = join(folder, 'silence.wav');
    await writeFile(
      silence,
      wave(() => 0),
    );
    turn = await startTurnServer();
    chromium = await launchBrowser();
  },
  { timeout: MINUTE },
);
after(() =>
  closeAll(
    () => closeBrowsers(),
    ...opened.flatMap(({ server, site }) => [() => site.close(), () => server.stop()]),
    () => turn?.stop(),
    () => rm(folder, { recursive: true, force: true }),
  ),
);

const check = (page: Page) => page.evaluate(() => document.querySelector('video-call')!.checkConnection());

describe('a check of the network', () => {
  const relays = (): Record<string, { settings: Record<string, string>; network: string; relay: string }> => ({
    'a relay that works': {
      settings: { TURN_URLS: turn.url, TURN_SECRET: turn.secret },
      network: 'direct',
      relay: 'ok',
    },
    'a relay that is down': {
      settings: { TURN_URLS: 'turn:127.0.0.1:1?transport=tcp', TURN_SECRET: turn.secret },
      network: 'direct',
      relay: 'failed',
    },
    'credentials that the relay refuses': {
      settings: { TURN_URLS: turn.url, TURN_SECRET: 'another secret' },
      network: 'direct',
      relay: 'failed',
    },
    'no relay': { settings: {}, network: 'direct', relay: 'none' },
  });

  test('says the right word for each relay', { timeout: MINUTE }, async () => {
    const pages: [name: string, page: Page][] = [];
    for (const [name, { settings }] of Object.entries(relays()))
      pages.push([name, await enter(chromium, await open(settings, 'muted'))]);
    const found = await Promise.all(
      pages.map(async ([name, page]) => {
        const { network, relay, sentKbps, roundTripMs } = await check(page);
        return { name, network, relay, isMeasured: sentKbps !== null && roundTripMs !== null };
      }),
    );
    const wanted = Object.entries(relays()).map(([name, { network, relay }]) => ({ name, network, relay }));
    assert.deepEqual(
      found.map(({ name, network, relay }) => ({ name, network, relay })),
      wanted,
    );
    assert.equal(found[0]!.isMeasured, true, 'the speed through the relay');
  });

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

  test('tells a network without UDP, and a silent microphone', { timeout: MINUTE }, async () => {
    const extraFlags = [
      '--webrtc-ip-handling-policy=disable_non_proxied_udp',
      '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
      `--use-file-for-fake-audio-capture=${join(folder, 'silence.wav')}`,
    ];
    const browser = await launchBrowser({ extraFlags });
    const relayed = { TURN_URLS: turn.url.replace('=udp', '=tcp'), TURN_SECRET: turn.secret };
    const none: Record<string, string> = {};
    const pages: Page[] = [];
    for (const settings of [relayed, none]) {
      const page = await enter(browser, await open(settings, 'muted'));
      // Browsers measure a level only after a press.
      await page.click('#elsewhere');
      pages.push(page);
    }
    const found = await Promise.all(
      pages.map(async (page) => {
        const { microphone, network, relay } = await check(page);
        return { microphone, network, relay };
      }),
    );
    assert.deepEqual(found, [
      { microphone: 'silent', network: 'relay', relay: 'ok' },
      { microphone: 'silent', network: 'blocked', relay: 'none' },
    ]);
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
