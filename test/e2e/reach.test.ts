/** For fingers, for screen readers, and for people who need more contrast: what a call gives them, in real pages. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { CDPSession, Page, SerializedAXNode } from 'puppeteer-core';
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

/** What the tests use of a call; its public interface. */
interface Call extends HTMLElement {
  room: string;
  state: string;
  participants: readonly { microphone: boolean }[];
  pin(id: string | null): void;
  join(): Promise<void>;
  lockRoom(on: boolean): Promise<boolean>;
}

let server: ServerProcess;
let site: EmbeddingPage;
let page: Page;
let session: CDPSession;
const room = `reach-${randomUUID().slice(0, 8)}`;

const BODY = `<meta name="viewport" content="width=device-width, viewport-fit=cover"><style>
  body { margin: 0 }
  h1 { display: none }
  #call { block-size: 560px }
  #chat, room-list { block-size: 420px }
  .other { position: absolute; inset-block-start: 2600px; inline-size: 300px; block-size: 200px }
</style>
<video-call id="call" display-name="Ada" self-view="tile" room="${room}"></video-call>
<chat-room id="chat" room="${room}"></chat-room><room-list></room-list><device-picker></device-picker>`;

before(
  async () => {
    server = await startServer({ HOST: '0.0.0.0' });
    const address = (host: string) => `http://${host}:${new URL(server.url).port}`;
    const policy = EMBEDDING_POLICY.replaceAll('//127.0.0.1:*', '//*:*');
    site = await serveEmbeddingPage(embeddingHtml(address('127.0.0.1'), BODY), policy);
    ({ page } = await (await launchBrowser()).newPage());
    session = await page.createCDPSession();
    await page.setViewport({ width: 390, height: 844, hasTouch: true, isMobile: true });
    await page.goto(site.url);
    await until('the lobby', (call) => call.state === 'prejoin');
  },
  { timeout: 60_000 },
);
after(async () => {
  await closeBrowsers();
  await site.close();
  await server.stop();
});

/** Waits for a fact about the call. */
const until = (what: string, isTrue: (call: Call) => unknown) =>
  eventually(what, () => page.evaluate(`Boolean((${String(isTrue)})(document.getElementById('call')))`));

/** Presses what has this part, in the call or in an inner element of it. */
const press = (part: string, inner = '') =>
  eventually(`${part} to press`, () =>
    page.evaluate(
      (name, within) => {
        const root = document.getElementById('call')!.shadowRoot!;
        const place = within ? root.querySelector(within)?.shadowRoot : root;
        const found = place?.querySelector<HTMLElement>(`[part~="${name}"]`);
        found?.click();
        return found !== null && found !== undefined;
      },
      part,
      inner,
    ),
  );

/**
 * What is too small for a finger: what answers a press has 44 px in each direction around its middle.
 * @param inner what lies over everything else now, an inner element of the call
 */
const tooSmall = (inner = ''): Promise<string[]> =>
  page.evaluate((only) => {
    const small: string[] = [];
    const visit = (root: ParentNode): void => {
      for (const element of root.querySelectorAll<HTMLElement>('*')) {
        if (element.shadowRoot) visit(element.shadowRoot);
        if (!element.matches('button, input, select, textarea') || !element.checkVisibility()) continue;
        const place = element.getBoundingClientRect();
        // A menu closes when the page scrolls.
        const frame = element.closest('dialog')?.getBoundingClientRect() ?? { top: 0, bottom: innerHeight };
        // What a scrolled dialog cuts off is reached by scrolling.
        const isCut = element.closest('dialog') && (place.top < frame.top + 21 || place.bottom > frame.bottom - 21);
        if (isCut || place.top < 0 || place.bottom > innerHeight) element.scrollIntoView({ block: 'center' });
        const { left, top, width, height } = element.getBoundingClientRect();
        const [x, y] = [left + width / 2, top + height / 2];
        const own = element.getRootNode() as ShadowRoot;
        const hitAt = ([across, down]: readonly [number, number]) => own.elementFromPoint(x + across, y + down);
        const isHit = (edge: readonly [number, number]) => {
          const hit = hitAt(edge);
          return hit !== null && (element === hit || element.contains(hit));
        };
        // What lies under something else is reached after that is closed.
        if (!isHit([0, 0])) continue;
        const edges = [
          [21, 0],
          [-21, 0],
          [0, 21],
          [0, -21],
        ] as const;
        const other = edges.find((edge) => !isHit(edge));
        if (!other) continue;
        const hit = hitAt(other);
        small.push(
          `${element.localName} ${element.part.value} ${width}×${height}: at ${String(other)} ${hit?.className}`,
        );
      }
    };
    const open = only && document.getElementById('call')!.shadowRoot!.querySelector(only)!.shadowRoot;
    visit(open || document.body);
    scrollTo(0, 0);
    return small;
  }, inner);

test('a finger finds 44 px in every state', { timeout: 60_000 }, async () => {
  const small: Record<string, string[]> = {};
  small['lobby'] = await tooSmall();
  await page.evaluate(() => (document.getElementById('call') as Call).join());
  await until('joined', (call) => call.state === 'joined');
  small['alone'] = await tooSmall();
  await page.evaluate(
    (address, name) => {
      const other = document.createElement('video-call');
      other.className = 'other';
      other.ariaHidden = 'true';
      Object.assign(other, { server: address, room: name, autojoin: true, displayName: 'Bo' });
      document.body.append(other);
    },
    `http://localhost:${new URL(server.url).port}`,
    room,
  );
  await until('two people', (call) => call.participants.length === 2);
  await until('the menus of tiles', (call) =>
    [...call.shadowRoot!.querySelectorAll('[part~=tile]')].every((tile) =>
      tile.shadowRoot!.querySelector('[part=tile-menu-button]'),
    ),
  );
  small['two people'] = await tooSmall();
  await press('more-button');
  await until('the menu', (call) =>
    call.shadowRoot!.querySelector('sarangbang-menu')?.shadowRoot?.querySelector('button'),
  );
  small['menu'] = await tooSmall('sarangbang-menu');
  await press('moderation-button', 'sarangbang-menu');
  await until('the dialog', (call) =>
    call.shadowRoot!.querySelector('sarangbang-moderation')?.shadowRoot?.querySelector('dialog[open] .mute'),
  );
  small['moderation'] = await tooSmall('sarangbang-moderation');
  await press('close-button', 'sarangbang-moderation');
  await press('more-button');
  await press('settings-button', 'sarangbang-menu');
  await until('the settings', (call) =>
    call.shadowRoot!.querySelector('sarangbang-settings-dialog')?.shadowRoot?.querySelector('dialog[open]'),
  );
  small['settings'] = await tooSmall('sarangbang-settings-dialog');
  await press('close-button', 'sarangbang-settings-dialog');
  // A low box, in which tiles are small. The toolbar lies on them, and the floating picture keeps clear of it.
  await page.evaluate(() => document.getElementById('call')!.setAttribute('self-view', 'floating'));
  await page.evaluate(() => (document.getElementById('call')!.style.cssText = 'block-size: 200px; inline-size: 270px'));
  await until('compact', (call) => call.matches(':state(compact)'));
  await until('still tiles', (call) =>
    [...call.shadowRoot!.querySelectorAll('[part~=tile]')].every((tile) => tile.getAnimations().length === 0),
  );
  small['compact'] = await tooSmall();
  await page.evaluate(() => {
    const call = document.getElementById('call')!;
    call.style.cssText = '';
    call.setAttribute('self-view', 'tile');
  });
  assert.deepEqual(Object.fromEntries(Object.entries(small).filter(([, found]) => found.length > 0)), {});
});

function* nodesIn(node: SerializedAXNode): Generator<SerializedAXNode> {
  yield node;
  for (const child of node.children ?? []) yield* nodesIn(child);
}

/** Every word that a screen reader gets of a node: names and descriptions. */
const wordsOf = (node: SerializedAXNode): string =>
  [...nodesIn(node)].map(({ name, description }) => `${name ?? ''} ${description ?? ''}`).join(' ');

test('the accessibility tree names the call, the room, every tile and its state', { timeout: 30_000 }, async () => {
  const tree = async () => (await page.accessibility.snapshot({ interestingOnly: false }))!;
  const all = async () => [...nodesIn(await tree())];
  const regions = (await all()).filter(({ role }) => role === 'region').map(({ name }) => name);
  assert.deepEqual(
    [`Call: ${room}`, `Chat: ${room}`].filter((name) => !regions.includes(name)),
    [],
    String(regions),
  );
  const headings = (await all()).filter(({ role, name }) => role === 'heading' && name === room);
  assert.equal(headings.length, 2, 'one of the call, one of the chat');
  const tileOf = async (name: string) => {
    const found = (await all()).filter(({ role, name: given }) => role === 'group' && given === name);
    assert.equal(found.length, 1, name);
    return wordsOf(found[0]!);
  };
  await eventually('Bo speaks', async () => (await tileOf('Bo')).includes('speaking'));
  await page.evaluate(() => {
    const call = document.getElementById('call') as Call & { participants: { id: string }[] };
    call.pin(call.participants[1]!.id);
    const other = document.querySelector('.other') as Call &
      Record<'toggleMicrophone' | 'toggleCamera', (on: boolean) => void>;
    other.toggleMicrophone(false);
    other.toggleCamera(false);
  });
  await eventually('the states of Bo', async () => {
    const words = await tileOf('Bo');
    return ['muted', 'camera off', 'pinned'].every((word) => words.includes(word));
  });
  assert.ok((await tileOf('Ada (you)')).includes('Ada'));
});

test('a page’s own role and name take precedence, and `role` still tells the participant’s', async () => {
  const told = await page.evaluate(() => {
    const call = document.getElementById('call') as Call & { role: string };
    call.setAttribute('role', 'group');
    call.setAttribute('aria-label', 'Our call');
    return call.role;
  });
  assert.equal(told, 'moderator');
  const nodes = [...nodesIn((await page.accessibility.snapshot({ interestingOnly: false }))!)];
  assert.ok(nodes.some(({ role, name }) => role === 'group' && name === 'Our call'));
  assert.ok(!nodes.some(({ name }) => name === `Call: ${room}`));
  await page.evaluate(() => {
    const call = document.getElementById('call')!;
    call.removeAttribute('role');
    call.removeAttribute('aria-label');
  });
});

test('more contrast makes lines and muted words as strong as text', async () => {
  const read = () =>
    page.evaluate(() => {
      const root = document.getElementById('chat')!.shadowRoot!;
      const style = (part: string) => getComputedStyle(root.querySelector(`[part~="${part}"]`)!);
      return { line: style('header').borderBottomColor, muted: style('roster').color, text: style('base').color };
    });
  const before = await read();
  assert.notEqual(before.muted, before.text);
  await page.emulateMediaFeatures([{ name: 'prefers-contrast', value: 'more' }]);
  const { line, muted, text } = await read();
  assert.deepEqual([line, muted], [text, text]);
  await page.emulateMediaFeatures([]);
});

test('a call as wide as the window keeps clear of a notch at its sides, a narrower one does not', async () => {
  await session.send('Emulation.setSafeAreaInsetsOverride' as never, { insets: { left: 47, right: 47 } } as never);
  const left = () =>
    page.evaluate(() => {
      const call = document.getElementById('call')!;
      return call.shadowRoot!.querySelector('.box')!.getBoundingClientRect().left - call.getBoundingClientRect().left;
    });
  assert.equal(await left(), 47);
  await page.evaluate(() => (document.getElementById('call')!.style.inlineSize = '300px'));
  assert.equal(await left(), 0);
});
