/**
 * A modified page floods the application channel of a person who shares a screen. Measured is the main thread of that
 * person's page, in floods and between them.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import { measureIdle, openTaskClock, type TaskClock } from '../bench/main-thread.ts';
import { waitFor } from '../support/browser/browser.ts';
import { readLinkStates } from '../support/browser/link-states.ts';
import { allJoined, openMeeting, type Meeting, type Person } from '../support/browser/meeting.ts';

declare global {
  interface Window {
    attack: { channels: RTCDataChannel[]; stop(): void; sent: number };
  }
}

/** Measured in turns with and without the flood, because the page has work of its own. The quietest of each counts. */
const TURNS = 4;
const SECONDS = 1.5;
const TURNS_TO_REST = 10;
const ROUNDS = 3;
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

type Flood = 'as fast as it goes' | 'as much as costs no channel';

/**
 * Runs in the attacker's page: messages of many wrong kinds, also long ones. Where they should not cost the channel,
 * most have a topic that the page does not know, as those of a later version may.
 */
const startFlood = (flood: Flood): void => {
  const { attack } = window;
  const [channel] = attack.channels;
  const isFast = flood === 'as fast as it goes';
  const unknown = JSON.stringify({ topic: 'unknown', padding: 'x'.repeat(900) });
  const wrong = [
    ...Array.from({ length: 8 }, (_, at) => JSON.stringify({ topic: 'pointer', x: 0.5, y: -at - 1, stroke: true })),
    JSON.stringify({ topic: 'pointer', x: 2, y: [], stroke: 'yes', padding: 'x'.repeat(900) }),
    JSON.stringify({ topic: 'pointing', allowed: 'no' }),
    JSON.stringify({ topic: 'hello' }),
    `{"topic":"pointer","x":${'['.repeat(900)}`,
    'x'.repeat(4_000),
  ];
  const send = (): boolean => {
    if (channel?.readyState !== 'open' || channel.bufferedAmount > 60_000) return false;
    const isWrong = isFast || attack.sent % 10 === 0;
    channel.send(isWrong ? wrong[Math.floor(attack.sent / 10) % wrong.length]! : unknown);
    attack.sent++;
    return true;
  };
  const burst = (): void => {
    for (let left = isFast ? 2_000 : 1; left > 0 && send(); left--);
  };
  const timer = setInterval(burst, isFast ? 1 : 100);
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

/** Until two measurements in a row differ little. A busy machine is never at rest, and is measured all the same. */
async function rest(clock: TaskClock): Promise<void> {
  let last = Infinity;
  for (let turn = 0; turn < TURNS_TO_REST; turn++) {
    const now = await measureIdle(clock, SECONDS);
    if (Math.abs(now - last) < MOST_MS) return;
    last = now;
  }
}

/** A call of its own: a fast flood closes its channel for good. Resolves to milliseconds for each second. */
async function measureFlood(t: TestContext, flood: Flood): Promise<number> {
  const { mallory, bo } = await enter(`flood-${randomUUID()}`);
  const clock = await openTaskClock(bo.page);
  const [calm, flooded]: [number[], number[]] = [[], []];
  await rest(clock);
  for (let turn = 0; turn < TURNS; turn++) {
    calm.push(await measureIdle(clock, SECONDS));
    await mallory.page.evaluate(startFlood, flood);
    flooded.push(await measureIdle(clock, SECONDS));
    await mallory.page.evaluate(() => window.attack.stop());
  }
  const { sent, states } = await mallory.page.evaluate(() => ({
    sent: window.attack.sent,
    states: window.attack.channels.map(({ readyState }) => readyState),
  }));
  const listed = (values: number[]): string => values.map((one) => one.toFixed(1)).join(' ');
  t.diagnostic(`${sent} messages; ms of main thread a second: ${listed(calm)} calm, ${listed(flooded)} flooded`);
  assert.ok(sent > 50, `${sent} sent`);
  assert.deepEqual(states, [flood === 'as fast as it goes' ? 'closed' : 'open']);
  assert.deepEqual(await bo.page.evaluate(readLinkStates), ['connected open']);
  const drawn = await bo.page.evaluate(
    () => document.querySelector('video-call')!.shadowRoot!.querySelectorAll('.pointer, polyline').length,
  );
  assert.equal(drawn, 0);
  for (const { problems, name, testBrowser } of [bo, mallory]) {
    assert.deepEqual(problems, [], name);
    await testBrowser.close();
  }
  // The fast flood closes its channel in the first turn, so that the later ones are as calm as those between.
  return (flood === 'as fast as it goes' ? flooded[0]! : Math.min(...flooded)) - Math.min(...calm);
}

for (const flood of ['as fast as it goes', 'as much as costs no channel'] as const)
  test(
    `a flood of wrong messages, ${flood}, costs no error, no link and little time`,
    { timeout: 180_000 },
    async (t) => {
      // One good round is enough: a busy machine may spoil some, but what a flood costs would show in every round.
      const costs: number[] = [];
      while (costs.length < ROUNDS && !costs.some((ms) => ms <= MOST_MS)) costs.push(await measureFlood(t, flood));
      assert.ok(
        costs.some((ms) => ms <= MOST_MS),
        `${costs.join()} ms a second`,
      );
    },
  );
