/**
 * The life of an element and of its page: moved, changed, removed, reloaded, duplicated and crashed.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { launchBrowser, waitFor, type TestBrowser } from '../support/browser/browser.ts';
import { followCall, followPictures, longestDoubleMs, readHeld } from '../support/browser/life-probes.ts';
import {
  allJoined,
  joinedId,
  namesSeen,
  openMeeting,
  type CallElement,
  type ChatElement,
  type Meeting,
  type Person,
} from '../support/browser/meeting.ts';
import { isInCall, isReleased, leavesNothing, mount, unmount } from '../support/browser/mounts.ts';
import { eventually, pass } from '../support/waiting.ts';

const LONGEST_GAP_MS = 500;

let meeting: Meeting;
let adasBrowser: TestBrowser;
let ada: Person;
let bo: Person;
const room = `life-${randomUUID()}`;

const ownId = () =>
  (document.querySelector('video-call') as unknown as CallElement).participants.find(({ isSelf }) => isSelf)?.id;
const connectionsMade = () => window.watched.connections.length;

before(
  async () => {
    meeting = await openMeeting();
    adasBrowser = await launchBrowser({ keepsPages: true });
    ada = await meeting.enter('Ada', room, { testBrowser: adasBrowser });
    bo = await meeting.enter('Bo', room);
    await allJoined([ada, bo]);
  },
  { timeout: 60_000 },
);
after(() => meeting?.close());

describe('an element in its page', () => {
  /** Starts to record the gaps between frames on both sides. */
  const follow = async (): Promise<void> => {
    for (const { page, name } of [ada, bo]) {
      await page.evaluate(followPictures);
      await waitFor(page, () => window.pictures.frames > 5 || null, [], `${name} is shown no moving picture`, 20_000);
      await page.evaluate(() => {
        Object.assign(window.pictures, {
          longestGapMs: 0,
          bareGapMs: 0,
          lastAt: performance.now(),
          bareAt: performance.now(),
        });
      });
    }
  };
  const gaps = () => Promise.all([ada, bo].map(({ page }) => page.evaluate(() => window.pictures)));

  test(
    'keeps connections and picture when it is moved, wrapped, and changed in everything but room and server',
    { timeout: 60_000 },
    async (t) => {
      await follow();
      const made = await Promise.all([ada, bo].map(({ page }) => page.evaluate(connectionsMade)));
      const sockets = await ada.page.evaluate(() => window.watched.sockets.length);
      const changes: Record<string, () => void> = {
        'moved to the end of the page': () => document.body.append(document.querySelector('video-call')!),
        wrapped: () => {
          const call = document.querySelector('video-call')!;
          const box = document.createElement('section');
          call.replaceWith(box);
          box.append(call);
        },
        'moved into a shadow root and back': () => {
          const call = document.querySelector('video-call')!;
          const home = call.parentElement!;
          const box = document.createElement('div');
          home.append(box);
          box.attachShadow({ mode: 'open' }).append(call);
          home.append(call);
          box.remove();
        },
        'away for a moment': async () => {
          const call = document.querySelector('video-call')!;
          const home = call.parentElement!;
          call.remove();
          // Shorter than the grace of a removed element.
          await new Promise((resolve) => setTimeout(resolve, 50));
          home.append(call);
        },
        'other attributes': async () => {
          const call = document.querySelector('video-call')!;
          const values: Record<string, string> = {
            'display-name': 'Ada',
            muted: '',
            'camera-off': '',
            'no-controls': '',
            layout: 'spotlight',
            'relay-only': '',
            unlisted: '',
            token: 'x',
            class: 'x',
            dir: 'rtl',
            lang: 'ko',
          };
          for (const [name, value] of Object.entries(values)) {
            call.setAttribute(name, value);
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
          for (const name of Object.keys(values)) {
            if (name !== 'display-name') call.removeAttribute(name);
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        },
        'another language of the page': () => {
          document.documentElement.lang = 'ko';
        },
        'and back': () => {
          document.documentElement.lang = 'en';
        },
      };
      for (const [what, change] of Object.entries(changes)) {
        await ada.page.evaluate(change);
        const { frames } = await ada.page.evaluate(() => window.pictures);
        await waitFor(
          ada.page,
          (before) => window.pictures.frames > before + 5 || null,
          [frames],
          `${what}: the picture stands`,
        );
        const [own, others] = (await gaps()) as [Window['pictures'], Window['pictures']];
        const told =
          `${what}: longest gap so far ${Math.round(own.longestGapMs)} ms here, ` +
          `${Math.round(others.longestGapMs)} ms at the other side, ` +
          `${Math.round(own.bareGapMs)} ms in a bare video beside`;
        t.diagnostic(told);
        // A bare video beside the element shows how busy the machine is. Its gaps raise the limit.
        const limitMs = Math.max(LONGEST_GAP_MS, own.bareGapMs * 1.5);
        assert.ok(own.longestGapMs <= limitMs && others.longestGapMs <= limitMs, told);
      }
      assert.deepEqual(
        await Promise.all([ada, bo].map(({ page }) => page.evaluate(connectionsMade))),
        made,
        'no connection was made',
      );
      assert.equal(await ada.page.evaluate(() => window.watched.sockets.length), sockets, 'nor a socket');
      assert.equal(await ada.page.evaluate(() => window.watched.renegotiations), 0);
      // The check can fail: outside of the document for longer than a move takes, the element makes a new call.
      await ada.page.evaluate(async () => {
        const call = document.querySelector('video-call')!;
        const home = call.parentElement!;
        call.remove();
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        home.append(call);
      });
      await waitFor(
        ada.page,
        (before) => window.watched.connections.length > before || null,
        [made[0]!],
        'the check cannot fail',
      );
      await allJoined([ada, bo]);
      const { frames } = await ada.page.evaluate(() => window.pictures);
      await waitFor(
        ada.page,
        (before) => window.pictures.frames > before || null,
        [frames],
        'no picture after the return',
      );
      const [own] = await gaps();
      assert.ok(own!.longestGapMs > LONGEST_GAP_MS, `the check cannot fail: ${own!.longestGapMs} ms`);
    },
  );

  test('and a second one capture the camera once', { timeout: 30_000 }, async () => {
    const countLive = async () => (await ada.page.evaluate(readHeld)).liveTracks;
    // The call of before has just begun, and opens its devices meanwhile: two tracks, and a copy of each to send.
    await eventually('the first one has not both devices', async () => (await countLive()) === 4);
    const before = await ada.page.evaluate(() => window.watched.captures.length);
    await ada.page.evaluate(() => {
      const { room, constraints } = document.querySelector('video-call') as unknown as CallElement & {
        constraints: object;
      };
      for (const name of [room, `${room}-beside`]) {
        const call = document.createElement('video-call') as CallElement;
        Object.assign(call, { room: name, constraints, className: 'second' });
        call.setAttribute('autojoin', '');
        document.body.append(call);
      }
    });
    await waitFor(
      ada.page,
      () => {
        const others = [...document.querySelectorAll('video-call.second')] as CallElement[];
        return others.every(({ state, participants }) => state === 'joined' && participants[0]?.camera) || null;
      },
      [],
      'the others are not in their calls',
    );
    assert.equal(await ada.page.evaluate(() => window.watched.captures.length), before, 'no other capture');
    await ada.page.evaluate(() => {
      for (const element of document.querySelectorAll('video-call.second')) element.remove();
    });
    // A removed element keeps its capture for a short grace. This is longer.
    await pass(1_500);
    await eventually('the first one does not keep its devices alone', async () => (await countLive()) === 4);
    await allJoined([ada, bo]);
  });
});

describe('a page', () => {
  test('is the same participant after a reload, and never two', { timeout: 60_000 }, async () => {
    await bo.page.evaluate(followCall);
    const id = await joinedId(ada.page);
    for (let time = 0; time < 3; time++) {
      await ada.page.reload();
      assert.equal(await joinedId(ada.page), id);
      await allJoined([ada, bo]);
    }
    const { rosters, now } = await bo.page.evaluate(() => ({ ...window.followed, now: performance.now() }));
    for (const list of ['call', 'room'] as const) assert.equal(longestDoubleMs(rosters[list], 'Ada', now), 0, list);
  });

  /** Like "Duplicate tab", `window.open` gives the new page a copy of the session storage. */
  async function duplicate(beforehand?: string): Promise<Page> {
    const opened = new Promise<Page>((resolve) => ada.page.once('popup', (popup) => resolve(popup!)));
    // The storage is copied when the empty window opens. The page loads only after the test has injected `beforehand`.
    await ada.page.evaluate(() => void window.open('about:blank', '_blank', 'popup,width=400,height=300'));
    const page = await opened;
    if (beforehand) await page.evaluateOnNewDocument(beforehand);
    await page.goto(ada.page.url());
    return page;
  }

  test('becomes a different participant when it is duplicated', { timeout: 60_000 }, async () => {
    const id = await joinedId(ada.page);
    const page = await duplicate();
    const stored = await page.evaluate(
      () => Object.keys(sessionStorage).filter((key) => key.startsWith('sarangbang:resume')).length,
    );
    assert.equal(stored, 1, 'there was a token to copy');
    assert.notEqual(await joinedId(page), id);
    assert.equal(await ada.page.evaluate(ownId), id);
    await page.close();
    await allJoined([ada, bo]);
  });

  test(
    'that claims the same token replaces the first page, which does not take it back',
    { timeout: 60_000 },
    async () => {
      const id = await joinedId(ada.page);
      await ada.page.evaluate(() => {
        document
          .querySelector('video-call')
          ?.addEventListener(
            'call-leave',
            (event) => ((window as unknown as { left: string }).left = (event as Event & { reason: string }).reason),
          );
      });
      // Without Web Locks, the copy cannot know that its token is in use. This is also the control of the test before.
      const page = await duplicate(`Object.defineProperty(navigator, 'locks', { value: undefined })`);
      assert.equal(await joinedId(page), id, 'the check cannot fail: somebody else without a lock as well');
      await waitFor(
        ada.page,
        () => (document.querySelector('video-call') as unknown as CallElement).state === 'left' || null,
        [],
        'the first is not replaced',
      );
      assert.equal(await ada.page.evaluate(() => (window as unknown as { left: string }).left), 'replaced');
      await isReleased(ada);
      const sockets = () =>
        Promise.all([ada.page, page].map((one) => one.evaluate(() => window.watched?.sockets.length ?? 0)));
      const before = await sockets();
      // For three seconds neither page may open another socket.
      await pass(3_000);
      assert.deepEqual(await sockets(), before, 'no tug of war');
      assert.equal(await page.evaluate(ownId), id);
      await page.close();
      await eventually('the closed one stays', async () => (await bo.page.evaluate(namesSeen)).length === 1);
      await ada.page.evaluate(() => (document.querySelector('video-call') as unknown as CallElement).join());
      await allJoined([ada, bo]);
    },
  );

  test('releases everything within 2 s after its elements are removed, 10 times', { timeout: 120_000 }, async (t) => {
    await unmount(ada);
    const releasedMs = await isReleased(ada);
    t.diagnostic(`released after ${Math.round(releasedMs)} ms`);
    assert.ok(releasedMs < 2_000);
    await leavesNothing(t, ada, 10);
    await mount(ada);
    await isInCall(ada);
  });

  test('that crashed is shown as reconnecting and disappears after 10 s', { timeout: 60_000 }, async (t) => {
    const session = await ada.page.createCDPSession();
    void session.send('Page.crash').catch(() => undefined);
    const startedAt = performance.now();
    const badge = await waitFor(
      bo.page,
      () => {
        const visit = (root: ShadowRoot): string | null => {
          for (const element of root.querySelectorAll<HTMLElement>('*')) {
            if (element.matches('.frame.lost [part~=badge].quality')) return element.innerText;
            const found = element.shadowRoot && visit(element.shadowRoot);
            if (found) return found;
          }
          return null;
        };
        return visit(document.querySelector('video-call')!.shadowRoot!);
      },
      [],
      'nothing says that it is reconnecting',
      5_000,
    );
    t.diagnostic(`“${badge}” after ${Math.round(performance.now() - startedAt)} ms`);
    await eventually('it stays', async () => (await bo.page.evaluate(namesSeen)).length === 1, 15_000);
    const goneMs = performance.now() - startedAt;
    t.diagnostic(`gone after ${Math.round(goneMs)} ms`);
    assert.ok(goneMs > 5_000 && goneMs < 13_000, `${goneMs} ms`);
    const room = await bo.page.evaluate(() =>
      (document.querySelector('chat-room') as unknown as ChatElement).participants.map(
        ({ displayName }) => displayName,
      ),
    );
    assert.deepEqual(room, ['Bo']);
  });
});
