/** What the main thread of a page does: its time in tasks, and its longest task. */
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { CDPSession, Page } from 'puppeteer-core';

/** Milliseconds that the main thread has spent in tasks so far. */
export type TaskClock = () => Promise<number>;

export async function openTaskClock(page: Page): Promise<TaskClock> {
  const session: CDPSession = await page.createCDPSession();
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN) * 1_000;
  };
}

/** Milliseconds of main thread for each second of the next `seconds`. */
export async function measureIdle(clock: TaskClock, seconds: number): Promise<number> {
  const before = await clock();
  const startedAt = performance.now();
  await pause(seconds * 1_000);
  return ((await clock()) - before) / ((performance.now() - startedAt) / 1_000);
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  /** Microseconds of CPU, without the time in which another thread had the core. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

interface MainThreadTrace {
  /** What the main threads did, in the order of its beginning. */
  readonly done: readonly TraceEvent[];
  readonly marks: readonly TraceEvent[];
}

const MARK = 'bench-action';
const CATEGORIES = ['toplevel', '__metadata', 'v8', 'blink.user_timing', 'devtools.timeline'];

async function traceMainThread(page: Page, act: () => Promise<void>): Promise<MainThreadTrace> {
  const path = join(tmpdir(), `sarangbang-trace-${process.pid}.json`);
  await page.tracing.start({ path, categories: [...CATEGORIES, 'disabled-by-default-devtools.timeline'] });
  await act();
  await page.tracing.stop();
  const { traceEvents } = JSON.parse(await readFile(path, 'utf8')) as { traceEvents: TraceEvent[] };
  await rm(path, { force: true });
  const threadOf = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`;
  const mains = new Set(
    traceEvents.filter(({ ph, args }) => ph === 'M' && args?.name === 'CrRendererMain').map(threadOf),
  );
  return {
    done: traceEvents
      .filter((event) => event.ph === 'X' && mains.has(threadOf(event)))
      .toSorted((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0)),
    marks: traceEvents.filter(({ name }) => name === MARK).toSorted((a, b) => a.ts - b.ts),
  };
}

/** What the page's own work is called in a trace: scripts, style, layout, and painting up to the compositor. */
const WORK = new Set([
  'v8.callFunction',
  'FunctionCall',
  'FireAnimationFrame',
  'TimerFire',
  'RunMicrotasks',
  'UpdateLayoutTree',
  'Layout',
  'PrePaint',
  'Paint',
  'Layerize',
  'Commit',
  'MinorGC',
  'MajorGC',
]);

/**
 * Milliseconds of scripts, style, layout and painting that the main thread of the page spends on each of some actions.
 * Left out is what a page does not decide: tasks and messages of the browser, and the browser's work on an edited
 * field. Tracing itself makes the figures a little larger.
 *
 * @param act an action; the next one begins `quietMs` later
 */
export async function traceWork(page: Page, acts: readonly (() => Promise<unknown>)[], quietMs: number) {
  const { done, marks } = await traceMainThread(page, async () => {
    for (const act of acts) {
      await pause(quietMs);
      await page.evaluate((mark) => void performance.mark(mark), MARK);
      await act();
    }
    await pause(quietMs);
  });
  const sums = marks.map(() => 0);
  let mark = -1;
  let endOfOuter = 0;
  for (const { name, ts, dur = 0, tdur = dur } of done) {
    while (marks[mark + 1] && marks[mark + 1]!.ts <= ts) mark++;
    if (mark < 0 || !WORK.has(name) || ts < endOfOuter) continue;
    endOfOuter = ts + dur;
    sums[mark]! += tdur / 1_000;
  }
  return sums;
}

/** The longest task of the page's main thread during `act`, in milliseconds. */
export async function findLongestTask(page: Page, act: () => Promise<void>): Promise<number> {
  const { done } = await traceMainThread(page, act);
  return Math.max(...done.filter(({ name }) => name.endsWith('RunTask')).map(({ dur = 0 }) => dur / 1_000));
}
