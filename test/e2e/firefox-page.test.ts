/** Firefox: attributes such as `autojoin="false"`, devices that a person turned off, and a replaced element. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { waitFor, type TestBrowser } from '../support/browser/browser.ts';
import { launchFirefox } from '../support/browser/firefox.ts';
import { closeAll } from '../support/closing.ts';
import {
  embeddingHtml,
  serveEmbeddingPage,
  startServer,
  type EmbeddingPage,
  type ServerProcess,
} from '../support/server/server-process.ts';

const MINUTE = 60_000;

interface Watched {
  /** The requests to `getUserMedia`. */
  asked: { audio: boolean; video: boolean }[];
  /** All tracks that it returned. */
  given: MediaStreamTrack[];
}

const watchMedia = () => {
  const watched: Watched = { asked: [], given: [] };
  Object.assign(window, { watchedMedia: watched });
  const { mediaDevices } = navigator;
  const original = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (constraints = {}) => {
    watched.asked.push({ audio: Boolean(constraints.audio), video: Boolean(constraints.video) });
    const stream = await original(constraints);
    watched.given.push(...stream.getTracks());
    return stream;
  };
};

let server: ServerProcess;
let firefox: TestBrowser;
const sites: EmbeddingPage[] = [];

before(
  async () => {
    server = await startServer({});
    firefox = await launchFirefox();
  },
  { timeout: MINUTE },
);
after(() =>
  closeAll(
    () => firefox?.close(),
    ...sites.map((site) => () => site.close()),
    () => server?.stop(),
  ),
);

async function open(body: string): Promise<Page> {
  const site = await serveEmbeddingPage(embeddingHtml(server.url, body));
  sites.push(site);
  const { page } = await firefox.newPage();
  await page.evaluateOnNewDocument(watchMedia);
  await page.goto(site.url);
  await waitFor(page, () => Boolean(customElements.get('video-call')), [], 'no elements', 20_000);
  return page;
}

const hasState = (page: Page, state: string): Promise<boolean> =>
  waitFor(
    page,
    (wanted) => document.querySelector('video-call')?.state === wanted || null,
    [state],
    `never ${state}`,
    20_000,
  );

describe('in Firefox', () => {
  test(
    'a text that means no is false, in markup before the script, as an attribute and as a property',
    { timeout: MINUTE },
    async () => {
      const room = `fox-${randomUUID()}`;
      const page = await open(
        `<video-call room="${room}" autojoin="false" no-controls=" None " ` +
          'audio-only="0" camera-off="no" muted="off"></video-call>',
      );
      await hasState(page, 'prejoin');
      const [before, wrong] = await page.evaluate(() => {
        const call = document.querySelector('video-call')!;
        const names = {
          autojoin: 'autojoin',
          noControls: 'no-controls',
          audioOnly: 'audio-only',
          cameraOff: 'camera-off',
          muted: 'muted',
        } as const;
        const read = Object.keys(names).filter((name) => call[name as keyof typeof names]);
        const others: string[] = [];
        const texts: [unknown, boolean][] = [
          ['', true],
          ['true', true],
          ['yes', true],
          ['1', true],
          ['autojoin', true],
          ['FALSE', false],
          [' null ', false],
          ['undefined', false],
          ['nil', false],
          ['No', false],
          ['OFF', false],
          ['0', false],
          [false, false],
          [0, false],
          [null, false],
          [undefined, false],
          [true, true],
          [1, true],
        ];
        for (const [name, attribute] of Object.entries(names)) {
          for (const [value, wanted] of texts) {
            const [byAttribute, byProperty] = [
              document.createElement('video-call'),
              document.createElement('video-call'),
            ];
            byAttribute.setAttribute(attribute, String(value));
            Object.assign(byProperty, { [name]: value });
            for (const element of [byAttribute, byProperty]) {
              if (element[name as keyof typeof names] !== wanted) others.push(`${name} ${String(value)}`);
            }
          }
        }
        return [read, others];
      });
      assert.deepEqual(before, []);
      assert.deepEqual(wrong, []);
      await page.evaluate(() => document.querySelector('video-call')!.setAttribute('autojoin', 'yes'));
      await hasState(page, 'joined');
      await page.close();
    },
  );

  test(
    'a device that a person turned off stays off through two quick changes of the room',
    { timeout: MINUTE },
    async () => {
      const page = await open(`<video-call room="fox-${randomUUID()}" autojoin></video-call>`);
      await hasState(page, 'joined');
      const result = await page.evaluate(
        async (rooms: string[]) => {
          const call = document.querySelector('video-call')!;
          const { asked, given } = (window as unknown as { watchedMedia: Watched }).watchedMedia;
          await Promise.all([call.toggleMicrophone(false), call.toggleCamera(false)]);
          asked.length = 0;
          for (const room of rooms) {
            const entered = new Promise((resolve) => call.addEventListener('state-change', resolve, { once: true }));
            call.room = room;
            await entered;
          }
          const isIn = () => call.state === 'joined' && call.participants.length === 1;
          while (!isIn())
            await new Promise((resolve) => call.addEventListener('state-change', resolve, { once: true }));
          const { microphone, camera } = call.participants[0]!;
          const sent = call.participants[0]!.stream?.getTracks() ?? [];
          return {
            switches: [microphone, camera],
            asked: asked.filter(({ video }) => video).length,
            cameras: given.filter(({ kind, readyState }) => kind === 'video' && readyState === 'live').length,
            heard: sent.filter(({ kind, enabled }) => kind === 'audio' && enabled).length,
          };
        },
        [randomUUID(), randomUUID()],
      );
      assert.deepEqual(result, { switches: [false, false], asked: 0, cameras: 0, heard: 0 });
      // The control: `watchedMedia` sees a camera once the page turns it on.
      await page.evaluate(() => document.querySelector('video-call')!.toggleCamera(true));
      const isOn = () =>
        (window as unknown as { watchedMedia: Watched }).watchedMedia.given.some(
          ({ kind, readyState }) => kind === 'video' && readyState === 'live',
        );
      await waitFor(page, isOn, [], 'no camera', 20_000);
      await page.close();
    },
  );

  test(
    'a replaced element is silent and idle, with one capture; removed for good, it fires its event',
    { timeout: MINUTE },
    async () => {
      const room = `fox-${randomUUID()}`;
      const page = await open(`<video-call room="${room}" autojoin></video-call>`);
      await hasState(page, 'joined');
      await page.evaluate(() => {
        const before = document.querySelector('video-call')!;
        const next = before.cloneNode() as typeof before;
        const heard: string[] = [];
        Object.assign(window, { before, heard });
        for (const type of ['state-change', 'call-join', 'call-leave', 'participant-leave'] as const) {
          before.addEventListener(type, () => heard.push(`before: ${type}`));
        }
        next.addEventListener('call-join', () => heard.push('call-join'));
        next.addEventListener('call-leave', ({ reason }) => heard.push(`call-leave ${reason}`));
        before.replaceWith(next);
      });
      await hasState(page, 'joined');
      const result = await page.evaluate(async () => {
        const { before, heard } = window as unknown as { before: HTMLElementTagNameMap['video-call']; heard: string[] };
        const next = document.querySelector('video-call')!;
        const stateBefore = before.state;
        const left = new Promise((resolve) => next.addEventListener('call-leave', resolve));
        // When this removal is final, the grace of the first removal is over too, so nothing more can happen.
        next.remove();
        await left;
        return {
          state: stateBefore,
          asked: (window as unknown as { watchedMedia: Watched }).watchedMedia.asked.length,
          heard,
        };
      });
      assert.deepEqual(result, { state: 'idle', asked: 1, heard: ['call-join', 'call-leave element-removed'] });
      await page.close();
    },
  );
});
