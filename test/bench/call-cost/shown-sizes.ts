/**
 * How much video a page receives that shows it in full size, small, or not at all: three real pages in one call, one of
 * each kind. All of them send the same picture, so the figures do not depend on the sender.
 */
import type { Page } from 'puppeteer-core';
import { launchBrowser } from '../../support/browser/browser.ts';
import { allJoined, openMeeting, type Person } from '../../support/browser/meeting.ts';
import { eventually, pass } from '../../support/waiting.ts';
import { findPlaces } from './pictures.ts';
import type { Sources } from './sources.ts';

const PICTURE = { width: 640, height: 360, fps: 20 };
const CONSTRAINTS = {
  audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  video: { width: PICTURE.width, height: PICTURE.height, frameRate: PICTURE.fps },
};
const SMALL_WIDTH = 160;
/** After this time bit rates are steady. */
const SETTLING_MS = 15_000;
/** Longer than a tile glides to its place. */
const GLIDE_MS = 700;

/** The video that each page receives from one of the others, of which the larger counts: kbps with RTP headers. */
export interface ShownFigures {
  full: number;
  small: number;
  hidden: number;
  /** The width of the small tiles, in CSS pixels. */
  smallWidth: number;
}

/** Runs in the page: received bytes of each connection's pictures. */
async function readReceived(): Promise<number[]> {
  const open = window.watched.connections.filter(({ connectionState }) => connectionState === 'connected');
  return Promise.all(
    open.map(async (connection) => {
      let bytes = 0;
      for (const entry of (await connection.getStats()).values() as Iterable<Record<string, unknown>>)
        if (entry.type === 'inbound-rtp' && entry.kind === 'video')
          bytes += Number(entry.bytesReceived) + Number(entry.headerBytesReceived);
      return bytes;
    }),
  );
}

const tileWidth = async (page: Page): Promise<number> =>
  Math.max(...(await page.evaluate(findPlaces)).filter(({ isOwn }) => !isOwn).map(({ width }) => width));

/** Makes the element narrower until no tile of others is wider than `SMALL_WIDTH`. */
async function makeSmall(page: Page): Promise<void> {
  for (let width = 480; width >= 120; width -= 20) {
    await page.evaluate((pixels) => {
      document.querySelector<HTMLElement>('video-call')!.style.inlineSize = `${pixels}px`;
    }, width);
    await pass(GLIDE_MS);
    if ((await tileWidth(page)) <= SMALL_WIDTH) return;
  }
  throw new Error('The tiles do not become small');
}

export async function measureShown(sources: Sources, seconds: number): Promise<ShownFigures> {
  const meeting = await openMeeting({}, CONSTRAINTS);
  try {
    const room = `shown-${process.pid}`;
    const extraFlags = [await sources.camera(PICTURE)];
    const people: Person[] = [];
    for (const name of ['Ada', 'Bo', 'Chu'])
      people.push(await meeting.enter(name, room, { testBrowser: await launchBrowser({ extraFlags }) }));
    await allJoined(people);
    const [full, small, hidden] = people.map(({ page }) => page) as [Page, Page, Page];
    for (const page of [full, small, hidden])
      await eventually('three pictures', async () => (await page.evaluate(findPlaces)).length >= 3, 20_000);
    await full.setViewport({ width: 1280, height: 720 });
    await makeSmall(small);
    await hidden.evaluate(() => {
      document.querySelector<HTMLElement>('video-call')!.style.display = 'none';
    });
    await pass(SETTLING_MS);
    const pages = [full, small, hidden];
    const before = await Promise.all(pages.map((page) => page.evaluate(readReceived)));
    const startedAt = performance.now();
    await pass(seconds * 1_000);
    const after = await Promise.all(pages.map((page) => page.evaluate(readReceived)));
    const elapsedMs = performance.now() - startedAt;
    const [fullKbps = NaN, smallKbps = NaN, hiddenKbps = NaN] = after.map((bytes, index) =>
      Math.max(...bytes.map((received, link) => ((received - (before[index]?.[link] ?? NaN)) * 8) / elapsedMs)),
    );
    return { full: fullKbps, small: smallKbps, hidden: hiddenKbps, smallWidth: await tileWidth(small) };
  } finally {
    await meeting.close();
  }
}
