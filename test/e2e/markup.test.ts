/**
 * Markup and script in every text that others, a token or a device bring to a page: it is shown as text and none of it
 * runs. The page has no policy that could stop it.
 */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { Page } from 'puppeteer-core';
import { waitFor, type TestBrowser } from '../support/browser/browser.ts';
import { ENGINES } from '../support/browser/engines.ts';
import { TOKEN_SECRET, createToken } from '../support/server/grants.ts';
import { PAYLOADS, watchMarkup } from '../support/browser/markup.ts';
import { connectClient, listen, type TestClient } from '../support/server/server.ts';
import { startServer, type ServerProcess } from '../support/server/server-process.ts';
import { eventually } from '../support/waiting.ts';

const MINUTE = 60_000;

interface Chat extends HTMLElement {
  state: string;
  room: string;
  displayName: string;
  messages: readonly { text: string; kind: string; editedAt?: Date; from: { displayName: string } }[];
}
interface Call extends HTMLElement {
  state: string;
  waiting: readonly { displayName: string }[];
  participants: readonly { displayName: string }[];
  lockRoom(on: boolean): Promise<boolean>;
}
interface Marked {
  __ran?: number;
  __found: Set<string>;
  /** The collected texts of all shadow roots. */
  __texts: () => string;
}

let server: ServerProcess;
let site: Server;
let siteUrl: string;

before(
  async () => {
    server = await startServer({ TOKEN_SECRET, ROOM_CAPACITY: '500', CALL_CAPACITY: '500' });
    // The page sends no Content Security Policy, which would hide a fault of the elements.
    site = createServer((request, response) => {
      const { searchParams } = new URL(request.url!, 'http://site');
      const attributes = `server="${server.url}" token="${searchParams.get('token') ?? ''}"`;
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(
        searchParams.has('control')
          ? '<!doctype html><title>Control</title>'
          : `<!doctype html><title>Markup</title><script type="module" src="${server.url}/elements.js"></script>` +
              `<room-list ${attributes}></room-list>\n        <chat-room ${attributes} room="hall"></chat-room>` +
              `<video-call ${attributes} room="hall" muted camera-off autojoin></video-call>` +
              '<device-picker></device-picker>',
      );
    });
    siteUrl = await listen(site);
    assert.ok((site.address() as AddressInfo).port > 0);
  },
  { timeout: MINUTE },
);
after(async () => {
  site?.closeAllConnections();
  site?.close();
  await server?.stop();
});

/** A page whose devices have payloads as labels. */
function renameDevices(payloads: readonly string[]): void {
  const devices = payloads.map((label, index) => ({
    deviceId: `d${index}`,
    groupId: 'g',
    kind: (['audioinput', 'videoinput', 'audiooutput'] as const)[index % 3]!,
    label,
    toJSON: () => ({}),
  }));
  navigator.mediaDevices.enumerateDevices = async () => devices;
}

/** Opens the menu of the call and presses the line that has this part. */
async function pressInMenu(page: Page, part: string): Promise<void> {
  await page.evaluate(() =>
    document.querySelector('video-call')!.shadowRoot!.querySelector<HTMLElement>('.controls .more')!.click(),
  );
  await waitFor(
    page,
    (name) => {
      const menu = document.querySelector('video-call')!.shadowRoot!.querySelector('sarangbang-menu');
      const line = menu?.shadowRoot?.querySelector<HTMLElement>(`[part~="${name}"]`);
      line?.click();
      return line != null;
    },
    [part],
    `no ${part} in the menu`,
  );
}

async function openPage(browser: TestBrowser): Promise<Page> {
  const { page } = await browser.newPage();
  await page.evaluateOnNewDocument(watchMarkup);
  await page.evaluateOnNewDocument(renameDevices, PAYLOADS as string[]);
  const token = await createToken({ subject: randomUUID(), rooms: ['*'], role: 'moderator' });
  await page.goto(`${siteUrl}/?token=${token}`);
  await page.evaluate(() => {
    const texts = (root: Document | ShadowRoot): string =>
      [...root.querySelectorAll('*')]
        .map(
          (element) =>
            (element.shadowRoot ? texts(element.shadowRoot) : '') +
            [...element.childNodes].map((node) => (node.nodeType === Node.TEXT_NODE ? node.nodeValue : '')).join(''),
        )
        .join('\n');
    Object.assign(window, { __texts: () => texts(document) });
  });
  await waitFor(
    page,
    () => {
      const [chat, call] = [
        document.querySelector('chat-room') as Chat | null,
        document.querySelector('video-call') as Call | null,
      ];
      return chat?.state === 'joined' && call?.state === 'joined';
    },
    [],
    'the page is not in the room',
    20_000,
  );
  return page;
}

/** Waits until the page has shown each of these; fails with those it never showed. */
async function showsAll(page: Page, wanted: readonly string[], where: string): Promise<void> {
  await waitFor(
    page,
    (texts) => {
      const shown = (window as unknown as Marked).__texts();
      const missing = texts.filter((text) => !shown.includes(text));
      if (missing.length > 0)
        throw new Error(`never shown: ${JSON.stringify(missing.slice(0, 5))}, ${missing.length} in all`);
      return true;
    },
    [[...wanted]] as [string[]],
    `as ${where}`,
    20_000,
  );
}

async function nothingRan(page: Page): Promise<void> {
  const { ran, found } = await page.evaluate(() => ({
    ran: (window as unknown as Marked).__ran ?? 0,
    found: [...(window as unknown as Marked).__found],
  }));
  assert.equal(ran, 0, 'a payload ran');
  assert.deepEqual(found, [], 'a payload became an element');
}

/** What the server makes of a name. */
const asName = (payload: string): string => payload.replace(/[\p{Cc}\u202e]+/gu, ' ').trim();

async function guest(t: TestContext, payload: string, named: 'token' | 'name', room = 'hall'): Promise<TestClient> {
  const client = await connectClient(t, server.url);
  const token = await createToken({
    subject: randomUUID(),
    rooms: ['*'],
    name: named === 'token' ? payload : '',
    role: 'moderator',
  });
  const answer = await client.answer('room:join', { room, token, ...(named === 'name' && { displayName: payload }) });
  assert.ok(answer.ok || answer.error.code === 'room-locked', JSON.stringify(answer));
  return client;
}

test('there are at least 100 different payloads', () => {
  assert.ok(new Set(PAYLOADS).size >= 100, `${new Set(PAYLOADS).size}`);
  assert.deepEqual(
    PAYLOADS.filter((payload) => [...payload].length > 64),
    [],
  );
});

for (const [name, launch] of ENGINES) {
  describe(name, () => {
    let browser: TestBrowser;
    before(async () => void (browser = await launch()), { timeout: MINUTE });
    after(() => browser?.close());

    test('control: a page that treats the same texts as markup runs some of them', { timeout: MINUTE }, async () => {
      const { page } = await browser.newPage();
      await page.goto(`${siteUrl}/?control`);
      const ran = await page.evaluate(async (payloads) => {
        let count = 0;
        for (const payload of payloads) {
          const marked = window as unknown as Marked;
          delete marked.__ran;
          document.body.innerHTML = payload;
          for (let turn = 0; turn < 6 && !marked.__ran; turn++) await new Promise((resolve) => setTimeout(resolve, 10));
          if (marked.__ran) count++;
        }
        return count;
      }, PAYLOADS as string[]);
      process.stdout.write(`${name}: of ${PAYLOADS.length} payloads the control ran ${ran}\n`);
      assert.ok(ran >= 20, `the control ran ${ran}`);
      await page.close();
    });

    test(
      'runs none: messages, edits, announcements, names, token names, rooms and device labels',
      { timeout: 3 * MINUTE },
      async (t) => {
        const page = await openPage(browser);
        // From two senders, because one may not announce that much at once.
        for (const texts of [PAYLOADS.slice(0, 60), PAYLOADS.slice(60)]) {
          const moderator = await guest(t, 'Operator', 'name');
          await Promise.all(texts.map((text) => moderator.request('announcement:send', { room: 'hall', text })));
        }
        await nothingRan(page);
        // A dozen guests at a time. The page shows each as a tile, in the roster, as an author, and as a listed room.
        for (let first = 0; first < PAYLOADS.length; first += 12) {
          const clients = await Promise.all(
            PAYLOADS.slice(first, first + 12).map(async (payload, index) => {
              const client = await guest(t, payload, index % 2 ? 'name' : 'token');
              const { message } = await client.request('chat:send', {
                room: 'hall',
                clientId: payload.slice(0, 100),
                text: payload,
              });
              await client.answer('chat:typing', { room: 'hall' });
              await client.answer('call:join', {
                room: 'hall',
                joinId: payload.slice(0, 100),
                tracks: [],
                receivesVideo: true,
              });
              await client.request('chat:edit', { room: 'hall', id: message.id, text: `edited ${payload}` });
              await client.answer('room:join', {
                room: payload,
                token: await createToken({ subject: randomUUID(), rooms: ['*'] }),
              });
              return client;
            }),
          );
          const wanted = PAYLOADS.slice(first, first + 12).map(asName);
          await waitFor(
            page,
            (names) => {
              const { participants } = document.querySelector('video-call') as Call;
              return names.every((one) => participants.some(({ displayName }) => displayName === one));
            },
            [wanted] as [string[]],
            `${first}: not all in the call`,
            20_000,
          );
          await showsAll(page, wanted, 'names');
          await nothingRan(page);
          for (const client of clients) client.socket.disconnect();
        }
        // The last edits may reach the page after the names of their authors.
        const missing = async () => {
          const shown = await page.evaluate(() =>
            (document.querySelector('chat-room') as Chat).messages.map(({ kind, text }) => `${kind} ${text}`),
          );
          const wanted = PAYLOADS.flatMap((payload) => [`text edited ${payload}`, `announcement ${payload}`]);
          return wanted.filter((one) => !shown.includes(one));
        };
        await eventually('not every edit and announcement is there', async () => {
          assert.deepEqual(await missing(), []);
          return true;
        });
        await nothingRan(page);

        // Device labels, in the picker and in the settings.
        await pressInMenu(page, 'settings-button');
        await waitFor(
          page,
          (labels) => {
            const dialog = document
              .querySelector('video-call')!
              .shadowRoot!.querySelector('sarangbang-settings-dialog')
              ?.shadowRoot?.querySelector('dialog[open]') as HTMLDialogElement | null;
            const pickers = [
              document.querySelector('device-picker'),
              dialog?.querySelector('sarangbang-device-picker'),
            ];
            const shown = pickers.map((picker) =>
              [...(picker?.shadowRoot?.querySelectorAll('option') ?? [])].map(({ textContent }) =>
                textContent.replace(/\s+/g, ' ').trim(),
              ),
            );
            if (!shown.every((texts) => labels.every((label) => texts.includes(label)))) return false;
            dialog!.close();
            return true;
          },
          [PAYLOADS.map((payload) => payload.replace(/\s+/g, ' ').trim())] as [string[]],
          'not all devices in the picker and the settings',
          20_000,
        );
        await nothingRan(page);

        // Names of people who knock, beside the stage and in the moderator's dialog.
        await page.evaluate(() => (document.querySelector('video-call') as Call).lockRoom(true));
        await Promise.all(PAYLOADS.slice(0, 60).map((payload) => guest(t, payload, 'name')));
        // Participants with a moderator's grant enter a locked room; others knock.
        const knocking = await Promise.all(
          PAYLOADS.slice(0, 60).map(async (payload) => {
            const client = await connectClient(t, server.url);
            await client.answer('room:join', {
              room: 'hall',
              displayName: payload,
              token: await createToken({ subject: randomUUID(), rooms: ['*'] }),
            });
            return client;
          }),
        );
        assert.equal(knocking.length, 60);
        await waitFor(
          page,
          () => (document.querySelector('video-call') as Call).waiting.length >= 60,
          [],
          'not all knock',
          20_000,
        );
        await pressInMenu(page, 'moderation-button');
        await showsAll(page, PAYLOADS.slice(0, 60).map(asName), 'knocks and people');
        await nothingRan(page);

        // The page's own room and name, which a link may have set.
        for (const payload of PAYLOADS) {
          await page.evaluate(async (text) => {
            const chat = document.querySelector('chat-room') as Chat & { updateComplete: Promise<unknown> };
            chat.room = text;
            chat.displayName = text;
            await chat.updateComplete;
          }, payload);
        }
        await nothingRan(page);
        await page.close();
      },
    );
  });
}
