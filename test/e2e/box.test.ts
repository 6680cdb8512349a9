/** The box of a call: what is in it is in sight, whatever the page makes of its size, and joining moves nothing. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { closeBrowsers, launchBrowser, waitFor } from '../support/browser/browser.ts';
import { readBox, type BoxCall } from '../support/browser/box-probes.ts';
import {
  EMBEDDING_POLICY,
  embeddingHtml,
  serveEmbeddingPage,
  startServer,
  type EmbeddingPage,
  type ServerProcess,
} from '../support/server/server-process.ts';
import { eventually } from '../support/waiting.ts';

/** Width, height, and the text size of the page in percent. */
const BOXES = [
  [1366, 660, 100],
  [390, 844, 100],
  [844, 390, 100],
  [480, 360, 100],
  [320, 180, 100],
  [280, 600, 100],
  [260, 200, 100],
  [320, 256, 100],
  [900, 560, 200],
  [390, 844, 200],
  [260, 200, 200],
] as const;

let server: ServerProcess;
let site: EmbeddingPage;
let page: Page;

/** The server under a different name. */
const addressOf = (host: string): string => `http://${host}:${new URL(server.url).port}`;

const BODY = `<style>
  h1 { display: none }
  #box video-call { block-size: auto }
  #box { display: grid; inline-size: 600px; block-size: 400px }
  .other { position: absolute; inset-block-start: 1200px; inline-size: 300px; block-size: 200px }
</style><div id="box"><video-call></video-call></div>`;

before(
  async () => {
    server = await startServer({ HOST: '0.0.0.0' });
    // Further names of this machine make further participants.
    const policy = EMBEDDING_POLICY.replaceAll('//127.0.0.1:*', '//*:*');
    site = await serveEmbeddingPage(embeddingHtml(addressOf('127.0.0.1'), BODY, 'video-call.js'), policy);
    const browser = await launchBrowser();
    ({ page } = await browser.newPage());
    await page.setViewport({ width: 1400, height: 900 });
    await page.evaluateOnNewDocument(() => {
      const { mediaDevices, permissions } = navigator;
      const query = permissions.query.bind(permissions);
      permissions.query = (descriptor) =>
        location.hash === '#prompt' ? Promise.reject(new TypeError()) : query(descriptor);
      const ask = mediaDevices.getUserMedia.bind(mediaDevices);
      mediaDevices.getUserMedia = (constraints) =>
        location.hash === '#denied' ? Promise.reject(new DOMException('', 'NotAllowedError')) : ask(constraints);
    });
    await page.goto(site.url);
  },
  { timeout: 60_000 },
);
after(async () => {
  await closeBrowsers();
  await site.close();
  await server.stop();
});

/** Resolves when the call is in this state. */
const reaches = (state: string) =>
  waitFor(
    page,
    (wanted) => (document.querySelector('#box video-call') as BoxCall).state === wanted,
    [state],
    `The call is not ${state}`,
  );

/** Resolves when what loads late is there. */
const shows = (selector: string) =>
  waitFor(
    page,
    (wanted) => document.querySelector('#box video-call')!.shadowRoot!.querySelector(wanted),
    [selector],
    `There is no ${selector}`,
  );

const set = (name: string, value: string) =>
  page.evaluate((key, given) => document.querySelector('#box video-call')!.setAttribute(key, given), name, value);

/** Makes the box each of these, and checks that what the state needs is in sight. */
async function look(state: string, needed: string): Promise<void> {
  const wrong: string[] = [];
  for (const [width, height, percent] of BOXES) {
    await page.evaluate(
      (inline, block, text) => {
        document.documentElement.style.fontSize = `${text}%`;
        Object.assign(document.querySelector<HTMLElement>('#box')!.style, {
          inlineSize: `${inline}px`,
          blockSize: `${block}px`,
        });
      },
      width,
      height,
      percent,
    );
    // The first box that is small loads its toolbar, so all of it is right a moment later.
    let found: string[] = [];
    const isRight = async () => (found = await page.evaluate(readBox, needed)).length === 0;
    await eventually('a right box', isRight, 2_000).catch(() => undefined);
    wrong.push(...found.map((line) => `${state}, ${width}×${height} at ${percent} %: ${line}`));
  }
  assert.deepEqual(wrong, []);
}

/** Whether the sentence on the empty seat ends above the buttons. Runs inside the page. */
function areWordsFree(): boolean {
  const root = document.querySelector('#box video-call')!.shadowRoot!;
  const words = root.querySelector('.seat .heading')!.getBoundingClientRect();
  const seat = root.querySelector('.seat')!.getBoundingClientRect();
  const toolbar = root.querySelector('.controls .leave')!.getBoundingClientRect();
  return words.height > 0 && words.bottom <= Math.min(seat.bottom, toolbar.top);
}

const IN_CALL = '.microphone, .camera, .leave, .tool.more';
const LOBBY = '.join, .mirror .microphone, .mirror .camera';

describe('a box with a height', () => {
  const room = `box-${randomUUID().slice(0, 8)}`;
  const others = ['localhost', '127.0.0.2', '127.0.0.3'];

  /** Adds a participant of its own: the same server, under a different name. */
  const addOther = (host: string) =>
    page.evaluate(
      (url, name) => {
        const call = document.createElement('video-call') as BoxCall;
        Object.assign(call, { server: url, room: name, autojoin: true, cameraOff: true, muted: true });
        call.className = 'other';
        document.body.append(call);
      },
      addressOf(host),
      room,
    );

  test('shows what there is to do before, in and after a call', { timeout: 60_000 }, async () => {
    await reaches('idle');
    await look('idle', '.sentence');
    await set('room', `${room}-lobby`);
    await reaches('prejoin');
    await shows('[part~="device-menu"]');
    await look('prejoin', LOBBY);
    // A server that answers nothing keeps the call in the state that lasts moments.
    server.child.kill('SIGSTOP');
    try {
      await page.evaluate(() => void (document.querySelector('#box video-call') as BoxCall).join());
      await reaches('joining');
      await look('joining', '.sentence, .cancel');
    } finally {
      server.child.kill('SIGCONT');
    }
    await reaches('joined');
    await addOther(others[0]!);
    await waitFor(
      page,
      () => (document.querySelector('.other') as BoxCall).state === 'joined',
      [],
      'The moderator is not in the call',
    );
    await page.evaluate(() => (document.querySelector('.other') as BoxCall).lockRoom(true));
    await set('room', room);
    await page.evaluate(() => void (document.querySelector('#box video-call') as BoxCall).join());
    await reaches('knocking');
    await look('knocking', '.sentence, .cancel');
    await page.evaluate(async () => {
      const call = document.querySelector('.other') as BoxCall;
      await call.admit(call.waiting[0]!.id);
      await call.lockRoom(false);
    });
    await reaches('joined');
    await look('joined with two', IN_CALL);
    for (const host of others.slice(1)) await addOther(host);
    await waitFor(
      page,
      () => (document.querySelector('#box video-call') as BoxCall).participants.length === 4,
      [],
      'Not four in the call',
    );
    await look('joined with four', IN_CALL);
    await page.evaluate(() => document.querySelectorAll('.other').forEach((call) => call.remove()));
    await waitFor(
      page,
      () => (document.querySelector('#box video-call') as BoxCall).participants.length === 1,
      [],
      'Not alone',
    );
    await look('joined alone', IN_CALL);
    await page.evaluate(() => {
      document.documentElement.style.fontSize = '';
      Object.assign(document.querySelector<HTMLElement>('#box')!.style, { inlineSize: '303px', blockSize: '206px' });
    });
    await waitFor(page, areWordsFree, [], 'the toolbar covers the words for a participant who is alone');
    await page.evaluate(() => (document.querySelector('#box video-call') as BoxCall).leave());
    await reaches('left');
    await look('left', '.sentence, .join');
    await set('room', '\u200b');
    await reaches('failed');
    await look('failed', '.sentence');
  });

  for (const [hash, shown] of [
    ['denied', '.trouble'],
    ['prompt', '[part~="allow-button"]'],
  ] as const)
    test(`shows Join where the devices are not in use: ${hash}`, { timeout: 60_000 }, async () => {
      await page.goto('about:blank');
      await page.goto(`${site.url}#${hash}`);
      await set('room', `${room}-${hash}`);
      await reaches('prejoin');
      await shows(shown);
      await look(`prejoin, ${hash}`, LOBBY);
    });
});

describe('a box without a height', () => {
  const room = `free-${randomUUID().slice(0, 8)}`;
  const measure = () =>
    page.evaluate(() => {
      const { width, height } = document.querySelector('#box video-call')!.getBoundingClientRect();
      return [width, height];
    });

  before(async () => {
    await page.goto('about:blank');
    await page.goto(site.url);
    await page.evaluate(
      () => (document.querySelector<HTMLElement>('#box')!.style.cssText = 'display: block; width: auto; height: auto'),
    );
  });

  const SIZES: [viewport: [number, number], height: number][] = [
    [[1366, 660], 528],
    [[600, 900], 375],
    [[390, 844], 487.5],
    [[844, 390], 312],
    [[320, 256], 204.8],
  ];

  test('keeps its height through every state', { timeout: 60_000 }, async () => {
    const steps: [state: string, step: () => Promise<unknown>][] = [
      ['idle', async () => undefined],
      ['prejoin', () => set('room', room)],
      ['joined', () => page.evaluate(() => (document.querySelector('#box video-call') as BoxCall).join())],
      ['left', () => page.evaluate(() => (document.querySelector('#box video-call') as BoxCall).leave())],
    ];
    for (const [state, step] of steps) {
      await step();
      await reaches(state);
      for (const [[width, height], expected] of SIZES) {
        await page.setViewport({ width, height });
        const [, measured] = await measure();
        assert.ok(Math.abs(measured! - expected) < 1, `${state} at ${width}×${height}: ${measured}, not ${expected}`);
      }
    }
  });

  test('is never higher than the page allows', async () => {
    await page.setViewport({ width: 1000, height: 900 });
    await page.evaluate(() => (document.querySelector<HTMLElement>('#box video-call')!.style.maxBlockSize = '300px'));
    const parts = await page.evaluate(() => {
      const call = document.querySelector('#box video-call')!;
      const base = call.shadowRoot!.querySelector('.base')!;
      return [call, base].map((element) => element.getBoundingClientRect().height);
    });
    assert.deepEqual(parts, [300, 300]);
  });

  test('is not higher than a cell that has a height, with its toolbar in sight', async () => {
    await page.evaluate(() => {
      document.querySelector<HTMLElement>('#box video-call')!.style.maxBlockSize = '';
      const cell = 'display: block; inline-size: 260px; block-size: 200px; overflow: hidden';
      document.querySelector<HTMLElement>('#box')!.style.cssText = cell;
    });
    await page.evaluate(() => (document.querySelector('#box video-call') as BoxCall).join());
    await reaches('joined');
    assert.deepEqual(await page.evaluate(readBox, IN_CALL), []);
  });
});

describe('a call whose server is gone', () => {
  test('has everything in sight while it reconnects', { timeout: 60_000 }, async () => {
    await page.evaluate(() => (document.querySelector<HTMLElement>('#box')!.style.cssText = ''));
    await page.setViewport({ width: 1400, height: 900 });
    await server.stop();
    await reaches('reconnecting');
    await look('reconnecting', IN_CALL);
  });
});
