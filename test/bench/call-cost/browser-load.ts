/**
 * What a call of two costs the newcomer's browser, ours beside PeerJS' plain page. Both pages show two pictures at the
 * same places and sizes, and both browsers are new, so that one run leaves nothing to the next.
 */
import type { Page } from 'puppeteer-core';
import { launchBrowser, waitFor, type TestBrowser } from '../../support/browser/browser.ts';
import { pass } from '../../support/waiting.ts';
import type { Contender, Contenders } from '../first-picture/contenders.ts';
import { loadBetween, readTree, type ProcessKind } from './process-tree.ts';
import { readSent, type Sent } from './traffic.ts';

/** One camera, with the frames that Chromium's own fake camera has. */
const CAMERA = 'device-count=1,fps=20';
const VIEWPORT = { width: 1280, height: 720 };

/** Where a picture is on its page, in CSS pixels. */
interface Place {
  isOwn: boolean;
  left: number;
  top: number;
  width: number;
  height: number;
  fit: string;
}

export interface BrowserLoad {
  /** Percent of one core. */
  load: ReadonlyMap<ProcessKind | 'all', number>;
  /** What the newcomer sent meanwhile. */
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
  /** The places of the pictures, `null` to leave them where the page has them. */
  places: readonly Place[] | null;
}

/** Runs in the page: all playing videos, in shadow roots as well. */
function findPlaces(): Place[] {
  const videos: HTMLVideoElement[] = [];
  const search = (root: Document | ShadowRoot): void => {
    for (const element of root.querySelectorAll('*')) {
      if (element instanceof HTMLVideoElement && element.videoWidth > 0) videos.push(element);
      if (element.shadowRoot) search(element.shadowRoot);
    }
  };
  search(document);
  const own = new Set(window.watched.tracks.map(({ id }) => id));
  return videos.map((video) => {
    const { left, top, width, height } = video.getBoundingClientRect();
    const [track] = (video.srcObject as MediaStream).getVideoTracks();
    const fit = getComputedStyle(video).objectFit;
    return { isOwn: own.has(track?.id ?? ''), left, top, width, height, fit };
  });
}

/** Runs in the plain page: puts its own picture and that of the other where ours has them. */
function movePictures(places: readonly Place[]): void {
  const own = new Set(window.watched.tracks.map(({ id }) => id));
  for (const video of document.querySelectorAll('video')) {
    const [track] = (video.srcObject as MediaStream).getVideoTracks();
    const isOwn = own.has(track?.id ?? '');
    const place = places.find((one) => one.isOwn === isOwn);
    if (!place) continue;
    const { left, top, width, height, fit } = place;
    // The smaller picture may lie on the larger one.
    video.style.cssText = `position: absolute; left: ${left}px; top: ${top}px; inline-size: ${width}px;
      block-size: ${height}px; object-fit: ${fit}; z-index: ${isOwn ? 1 : 0}`;
  }
}

async function enter(browser: TestBrowser, url: string): Promise<Page> {
  const { page } = await browser.newPage();
  // The pages of peers tell the bench that they are inside.
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
      waitFor(page, `(${findPlaces.toString()})().length >= ${least}` as never, [], `no ${least} pictures`, 20_000);
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
