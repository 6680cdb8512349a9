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
  readonly dur?: number;
  readonly args?: { readonly name?: string };
}

/** The longest task of the page's main thread during `act`, in milliseconds. */
export async function findLongestTask(page: Page, act: () => Promise<void>): Promise<number> {
  const path = join(tmpdir(), `sarangbang-trace-${process.pid}.json`);
  await page.tracing.start({ path, categories: ['toplevel', '__metadata', 'disabled-by-default-devtools.timeline'] });
  await act();
  await page.tracing.stop();
  const { traceEvents } = JSON.parse(await readFile(path, 'utf8')) as { traceEvents: TraceEvent[] };
  await rm(path, { force: true });
  const threadOf = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`;
  const mains = new Set(
    traceEvents.filter(({ ph, args }) => ph === 'M' && args?.name === 'CrRendererMain').map(threadOf),
  );
  const tasks = traceEvents.filter((event) => event.name.endsWith('RunTask') && mains.has(threadOf(event)));
  return Math.max(...tasks.map(({ dur = 0 }) => dur / 1_000));
}
