/**
 * Cameras and microphones that go, come back, are missing, busy or refused, and a browser that holds sound back.
 *
 * Chromium's fake devices are the real thing as far as they go. Nobody can pull one out, and there is always
 * a fake microphone: there `navigator.mediaDevices` is overridden before the page's scripts, and the test's
 * name says "played".
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { CDPSession, Page } from 'puppeteer-core';
import { launchBrowser, waitFor, type TestBrowser } from '../support/browser/browser.ts';
import {
  askAgain,
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
import { wave } from '../support/browser/wave.ts';
import { eventually } from '../support/waiting.ts';

let meeting: Meeting;

before(async () => {
  meeting = await openMeeting();
});
after(() => meeting.close());

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

describe('in the call, played: no device of Chromium can be pulled out', () => {
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
    'the camera goes: another one takes its place, said on the tile; it comes back and is taken, being the chosen one',
    { timeout: 60_000 },
    async () => {
      await chooseLastCamera();
      // Control: nothing is said while nothing is wrong.
      assert.equal(await ada.page.evaluate(readOwnTile), '');
      await ada.page.evaluate(unplug, 'video', cameras.at(-1)!);
      await eventually('no other camera was taken', async () => (await ownDevice('video')) === cameras[0]);
      await framesGrow(bo, 1);
      assert.deepEqual(await ada.page.evaluate(listHeard), ['device-lost']);
      assert.match(await ada.page.evaluate(readOwnTile), /unplugged.*Another one is on/);
      assert.match(await ada.page.evaluate(readBanner), /unplugged.*Another one is on/);
      await faultsOf(ada.page, { hidden: [] });
      await eventually(
        'the chosen camera was not taken again',
        async () => (await ownDevice('video')) === cameras.at(-1),
      );
      await eventually('the tile still complains', async () => (await ada.page.evaluate(readOwnTile)) === '');
      assert.equal(await ada.page.evaluate(readBanner), '');
      await framesGrow(bo, 1);
      assert.deepEqual(await renegotiated(), [0, 0]);
    },
  );

  test('one that was not chosen is offered when it comes back, and not taken', { timeout: 60_000 }, async () => {
    await ada.page.evaluate(unplug, 'video', cameras.at(-1)!);
    await eventually('no other camera was taken', async () => (await ownDevice('video')) === cameras[0]);
    // Now this one is chosen, so that the old one has no claim any more.
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

  test('the only camera goes: off, said on the tile, and on again with it', { timeout: 60_000 }, async () => {
    await ada.page.evaluate(listHeard);
    await faultsOf(ada.page, { video: 'NotFoundError', hidden: cameras });
    await ada.page.evaluate(unplug, 'video', cameras[0]!);
    await boKnows('camera', false);
    assert.deepEqual(await ada.page.evaluate(listHeard), ['device-lost']);
    assert.match(await ada.page.evaluate(readOwnTile), /unplugged.*Plug it in/);
    await framesGrow(ada, 1);
    await faultsOf(ada.page, { video: null, hidden: [] });
    await boKnows('camera', true);
    await framesGrow(bo, 1);
    assert.equal(await ada.page.evaluate(readOwnTile), '');
    assert.deepEqual(await renegotiated(), [0, 0]);
  });

  test(
    'the microphone goes: another one; the only one goes: off, and on again with it',
    { timeout: 60_000 },
    async () => {
      const used = await ownDevice('audio');
      await ada.page.evaluate(unplug, 'audio', used);
      await eventually('no other microphone was taken', async () => (await ada.page.evaluate(readSelf, 'audio')).live);
      assert.deepEqual(await ada.page.evaluate(listHeard), ['device-lost']);
      assert.match(await ada.page.evaluate(readBanner), /unplugged.*Another one is on/);
      await soundComes(bo, 1);
      const all = await devicesOf(ada.page, 'audioinput');
      await faultsOf(ada.page, { audio: 'NotFoundError', hidden: all });
      await ada.page.evaluate(unplug, 'audio', '');
      await boKnows('microphone', false);
      assert.match(await ada.page.evaluate(readOwnTile), /unplugged.*Plug it in/);
      await eventually(
        'the microphones are still offered',
        async () => !(await ada.page.evaluate(() => window.offeredDevices)).some((id) => all.includes(id)),
      );
      await faultsOf(ada.page, { audio: null, hidden: [] });
      await boKnows('microphone', true);
      assert.deepEqual(await renegotiated(), [0, 0]);
    },
  );

  test(
    'mute, unmute and ended as telephones fire them, synthetic: there is no telephone here',
    { timeout: 60_000 },
    async () => {
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
      // iOS ends the track of a camera that another program takes: it is captured anew.
      await ada.page.evaluate(unplug, 'video', '');
      await eventually(
        'the camera was not captured anew',
        async () => (await ada.page.evaluate(readSelf, 'video')).live,
      );
      await boKnows('camera', true);
      await framesGrow(bo, 1);
      assert.deepEqual(await renegotiated(), [0, 0]);
      assert.deepEqual([...ada.problems, ...bo.problems], []);
    },
  );
});

interface Lack {
  name: string;
  faults?: Partial<DeviceFaults>;
  browser?: Parameters<typeof launchBrowser>[0];
  insecure?: boolean;
  expected: { microphone: boolean; camera: boolean };
  codes: string[];
  says: { en: RegExp; ko: RegExp } | null;
}

const FOUND = { en: /No camera or microphone was found\. Plug/, ko: /찾지 못했습니다/ };
const DENIED = { en: /did not allow .* system/, ko: /허용되지 않았습니다/ };
const LACKS: Lack[] = [
  {
    name: 'control: with everything nothing is said',
    expected: { microphone: true, camera: true },
    codes: [],
    says: null,
  },
  {
    name: 'no camera',
    browser: { fakeDevices: false },
    expected: { microphone: true, camera: false },
    codes: ['device-not-found'],
    says: FOUND,
  },
  {
    name: 'no microphone (played)',
    faults: { audio: 'NotFoundError' },
    expected: { microphone: false, camera: true },
    codes: ['device-not-found'],
    says: FOUND,
  },
  {
    name: 'no device at all (played)',
    faults: { audio: 'NotFoundError', video: 'NotFoundError' },
    expected: { microphone: false, camera: false },
    codes: ['device-not-found'],
    says: FOUND,
  },
  {
    name: 'both busy (played)',
    faults: { audio: 'NotReadableError', video: 'NotReadableError' },
    expected: { microphone: false, camera: false },
    codes: ['device-in-use'],
    says: { en: /Another program uses/, ko: /다른 프로그램이/ },
  },
  {
    name: 'the camera busy (played)',
    faults: { video: 'NotReadableError' },
    expected: { microphone: true, camera: false },
    codes: ['device-in-use'],
    says: { en: /Another program uses/, ko: /다른 프로그램이/ },
  },
  {
    name: 'refused by the system (played)',
    faults: {
      audio: 'NotAllowedError: Permission denied by system',
      video: 'NotAllowedError: Permission denied by system',
    },
    expected: { microphone: false, camera: false },
    codes: ['permission-denied'],
    says: DENIED,
  },
  {
    name: 'refused in the browser',
    browser: { extraFlags: ['--use-fake-ui-for-media-stream=deny'] },
    expected: { microphone: false, camera: false },
    codes: ['permission-denied'],
    says: DENIED,
  },
  {
    name: 'an insecure page',
    insecure: true,
    browser: { extraFlags: ['--host-resolver-rules=MAP calls.test 127.0.0.1'] },
    expected: { microphone: false, camera: false },
    codes: ['insecure-context'],
    says: { en: /secure page\. Open this one with https/, ko: /https로/ },
  },
];

describe('joins as far as it can, sees the others, and says what to do', () => {
  const room = `lacks-${randomUUID()}`;
  let ada: Person;
  let shared: TestBrowser;

  before(
    async () => {
      ada = await meeting.enter('Ada', room);
      shared = await launchBrowser();
    },
    { timeout: 60_000 },
  );

  after(() => Promise.all([ada?.testBrowser.close(), shared?.close()]));

  for (const { name, faults, browser, insecure, expected, codes, says } of LACKS) {
    test(name, { timeout: 60_000 }, async () => {
      const testBrowser = browser ? await launchBrowser(browser) : shared;
      const testPage = await testBrowser.newPage();
      const { page } = testPage;
      await page.evaluateOnNewDocument(breakDevices);
      await page.evaluateOnNewDocument(`Object.assign(window.deviceFaults, ${JSON.stringify(faults ?? {})})`);
      await page.evaluateOnNewDocument(listenToCall);
      await page.setViewport({ width: 480, height: 400 });
      const url = new URL(meeting.site.url);
      if (insecure) url.hostname = 'calls.test';
      url.search = String(new URLSearchParams({ name: 'Gil', room }));
      await page.goto(url.href);
      const gil: Person = { name: 'Gil', testBrowser, ...testPage };
      await allJoined([ada, gil]);
      await watchFrames([gil]);
      await framesGrow(gil, 1);
      await soundComes(gil, 1);
      if (insecure) assert.equal(await page.evaluate(() => typeof navigator.mediaDevices), 'undefined');
      await waitFor(
        page,
        (wanted) => {
          const self = (document.querySelector('video-call') as unknown as CallElement).participants[0]!;
          return (self.microphone === wanted.microphone && self.camera === wanted.camera) || null;
        },
        [expected],
        `Gil has not exactly ${JSON.stringify(expected)}`,
      );
      if (says) {
        await eventually(`the banner does not say ${says.en}`, async () =>
          says.en.test(await page.evaluate(readBanner)),
        );
        assert.match(await page.evaluate(readOwnTile), says.en);
        await page.evaluate(() => (document.documentElement.lang = 'ko'));
        await eventually(`the banner does not say ${says.ko}`, async () =>
          says.ko.test(await page.evaluate(readBanner)),
        );
      } else assert.equal(await page.evaluate(readBanner), '');
      assert.deepEqual(await page.evaluate(listHeard), codes);
      // Asked for one by one, and by a press, it is still the page that has none; what is said in the chat arrives.
      if (insecure)
        assert.deepEqual(await page.evaluate(askAgain), [
          'insecure-context',
          'insecure-context',
          'insecure-context',
          'sent',
        ]);
      assert.deepEqual(
        testPage.problems.filter((problem) => problem.startsWith('uncaught')),
        [],
      );
      await page.close();
      if (browser) await testBrowser.close();
      await eventually('Gil is not gone', () =>
        ada.page.evaluate(
          () => (document.querySelector('video-call') as unknown as CallElement).participants.length === 1,
        ),
      );
    });
  }
});

test(
  'a microphone that brings only silence is pointed out, one that brings sound is not',
  { timeout: 90_000 },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sarangbang-sound-'));
    const room = `silent-${randomUUID()}`;
    try {
      const people: Person[] = [];
      for (const [name, sample] of [
        ['Silent', () => 0],
        ['Loud', (index: number) => Math.sin(index / 20) / 2],
      ] as const) {
        const path = join(directory, `${name}.wav`);
        await writeFile(path, wave(sample));
        const testBrowser = await launchBrowser({ extraFlags: [`--use-file-for-fake-audio-capture=${path}`] });
        people.push(await meeting.enter(name, room, { testBrowser }));
      }
      const [silent, loud] = people as [Person, Person];
      await allJoined(people);
      await eventually(
        'the silence is not pointed out',
        async () => /can’t hear anything/.test(await silent.page.evaluate(readBanner)),
        20_000,
      );
      // Longer in the call than the other needed, or as long.
      assert.equal(await loud.page.evaluate(readBanner), '');
      await silent.page.evaluate(() =>
        (document.querySelector('video-call') as unknown as CallElement).toggleMicrophone(false),
      );
      await eventually(
        'a microphone that is off is still said to be silent',
        async () => (await silent.page.evaluate(readBanner)) === '',
      );
      await Promise.all(people.map(({ testBrowser }) => testBrowser.close()));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
);

/** As `page.evaluate`, which gives the page a user's gesture each time: this does not. */
async function ask(session: CDPSession, expression: string): Promise<unknown> {
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
    expression,
    returnByValue: true,
    awaitPromise: true,
    userGesture: false,
  });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
}

/** The others' media elements: what plays sound here. */
const READ_PLAYERS = `[...document.querySelector('video-call').shadowRoot.querySelectorAll('[part~="tile"]:not([part~="tile-self"])')].map((tile) => {
  const video = tile.shadowRoot.querySelector('video');
  return { paused: video.paused, muted: video.muted, volume: video.volume, at: video.currentTime, sounds: video.srcObject?.getAudioTracks().filter(({ readyState, enabled }) => readyState === 'live' && enabled).length ?? 0 };
})`;

describe('where the browser holds sound back', () => {
  for (const { policy, blocked } of [
    { policy: 'document-user-activation-required', blocked: true },
    { policy: 'no-user-gesture-required', blocked: false },
  ]) {
    test(
      blocked
        ? 'a button and call-error say so, the picture plays, and after a press the sound'
        : 'control: it plays at once, by media elements alone',
      { timeout: 60_000 },
      async () => {
        const room = `held-${randomUUID()}`;
        const ada = await meeting.enter('Ada', room);
        // Who captures may play as well, so Eve only listens.
        const testBrowser = await launchBrowser({
          extraFlags: [`--autoplay-policy=${policy}`, '--use-fake-ui-for-media-stream=deny'],
        });
        const { page } = await testBrowser.newPage();
        await page.evaluateOnNewDocument(listenToCall);
        await page.evaluateOnNewDocument(() => {
          const counted = { contexts: 0 };
          Object.assign(window, { counted });
          window.AudioContext = class extends AudioContext {
            constructor(options?: AudioContextOptions) {
              super(options);
              counted.contexts++;
            }
          };
        });
        const session = await page.createCDPSession();
        const query = new URLSearchParams({ name: 'Eve', room });
        await page.goto(`${meeting.site.url}?${query}`);
        type Player = { paused: boolean; muted: boolean; volume: number; at: number; sounds: number };
        const players = async () => (await ask(session, READ_PLAYERS)) as Player[];
        const playing = async (muted: boolean) => {
          const first = await eventually(`no player with muted=${muted}`, async () =>
            (await players()).find((player) => !player.paused && player.muted === muted && player.sounds === 1),
          );
          await eventually('it does not go on', async () => (await players()).some(({ at }) => at > first.at + 0.5));
          assert.equal(first.volume, 1);
        };
        await eventually(
          'Eve is not in the call',
          async () => (await ask(session, "document.querySelector('video-call').participants.length")) === 2,
          20_000,
        );
        const heard = async () =>
          ((await ask(session, 'window.heardErrors')) as string[]).filter((code) => code !== 'permission-denied');
        const readBannerText = `(${readBanner.toString()})()`;
        if (blocked) {
          await eventually('nothing is said of the sound', async () =>
            /holds the sound back/.test(String(await ask(session, readBannerText))),
          );
          assert.deepEqual(await heard(), ['playback-blocked']);
          await playing(true);
          // A real press, through the browser.
          const box = (await ask(
            session,
            `(() => { const { x, y, width, height } = document.querySelector('video-call').shadowRoot.querySelector('[part~="banner"] button').getBoundingClientRect(); return { x: x + width / 2, y: y + height / 2 }; })()`,
          )) as { x: number; y: number };
          await page.mouse.click(box.x, box.y);
        }
        await playing(false);
        assert.doesNotMatch(String(await ask(session, readBannerText)), /sound/);
        assert.deepEqual(await heard(), blocked ? ['playback-blocked'] : []);
        assert.equal(await ask(session, 'window.counted.contexts'), 0, 'no audio graph in the way');
        await Promise.all([testBrowser.close(), ada.testBrowser.close()]);
      },
    );
  }
});
