/**
 * Parts that load late, in Chromium and in Firefox: a failed one is requested again, and the page says so meanwhile.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { waitFor, type TestBrowser } from '../support/browser/browser.ts';
import { ENGINES } from '../support/browser/engines.ts';
import { listen } from '../support/server/server.ts';
import { startServer, type ServerProcess } from '../support/server/server-process.ts';
import { eventually } from '../support/waiting.ts';

const MINUTE = 60_000;
const TAGS = ['chat-room', 'room-list', 'device-picker'] as const;

interface Watched {
  /** Code and `fatal` of each `call-error`. */
  __errors: [code: string, fatal: boolean][];
  /** The `message` of each `call-error`. */
  __texts: string[];
}

let server: ServerProcess;
let site: Server;
let siteUrl: string;
/** Requests for these paths are cut off. */
let isCut: (path: string) => boolean = () => false;
let cut: string[] = [];
/** The HTTP status with which to answer a path, or undefined to leave the answer to the server. */
let statusOf: (path: string) => number | undefined = () => undefined;

before(
  async () => {
    server = await startServer({});
    site = createServer((request, response) => {
      const path = request.url!;
      if (isCut(path)) {
        cut.push(path);
        response.destroy();
        return;
      }
      const status = statusOf(path);
      if (status) {
        response.writeHead(status, { 'content-type': 'text/plain', 'cache-control': 'no-store' });
        response.end('no\n');
        return;
      }
      if (path.endsWith('.js') || path.includes('.js?')) {
        void fetch(server.url + path).then(async (answer) => {
          response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
          response.end(Buffer.from(await answer.arrayBuffer()));
        });
        return;
      }
      const { searchParams } = new URL(path, 'http://site');
      const attributes = `server="${server.url}" room="${searchParams.get('room')}"`;
      response.setHeader('content-type', 'text/html; charset=utf-8');
      if (searchParams.has('alone')) {
        // Without other elements, because their views would load the chunk with the sentences of errors as well.
        response.end(`<!doctype html><html lang="${searchParams.get('lang') ?? 'en'}"><title>Late</title>
        <script>navigator.mediaDevices.getUserMedia = async () => {
          throw new DOMException('no', 'NotReadableError');
        };</script>
        <script type="module" src="/video-call.js"></script>
        <video-call ${attributes} ask-devices="load"></video-call>`);
        return;
      }
      response.end(`<!doctype html><html lang="${searchParams.get('lang') ?? 'en'}"><title>Late</title>
      <script type="module" src="/elements.js"></script>
      <room-list ${attributes}></room-list><chat-room ${attributes}></chat-room><device-picker></device-picker>
      <video-call ${attributes} muted camera-off></video-call>`);
    });
    siteUrl = await listen(site);
  },
  { timeout: MINUTE },
);
after(async () => {
  site?.closeAllConnections();
  site?.close();
  await server?.stop();
});

const areMissing = (tags: readonly string[]) =>
  tags.every((tag) => {
    const root = document.querySelector(tag)?.shadowRoot;
    return root?.querySelector('[role=alert]')?.textContent?.includes('didn’t load') && root.querySelector('button');
  }) || null;
const areShown = (tags: readonly string[]) =>
  tags.every((tag) => {
    const root = document.querySelector(tag)?.shadowRoot;
    const view = root?.querySelector('[part~=log], [part~=composer], [part~=select]');
    return view && !root!.textContent!.includes('didn’t load');
  }) || null;

async function open(browser: TestBrowser, query = ''): Promise<Page> {
  const { page } = await browser.newPage();
  cut = [];
  await page.evaluateOnNewDocument(() => {
    const errors: Watched['__errors'] = [];
    const texts: string[] = [];
    Object.assign(window, { __errors: errors, __texts: texts });
    addEventListener(
      'call-error',
      (event) => {
        const { code, fatal, message } = event as Event & { code: string; fatal: boolean; message: string };
        errors.push([code, fatal]);
        texts.push(message);
      },
      true,
    );
  });
  await page.goto(`${siteUrl}/?room=late-${randomUUID()}${query}`);
  return page;
}

/** Which files of a part fail: the requested one, or one that it imports. */
const FAILURES: Record<string, (path: string) => boolean> = {
  'the views themselves': (path) => /-view-[^/]*\.js$/.test(path),
  'files that the views import': (path) => /\/chunks\//.test(path) && !/(?:-view-|again)/.test(path) && late.has(path),
};
const late = new Set<string>();

/** The chunks that load after `elements.js` and everything it imports. */
async function findLate(page: Page): Promise<void> {
  const seen = new Set<string>();
  const visit = async (path: string): Promise<void> => {
    if (seen.has(path)) return;
    seen.add(path);
    const text = await (await fetch(server.url + path)).text();
    for (const [, name] of text.matchAll(/(?:\bfrom|\bimport)\s*"(\.[^"]+\.js)"/g)) {
      await visit(new URL(name!, server.url + path).pathname);
    }
  };
  await visit('/elements.js');
  const asked = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  for (const path of asked.map((url) => new URL(url).pathname))
    if (path.startsWith('/chunks/') && !seen.has(path)) late.add(path);
}

/** Whether each view is replaced by `wanted`: a sentence, and the name of its button. */
const saysInstead = (tags: readonly string[], wanted: string) => {
  const said = tags.map((tag) => {
    const alert = document.querySelector(tag)?.shadowRoot?.querySelector('[role=alert]');
    const button = alert?.querySelector('button')?.textContent?.trim();
    return button && alert!.textContent!.includes('out of date')
      ? `out of date: ${button}`
      : button && `missing: ${button}`;
  });
  return said.every((one) => one === wanted);
};
const saysByCall = (wanted: string) => {
  const banner = document.querySelector('video-call')?.shadowRoot?.querySelector('[part=banner]');
  const sentence = banner?.querySelector('p')?.textContent;
  return `${sentence} ${banner?.querySelector('button:not(.icon-only)')?.textContent ?? ''}`.trim() === wanted;
};
const pressSettings = () => {
  const button = document.querySelector('video-call')?.shadowRoot?.querySelector<HTMLElement>('.settings');
  button?.click();
  return Boolean(button);
};
/** A mark that a reload removes. */
const mark = () => void Object.assign(window, { __isFirst: true });
const isFirst = () => '__isFirst' in window;

const ANSWERS: [status: number, view: string, call: string, code: string][] = [
  [404, 'out of date: Reload', 'This page is out of date. Reload it. Reload', 'version-mismatch'],
  [410, 'out of date: Reload', 'This page is out of date. Reload it. Reload', 'version-mismatch'],
  [
    403,
    'missing: Try again',
    'Can’t reach the server. Check your connection; we’ll keep trying.',
    'server-unreachable',
  ],
  [
    500,
    'missing: Try again',
    'Can’t reach the server. Check your connection; we’ll keep trying.',
    'server-unreachable',
  ],
  [
    503,
    'missing: Try again',
    'Can’t reach the server. Check your connection; we’ll keep trying.',
    'server-unreachable',
  ],
];

const GENERAL = 'Something went wrong. Try again.';
/** What is shown instead of a sentence that cannot be loaded; 0 cuts the connection. */
const STANDS: [status: number, stand: string][] = [
  [404, 'This page is out of date. Reload it.'],
  [410, 'This page is out of date. Reload it.'],
  [403, GENERAL],
  [500, GENERAL],
  [0, GENERAL],
];

for (const [name, launch] of ENGINES) {
  describe(`a part that does not load at once, in ${name}`, () => {
    let browser: TestBrowser;
    before(
      async () => {
        browser = await launch();
        isCut = () => false;
        const page = await open(browser);
        await waitFor(page, areShown, [TAGS], 'the control shows no views');
        await findLate(page);
        assert.ok(late.size > 3, [...late].join());
        await page.close();
      },
      { timeout: MINUTE },
    );
    after(() => browser?.close());

    for (const [status, view, call, code] of ANSWERS) {
      test(
        `when the server answers ${status}, the page stays and shows ${code} with a button`,
        { timeout: MINUTE },
        async () => {
          isCut = () => false;
          statusOf = (path) => (/-view-[^/]*\.js/.test(path) ? status : undefined);
          const page = await open(browser);
          await page.evaluate(mark);
          await waitFor(page, saysInstead, [TAGS, view], view);
          await waitFor(page, () => document.querySelector('chat-room')?.state === 'joined', [], 'the room goes on');
          await waitFor(page, pressSettings, [], 'no button');
          await waitFor(page, saysByCall, [call], call);
          const errors = await page.evaluate(() => (window as unknown as Watched).__errors);
          assert.deepEqual(
            errors,
            Array.from({ length: TAGS.length + 1 }, () => [code, false]),
          );
          assert.equal(await page.evaluate(isFirst), true, 'nobody pressed');
          statusOf = () => undefined;
          await page.evaluate(() => document.querySelector('chat-room')!.shadowRoot!.querySelector('button')!.click());
          await waitFor(page, areShown, [TAGS.slice(0, 1)], 'not there after the press', 15_000);
          assert.equal(await page.evaluate(isFirst), code !== 'version-mismatch');
          await page.close();
        },
      );
    }

    for (const [status, stand] of STANDS) {
      test(
        `when the sentences of errors are answered by ${status}, another sentence stands in until they load`,
        { timeout: MINUTE },
        async () => {
          isCut = (path) => status === 0 && /\/errors-[^/]*\.js/.test(path);
          statusOf = (path) => (status && /\/errors-[^/]*\.js/.test(path) ? status : undefined);
          const page = await open(browser, '&alone');
          const says = (wanted: string) =>
            document.querySelector('video-call')?.shadowRoot?.querySelector('[part=banner] p, .trouble p')
              ?.textContent === wanted;
          await waitFor(page, says, [stand], stand);
          const heard = (text: string) => (window as unknown as Watched).__texts.includes(text);
          await waitFor(page, heard, [stand], 'the event has another text');
          isCut = () => false;
          statusOf = () => undefined;
          const saysItself = () => {
            const call = document.querySelector('video-call')!;
            // Each rendering requests the missing sentences again, unless an attempt is still running.
            call.requestUpdate();
            return call
              .shadowRoot!.querySelector('[part=banner] p, .trouble p')
              ?.textContent?.startsWith('Another app is using');
          };
          await waitFor(page, saysItself, [], 'the sentence never came', 15_000);
          await page.close();
        },
      );
    }

    test('the button of a call reloads the page', { timeout: MINUTE }, async () => {
      isCut = () => false;
      statusOf = (path) => (/\/settings-view-[^/]*\.js/.test(path) ? 404 : undefined);
      const page = await open(browser);
      await page.evaluate(mark);
      await waitFor(page, pressSettings, [], 'no button');
      const reload = () => {
        const button = document
          .querySelector('video-call')
          ?.shadowRoot?.querySelector<HTMLElement>('[part=banner] .primary');
        button?.click();
        return Boolean(button);
      };
      await waitFor(page, reload, [], 'no button to reload');
      statusOf = () => undefined;
      await waitFor(
        page,
        () => !('__isFirst' in window) && Boolean(document.querySelector('video-call')?.shadowRoot),
        [],
        'not reloaded',
      );
      await page.close();
    });

    for (const [what, fails] of Object.entries(FAILURES)) {
      test(`${what}: the page says so, and shows it after the pause`, { timeout: MINUTE }, async () => {
        let isDown = true;
        isCut = (path) => fails(path) || (isDown && path.includes('.again.js'));
        const page = await open(browser);
        await waitFor(page, areMissing, [TAGS], 'nothing is said');
        assert.ok(cut.length > 0);
        const errors = await page.evaluate(() => (window as unknown as Watched).__errors);
        const others = errors.filter(([code, fatal]) => code !== 'server-unreachable' || fatal);
        assert.deepEqual(others, [], 'no error is fatal');
        assert.equal(errors.length, TAGS.length);
        isDown = false;
        await waitFor(page, areShown, [TAGS], 'still not there', 15_000);
        const stateOf = () => (document.querySelector('chat-room') as HTMLElement & { state: string }).state;
        assert.equal(await page.evaluate(stateOf), 'joined');
        await page.close();
      });
    }

    test('is requested again when a person clicks, and when the network is back', { timeout: MINUTE }, async () => {
      for (const act of ['press', 'online'] as const) {
        let isDown = true;
        isCut = (path) => FAILURES['the views themselves']!(path) || (isDown && path.includes('.again.js'));
        const page = await open(browser);
        // Makes the pauses between attempts endless, so that only the click or `online` causes the next attempt.
        await page.evaluate(() => {
          const { setTimeout: original } = window;
          const stretched = (task: () => void, ms: number) => original(task, ms >= 1_000 && ms <= 30_000 ? 1e8 : ms);
          window.setTimeout = stretched as typeof setTimeout;
        });
        await waitFor(page, areMissing, [TAGS], 'nothing is said');
        isDown = false;
        const perform = (how: string, tags: readonly string[]) => {
          if (how === 'online') dispatchEvent(new Event('online'));
          else
            for (const tag of tags)
              document.querySelector(tag)!.shadowRoot!.querySelector<HTMLElement>('p[role=alert] button')?.click();
        };
        // Repeated, because an earlier attempt may still be running and fail, and a click does nothing meanwhile.
        await eventually(
          `not there after ${act}`,
          async () => {
            await page.evaluate(perform, act, TAGS);
            return page.evaluate(areShown, TAGS);
          },
          15_000,
        );
        await page.close();
      }
    });

    test('settings and another language load with the next attempt', { timeout: MINUTE }, async () => {
      let isDown = true;
      isCut = (path) => isDown && /\/(?:settings-view|ko)-[^/]*\.js/.test(path);
      const page = await open(browser, '&lang=ko');
      const has = (tag: string, selector: string) =>
        Boolean(document.querySelector(tag)?.shadowRoot?.querySelector(selector));
      const press = () =>
        document.querySelector('video-call')!.shadowRoot!.querySelector<HTMLElement>('.settings')!.click();
      const failed = () => (window as unknown as Watched).__errors.some(([code]) => code === 'server-unreachable');
      await waitFor(page, has, ['video-call', '.settings'], 'no button');
      await page.evaluate(press);
      await waitFor(page, failed, [], 'no error');
      isDown = false;
      await page.evaluate(press);
      await waitFor(page, has, ['video-call', 'sarangbang-settings-dialog'], 'no settings');
      const speaksKorean = () => document.querySelector('device-picker')!.shadowRoot!.textContent!.includes('마이크');
      await waitFor(page, speaksKorean, [], 'no Korean', 20_000);
      await page.close();
    });
  });
}
