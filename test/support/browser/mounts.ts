/** Elements that are added to a page and removed again and again, and what remains of each. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { CDPSession } from 'puppeteer-core';
import { waitFor } from './browser.ts';
import { readHeld } from './life-probes.ts';
import type { CallElement, Person } from './meeting.ts';
import { eventually } from '../waiting.ts';

export interface PageCounts {
  heapBytes: number;
  nodes: number;
  listeners: number;
}

/** Bytes of the page's heap, and counts of its DOM nodes and listeners, after garbage was collected. */
export async function countHeld(session: CDPSession): Promise<PageCounts> {
  await session.send('HeapProfiler.enable');
  // One collection may only make objects collectable for the next.
  for (let times = 0; times < 3; times++) await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  const read = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? 0;
  return { heapBytes: usedSize, nodes: read('Nodes'), listeners: read('JSEventListeners') };
}

/** Adds a call and a chat to the page. */
export async function mount({ page }: Person): Promise<void> {
  await page.evaluate(() => {
    const { searchParams } = new URL(location.href);
    for (const name of ['video-call', 'chat-room']) {
      const element = document.createElement(name) as CallElement;
      element.room = searchParams.get('room') ?? '';
      element.setAttribute('display-name', searchParams.get('name') ?? '');
      element.setAttribute('autojoin', '');
      element.constraints = { audio: true, video: { width: 160, height: 120, frameRate: 15 } };
      document.querySelector('main')?.append(element);
    }
  });
}

/** Removes the call and the chat. With `keep`, the page keeps a reference to each, as a page with a leak does. */
export async function unmount({ page }: Person, { keep = false } = {}): Promise<void> {
  await page.evaluate((leaks) => {
    for (const element of document.querySelectorAll('video-call, chat-room')) {
      element.remove();
      if (leaks) ((window as unknown as { kept?: Element[] }).kept ??= []).push(element);
    }
  }, keep);
}

/** Waits until the page is in a call of two, over a connected peer connection. */
export async function isInCall({ page, name }: Person): Promise<void> {
  await waitFor(
    page,
    () => {
      const call = document.querySelector('video-call') as unknown as CallElement | null;
      return (
        (call?.state === 'joined' &&
          call.participants.length === 2 &&
          window.watched.connections.at(-1)?.connectionState === 'connected') ||
        null
      );
    },
    [],
    `${name} is not in the call`,
    20_000,
  );
}

/** Waits until the page holds no live track, no connection and no socket; resolves to the milliseconds it took. */
export async function isReleased({ page, name }: Person): Promise<number> {
  const startedAt = performance.now();
  await eventually(
    `${name}'s page holds on`,
    async () => Object.values(await page.evaluate(readHeld)).every((count) => count === 0),
    10_000,
  );
  return performance.now() - startedAt;
}

/** Adds and removes elements `times` times, each time with a call of two. Resolves to the slowest release in ms. */
export async function comeAndGo(person: Person, times: number, options?: { keep: boolean }): Promise<number> {
  let slowestMs = 0;
  for (let time = 0; time < times; time++) {
    await mount(person);
    await isInCall(person);
    await unmount(person, options);
    slowestMs = Math.max(slowestMs, await isReleased(person));
    // The lists of `watchConnections` would keep ended connections and tracks, and look like a leak.
    await person.page.evaluate(() => {
      for (const list of ['connections', 'tracks', 'sockets', 'captures'] as const) window.watched[list].length = 0;
    });
  }
  return slowestMs;
}

/**
 * Adds and removes elements `times` times and checks that nothing remains. Then leaks on purpose, to show that the
 * check can fail.
 */
export async function leavesNothing(t: TestContext, person: Person, times: number): Promise<void> {
  const session = await person.page.createCDPSession();
  // Scripts and styles that the first elements load stay in memory, and are no leak. Nor is the machine code that the
  // browser makes of functions that run often: 60 kB a cycle at first, 3 kB after 15 cycles.
  const settling = Math.ceil(times * 0.4);
  const settledMs = await comeAndGo(person, 4 + settling);
  const before = await countHeld(session);
  const slowestMs = Math.max(settledMs, await comeAndGo(person, times - settling));
  const after = await countHeld(session);
  const perCycle = (after.heapBytes - before.heapBytes) / (times - settling);
  t.diagnostic(
    `a cycle: ${Math.round(perCycle)} bytes; nodes ${before.nodes} → ${after.nodes}, ` +
      `listeners ${before.listeners} → ${after.listeners}; slowest release ${Math.round(slowestMs)} ms`,
  );
  assert.ok(perCycle < 15_000, `${perCycle} bytes a cycle`);
  assert.ok(after.listeners <= before.listeners, `listeners: ${before.listeners} → ${after.listeners}`);
  // One of our elements has some 150 nodes; a few of the page's own nodes vary with collections.
  assert.ok(after.nodes < before.nodes + times, `nodes: ${before.nodes} → ${after.nodes}`);
  assert.ok(slowestMs < 2_000, `released after ${slowestMs} ms`);
  const KEPT = 3;
  await comeAndGo(person, KEPT, { keep: true });
  const leaking = await countHeld(session);
  t.diagnostic(
    `control, a page that keeps them: ${Math.round((leaking.heapBytes - after.heapBytes) / KEPT)} bytes a cycle, ` +
      `nodes → ${leaking.nodes}, listeners → ${leaking.listeners}`,
  );
  assert.ok(leaking.nodes > after.nodes + 5 && leaking.listeners > after.listeners, 'the check cannot fail');
}
