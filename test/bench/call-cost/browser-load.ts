/**
 * What a call of two costs the newcomer's browser, on our page and on a plain page of PeerJS. Both pages show two
 * videos at the same places and in the same sizes. Each run starts new browsers, so that it leaves nothing to the next.
 */
import type { Page } from 'puppeteer-core';
import { launchBrowser, type TestBrowser } from '../../support/browser/browser.ts';
import { eventually, pass } from '../../support/waiting.ts';
import type { Contender, Contenders } from '../first-picture/contenders.ts';
import { findPlaces, movePictures, type Place } from './pictures.ts';
import { loadBetween, readTree, type ProcessKind } from './process-tree.ts';
import { readSent, type Sent } from './traffic.ts';

/** One fake camera, with Chromium's default frame rate for it. */
const CAMERA = 'device-count=1,fps=20';
const VIEWPORT = { width: 1280, height: 720 };

export interface BrowserLoad {
  /** Percent of one core. */
  load: ReadonlyMap<ProcessKind | 'all', number>;
  /** What the newcomer sent while its load was measured. */
  sent: Sent;
  places: readonly Place[];
}

export interface LoadRun {
  contenders: Contenders;
  contender: Contender;
  /** How long the load is measured. */
  seconds: number;
  /** How long the call lives before, so that bit rates have grown. */
  settlingMs: number;
  /** Where to put the videos of the page; `null` leaves them where they are. */
  places: readonly Place[] | null;
}

async function enter(browser: TestBrowser, url: string): Promise<Page> {
  const { page } = await browser.newPage();
  // The pages of other products call this when they have entered the call.
  await page.evaluateOnNewDocument('globalThis.tellBench = () => undefined');
  await page.setViewport(VIEWPORT);
  await page.goto(url);
  return page;
}

let runs = 0;

export async function measureLoad(run: LoadRun): Promise<BrowserLoad> {
  const { contenders, contender, seconds, settlingMs } = run;
  const room = `load-${process.pid}-${++runs}`;
  const browsers: TestBrowser[] = [];
  try {
    for (let count = 0; count < 2; count++) browsers.push(await launchBrowser({ fakeDevices: CAMERA }));
    const [others, ours] = browsers as [TestBrowser, TestBrowser];
    const resident = await enter(others, contenders.urlOf(contender, 'resident', room, 0));
    const pictures = (page: Page, least: number) =>
      eventually(`${least} pictures`, async () => (await page.evaluate(findPlaces)).length >= least, 20_000);
    await pictures(resident, 1);
    const newcomer = await enter(ours, contenders.urlOf(contender, 'cold', room, 0));
    await Promise.all([pictures(resident, 2), pictures(newcomer, 2)]);
    if (run.places) for (const page of [resident, newcomer]) await page.evaluate(movePictures, run.places);
    await pass(settlingMs);
    const places = await newcomer.evaluate(findPlaces);
    const root = ours.browser.process()?.pid ?? 0;
    const sentBefore = await readSent(newcomer);
    const before = readTree(root);
    const startedAt = performance.now();
    await pass(seconds * 1_000);
    const after = readTree(root);
    const elapsedMs = performance.now() - startedAt;
    const sentAfter = await readSent(newcomer);
    return { load: loadBetween(before, after, elapsedMs), sent: sentAfter.since(sentBefore), places };
  } finally {
    await Promise.all(browsers.map((browser) => browser.close()));
  }
}
