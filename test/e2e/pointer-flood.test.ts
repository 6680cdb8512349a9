/**
 * A modified page floods the application channel of a person who shares a screen. Measured is the main thread of that
 * person's page, in floods and between them.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { measureIdle, openTaskClock } from '../bench/main-thread.ts';
import { waitFor } from '../support/browser/browser.ts';
import { allJoined, openMeeting, type Meeting, type Person } from '../support/browser/meeting.ts';

declare global {
  interface Window {
    attack: { channels: RTCDataChannel[]; stop(): void; sent: number };
  }
}

const SECONDS = 3;
/** The most that a flood may cost the page, in milliseconds of its main thread for each second. */
const MOST_MS = 5;

let meeting: Meeting;

before(async () => {
  meeting = await openMeeting();
});
after(() => meeting?.close());

/** Runs in a page before its scripts: shares a screen that hardly moves. */
const shareStillScreen = (): void => {
  const canvas = document.createElement('canvas');
  const context = Object.assign(canvas, { width: 640, height: 360 }).getContext('2d')!;
  setInterval(() => context.fillRect(0, 0, 640, 360), 1_000);
  if (navigator.mediaDevices) navigator.mediaDevices.getDisplayMedia = async () => canvas.captureStream(1);
};

/** Runs in a page before its scripts: keeps the application channel for the attack. */
const keepChannels = (): void => {
  const { createDataChannel } = RTCPeerConnection.prototype;
  window.attack = { channels: [], stop: () => undefined, sent: 0 };
  RTCPeerConnection.prototype.createDataChannel = function keep(this: RTCPeerConnection, label, options) {
    const channel = createDataChannel.call(this, label, options);
    if (label === 'application') window.attack.channels.push(channel);
    return channel;
  };
};

type Flood = 'as fast as it goes' | 'as much as is taken';

/** Runs in the attacker's page: messages of all kinds, right, wrong, and long. */
const startFlood = (flood: Flood): void => {
  const { attack } = window;
  const [channel] = attack.channels;
  const texts = [
    ...Array.from({ length: 8 }, (_, at) =>
      JSON.stringify({ topic: 'pointer', x: at / 8, y: 0.5, stroke: at % 2 === 0 }),
    ),
    JSON.stringify({ topic: 'pointer', x: 2, y: [], stroke: 'yes', padding: 'x'.repeat(900) }),
    JSON.stringify({ topic: 'pointing', allowed: 'no' }),
    JSON.stringify({ topic: 'hello' }),
    `{"topic":"pointer","x":${'['.repeat(900)}`,
    'x'.repeat(4_000),
  ];
  const send = (): boolean => {
    if (channel?.readyState !== 'open' || channel.bufferedAmount > 60_000) return false;
    channel.send(texts[attack.sent++ % texts.length]!);
    return true;
  };
  const burst = (): void => {
    for (let left = flood === 'as fast as it goes' ? 2_000 : 10; left > 0 && send(); left--);
  };
  const timer = setInterval(burst, flood === 'as fast as it goes' ? 1 : 50);
  attack.stop = () => clearInterval(timer);
};

async function enter(room: string): Promise<{ mallory: Person; bo: Person }> {
  const still = { attributes: ['muted', 'camera-off'] };
  const bo = await meeting.enter('Bo', room, { ...still, beforehand: shareStillScreen });
  const mallory = await meeting.enter('Mallory', room, { ...still, beforehand: keepChannels });
  await allJoined([bo, mallory]);
  await bo.page.evaluate(() => document.querySelector('video-call')!.toggleScreenShare(true));
  const isOpen = () => window.attack.channels.some(({ readyState }) => readyState === 'open');
  await waitFor(mallory.page, isOpen, [], 'no channel', 20_000);
  return { mallory, bo };
}

const linkOf = (page: Page) =>
  page.evaluate(() => window.watched.connections.map(({ connectionState, sctp }) => [connectionState, sctp?.state]));

for (const flood of ['as fast as it goes', 'as much as is taken'] as const)
  test(`a flood of pointers, ${flood}, costs no error, no link and little time`, { timeout: 120_000 }, async (t) => {
    const { mallory, bo } = await enter(`flood-${randomUUID()}`);
    const clock = await openTaskClock(bo.page);
    const idle = [await measureIdle(clock, SECONDS)];
    await mallory.page.evaluate(startFlood, flood);
    const flooded = await measureIdle(clock, SECONDS);
    const later = await measureIdle(clock, SECONDS);
    const sent = await mallory.page.evaluate(() => window.attack.sent);
    await mallory.page.evaluate(() => window.attack.stop());
    idle.push(await measureIdle(clock, SECONDS));
    const before = Math.max(...idle);
    t.diagnostic(
      `${sent} messages; main thread ${idle.map((one) => one.toFixed(1)).join(' and ')} ms a second without, ` +
        `${flooded.toFixed(1)} and then ${later.toFixed(1)} with the flood`,
    );
    assert.ok(flooded - before <= MOST_MS, `${flooded} ms a second instead of ${before}`);
    assert.ok(later - before <= MOST_MS, `${later} ms a second instead of ${before}`);
    assert.ok(sent > 100, `${sent} sent`);
    assert.deepEqual(await linkOf(bo.page), [['connected', 'connected']]);
    for (const { problems, name, testBrowser } of [bo, mallory]) {
      assert.deepEqual(problems, [], name);
      await testBrowser.close();
    }
  });
