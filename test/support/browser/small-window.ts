/**
 * A call that goes into a small window and back in a real browser, and how long a person sees and hears nothing.
 *
 * A frame counts where the person looks: in the page until the place says where the call went, and in the window. Sound
 * counts as missing where the browser made it up.
 */
import type { Page } from 'puppeteer-core';
import { waitFor } from './browser.ts';
import type { CallElement } from './meeting.ts';

/** Milliseconds of one journey out or back. */
export interface Gap {
  /** The longest time without a drawn frame of the other participant. */
  frameMs: number;
  /** How much sound the browser made up. */
  soundMs: number;
}

export interface Journey {
  /** The same while nothing happens. */
  quiet: Gap;
  out: Gap;
  back: Gap;
}

/** How long each part is watched, in milliseconds. */
const WATCHED_MS = 1_000;

interface Watched extends Window {
  documentPictureInPicture: { window: (Window & typeof globalThis) | null };
  seenFrames: number[];
  actives: boolean[];
  moved: number;
  measureGap(from: number, watchedMs: number): Promise<Gap>;
}

/** Runs in the page. */
function watch(): void {
  const call = document.querySelector('video-call')! as unknown as CallElement;
  const view = window as unknown as Watched;
  view.seenFrames = [];
  view.actives = [];
  view.moved = 0;
  call.addEventListener('picture-in-picture-change', ({ active }) => {
    view.actives.push(active);
    if (active) follow(view.documentPictureInPicture.window!);
  });
  new MutationObserver((records) => (view.moved += records.length)).observe(call.parentNode!, { childList: true });
  // The browser also draws frames while the page is busy, and counts them.
  const see = (video: HTMLVideoElement, isSeen: () => boolean, lastAt = 0, last = 0): void => {
    video.requestVideoFrameCallback((_at, { presentedFrames }) => {
      const at = performance.now();
      const count = last ? presentedFrames - last : 1;
      for (let one = 1; isSeen() && one <= count; one++)
        view.seenFrames.push(last ? lastAt + ((at - lastAt) * one) / count : at);
      see(video, isSeen, at, presentedFrames);
    });
  };
  const follow = (small: Window): void => {
    const { shadowRoot } = small.document.querySelector('video-call')!;
    see(shadowRoot!.querySelector<HTMLVideoElement>('.tile:not([hidden]) video')!, () => !small.closed);
  };
  const theirs = call.shadowRoot!.querySelector('[part~="tile"]:not([part~="tile-self"])')!;
  const isHere = () => !call.shadowRoot!.querySelector('.pip-place');
  see(theirs.shadowRoot!.querySelector('video')!, isHere);
  /** Milliseconds so far. */
  const madeUp = async (): Promise<number> => {
    let samples = 0;
    for (const connection of window.watched.connections)
      for (const one of (await connection.getStats()).values() as Iterable<Record<string, number | string>>)
        if (one['type'] === 'inbound-rtp' && one['kind'] === 'audio')
          samples += Number(one['concealedSamples'] ?? 0) - Number(one['silentConcealedSamples'] ?? 0);
    return samples / 48;
  };
  let before = 0;
  view.measureGap = async (from, watchedMs) => {
    await new Promise((resolve) => setTimeout(resolve, watchedMs));
    const now = performance.now();
    const seen = view.seenFrames.toSorted((a, b) => a - b);
    const times = [...seen.filter((at) => at <= from).slice(-1), ...seen.filter((at) => at > from), now];
    const frameMs = Math.max(...times.map((at, index) => at - (times[index - 1] ?? at)));
    const after = await madeUp();
    const soundMs = after - before;
    before = after;
    return { frameMs: Math.round(frameMs), soundMs: Math.round(soundMs) };
  };
}

const now = (page: Page) => page.evaluate(() => performance.now());
const gapSince = (page: Page, from: number, watchedMs = WATCHED_MS) =>
  page.evaluate((at, ms) => (window as unknown as Watched).measureGap(at, ms), from, watchedMs);

/** Returns the gap while nothing happens. */
export async function watchJourneys(page: Page): Promise<Gap> {
  await page.waitForSelector('video-call >>> [part~="tile"]:not([part~="tile-self"])');
  await page.evaluate(watch);
  await page.evaluate(() => document.querySelector('video-call')!.setAttribute('buttons', 'microphone pip leave'));
  await page.waitForSelector('video-call >>> .controls .pip');
  await gapSince(page, await now(page), 0);
  return gapSince(page, await now(page));
}

/** Waits until the call has gone out and come back this often. */
const turns = (page: Page, count: number) =>
  waitFor(
    page,
    (wanted) => (window as unknown as Watched).actives.length === wanted || null,
    [count],
    `not ${count} changes`,
  );

/** Goes out by a press, which a browser asks for, and back by the button in the window. */
export async function goOutAndBack(page: Page, round: number, quiet: Gap): Promise<Journey> {
  const outAt = await now(page);
  await page.click('video-call >>> .controls .pip');
  await turns(page, round * 2 + 1);
  const out = await gapSince(page, outAt);
  const backAt = await now(page);
  await page.evaluate(() => {
    const { window: small } = (window as unknown as Watched).documentPictureInPicture;
    small!.document.querySelector('video-call')!.shadowRoot!.querySelector<HTMLElement>('.pip')!.click();
  });
  await turns(page, round * 2 + 2);
  return { quiet, out, back: await gapSince(page, backAt) };
}

/** How often the element was moved in its parent, or anything beside it. */
export const movesOf = (page: Page): Promise<number> => page.evaluate(() => (window as unknown as Watched).moved);

/** One line for the report of a test. */
export const describeJourney = (round: number, { quiet, out, back }: Journey): string =>
  `round ${round}: without a frame ${quiet.frameMs} ms before, ${out.frameMs} out, ${back.frameMs} back; ` +
  `made up sound ${quiet.soundMs}, ${out.soundMs}, ${back.soundMs} ms`;

/** What the issue of gaps allows, in milliseconds. */
export const GAP_MS = 250;

/** The parts of a journey that are too long, unless the machine itself is as slow while nothing happens. */
export function tooLong({ quiet, out, back }: Journey): string[] {
  const frameMs = Math.max(GAP_MS, 2 * quiet.frameMs);
  const soundMs = Math.max(GAP_MS, 2 * quiet.soundMs);
  return Object.entries({ out, back }).flatMap(([name, gap]) => [
    ...(gap.frameMs > frameMs ? [`${name}: no frame for ${gap.frameMs} ms`] : []),
    ...(gap.soundMs > soundMs ? [`${name}: ${gap.soundMs} ms of made up sound`] : []),
  ]);
}

/** Runs in a page before anything else: its camera gives small pictures, whatever the page asks for. */
export function captureLittle(): void {
  const { mediaDevices } = navigator;
  const original = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = (constraints = {}) =>
    original({ ...constraints, ...(constraints.video && { video: { width: 320, height: 240, frameRate: 15 } }) });
}
