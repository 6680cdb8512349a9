/**
 * A camera switch as the other side sees it: the longest time without a new frame. The cameras here open as slowly as
 * real ones.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { waitFor } from '../support/browser/browser.ts';
import { followPictures } from '../support/browser/life-probes.ts';
import { allJoined, openMeeting, type CallElement, type Meeting, type Person } from '../support/browser/meeting.ts';

/**
 * Switches to measure. Even, because the cameras alternate and the switch to one of the two takes longer. The long form
 * is `camera-switch.soak.ts`.
 */
const ROUNDS = Number(process.env.CAMERA_SWITCHES ?? 4);

let meeting: Meeting;
let ada: Person;
let bo: Person;

before(
  async () => {
    meeting = await openMeeting();
    const room = `switch-${randomUUID()}`;
    ada = await meeting.enter('Ada', room, { beforehand: openSlowly });
    bo = await meeting.enter('Bo', room);
    await allJoined([ada, bo]);
    await bo.page.evaluate(followPictures);
  },
  { timeout: 60_000 },
);
after(() => meeting?.close());

/** Chromium's fake cameras open at once; a real one takes half a second. */
function openSlowly(): void {
  const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return getUserMedia(constraints);
  };
}

const sees = async (more: number): Promise<void> => {
  const before = await bo.page.evaluate(() => window.pictures.frames);
  await waitFor(
    bo.page,
    (least) => window.pictures.frames >= least || null,
    [before + more],
    'Bo sees no moving picture',
    20_000,
  );
};

/** The longest gap between Bo's frames while Ada does `change`, in milliseconds. */
async function gapOf(change: (index: number) => Promise<void>, index: number): Promise<number> {
  await sees(10);
  await bo.page.evaluate(() => (window.pictures.longestGapMs = 0));
  await ada.page.evaluate(change, index);
  await sees(10);
  return bo.page.evaluate(() => window.pictures.longestGapMs);
}

/** Switches as the element does. */
async function switchCamera(index: number): Promise<void> {
  const call = document.querySelector('video-call') as unknown as CallElement;
  const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
  await call.setDevice('videoinput', cameras[index % 2 === 0 ? cameras.length - 1 : 0]!.deviceId);
}

/** Switches in the simplest way: ends the old camera, then requests the new one. */
async function switchPlainly(index: number): Promise<void> {
  const sender = window.watched.connections
    .at(-1)!
    .getSenders()
    .find(({ track }) => track?.kind === 'video')!;
  const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
  sender.track!.stop();
  const { deviceId } = cameras[index % 2 === 0 ? cameras.length - 1 : 0]!;
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { deviceId: { exact: deviceId }, width: 320, height: 240, frameRate: 15 },
  });
  await sender.replaceTrack(stream.getVideoTracks()[0]!);
}

/** The mean of the two middle values of an even number of values. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

test(
  'the other side’s frames stop for at most 300 ms, but for longer if the old camera is ended first',
  { timeout: 120_000 },
  async (t) => {
    const gaps: number[] = [];
    for (let round = 0; round < ROUNDS; round++) gaps.push(await gapOf(switchCamera, round));
    const plain: number[] = [];
    for (let round = 0; round < ROUNDS; round++) plain.push(await gapOf(switchPlainly, round));
    t.diagnostic(`gaps of ${gaps.map(Math.round).join(', ')} ms; ended first: ${plain.map(Math.round).join(', ')} ms`);
    assert.ok(median(gaps) <= 300, gaps.join());
    assert.ok(median(plain) > 300, `ended first: ${plain.join()}`);
  },
);
