/**
 * What `<room-list>` with 5,000 rooms costs the main thread of its page: one change, and one key in its field. Both are
 * told beside what the browser itself takes on the same page: for a number that changes in plain text, and for a key in
 * a plain field.
 *
 * ```
 * node --import tsx test/bench/idle-lists.bench.ts [changes]
 * ```
 */
import type { Page } from 'puppeteer-core';
import { setTimeout as pause } from 'node:timers/promises';
import { launchBrowser, waitFor } from '../support/browser/browser.ts';
import { embeddingHtml, serveEmbeddingPage, startServer } from '../support/server/server-process.ts';
import { judge, median, printTable, spread } from './figures.ts';
import { openTaskClock, type TaskClock } from './main-thread.ts';
import { openClients } from './thin-client.ts';

const TARGET_CHANGE_MS = 4;
const TARGET_KEY_MS = 2;
const CHANGES = Number(process.argv[2] ?? 40);
const ROOMS = 5_000;
const ROOMS_OF_ONE = 50;
const SEARCHES = ['room 004', 'oom 12', 'room 499'];
/** Long enough for a frame and for what follows it. */
const QUIET_MS = 120;

interface ListElement extends HTMLElement {
  rooms: readonly { name: string; participantCount: number }[];
}

async function measure(clock: TaskClock, act: () => Promise<unknown>): Promise<number> {
  await pause(QUIET_MS);
  const before = await clock();
  await act();
  await pause(QUIET_MS);
  return (await clock()) - before;
}

const nameOf = (index: number): string => `room ${String(index).padStart(4, '0')}`;

/** @param isPlain true types into the plain field of the page */
async function measureKeys(page: Page, clock: TaskClock, isPlain: boolean): Promise<number[]> {
  const keys: number[] = [];
  await page.evaluate((plain) => {
    const home = plain ? document : document.querySelector('room-list')?.shadowRoot;
    home?.querySelector('input')?.focus();
  }, isPlain);
  for (const text of SEARCHES) {
    for (const key of text) keys.push(await measure(clock, () => page.keyboard.sendCharacter(key)));
    for (let left = text.length; left > 0; left--) await page.keyboard.press('Backspace');
  }
  return keys;
}

const server = await startServer({ TRUST_PROXY: '1' });
const site = await serveEmbeddingPage(
  embeddingHtml(server.url, '<input><p>1</p><room-list></room-list>', 'room-list.js'),
);
const testBrowser = await launchBrowser();
try {
  const target = { url: server.url, greets: true };
  const owners = await openClients(target, ROOMS / ROOMS_OF_ONE);
  for (const [owner, client] of owners.entries()) {
    const rooms = Array.from({ length: ROOMS_OF_ONE }, (_, index) => nameOf(owner * ROOMS_OF_ONE + index));
    await client.request('room:join', { rooms });
  }
  const [visitor] = await openClients(target, 1, owners.length);
  if (!visitor) throw new Error('there is no visitor');
  const { page } = await testBrowser.newPage();
  await page.goto(site.url);
  const isHere = (all: number): true | null =>
    (document.querySelector('room-list') as ListElement | null)?.rooms?.length === all || null;
  await waitFor(page, isHere, [ROOMS], 'the list is not here', 30_000);
  const clock = await openTaskClock(page);
  const shows = (name: string, people: number): true | null =>
    (document.querySelector('room-list') as ListElement).rooms.some(
      (room) => room.name === name && room.participantCount === people,
    ) || null;
  const idle = await measure(clock, async () => {});
  const changes: number[] = [];
  for (let index = 0; index < CHANGES; index++) {
    const room = nameOf((index >> 1) * 97);
    const command = index % 2 === 0 ? 'room:join' : 'room:leave';
    changes.push((await measure(clock, () => visitor.request(command, { room }))) - idle);
    await waitFor(page, shows, [room, index % 2 === 0 ? 2 : 1] as [string, number], 'the change is not here');
  }
  const texts: number[] = [];
  for (let index = 0; index < CHANGES; index++) {
    const change = (text: string): void => document.querySelector('p')?.replaceChildren(text);
    texts.push((await measure(clock, () => page.evaluate(change, String(index)))) - idle);
  }
  const keys = (await measureKeys(page, clock, false)).map((key) => key - idle);
  const plainKeys = (await measureKeys(page, clock, true)).map((key) => key - idle);
  const change = median(changes) - median(texts);
  judge('one change among 5,000 rooms, ms of main thread more than plain text', change, TARGET_CHANGE_MS);
  judge(
    'one key in the field, ms of main thread more than a plain field',
    median(keys) - median(plainKeys),
    TARGET_KEY_MS,
  );
  console.log('\n<room-list> with 5,000 rooms, ms of main thread: median (from, to)');
  printTable(
    ['what', 'ms'],
    [
      ['one change', spread(changes, 1)],
      ['a number in plain text', spread(texts, 1)],
      ['one key', spread(keys, 1)],
      ['one key in a plain field', spread(plainKeys, 1)],
    ],
  );
  await Promise.all([...owners, visitor].map((client) => client.close()));
} finally {
  await testBrowser.close();
  await site.close();
  await server.stop();
}
process.exit();
