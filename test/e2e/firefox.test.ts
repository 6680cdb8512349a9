/** A call between Chromium and Firefox: both directions, devices and restarts, each as the other side sees it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { waitFor, type TestBrowser } from '../support/browser/browser.ts';
import { launchFirefox } from '../support/browser/firefox.ts';
import {
  allJoined,
  framesGrow,
  openMeeting,
  watchFrames,
  type CallElement,
  type Meeting,
  type Person,
} from '../support/browser/meeting.ts';
import { closeAll } from '../support/closing.ts';
import { eventually } from '../support/waiting.ts';

type Sharing = { toggleScreenShare(on: boolean): Promise<boolean> };

const MINUTE = 60_000;
/** The most milliseconds from the moment when both are in the call until each has drawn a frame of the other. */
const FIRST_PICTURE_MS = 2_000;

let meeting: Meeting;
let firefox: TestBrowser;
let ada: Person;
let fox: Person;

before(
  async () => {
    meeting = await openMeeting();
    firefox = await launchFirefox();
  },
  { timeout: MINUTE },
);
after(() =>
  closeAll(
    () => firefox?.close(),
    () => meeting?.close(),
  ),
);

/** Both enter a new room. `maker` enters it last, and so makes the link. */
async function enterBoth(maker: 'Ada' | 'Fox'): Promise<void> {
  const room = `fox-${randomUUID()}`;
  const enter = {
    Ada: async () => (ada = await meeting.enter('Ada', room)),
    Fox: async () => (fox = await meeting.enter('Fox', room, { testBrowser: firefox })),
  };
  const first = await enter[maker === 'Ada' ? 'Fox' : 'Ada']();
  await allJoined([first]);
  await enter[maker]();
  await allJoined([ada, fox]);
}

const seeEachOther = () => Promise.all([framesGrow(ada, 1), framesGrow(fox, 1)]);
const ufragOf = () =>
  /a=ice-ufrag:(\S+)/.exec(window.watched.connections.at(-1)?.currentLocalDescription?.sdp ?? '')?.[1];
const countConnections = () =>
  Promise.all([ada, fox].map(({ page }) => page.evaluate(() => window.watched.connections.length)));
/** A canvas instead of the screen picker, which needs a person. */
const shareCanvas = async () => {
  const canvas = document.createElement('canvas');
  canvas.getContext('2d')!.fillRect(0, 0, 50, 50);
  navigator.mediaDevices.getDisplayMedia = async () => canvas.captureStream(5);
  await (document.querySelector('video-call') as unknown as Sharing).toggleScreenShare(true);
};
const audioPackets = async () => {
  let packets = 0;
  for (const entry of (await window.watched.connections.at(-1)!.getStats()).values() as Iterable<{
    type: string;
    kind?: string;
    packetsReceived?: number;
  }>) {
    if (entry.type === 'inbound-rtp' && entry.kind === 'audio') packets += entry.packetsReceived ?? 0;
  }
  return packets;
};

type Sound = { type: string; kind?: string; totalAudioEnergy?: number };
const loudness = async () => {
  let energy = 0;
  for (const entry of (await window.watched.connections.at(-1)!.getStats()).values() as Iterable<Sound>) {
    if (entry.type === 'inbound-rtp' && entry.kind === 'audio') energy += entry.totalAudioEnergy ?? 0;
  }
  return energy;
};
/** Whether the other's picture is not black: a disabled video track sends black frames. */
const seesLight = () => {
  const call = document.querySelector('video-call') as unknown as CallElement;
  const stream = call.participants.find(({ isSelf }) => !isSelf)?.stream;
  const video = [...document.querySelectorAll('video')].find(({ srcObject }) => stream && srcObject === stream);
  if (!video?.videoWidth) return null;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [16, 16];
  const context = canvas.getContext('2d')!;
  context.drawImage(video, 0, 0, 16, 16);
  return context.getImageData(0, 0, 16, 16).data.some((value, index) => index % 4 < 3 && value > 60) || null;
};
const pressHand = () => {
  const button = document.querySelector('video-call')?.shadowRoot?.querySelector<HTMLElement>('[part~=hand-button]');
  button?.click();
  return button ? true : null;
};
const hasPlace = (name: string, place: number | null) =>
  document
    .querySelector('video-call')!
    .participants.some(({ displayName, handPlace }) => displayName === name && handPlace === place) || null;
const isSilent = (name: string) =>
  document
    .querySelector('video-call')!
    .participants.some(({ displayName, microphone }) => displayName === name && !microphone) || null;
const switchBoth = async (on: boolean) => {
  const call = document.querySelector('video-call') as unknown as CallElement;
  return Promise.all([call.toggleMicrophone(on), call.toggleCamera(on)]);
};

/** Sound and light from the other arrive from now on. */
async function hearsAndSees({ page, name }: Person): Promise<void> {
  const before = await page.evaluate(loudness);
  await eventually(`${name} hears silence`, async () => (await page.evaluate(loudness)) > before + 0.000_01, 20_000);
  await waitFor(page, seesLight, [], `${name} sees black`, 20_000);
}

for (const maker of ['Ada', 'Fox'] as const) {
  describe(`the first offer made by ${maker === 'Ada' ? 'Chromium' : 'Firefox'}`, () => {
    before(() => enterBoth(maker), { timeout: 2 * MINUTE });
    after(() => Promise.all([ada, fox].map((person) => person?.page.close())));

    test('they see each other at once, and sound arrives', { timeout: MINUTE }, async (t) => {
      const startedAt = performance.now();
      await watchFrames([ada, fox]);
      await Promise.all([framesGrow(ada, 1, 1), framesGrow(fox, 1, 1)]);
      const tookMs = performance.now() - startedAt;
      t.diagnostic(`first pictures after ${Math.round(tookMs)} ms`);
      assert.ok(tookMs < FIRST_PICTURE_MS, `first pictures after ${tookMs} ms`);
      await seeEachOther();
      for (const { page, name } of [ada, fox]) await waitFor(page, audioPackets, [], `${name} gets no sound`);
    });

    test('they hear sound and see light, also after both were off', { timeout: 2 * MINUTE }, async () => {
      await Promise.all([ada, fox].map(hearsAndSees));
      for (const [person, other] of [
        [ada, fox],
        [fox, ada],
      ] as const) {
        assert.deepEqual(await person.page.evaluate(switchBoth, false), [false, false]);
        await waitFor(
          other.page,
          () => {
            const call = document.querySelector('video-call') as unknown as CallElement;
            return (
              call.participants.some(({ isSelf, microphone, camera }) => !isSelf && !microphone && !camera) || null
            );
          },
          [],
          `${other.name} is not told that both are off`,
        );
        assert.deepEqual(await person.page.evaluate(switchBoth, true), [true, true]);
        await hearsAndSees(other);
      }
    });

    test('a camera switched in Chromium is seen in Firefox, without negotiation', { timeout: MINUTE }, async () => {
      const [before, now] = await ada.page.evaluate(async () => {
        const call = document.querySelector('video-call') as unknown as CallElement;
        const own = () => call.participants[0]?.stream?.getVideoTracks()[0]?.getSettings().deviceId;
        const first = own();
        const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
        await call.setDevice('videoinput', cameras.at(-1)!.deviceId);
        return [first, own()];
      });
      assert.notEqual(now, before);
      await seeEachOther();
      for (const { page, name } of [ada, fox])
        assert.equal(await page.evaluate(() => window.watched.renegotiations), 0, name);
    });

    test("a canvas that replaces Firefox's only camera is seen in Chromium", { timeout: MINUTE }, async () => {
      await fox.page.evaluate(async () => {
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [320, 240];
        const context = canvas.getContext('2d')!;
        setInterval(() => {
          context.fillStyle = '#00f';
          context.fillRect(0, 0, 320, 240);
          context.fillStyle = '#fff';
          context.fillRect(Math.random() * 300, 0, 4, 4);
        }, 60);
        const sender = window.watched.connections
          .at(-1)!
          .getSenders()
          .find(({ track }) => track?.kind === 'video')!;
        await sender.replaceTrack(canvas.captureStream(15).getVideoTracks()[0]!);
      });
      await waitFor(
        ada.page,
        () => {
          const call = document.querySelector('video-call') as unknown as CallElement;
          const stream = call.participants.find(({ isSelf }) => !isSelf)?.stream;
          const video = [...document.querySelectorAll('video')].find(({ srcObject }) => srcObject === stream);
          if (!video?.videoWidth) return null;
          const canvas = document.createElement('canvas');
          [canvas.width, canvas.height] = [8, 8];
          const context = canvas.getContext('2d')!;
          context.drawImage(video, 0, 0, 8, 8);
          const [red = 255, green = 255, blue = 0] = context.getImageData(4, 4, 1, 1).data;
          return (blue > 150 && red < 90 && green < 90) || null;
        },
        [],
        'Ada does not see the canvas',
        20_000,
      );
      await seeEachOther();
    });

    for (const starter of ['Ada', 'Fox']) {
      test(
        `after ${starter === 'Ada' ? 'Chromium' : 'Firefox'} restarts ICE, pictures take a new path without a rebuild`,
        { timeout: MINUTE },
        async () => {
          const before = await Promise.all([ada, fox].map(({ page }) => page.evaluate(ufragOf)));
          const connections = await countConnections();
          const { page } = starter === 'Ada' ? ada : fox;
          await page.evaluate(() => window.watched.connections.at(-1)!.restartIce());
          for (const [index, person] of [ada, fox].entries()) {
            await waitFor(
              person.page,
              (old) => {
                const connection = window.watched.connections.at(-1)!;
                const now = /a=ice-ufrag:(\S+)/.exec(connection.currentLocalDescription?.sdp ?? '')?.[1];
                return (
                  (now !== old &&
                    connection.signalingState === 'stable' &&
                    connection.connectionState === 'connected') ||
                  null
                );
              },
              [before[index] ?? ''],
              `${person.name} has no new path`,
              20_000,
            );
          }
          await seeEachOther();
          assert.deepEqual(await countConnections(), connections, 'as many connections as before');
        },
      );
    }

    test('starting and stopping a screen in Chromium keeps the same connection', { timeout: MINUTE }, async () => {
      const connections = await countConnections();
      await ada.page.evaluate(shareCanvas);
      const hasScreen = (is: boolean) =>
        waitFor(
          fox.page,
          (wanted) => {
            const call = document.querySelector('video-call') as unknown as CallElement;
            return call.participants.some(({ isSelf, screen }) => !isSelf && screen) === wanted || null;
          },
          [is],
          `Fox ${is ? 'sees no' : 'still sees the'} screen`,
        );
      await hasScreen(true);
      await seeEachOther();
      await ada.page.evaluate(() =>
        (document.querySelector('video-call') as unknown as Sharing).toggleScreenShare(false),
      );
      await hasScreen(false);
      assert.deepEqual(await countConnections(), connections, 'as many connections as before');
    });

    // Ada moderates: she is the first in the room.
    if (maker === 'Fox')
      test('Firefox raises a hand by its button, reacts, and is restricted', { timeout: MINUTE }, async () => {
        await ada.page.evaluate(() => {
          const reactions: string[] = [];
          Object.assign(window, { reactions });
          document
            .querySelector('video-call')!
            .addEventListener('reaction-receive', ({ emoji }) => void reactions.push(emoji));
        });
        await waitFor(fox.page, pressHand, [], 'Fox has no button for the hand');
        await fox.page.evaluate(() => document.querySelector('video-call')!.react('👏'));
        for (const { page, name } of [ada, fox])
          await waitFor(page, hasPlace, ['Fox', 1], `${name} does not see the hand of Fox`);
        await waitFor(
          ada.page,
          () => (window as unknown as { reactions: string[] }).reactions.join() === '👏' || null,
          [],
          'Ada does not see the reaction of Fox',
        );

        await ada.page.evaluate(() => document.querySelector('video-call')!.setPermission('microphone', 'moderators'));
        for (const { page, name } of [ada, fox]) await waitFor(page, isSilent, ['Fox'], `Fox is not silent at ${name}`);
        assert.equal(
          await fox.page.evaluate(() =>
            document
              .querySelector('video-call')!
              .toggleMicrophone(true)
              .catch(({ code }: { code: string }) => code),
          ),
          'not-allowed',
        );
        await ada.page.evaluate(async () => {
          const call = document.querySelector('video-call')!;
          await call.setPermission('microphone', 'everyone');
          await call.lowerHand();
        });
        for (const { page, name } of [ada, fox])
          await waitFor(page, hasPlace, ['Fox', null], `${name} still sees the hand of Fox`);
        await waitFor(
          fox.page,
          () =>
            document
              .querySelector('video-call')!
              .toggleMicrophone(true)
              .catch(() => null),
          [],
          'Fox cannot speak again',
        );
        await hearsAndSees(ada);
      });

    test('the pages had no error', () => {
      assert.deepEqual([...ada.problems, ...fox.problems], []);
    });
  });
}
