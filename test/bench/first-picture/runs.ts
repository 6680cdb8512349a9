/**
 * One run of each kind: participants wait in a new room, a newcomer comes, and the newcomer's clock is read. Nothing is
 * kept from one run to the next but the two browser processes.
 */
import type { Browser } from 'puppeteer-core';
import type { CallElement } from '../../support/browser/meeting.ts';
import { waitFor } from '../../support/browser/browser.ts';
import { pass } from '../../support/waiting.ts';
import type { Contender, Contenders, OurModule } from './contenders.ts';
import { MeasuredPage } from './measured-page.ts';

export interface Bench {
  contenders: Contenders;
  residents: Browser;
  newcomers: Browser;
}

/** What one run tells, in milliseconds. */
export interface Figures {
  /** From the start to the first frame of each other participant, the last of which counts. */
  pictureMs: number;
  /** To the first packet of a picture: warm from Join, cold from the open socket. `NaN` without a `packet` event. */
  packetMs: number;
  /** `RTCPeerConnection`s that the newcomer made beyond one for each other participant. */
  spareConnections: number;
  /** The addresses of everything loaded before the first remote frame. */
  resources: string[];
}

/** What a reload tells, in milliseconds. */
export interface ReloadFigures extends Figures {
  /** How long the other participant saw no frame of the page that was reloaded. */
  lackedMs: number;
}

interface Entry {
  contender: Contender;
  delayMs: number;
  module?: OurModule;
}

/**
 * How long a page stays in the lobby before Join, so that everything that it prepares is ready: eight round trips and a
 * second. No event says for all contenders that they are ready.
 */
const lobbyMs = (delayMs: number): number => 1_000 + 16 * delayMs;

let rooms = 0;
const newRoom = (): string => `bench-${process.pid}-${++rooms}`;

/** Opens participants one after another into `residents`, until each of them is in the call and sees the others. */
async function openResidents(bench: Bench, entry: Entry, room: string, count: number, residents: MeasuredPage[]) {
  const { contender, delayMs, module } = entry;
  for (let others = 0; others < count; others++) {
    const resident = await MeasuredPage.open(bench.residents);
    residents.push(resident);
    await resident.page.goto(bench.contenders.urlOf(contender, 'resident', room, delayMs, module));
    await resident.nth('own-picture', 1);
    if (contender === 'sarangbang') await untilState(resident, 'joined');
    else await resident.nth('inside', 1);
    if (others > 0) await Promise.all(residents.map((page) => page.nth('picture', others)));
  }
}

async function untilState({ page }: MeasuredPage, state: string): Promise<void> {
  const isIn = (wanted: string) => document.querySelector<CallElement>('video-call')?.state === wanted;
  await waitFor(page, isIn, [state], `the call is not ${state}`, 20_000);
}

/** Runs `measure` with participants in a new room and a new page, and closes all of them. */
async function withPages<Result>(
  bench: Bench,
  entry: Entry,
  count: number,
  measure: (newcomer: MeasuredPage, room: string, residents: MeasuredPage[]) => Promise<Result>,
): Promise<Result> {
  const room = newRoom();
  const residents: MeasuredPage[] = [];
  let newcomer: MeasuredPage | null = null;
  try {
    await openResidents(bench, entry, room, count, residents);
    newcomer = await MeasuredPage.open(bench.newcomers);
    return await measure(newcomer, room, residents);
  } finally {
    await Promise.all([newcomer, ...residents].map((page) => page?.close()));
  }
}

async function figuresOf(newcomer: MeasuredPage, others: number, startAt: number, socketAt: number): Promise<Figures> {
  const last = await newcomer.nth('picture', others);
  const [packet] = newcomer.all('packet');
  return {
    pictureMs: last.at - startAt,
    packetMs: (packet?.at ?? NaN) - socketAt,
    spareConnections: (await newcomer.connectionsMade()) - others,
    resources: newcomer.all('picture')[0]?.resources ?? [],
  };
}

/** Navigation to the first frame of one other participant; the page joins at once. */
export function measureCold(bench: Bench, entry: Entry): Promise<Figures> {
  const { contender, delayMs, module } = entry;
  return withPages(bench, entry, 1, async (newcomer, room) => {
    await newcomer.page.goto(bench.contenders.urlOf(contender, 'cold', room, delayMs, module));
    const { at } = await newcomer.nth('socket', 1);
    return figuresOf(newcomer, 1, 0, at);
  });
}

/** Join to the first frame of each of `others` participants; the page was in the lobby, with its camera on. */
export function measureWarm(bench: Bench, entry: Entry, others = 1): Promise<Figures> {
  const { contender, delayMs, module } = entry;
  return withPages(bench, entry, others, async (newcomer, room) => {
    await newcomer.page.goto(bench.contenders.urlOf(contender, 'lobby', room, delayMs, module));
    await newcomer.nth('own-picture', 1);
    if (contender === 'sarangbang') await untilState(newcomer, 'prejoin');
    else await newcomer.nth('lobby', 1);
    await pass(lobbyMs(delayMs));
    const joinedAt = await newcomer.page.evaluate(() => {
      const call = document.querySelector<CallElement>('video-call');
      const at = performance.now();
      void (call ? call.join() : window.joinCall());
      return at;
    });
    return figuresOf(newcomer, others, joinedAt, joinedAt);
  });
}

/** Reloads a page in a call of two: how long the other lacks its picture, and when the page has the picture back. */
export function measureReload(bench: Bench, entry: Entry): Promise<ReloadFigures> {
  const { contender, delayMs, module } = entry;
  return withPages(bench, entry, 1, async (newcomer, room, [resident]) => {
    await newcomer.page.goto(bench.contenders.urlOf(contender, 'cold', room, delayMs, module));
    await Promise.all([newcomer.nth('picture', 1), resident?.nth('picture', 1)]);
    newcomer.forget();
    resident?.forget();
    await newcomer.page.reload();
    const { at } = await newcomer.nth('socket', 1);
    const figures = await figuresOf(newcomer, 1, 0, at);
    const back = await resident?.nth('picture', 1);
    return { ...figures, lackedMs: back?.gapMs ?? NaN };
  });
}
