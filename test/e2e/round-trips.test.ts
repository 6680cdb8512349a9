/**
 * How many round trips a page makes before it opens its WebSocket, and what it fetches, over HTTP/1.1. A proxy delays
 * each request by a long round trip. So requests that the page makes at once differ from those that wait for an answer.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { waitFor, type TestBrowser } from '../support/browser/browser.ts';
import { ENGINES } from '../support/browser/engines.ts';
import type { CallElement } from '../support/browser/meeting.ts';
import { DelayedServer } from '../support/server/delayed-server.ts';
import { startServer, type ServerProcess } from '../support/server/server-process.ts';
import { eventually } from '../support/waiting.ts';

const MINUTE = 60_000;
const SOCKET = /^\/socket\.io\//;

let server: ServerProcess;
let line: DelayedServer;

before(
  async () => {
    server = await startServer({});
    line = await DelayedServer.start(server.url);
  },
  { timeout: MINUTE },
);
after(async () => {
  line?.close();
  await server?.stop();
});

/** Opens a page that only embeds elements: a script for each entry, and an element for each tag. */
async function open(browser: TestBrowser, origin: string, entries: string[], tags: string[]): Promise<Page> {
  const room = `trips-${randomUUID()}`;
  const scripts = entries.map((entry) => `<script type="module" src="${line.url}/${entry}"></script>\n`);
  const elements = tags.map((tag) => `<${tag} room="${room}"></${tag}>`);
  line.begin();
  line.pages.set('/page', `<!doctype html><title>Two lines</title>\n${scripts.join('')}${elements.join('\n')}`);
  const { page } = await browser.newPage();
  await page.goto(`${origin}/page`);
  await eventually('the page never asks for a WebSocket', () => line.find(SOCKET));
  return page;
}

const scripts = (): string[] => line.requests.map(({ path }) => path).filter((path) => /\.js(?:\?|$)/.test(path));

/** The chunks of the server that have run on a page, as paths. */
const ranOn = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const record = (globalThis as unknown as Record<symbol, Record<string, object>>)[Symbol.for('sarangbang')] ?? {};
    return Object.entries(record).flatMap(([directory, chunks]) =>
      Object.keys(chunks).map((name) => new URL(name, directory).pathname),
    );
  });

function assertNothingTwice(): void {
  assert.deepEqual(scripts().toSorted(), [...new Set(scripts())].toSorted(), 'a script is fetched twice');
}

for (const [name, launch] of ENGINES) {
  describe(`a page with a call, in ${name}`, () => {
    let browser: TestBrowser;
    before(async () => (browser = await launch()), { timeout: MINUTE });
    after(() => browser?.close());

    for (const entry of ['video-call.js', 'elements.js']) {
      for (const where of ['the same origin', 'another origin']) {
        test(
          `opens its connection one round trip after ${entry} is asked, from ${where}`,
          { timeout: MINUTE },
          async () => {
            const origin = where === 'the same origin' ? line.url : line.otherUrl;
            const page = await open(browser, origin, [entry], ['video-call']);
            assert.equal(line.find(/^\/page$/)?.generation, 0);
            assert.equal(line.find(new RegExp(`^/${entry}$`))?.generation, 1);
            assert.equal(line.find(SOCKET)?.generation, 2, JSON.stringify(line.requests));
            const before = line.requests.slice(
              0,
              line.requests.findIndex(({ path }) => SOCKET.test(path)),
            );
            const early = before.filter(({ path, generation }) => path.endsWith('.js') && generation < 2);
            assert.deepEqual(
              early.map(({ path }) => path),
              [`/${entry}`],
            );
            assertNothingTwice();
            await page.close();
          },
        );
      }
    }

    test('would be seen to wait for the chunks of an entry that imports them', { timeout: MINUTE }, async () => {
      const page = await open(browser, line.url, ['chat-room.js'], ['chat-room']);
      assert.ok(line.find(SOCKET)!.generation > 2, JSON.stringify(line.requests));
      await page.close();
    });

    test(
      'fetches no chunk again that its entry holds, when a person opens the settings',
      { timeout: MINUTE },
      async () => {
        const page = await open(browser, line.otherUrl, ['video-call.js'], ['video-call']);
        const held = await ranOn(page);
        assert.ok(held.length > 3, held.join());
        const press = () => {
          const button = document.querySelector('video-call')?.shadowRoot?.querySelector<HTMLElement>('.settings');
          button?.click();
          return Boolean(button);
        };
        await waitFor(page, press, [], 'no button');
        const isOpen = () =>
          Boolean(document.querySelector('video-call')?.shadowRoot?.querySelector('sarangbang-settings-dialog'));
        await waitFor(page, isOpen, [], 'no settings', 20_000);
        assert.ok(line.find(/\/settings-view-/), 'the control: the settings load late');
        assert.deepEqual(
          scripts().filter((path) => held.includes(path)),
          [],
        );
        assertNothingTwice();
        await page.close();
      },
    );

    for (const entries of [
      ['video-call.js', 'chat-room.js'],
      ['chat-room.js', 'video-call.js'],
      ['elements.js', 'video-call.js'],
    ]) {
      test(
        `is one participant over one connection with ${entries.join(' and then ')}`,
        { timeout: MINUTE },
        async () => {
          const page = await open(browser, line.otherUrl, entries, ['video-call', 'chat-room']);
          const isJoined = () => document.querySelector<CallElement>('chat-room')?.state === 'joined';
          await waitFor(page, isJoined, [], 'the chat is not joined', 20_000);
          await page.evaluate(() => document.querySelector<CallElement>('video-call')!.join());
          const participantIds = () => {
            const ids = ['video-call', 'chat-room'].map(
              (tag) => document.querySelector<CallElement>(tag)?.participants.find(({ isSelf }) => isSelf)?.id,
            );
            return ids.every(Boolean) ? ids : null;
          };
          const ids = await waitFor(page, participantIds, [], 'somebody is missing', 20_000);
          assert.equal(ids[0], ids[1]);
          assert.equal(line.requests.filter(({ path }) => SOCKET.test(path)).length, 1);
          assertNothingTwice();
          await page.close();
        },
      );
    }
  });
}
