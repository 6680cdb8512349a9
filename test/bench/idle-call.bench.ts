/**
 * What a page in a call of four costs its main thread while nothing happens, and what a change of the layout costs with
 * nine tiles:
 *
 * ```
 * node --import tsx test/bench/idle-call.bench.ts [seconds of each measurement] [measurements]
 * ```
 */
import { randomUUID } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { launchBrowser, waitFor } from '../support/browser/browser.ts';
import { allJoined, openMeeting } from '../support/browser/meeting.ts';
import type { CallElement, Meeting, Person } from '../support/browser/meeting.ts';
import { wave } from '../support/browser/wave.ts';
import { judge, median, printTable, spread } from './figures.ts';
import { findLongestTask, measureIdle, openTaskClock } from './main-thread.ts';
import { openClients } from './thin-client.ts';

const TARGET_IDLE_MS = 8;
const TARGET_CHANGE_MS = 40;
const TARGET_TASK_MS = 25;
const SECONDS = Number(process.argv[2] ?? 10);
const ROUNDS = Number(process.argv[3] ?? 3);
const TILES = 9;
const CHANGES = 12;
/** Longer than a tile glides. */
const CHANGE_MS = 700;
/** Links read statistics only some time after they are connected, and a reaction is seen for a while. */
const SETTLING_MS = 10_000;

const CHUNKS = fileURLToPath(new URL('../../server/dist/web/chunks', import.meta.url));
const quietSound = join(tmpdir(), `sarangbang-quiet-${process.pid}.wav`);

/** A second of noise that is too quiet for speech, and no digital silence, which a page warns of. */
const makeQuietSound = (): Buffer => wave(() => (Math.random() * 2 - 1) / 1_000);

/**
 * Pictures of the element itself: each video that a probe adds to the page costs the main thread as much as a tile's.
 */
function pictures(count: number): boolean | null {
  const { shadowRoot } = document.querySelector('video-call')!;
  const moving = Array.from(shadowRoot!.querySelectorAll('[part~=tile]'), ({ shadowRoot: tile }) =>
    tile?.querySelector('video'),
  ).filter((video) => (video?.getVideoPlaybackQuality().totalVideoFrames ?? 0) > 3);
  return moving.length === count || null;
}

interface LateCall extends HTMLElement {
  raiseHand(on: boolean): Promise<boolean>;
  react(emoji: string): Promise<void>;
  diagnostics(): Promise<string>;
}

/** Loads what a call loads late: some of it by its use, then whatever is left. */
async function loadEverything({ page }: Person, { server }: Meeting): Promise<void> {
  const chunks = (await readdir(CHUNKS)).filter((name) => /^[^.]+\.js$/.test(name));
  const urls = chunks.map((name) => new URL(`chunks/${name}`, server.url).href);
  await page.evaluate(async (parts) => {
    const call = document.querySelector<LateCall>('video-call')!;
    await call.raiseHand(true);
    await call.raiseHand(false);
    await call.react('\u{1F44D}');
    await call.diagnostics();
    // Those of the other scripts of the server find nothing to run on.
    await Promise.allSettled(parts.map((part) => import(part)));
  }, urls);
}

async function measureCall(meeting: Meeting, extraFlags: string[], width = 800): Promise<number[]> {
  const room = `idle-${randomUUID()}`;
  const people: Person[] = [];
  for (const name of ['Ada', 'Bo', 'Chu', 'Dal'])
    people.push(await meeting.enter(name, room, { testBrowser: await launchBrowser({ extraFlags }) }));
  await allJoined(people);
  await Promise.all(
    people.map(({ page, name }) => waitFor(page, pictures, [people.length], `${name} does not see everybody`, 30_000)),
  );
  await people[0]!.page.setViewport({ width, height: 600 });
  await loadEverything(people[0]!, meeting);
  await pause(SETTLING_MS);
  const clock = await openTaskClock(people[0]!.page);
  const figures: number[] = [];
  for (let round = 0; round < ROUNDS; round++) figures.push(await measureIdle(clock, SECONDS));
  await Promise.all(people.map(({ testBrowser }) => testBrowser.close()));
  return figures;
}

/** Eight participants without a page fill the call, because nine pages do not fit into one machine. */
async function measureChanges(meeting: Meeting): Promise<{ changeMs: number; taskMs: number }> {
  const room = `nine-${randomUUID()}`;
  const others = await openClients({ url: meeting.server.url, greets: true }, TILES - 1);
  for (const [index, other] of others.entries()) {
    await other.request('room:join', { room });
    const tracks = [{ source: 'microphone', mid: null, muted: false }];
    await other.request('call:join', { room, joinId: `thin-${index}`, tracks, receivesVideo: true });
  }
  const { page, testBrowser } = await meeting.enter('Ada', room);
  await page.setViewport({ width: 1280, height: 800 });
  const seen = (count: number): boolean | null =>
    (document.querySelector('video-call') as unknown as CallElement).participants.length === count || null;
  await waitFor(page, seen, [TILES], 'nine are not in the call', 30_000);
  await pause(SETTLING_MS);
  const change = (): Promise<void> =>
    page.evaluate(() => {
      const call = document.querySelector('video-call') as unknown as { layout: string };
      call.layout = call.layout === 'spotlight' ? 'grid' : 'spotlight';
    });
  const changeAll = async (): Promise<void> => {
    for (let index = 0; index < CHANGES; index++) {
      await change();
      await pause(CHANGE_MS);
    }
  };
  await change();
  await change();
  const clock = await openTaskClock(page);
  const idle = await measureIdle(clock, (CHANGES * CHANGE_MS) / 1_000);
  const before = await clock();
  const startedAt = performance.now();
  await changeAll();
  const spent = (await clock()) - before - (idle * (performance.now() - startedAt)) / 1_000;
  const taskMs = await findLongestTask(page, changeAll);
  await Promise.all(others.map((other) => other.close()));
  await testBrowser.close();
  return { changeMs: spent / CHANGES, taskMs };
}

await writeFile(quietSound, makeQuietSound());
const meeting = await openMeeting({ TRUST_PROXY: '1', CALL_CAPACITY: '12' });
try {
  const changes = await measureChanges(meeting);
  const quiet = await measureCall(meeting, [`--use-file-for-fake-audio-capture=${quietSound}`]);
  const beeping = await measureCall(meeting, []);
  const wide = await measureCall(meeting, [`--use-file-for-fake-audio-capture=${quietSound}`], 1280);
  judge('main thread of a page in a call of four, ms a second', median(quiet), TARGET_IDLE_MS);
  judge('main thread of a change of the layout with nine tiles, ms', changes.changeMs, TARGET_CHANGE_MS);
  judge('longest task of such a change, ms', changes.taskMs, TARGET_TASK_MS);
  console.log(`\nmain thread in a call of four, ${ROUNDS} times ${SECONDS} s: median (from, to)`);
  printTable(
    ['while', 'ms a second'],
    [
      ['nobody speaks', spread(quiet, 1)],
      ['each microphone beeps every second', spread(beeping, 1)],
      ['nobody speaks, and the clock is in sight', spread(wide, 1)],
    ],
  );
} finally {
  await meeting.close();
  await rm(quietSound, { force: true });
}
process.exit();
