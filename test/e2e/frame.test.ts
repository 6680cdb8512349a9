/**
 * Elements in a frame of another origin, and on a page that denies itself devices: what they may use and what they
 * show.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Frame, Page } from 'puppeteer-core';
import { launchBrowser, waitFor, type TestBrowser } from '../support/browser/browser.ts';
import { launchFirefox } from '../support/browser/firefox.ts';
import { listen } from '../support/server/server.ts';
import { root, startServer, type ServerProcess } from '../support/server/server-process.ts';

const MINUTE = 60_000;

/** The attributes of the `<iframe>` in `components/README.md`. */
const [, DOCUMENTED = ''] =
  /<iframe src="https:\/\/meet\.example\/"([^>]*)><\/iframe>/.exec(
    readFileSync(join(root, 'components/README.md'), 'utf8'),
  ) ?? [];

const GENERAL = {
  en: /^Your (?:camera|microphone|camera or microphone) is blocked\./,
  ko: /^(?:카메라|마이크|카메라나 마이크)가 차단되었습니다\./,
};

let server: ServerProcess;
/** Serves the outer page (`/around`) under one name and the framed page under another. */
let site: Server;
let around = '';
let inner = '';

before(
  async () => {
    server = await startServer({});
    site = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url!, 'http://site');
      const header = searchParams.get('header');
      if (header) response.setHeader('Permissions-Policy', header);
      response.setHeader('content-type', 'text/html; charset=utf-8');
      if (pathname === '/around') {
        const origin = searchParams.get('same') ? around : inner;
        const url = `${origin}/?room=${searchParams.get('room')}&lang=${searchParams.get('lang') ?? 'en'}`;
        response.end(`<!doctype html><title>Around</title><iframe src="${url}" ${searchParams.get('attributes')}
        style="width: 900px; height: 650px"></iframe>`);
        return;
      }
      const attributes = `server="${server.url}" room="${searchParams.get('room')}"`;
      response.end(`<!doctype html><html lang="${searchParams.get('lang') ?? 'en'}"><title>Frame</title>
      <script>
        window.heard = [];
        addEventListener('call-error', (event) => heard.push(event.code), true);
      </script>
      <script type="module" src="${server.url}/elements.js"></script>
      <video-call ${attributes}></video-call><chat-room ${attributes}></chat-room>`);
    });
    const url = await listen(site);
    const { port } = new URL(url);
    around = `http://localhost:${port}`;
    inner = `http://127.0.0.1:${port}`;
  },
  { timeout: MINUTE },
);
after(async () => {
  site?.closeAllConnections();
  site?.close();
  await server?.stop();
});

interface Place {
  /** Attributes of the frame; `null` if the elements are on a page of their own. */
  attributes: string | null;
  header?: string;
  same?: boolean;
  lang?: 'en' | 'ko';
}

async function open(
  browser: TestBrowser,
  { attributes, header = '', same = false, lang = 'en' }: Place,
): Promise<{ page: Page; frame: Page | Frame }> {
  const { page } = await browser.newPage();
  const query = new URLSearchParams({ room: `frame-${randomUUID()}`, header, lang, attributes: attributes ?? '' });
  if (same) query.set('same', 'yes');
  await page.goto(`${attributes === null ? inner : around}/${attributes === null ? '' : 'around'}?${query}`);
  return { page, frame: attributes === null ? page : page.frames()[1]! };
}

/** English is shown until another language is loaded, so a test waits for text in the page's language. */
const said = (pattern = '') => {
  const root = document.querySelector('video-call')?.shadowRoot;
  // Where the browser does not say that it will refuse, it is asked first.
  root?.querySelector<HTMLElement>('.allow button')?.click();
  const text = root?.querySelector('[part=banner] p, .trouble p')?.textContent || '';
  return text && new RegExp(pattern).test(text) ? text : null;
};
const hasHeard = (code: string) => (window as unknown as { heard: string[] }).heard.includes(code);

/** What the element says about the devices of the preview. */
const sentence = (frame: Page | Frame, lang: 'en' | 'ko' = 'en'): Promise<string> =>
  waitFor(frame, said, [lang === 'ko' ? '[가-힣]' : ''], `nothing is said in ${lang}`, 20_000);

describe('devices that the document may not use, in Chromium', () => {
  let browser: TestBrowser;
  before(async () => (browser = await launchBrowser()), { timeout: MINUTE });
  after(() => browser?.close());

  const NAMES = {
    en: { camera: 'camera', microphone: 'microphone', screen: 'screen' },
    ko: { camera: '카메라', microphone: '마이크', screen: '화면' },
  };
  /** Per place: the devices that the element names as not allowed, and whether it begins with `GENERAL`. */
  const PLACES: Record<string, [place: Place, missing: (keyof (typeof NAMES)['en'])[], general: boolean]> = {
    'a frame without allow': [{ attributes: '' }, ['camera', 'microphone', 'screen'], false],
    'a frame without allow, in Korean': [{ attributes: '', lang: 'ko' }, ['camera', 'microphone', 'screen'], false],
    'a frame that is given other things': [
      { attributes: 'allow="fullscreen; autoplay"' },
      ['camera', 'microphone', 'screen'],
      false,
    ],
    'a frame that is given the camera': [{ attributes: 'allow="camera"' }, ['microphone', 'screen'], true],
    'a frame that is given the camera, in Korean': [
      { attributes: 'allow="camera"', lang: 'ko' },
      ['microphone', 'screen'],
      true,
    ],
    'a frame that is given microphone and screen': [
      { attributes: 'allow="microphone; display-capture"' },
      ['camera'],
      true,
    ],
    'a frame that is given them for another origin': [
      { attributes: 'allow="camera https://elsewhere.example; microphone https://elsewhere.example; display-capture"' },
      ['camera', 'microphone'],
      false,
    ],
    'a sandboxed frame without an origin': [
      { attributes: 'sandbox="allow-scripts" allow="camera; microphone"' },
      ['camera', 'microphone', 'screen'],
      false,
    ],
    'a frame in a page that has none itself': [
      { attributes: 'allow="camera; microphone; display-capture"', header: 'camera=(), microphone=()' },
      ['camera', 'microphone'],
      false,
    ],
    'a page that takes them from itself': [
      { attributes: null, header: 'camera=(), microphone=()' },
      ['camera', 'microphone'],
      false,
    ],
    'a page that takes the microphone from itself': [
      { attributes: null, header: 'microphone=()' },
      ['microphone'],
      true,
    ],
  };
  for (const [name, [place, missing, general]] of Object.entries(PLACES)) {
    test(`${name}: names them and says what allows them`, { timeout: MINUTE }, async () => {
      const { page, frame } = await open(browser, place);
      const lang = place.lang ?? 'en';
      const text = await sentence(frame, lang);
      assert.equal(GENERAL[lang].test(text), general, text);
      assert.ok(text.includes('allow="camera; microphone; display-capture"'), text);
      const list =
        text.match(lang === 'en' ? /not allowed to use: ([^.]*)\./ : /사용할 수 없습니다: ([^.]*)\./)?.[1] ?? '';
      const named = Object.entries(NAMES[lang])
        .filter(([, word]) => list.includes(word))
        .map(([key]) => key);
      assert.deepEqual(named, missing, text);
      assert.equal(text.includes('allow-same-origin'), place.attributes?.includes('sandbox') ?? false, text);
      await waitFor(frame, hasHeard, ['permission-denied'], 'no event');
      await page.close();
    });
  }

  const FRAMES = {
    'a frame as the documents write it': DOCUMENTED,
    'a sandbox that allows no more than it must': DOCUMENTED.replace(
      /sandbox="[^"]*"/,
      'sandbox="allow-scripts allow-same-origin"',
    ),
    'a sandbox that allows forms': DOCUMENTED.replace(/sandbox="/, 'sandbox="allow-forms '),
  };
  for (const [name, attributes] of Object.entries(FRAMES)) {
    test(
      `${name}: fields and buttons work by click and by Enter, and the call has its devices`,
      { timeout: MINUTE },
      async () => {
        assert.equal(/sandbox="[^"]*allow-same-origin/.test(attributes), true);
        const { page, frame } = await open(browser, { attributes });
        const find = async (selector: string) => {
          const found = await frame.waitForSelector(selector, { visible: true, timeout: 20_000 });
          assert.ok(found, selector);
          return found;
        };
        const press = async (selector: string) =>
          (await find(selector)).evaluate((button) => (button as HTMLElement).click());
        const type = async (selector: string, text: string) => {
          const field = await find(selector);
          await field.evaluate((input) => {
            (input as HTMLInputElement).focus();
            (input as HTMLInputElement).select();
          });
          await page.keyboard.type(text);
        };
        const isSo = (question: () => unknown, message: string) => waitFor(frame, question, [], message, 20_000);
        await press('chat-room >>> [part=name]');
        await type('chat-room >>> [part=name-input]', 'Ada');
        await press('chat-room >>> [part=name-save-button]');
        await isSo(
          () => document.querySelector('chat-room')?.participants.some(({ displayName }) => displayName === 'Ada'),
          'no name by its button',
        );
        await press('chat-room >>> [part=name]');
        await type('chat-room >>> [part=name-input]', 'Bo');
        await page.keyboard.press('Enter');
        await isSo(
          () => document.querySelector('chat-room')?.participants.some(({ displayName }) => displayName === 'Bo'),
          'no name by Enter',
        );
        await type('chat-room >>> [part=input]', 'one');
        await press('chat-room >>> [part=send-button]');
        await isSo(
          () => document.querySelector('chat-room')?.messages.some(({ text }) => text === 'one'),
          'no message by its button',
        );
        await type('chat-room >>> [part=input]', 'two');
        await page.keyboard.press('Enter');
        await isSo(
          () => document.querySelector('chat-room')?.messages.some(({ text }) => text === 'two'),
          'no message by Enter',
        );
        await type('video-call >>> input[name=name]', 'Cho');
        await page.keyboard.press('Enter');
        await isSo(() => document.querySelector('video-call')?.state === 'joined', 'not joined by Enter');
        await isSo(() => {
          const stream = document.querySelector('video-call')!.participants.find(({ isSelf }) => isSelf)?.stream;
          return stream?.getTracks().filter(({ readyState }) => readyState === 'live').length === 2;
        }, 'no devices');
        await frame.evaluate(() => document.querySelector('video-call')!.leave());
        await press('video-call >>> [part=join-button]');
        await isSo(() => document.querySelector('video-call')?.state === 'joined', 'not joined again by the button');
        assert.equal(await frame.evaluate(said), null);
        assert.deepEqual(await frame.evaluate('heard'), []);
        await page.close();
      },
    );
  }

  test('a frame of the same origin may use devices without an attribute', { timeout: MINUTE }, async () => {
    const { page, frame } = await open(browser, { attributes: '', same: true });
    await waitFor(
      frame,
      () => document.querySelector('video-call')?.shadowRoot?.querySelector('[aria-pressed=true].camera'),
      [],
      'no camera',
      20_000,
    );
    assert.equal(await frame.evaluate(said), null);
    await page.close();
  });
});

test('a person who refuses in an allowed frame reads nothing about frames', { timeout: MINUTE }, async () => {
  const browser = await launchBrowser({ extraFlags: ['--use-fake-ui-for-media-stream=deny'] });
  try {
    for (const attributes of [DOCUMENTED, null]) {
      const { page, frame } = await open(browser, { attributes });
      const text = await sentence(frame);
      assert.match(text, GENERAL.en);
      assert.doesNotMatch(text, /frame/);
      await page.close();
    }
  } finally {
    await browser.close();
  }
});

test('Firefox does not reveal the cause, so its frames name both', { timeout: MINUTE }, async () => {
  const browser = await launchFirefox();
  try {
    const { frame } = await open(browser, { attributes: '' });
    const text = await sentence(frame);
    assert.match(text, GENERAL.en);
    assert.match(text, /in a frame: .*allow="camera; microphone; display-capture"/);
  } finally {
    await browser.close();
  }
});
