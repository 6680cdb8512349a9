/**
 * Cameras and microphones that disappear in a call and come back.
 *
 * Nobody can unplug one of Chromium's fake devices, so `navigator.mediaDevices` is overridden before the page's
 * scripts.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { waitFor } from '../support/browser/browser.ts';
import {
  breakDevices,
  listenToCall,
  listHeard,
  readBanner,
  readOwnTile,
  readSelf,
  unplug,
  type DeviceFaults,
} from '../support/browser/device-probes.ts';
import {
  allJoined,
  framesGrow,
  openMeeting,
  soundComes,
  watchFrames,
  type CallElement,
  type Meeting,
  type Person,
} from '../support/browser/meeting.ts';
import { eventually } from '../support/waiting.ts';

let meeting: Meeting;

before(async () => {
  meeting = await openMeeting();
});
after(() => meeting?.close());

const faultsOf = (page: Page, faults: Partial<DeviceFaults>) =>
  page.evaluate((some) => {
    Object.assign(window.deviceFaults, some);
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
  }, faults);

const devicesOf = (page: Page, wanted: MediaDeviceKind) =>
  page.evaluate(
    async (kind) =>
      (await navigator.mediaDevices.enumerateDevices())
        .filter((device) => device.kind === kind)
        .map(({ deviceId }) => deviceId),
    wanted,
  );

describe('unplugged in a call, simulated because Chromium’s fake devices cannot be unplugged', () => {
  const room = `unplugged-${randomUUID()}`;
  let ada: Person;
  let bo: Person;
  let cameras: string[];

  const ownDevice = (kind: 'audio' | 'video') => ada.page.evaluate(readSelf, kind).then(({ deviceId }) => deviceId);
  const renegotiated = async () =>
    Promise.all([ada, bo].map(({ page }) => page.evaluate(() => window.watched.renegotiations)));
  const boKnows = (source: 'camera' | 'microphone', on: boolean) =>
    waitFor(
      bo.page,
      (of, wanted) =>
        (document.querySelector('video-call') as unknown as CallElement).participants.find(({ isSelf }) => !isSelf)?.[
          of
        ] === wanted || null,
      [source, on] as ['camera' | 'microphone', boolean],
      `Bo does not know that Ada's ${source} is ${on ? 'on' : 'off'}`,
    );
  /** Waits for sentences and events, because the sentences of errors load when the first of them is needed. */
  const says = (read: () => string, sentence: RegExp) =>
    eventually(`${read.name} does not say ${sentence}`, async () => sentence.test(await ada.page.evaluate(read)));
  const hearsOnly = async (code: string) => {
    await waitFor(ada.page, (wanted) => window.heardErrors.includes(wanted) || null, [code], `no event with ${code}`);
    assert.deepEqual(await ada.page.evaluate(listHeard), [code]);
  };
  const chooseLastCamera = () =>
    ada.page.evaluate(
      (id) => (document.querySelector('video-call') as unknown as CallElement).setDevice('videoinput', id),
      cameras.at(-1)!,
    );

  before(
    async () => {
      ada = await meeting.enter('Ada', room, { beforehand: breakDevices });
      bo = await meeting.enter('Bo', room);
      await allJoined([ada, bo]);
      await watchFrames([ada, bo]);
      await ada.page.evaluate(listenToCall);
      await framesGrow(bo, 1);
      cameras = (await devicesOf(ada.page, 'videoinput')).filter(Boolean);
    },
    { timeout: 60_000 },
  );

  after(() => Promise.all([ada?.testBrowser.close(), bo?.testBrowser.close()]));

  test(
    'a lost camera is replaced and the tile says so; the chosen camera is used again when it returns',
    { timeout: 60_000 },
    async () => {
      await chooseLastCamera();
      // Control: nothing is shown while nothing is wrong.
      assert.equal(await ada.page.evaluate(readOwnTile), '');
      await ada.page.evaluate(unplug, 'video', cameras.at(-1)!);
      await eventually('no other camera was taken', async () => (await ownDevice('video')) === cameras[0]);
      await framesGrow(bo, 1);
      await hearsOnly('device-lost');
      await says(readOwnTile, /disconnected, and another one is in use/);
      await says(readBanner, /disconnected, and another one is in use/);
      await faultsOf(ada.page, { hidden: [] });
      await eventually(
        'the chosen camera was not taken again',
        async () => (await ownDevice('video')) === cameras.at(-1),
      );
      await says(readOwnTile, /^$/);
      await says(readBanner, /^$/);
      await framesGrow(bo, 1);
      assert.deepEqual(await renegotiated(), [0, 0]);
    },
  );

  test('a camera that is not chosen is offered when it returns, but not used', { timeout: 60_000 }, async () => {
    await ada.page.evaluate(unplug, 'video', cameras.at(-1)!);
    await eventually('no other camera was taken', async () => (await ownDevice('video')) === cameras[0]);
    // The person chooses the camera that is in use now, so the unplugged one is not used when it returns.
    await ada.page.evaluate(
      (id) => (document.querySelector('video-call') as unknown as CallElement).setDevice('videoinput', id),
      cameras[0]!,
    );
    await ada.page.evaluate(listHeard);
    await faultsOf(ada.page, { hidden: [] });
    await eventually('it is not offered', async () =>
      (await ada.page.evaluate(() => window.offeredDevices)).includes(cameras.at(-1)!),
    );
    assert.equal(await ownDevice('video'), cameras[0]);
    assert.deepEqual(await renegotiated(), [0, 0]);
  });

  test(
    'losing the only camera turns it off and the tile says so; it turns on again with the camera',
    { timeout: 60_000 },
    async () => {
      await ada.page.evaluate(listHeard);
      await faultsOf(ada.page, { video: 'NotFoundError', hidden: cameras });
      await ada.page.evaluate(unplug, 'video', cameras[0]!);
      await boKnows('camera', false);
      await hearsOnly('device-lost');
      await says(readOwnTile, /disconnected\. Connect it again/);
      await framesGrow(ada, 1);
      await faultsOf(ada.page, { video: null, hidden: [] });
      await boKnows('camera', true);
      await framesGrow(bo, 1);
      await says(readOwnTile, /^$/);
      assert.deepEqual(await renegotiated(), [0, 0]);
    },
  );

  test(
    'a lost microphone is replaced; losing the only one turns it off, and on again when it returns',
    { timeout: 60_000 },
    async () => {
      const used = await ownDevice('audio');
      await ada.page.evaluate(unplug, 'audio', used);
      await eventually('no other microphone was taken', async () => (await ada.page.evaluate(readSelf, 'audio')).live);
      await hearsOnly('device-lost');
      await says(readBanner, /disconnected, and another one is in use/);
      await soundComes(bo, 1);
      const all = await devicesOf(ada.page, 'audioinput');
      await faultsOf(ada.page, { audio: 'NotFoundError', hidden: all });
      await ada.page.evaluate(unplug, 'audio', '');
      await boKnows('microphone', false);
      await says(readOwnTile, /disconnected\. Connect it again/);
      await eventually(
        'the microphones are still offered',
        async () => !(await ada.page.evaluate(() => window.offeredDevices)).some((id) => all.includes(id)),
      );
      await faultsOf(ada.page, { audio: null, hidden: [] });
      await boKnows('microphone', true);
      assert.deepEqual(await renegotiated(), [0, 0]);
    },
  );

  test('handles mute, unmute and ended as phones fire them (simulated)', { timeout: 60_000 }, async () => {
    const fire = (kind: 'audio' | 'video', type: string) =>
      ada.page.evaluate(
        (of, name) => {
          const { stream } = (document.querySelector('video-call') as unknown as CallElement).participants[0]!;
          const track = stream!.getTracks().find((one) => one.kind === of)!;
          Object.defineProperty(track, 'muted', { configurable: true, value: name === 'mute' });
          track.dispatchEvent(new Event(name));
        },
        kind,
        type,
      );
    for (const [kind, source] of [
      ['audio', 'microphone'],
      ['video', 'camera'],
    ] as const) {
      await fire(kind, 'mute');
      await boKnows(source, false);
      await fire(kind, 'unmute');
      await boKnows(source, true);
    }
    // iOS ends the camera's track when another app takes the camera. The call captures it again.
    await ada.page.evaluate(unplug, 'video', '');
    await eventually(
      'the camera was not captured again',
      async () => (await ada.page.evaluate(readSelf, 'video')).live,
    );
    await boKnows('camera', true);
    await framesGrow(bo, 1);
    assert.deepEqual(await renegotiated(), [0, 0]);
    assert.deepEqual([...ada.problems, ...bo.problems], []);
  });
});
