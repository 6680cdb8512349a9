/** Everything that the four elements offer, by keyboard alone: no press of a pointer in this file. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { KeyInput, Page } from 'puppeteer-core';
import { closeBrowsers, launchBrowser } from '../support/browser/browser.ts';
import {
  EMBEDDING_POLICY,
  embeddingHtml,
  serveEmbeddingPage,
  startServer,
  type EmbeddingPage,
  type ServerProcess,
} from '../support/server/server-process.ts';
import { eventually } from '../support/waiting.ts';

/** What the tests read of the elements; their public interface. */
interface Call extends HTMLElement {
  room: string;
  state: string;
  autojoin: boolean;
  waiting: readonly unknown[];
  participants: readonly {
    id: string;
    isSelf: boolean;
    microphone: boolean;
    camera: boolean;
    isPinned: boolean;
    volume: number;
  }[];
}

interface Chat extends HTMLElement {
  messages: readonly { text: string; state: string; editedAt: Date | null; to?: string }[];
  participants: readonly { displayName: string; isSelf: boolean }[];
}

let server: ServerProcess;
let site: EmbeddingPage;
let page: Page;
const room = `keys-${randomUUID().slice(0, 8)}`;

const BODY = `<style>
  h1 { display: none }
  .call { inline-size: 900px; block-size: 460px }
  .other { position: absolute; inset-block-start: 2400px; inline-size: 300px; block-size: 200px }
</style>
<room-list for="call chat"></room-list>
<video-call id="call" class="call" display-name="Ada"></video-call>
<chat-room id="chat" display-name="Ada"></chat-room>
<device-picker></device-picker>`;

before(
  async () => {
    server = await startServer({ HOST: '0.0.0.0' });
    const address = (host: string) => `http://${host}:${new URL(server.url).port}`;
    const policy = EMBEDDING_POLICY.replaceAll('//127.0.0.1:*', '//*:*');
    site = await serveEmbeddingPage(embeddingHtml(address('127.0.0.1'), BODY), policy);
    ({ page } = await (await launchBrowser()).newPage());
    await page.setViewport({ width: 1000, height: 900 });
    await page.evaluateOnNewDocument(() => {
      const canvas = document.createElement('canvas');
      canvas.getContext('2d')?.fillRect(0, 0, 10, 10);
      navigator.mediaDevices.getDisplayMedia = async () => canvas.captureStream(5);
    });
    await page.goto(site.url);
    await until('the elements are defined', () => customElements.get('video-call'));
  },
  { timeout: 60_000 },
);
after(async () => {
  await closeBrowsers();
  await site.close();
  await server.stop();
});

/** The name of what has the focus, however many shadow roots deep. */
const focused = (): Promise<string> =>
  page.evaluate(() => {
    let one = document.activeElement;
    while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
    const root = one?.getRootNode() as Document | ShadowRoot;
    const heading = root.getElementById(one?.getAttribute('aria-labelledby') ?? '');
    const label = one?.getAttribute('aria-label') ?? heading?.textContent ?? '';
    const { labels } = one as HTMLInputElement;
    return (label || labels?.[0]?.textContent || one?.textContent || one?.localName || '')
      .trim()
      .replaceAll(/\s+/g, ' ');
  });

/** Goes on with the Tab key until the focus is on what has this name. */
async function tabTo(name: string, key: KeyInput = 'Tab'): Promise<void> {
  const met: string[] = [];
  for (let step = 0; step < 60; step++) {
    await page.keyboard.press(key);
    const here = await focused();
    if (`${here} `.startsWith(`${name} `)) return;
    met.push(here.slice(0, 30));
  }
  assert.fail(`Tab does not reach ${name}: ${met.join(' | ')}`);
}

/** Goes to it backwards. */
async function backTo(name: string): Promise<void> {
  await page.keyboard.down('Shift');
  await tabTo(name).finally(() => page.keyboard.up('Shift'));
}

/** Waits for a fact about the call and the chat of the page. */
const until = (what: string, isTrue: (call: Call, chat: Chat, wanted: string) => unknown, wanted = '') =>
  eventually(what, () => {
    const elements = "...['call', 'chat'].map((id) => document.getElementById(id))";
    return page.evaluate(`Boolean((${String(isTrue)})(${elements}, ${JSON.stringify(wanted)}))`);
  });

/** Opens the menu of the call, and chooses a line of it. */
async function choose(name: string): Promise<void> {
  await backTo('More').catch(() => tabTo('More'));
  await page.keyboard.press('Enter');
  await arrowTo(name);
  await page.keyboard.press('Enter');
}

async function arrowTo(name: string): Promise<void> {
  await waitForFocusInMenu();
  const met: string[] = [];
  for (let step = 0; step < 12; step++) {
    const here = await focused();
    if (here.startsWith(name)) return;
    met.push(here);
    await page.keyboard.press('ArrowDown');
  }
  assert.fail(`the arrows do not reach ${name}: ${met.join(' | ')}`);
}

/** The focus goes to the first line of a menu when the menu has been drawn. */
const waitForFocusInMenu = () =>
  until('the focus in the menu', () => {
    let one = document.activeElement;
    while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
    return one?.getAttribute('role')?.startsWith('menuitem');
  });

test('a person enters a room and its call, and switches devices and the screen', { timeout: 60_000 }, async () => {
  await tabTo('Find or start a room');
  await page.keyboard.type(room);
  await page.keyboard.press('Enter');
  await until('the call has the room', (call, _chat, wanted) => call.room === wanted && call.state === 'prejoin', room);
  await tabTo('Your name');
  await tabTo('Join');
  await page.keyboard.press('Enter');
  await until('joined', (call) => call.state === 'joined');
  await until('a microphone', (call) => call.participants[0]?.microphone);
  assert.equal(await focused(), 'Microphone');
  await page.keyboard.press('Space');
  await until('muted', (call) => !call.participants[0]!.microphone);
  await tabTo('Camera');
  await page.keyboard.press('Enter');
  await until('dark', (call) => !call.participants[0]!.camera);
  await tabTo('Share screen');
  await page.keyboard.press('Enter');
  await until('sharing', (call) => call.matches(':state(sharing)'));
  await until('the card', (call) => call.shadowRoot!.querySelector('[part~=stop-sharing-button]'));
  await backTo('Stop sharing');
  await page.keyboard.press('Enter');
  await until('not sharing', (call) => !call.matches(':state(sharing)'));
});

test('a person uses the settings, the moderation dialog and a tile', { timeout: 60_000 }, async () => {
  await tabTo('Microphone');
  await choose('Settings');
  await until('the settings', (call) =>
    call.shadowRoot!.querySelector('sarangbang-settings-dialog')?.shadowRoot?.querySelector(':modal'),
  );
  await tabTo('Speaker').catch(() => tabTo('Microphone'));
  await tabTo('Close');
  await page.keyboard.press('Escape');
  assert.equal(await focused(), 'More');

  const has = (inner: string, selector: string) =>
    eventually(inner, () =>
      page.evaluate(
        (name, what) =>
          Boolean(document.querySelector('#call')!.shadowRoot!.querySelector(name)?.shadowRoot?.querySelector(what)),
        inner,
        selector,
      ),
    );
  await page.keyboard.press('?');
  await has('sarangbang-keys-dialog', ':modal');
  await page.keyboard.press('Escape');
  assert.equal(await focused(), 'More');
  await choose('Check connection');
  await has('sarangbang-check-dialog', 'dl');
  await page.keyboard.press('Escape');
  assert.equal(await focused(), 'More');

  // Somebody else asks to join.
  await choose('Moderator controls');
  await tabTo('Lock the room');
  await page.keyboard.press('Space');
  await page.evaluate(
    (address, name) => {
      const other = document.createElement('video-call') as Call;
      other.className = 'other';
      Object.assign(other, { server: address, room: name, autojoin: true, displayName: 'Bo' });
      document.body.append(other);
    },
    `http://localhost:${new URL(server.url).port}`,
    room,
  );
  await until('Bo knocks', (call) => call.waiting.length === 1);
  await tabTo('Let in Bo');
  await page.keyboard.press('Enter');
  await until('Bo is in', (call) => call.participants[1]?.microphone);
  await tabTo('Mute Bo');
  await page.keyboard.press('Enter');
  await until('Bo is muted', (call) => !call.participants[1]!.microphone);
  await tabTo('Announcement to the room');
  await page.keyboard.type('Fire drill.');
  await page.keyboard.press('Enter');
  await until('announced', (_call, chat) => chat.messages.some(({ text }) => text === 'Fire drill.'));
  await tabTo('End for everyone');
  await page.keyboard.press('Enter');
  await until('a question', (call) =>
    call.shadowRoot!.querySelector('sarangbang-moderation')!.shadowRoot!.querySelector('.question'),
  );
  assert.equal(await focused(), 'Cancel', 'the harmless answer has the focus');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');

  await until('a menu of the tile', (call) =>
    [...call.shadowRoot!.querySelectorAll('[part~=tile]')].every((tile) =>
      tile.shadowRoot!.querySelector('[part=tile-menu-button]'),
    ),
  );
  await backTo('Options for Bo');
  await page.keyboard.press('Enter');
  await arrowTo('Pin');
  await page.keyboard.press('Enter');
  await until('pinned', (call) => call.participants[1]!.isPinned);
  await backTo('Pin Bo');
  await page.keyboard.press('Enter');
  await until('not pinned', (call) => !call.participants[1]!.isPinned);
  // Backwards, the page of Bo would come first.
  await tabTo('Options for Bo');
  await page.keyboard.press('Enter');
  await arrowTo('Volume of Bo');
  await page.keyboard.press('ArrowLeft');
  await until('quieter', (call) => call.participants[1]!.volume === 0.95);
  await page.keyboard.press('Escape');
  await eventually('the focus is back', async () => (await focused()) === 'Options for Bo');
  await backTo('Options for Ada');
  const before = await placeOfOwn();
  await page.keyboard.press('ArrowUp');
  await until(
    'moved',
    (call, _chat, old) =>
      call.shadowRoot!.querySelector<HTMLElement>('[part~=tile-self]')!.style.insetBlockStart !== old,
    before,
  );
  await page.keyboard.press('Enter');
  await arrowTo('Hide my picture');
  await page.keyboard.press('Enter');
  await until('hidden', (call) => call.shadowRoot!.querySelector('[part~=self-view-button]'));
  await tabTo('Show my picture');
  await page.keyboard.press('Enter');
  await until('shown', (call) => !call.shadowRoot!.querySelector('[part~=self-view-button]'));
});

const placeOfOwn = () =>
  page.evaluate(
    () =>
      document.querySelector('#call')!.shadowRoot!.querySelector<HTMLElement>('[part~=tile-self]')!.style
        .insetBlockStart,
  );

test(
  'a person writes, corrects and deletes messages, writes to one, and changes the name',
  { timeout: 60_000 },
  async () => {
    await page.evaluate(() => document.querySelector<HTMLElement>('#chat')!.scrollIntoView());
    await tabTo('Message');
    await page.keyboard.type('Helo');
    await page.keyboard.press('Enter');
    await until('sent', (_call, chat) => chat.messages.some(({ text, state }) => text === 'Helo' && state === 'sent'));
    await page.keyboard.press('ArrowUp');
    await until('edit-input', (_call, chat) => chat.shadowRoot!.querySelector('[part=edit-input]'));
    await page.keyboard.press('End');
    await page.keyboard.type(' Bo');
    await page.keyboard.press('Enter');
    await until('edited', (_call, chat) => chat.messages.some(({ text }) => text === 'Helo Bo'));
    await backTo('Edit');
    await page.keyboard.press('ArrowRight');
    assert.equal(await focused(), 'Delete');
    await page.keyboard.press('Enter');
    await until('question', (_call, chat) => chat.shadowRoot!.querySelector('[part=question]'));
    assert.equal(await focused(), 'Cancel', 'the harmless answer has the focus');
    await backTo('Delete');
    await page.keyboard.press('Enter');
    await until('deleted', (_call, chat) => !chat.messages.some(({ text }) => text === 'Helo Bo'));

    await tabTo('To');
    await page.keyboard.press('B');
    await tabTo('Message');
    await page.keyboard.type('for you');
    await page.keyboard.press('Enter');
    await until('private', (_call, chat) => chat.messages.some(({ text, to }) => text === 'for you' && to));
    await backTo('You are');
    await page.keyboard.press('Enter');
    await page.keyboard.type('Eve');
    await page.keyboard.press('Enter');
    await until('renamed', (_call, chat) => chat.participants[0]!.displayName === 'Eve');
    await tabTo('Test speaker');
    await page.keyboard.press('Enter');
  },
);

test('a person invites others, fills the screen, and turns pages', { timeout: 60_000 }, async () => {
  await page.evaluate(() => {
    scrollTo(0, 0);
    document.querySelector('#call')!.setAttribute('invitation', 'https://meet.example/standup');
  });
  await choose('Invite others');
  await until('the invitation', (call) =>
    call.shadowRoot!.querySelector('sarangbang-invite-dialog')?.shadowRoot?.querySelector(':modal'),
  );
  await tabTo('Copy link');
  await page.keyboard.press('Enter');
  await until('what came of it', (call) => {
    const dialog = call.shadowRoot!.querySelector('sarangbang-invite-dialog')!;
    const card = dialog.shadowRoot!.querySelector('sarangbang-invitation')!.shadowRoot!;
    return card.querySelector('[role=status]')!.textContent || card.querySelector('[role=alert]');
  });
  await page.keyboard.press('Escape');
  assert.equal(await focused(), 'More');

  await choose('Full screen');
  await until('the call on the whole screen', () => document.fullscreenElement?.localName === 'video-call');
  await choose('Full screen');
  await until('the page', () => !document.fullscreenElement);
  await backTo('Options for Bo');
  await page.keyboard.press('Enter');
  await arrowTo('Full screen');
  await page.keyboard.press('Enter');
  await until('the tile on the whole screen', () => document.fullscreenElement);
  await eventually('the focus is back', async () => (await focused()) === 'Options for Bo');
  await page.keyboard.press('Enter');
  await until('the page again', () => !document.fullscreenElement);

  await tabTo('Share screen');
  await page.keyboard.press('Enter');
  await until('sharing', (call) => call.matches(':state(sharing)'));
  await page.evaluate(
    () => (document.querySelector<HTMLElement>('#call')!.style.cssText = 'inline-size: 120px; block-size: 120px'),
  );
  await until('pages', (call) => call.shadowRoot!.querySelector('.next'));
  await backTo('More people');
  await page.keyboard.press('Enter');
  await until('the second page', (call) => call.shadowRoot!.querySelector('.previous'));
  // On the last page the other button is gone, and the focus is on this one already.
  if ((await focused()) !== 'Previous people') await backTo('Previous people');
  await page.keyboard.press('Enter');
  await until('the first page', (call) => !call.shadowRoot!.querySelector('.previous'));
  await page.evaluate(() => document.querySelector<HTMLElement>('#call')!.removeAttribute('style'));
  await backTo('Stop sharing');
  await page.keyboard.press('Enter');
  await until('not sharing', (call) => !call.matches(':state(sharing)'));
});

test('a person leaves and comes again', { timeout: 60_000 }, async () => {
  await tabTo('Leave');
  await page.keyboard.press('Enter');
  await until('left', (call) => call.state === 'left');
  assert.equal(await focused(), 'Rejoin');
  await page.keyboard.press('Enter');
  await until('joined again', (call) => call.state === 'joined');
});

test('a person chooses devices before joining', { timeout: 60_000 }, async () => {
  await page.evaluate(() => ((document.querySelector('#call') as Call).room = 'keys-lobby'));
  await until('the lobby', (call) => call.state === 'prejoin');
  const chosen = () =>
    page.evaluate(() =>
      [...document.querySelector('#call')!.shadowRoot!.querySelectorAll<HTMLSelectElement>('[part=device-menu]')].map(
        ({ value }) => value,
      ),
    );
  await eventually('both menus', async () => (await chosen()).length === 2);
  await tabTo('Your name');
  for (const [index, name] of ['Microphone', 'Camera'].entries()) {
    await tabTo(name);
    await page.keyboard.press('ArrowDown');
    await eventually(`another ${name}`, async () => (await chosen())[index] !== '');
  }
});
