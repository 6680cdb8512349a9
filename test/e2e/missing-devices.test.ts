/**
 * Cameras and microphones that are missing, busy, refused or silent.
 *
 * Chromium always has a fake microphone, so not every case is real. A test whose name says "played" overrides
 * `navigator.mediaDevices` before the page's scripts.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { launchBrowser, waitFor, type TestBrowser } from '../support/browser/browser.ts';
import {
  askAgain,
  breakDevices,
  listenToCall,
  listHeard,
  readBanner,
  readOwnTile,
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
after(() => meeting?.close());

interface Lack {
  name: string;
  /** Only in the long form, `missing-devices.soak.ts`: nearly the same as one of the others. */
  isLong?: boolean;
  faults?: Partial<DeviceFaults>;
  browser?: Parameters<typeof launchBrowser>[0];
  insecure?: boolean;
  expected: { microphone: boolean; camera: boolean };
  codes: string[];
  says: { en: RegExp; ko: RegExp } | null;
}

const FOUND = { en: /No (?:camera|microphone|camera or microphone) found\. Connect/, ko: /찾지 못했습니다/ };
const DENIED = { en: /is blocked.* system/, ko: /차단되었습니다/ };
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
    isLong: true,
    faults: { audio: 'NotFoundError' },
    expected: { microphone: false, camera: true },
    codes: ['device-not-found'],
    says: FOUND,
  },
  {
    name: 'no device at all (played)',
    isLong: true,
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
    says: { en: /Another app is using/, ko: /다른 앱에서/ },
  },
  {
    name: 'the camera busy (played)',
    isLong: true,
    faults: { video: 'NotReadableError' },
    expected: { microphone: true, camera: false },
    codes: ['device-in-use'],
    says: { en: /Another app is using/, ko: /다른 앱에서/ },
  },
  {
    name: 'refused by the system (played)',
    isLong: true,
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
    says: { en: /secure page\. Open this page with https/, ko: /https로/ },
  },
];

describe('joins with the available devices, shows the others, and says what to do', () => {
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

  for (const { name, isLong, faults, browser, insecure, expected, codes, says } of LACKS) {
    if (isLong && !process.env.MISSING_DEVICES) continue;
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
        await eventually(`the tile does not say ${says.en}`, async () =>
          says.en.test(await page.evaluate(readOwnTile)),
        );
        await page.evaluate(() => (document.documentElement.lang = 'ko'));
        await eventually(`the banner does not say ${says.ko}`, async () =>
          says.ko.test(await page.evaluate(readBanner)),
        );
      } else assert.equal(await page.evaluate(readBanner), '');
      assert.deepEqual(await page.evaluate(listHeard), codes);
      // Later requests report the insecure page as well, and the chat works.
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
      // A page whose goodbye is lost is gone after more than 10 s.
      await eventually(
        'Gil is not gone',
        () =>
          ada.page.evaluate(
            () => (document.querySelector('video-call') as unknown as CallElement).participants.length === 1,
          ),
        20_000,
      );
    });
  }
});

test('a silent microphone is pointed out, and one with sound is not', { timeout: 90_000 }, async () => {
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
    // The control: Loud has been in the call for as long as Silent, and has no warning.
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
});
