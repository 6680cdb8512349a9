/**
 * Six in a call: what one real page spends on five receivers, which are bare participants in one other browser. At
 * first they do not tell in which size they show the page, so it sends full size to all. Then all say that they show it
 * small, and at last one of them shows it in the spotlight. All three figures are of the same page and connections.
 */
import type { Page } from 'puppeteer-core';
import { launchBrowser } from '../../support/browser/browser.ts';
import { openMeeting } from '../../support/browser/meeting.ts';
import { pass } from '../../support/waiting.ts';
import { BareParticipants, type ReceivedCounters } from './bare-participants.ts';
import type { Sources } from './sources.ts';
import { readSent } from './traffic.ts';

const PICTURE = { width: 320, height: 180, fps: 15 };
const CONSTRAINTS = {
  audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  video: { width: PICTURE.width, height: PICTURE.height, frameRate: PICTURE.fps },
};
const NAMES = ['Bo', 'Chu', 'Dal', 'Eun', 'Fay'];
const [WATCHED = ''] = NAMES;
const SMALL = [160, 90] as const;
const SPOTLIGHT = [1_280, 720] as const;
/** Bit rates have grown to their limits, or have fallen to the new ones. */
const GROWING_MS = 15_000;
const FITTING_MS = 8_000;

export type SixWay = 'off' | 'small' | 'spotlight';

/** What a page of six sends, and what one receiver gets. */
export interface SixFigures {
  /** Everything that leaves the page, in kbps. */
  uplinkKbps: number;
  /** Milliseconds spent on encoding in each second, over all connections. */
  encodeMs: number;
  /** This and the next two are of one receiver: the one that has the page in the spotlight, if one has. */
  width: number;
  framesPerSecond: number;
  qpPerFrame: number;
}

/** Runs in the page: bytes that left it, over all connections. */
async function readUplink(): Promise<number> {
  let bytes = 0;
  for (const connection of window.watched.connections)
    for (const entry of (await connection.getStats()).values() as Iterable<Record<string, unknown>>)
      if (entry.type === 'transport') bytes += Number(entry.bytesSent);
  return bytes;
}

async function measure(page: Page, bares: BareParticipants, seconds: number): Promise<SixFigures> {
  const read = async () => {
    const [bytes, sent, received] = await Promise.all([page.evaluate(readUplink), readSent(page), bares.read(WATCHED)]);
    return { bytes, sent, received };
  };
  const before = await read();
  await pass(seconds * 1_000);
  const after = await read();
  const grown = (name: keyof ReceivedCounters): number => after.received[name] - before.received[name];
  const elapsedMs = grown('at');
  return {
    uplinkKbps: ((after.bytes - before.bytes) * 8) / elapsedMs,
    encodeMs: after.sent.since(before.sent).encodeMs,
    width: after.received.width,
    framesPerSecond: (grown('frames') * 1_000) / elapsedMs,
    qpPerFrame: grown('qpSum') / grown('frames'),
  };
}

export async function measureSix(sources: Sources, seconds: number): Promise<Record<SixWay, SixFigures>> {
  const meeting = await openMeeting({ CALL_CAPACITY: '12' }, CONSTRAINTS);
  let bares: BareParticipants | null = null;
  try {
    const room = `six-${process.pid}`;
    const { page: others } = await (await launchBrowser()).newPage();
    await others.goto(meeting.site.url);
    bares = await BareParticipants.on(others);
    for (const name of NAMES) await bares.enter({ server: meeting.server.url, room, name });
    const extraFlags = [await sources.camera(PICTURE)];
    const { page } = await meeting.enter('Ada', room, { testBrowser: await launchBrowser({ extraFlags }) });
    for (const name of NAMES) await bares.sees(name);
    await pass(GROWING_MS);
    const off = await measure(page, bares, seconds);
    for (const name of NAMES) await bares.show(name, SMALL);
    await pass(FITTING_MS);
    const small = await measure(page, bares, seconds);
    await bares.show(WATCHED, SPOTLIGHT);
    await pass(GROWING_MS);
    const spotlight = await measure(page, bares, seconds);
    return { off, small, spotlight };
  } finally {
    bares?.close();
    await meeting.close();
  }
}
