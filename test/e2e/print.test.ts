/** A printed chat: every message and no control. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { launchBrowser, waitFor, type TestBrowser } from '../support/browser/browser.ts';
import type { ChatElement } from '../support/browser/meeting.ts';
import { closeAll } from '../support/closing.ts';
import {
  embeddingHtml,
  serveEmbeddingPage,
  startServer,
  type EmbeddingPage,
  type ServerProcess,
} from '../support/server/server-process.ts';

const MESSAGES = 85;

let server: ServerProcess;
let browser: TestBrowser;
let site: EmbeddingPage | undefined;

before(async () => {
  server = await startServer();
  browser = await launchBrowser();
});
after(() =>
  closeAll(
    () => browser?.close(),
    () => site?.close(),
    () => server?.stop(),
  ),
);

test(
  'printing a chat shows every message and no control, and the screen is as before',
  { timeout: 120_000 },
  async () => {
    const room = `paper-${randomUUID().slice(0, 8)}`;
    const body = `<style>chat-room { block-size: 20rem }</style><chat-room room="${room}"></chat-room>`;
    site = await serveEmbeddingPage(embeddingHtml(server.url, body, 'chat-room.js'));
    const { page } = await browser.newPage();
    await page.goto(site.url);
    await waitFor(
      page,
      () => (document.querySelector('chat-room') as ChatElement).state === 'joined',
      [],
      'Not in the room',
      20_000,
    );
    const long = Array.from({ length: 40 }, (_, line) => `line ${line}`).join('\n');
    await page.evaluate(
      async (count: number, text: string) => {
        const chat = document.querySelector('chat-room') as ChatElement;
        for (let index = 0; index < count; index++) await chat.sendMessage(index ? `message ${index}` : text);
      },
      MESSAGES,
      long,
    );
    const drawn = () =>
      page.evaluate(() => document.querySelector('chat-room')!.shadowRoot!.querySelectorAll('.message').length);
    await waitFor(
      page,
      () => {
        const root = document.querySelector('chat-room')!.shadowRoot!;
        return [...root.querySelectorAll('.message')].at(-1)?.textContent?.includes('message 84');
      },
      [],
      'The last message is not drawn',
    );
    assert.ok((await drawn()) < MESSAGES, 'the screen draws the last messages alone');

    await page.emulateMediaType('print');
    // All messages must be drawn within the event, because `print()` lays out the paper right after `beforeprint`.
    const drawnAtOnce = await page.evaluate(() => {
      dispatchEvent(new Event('beforeprint'));
      return document.querySelector('chat-room')!.shadowRoot!.querySelectorAll('.message').length;
    });
    assert.equal(drawnAtOnce, MESSAGES);
    const printed = await waitFor(
      page,
      (count: number) => {
        const root = document.querySelector('chat-room')!.shadowRoot!;
        const rows = [...root.querySelectorAll('.message')];
        if (rows.length < count) return null;
        const isShown = (selector: string): boolean =>
          [...root.querySelectorAll(selector)].some((one) => one.checkVisibility());
        const clipping = [];
        for (let node: Element | null = rows[0]!; node; node = node.parentElement) {
          const { overflowY } = getComputedStyle(node);
          if (overflowY !== 'visible' && node.scrollHeight > node.clientHeight + 1) clipping.push(node.className);
        }
        const cut = root.querySelector('.long')!;
        const host = document.querySelector('chat-room')!.getBoundingClientRect();
        return {
          rows: rows.length,
          inside: rows.every((row) => row.getBoundingClientRect().bottom <= host.bottom + 1),
          clipping,
          cut: cut.scrollHeight - cut.clientHeight > 1,
          controls: ['button', 'textarea', 'input', '.foot', '[part~="composer"]'].filter(isShown),
        };
      },
      [MESSAGES],
      'Not every message is drawn',
    );
    assert.deepEqual(printed, { rows: MESSAGES, inside: true, clipping: [], cut: false, controls: [] });

    // Ends the emulation, because real printing below sets the medium itself.
    await page.emulateMediaType();
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    await waitFor(
      page,
      (count: number) => {
        const root = document.querySelector('chat-room')!.shadowRoot!;
        return root.querySelectorAll('.message').length < count && root.querySelector('textarea')?.checkVisibility();
      },
      [MESSAGES],
      'The screen is not as before',
    );

    // Real printing: counts the rows at the moment when the browser applies the print styles.
    const counted = page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          matchMedia('print').addEventListener(
            'change',
            () => {
              resolve(document.querySelector('chat-room')!.shadowRoot!.querySelectorAll('.message').length);
            },
            { once: true },
          );
        }),
    );
    await page.pdf();
    assert.equal(await counted, MESSAGES);
    await page.close();
  },
);
