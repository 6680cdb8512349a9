/** Networks without WebSockets, such as behind some companies' proxies. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { connect } from '../../components/client/index.ts';
import { launchBrowser, waitFor, type TestBrowser, type TestPage } from '../support/browser/browser.ts';
import { openMeeting, type ChatElement, type Meeting } from '../support/browser/meeting.ts';
import { until } from '../support/waiting.ts';

const GOODBYES = 10;

let meeting: Meeting;
let testBrowser: TestBrowser;

before(
  async () => {
    meeting = await openMeeting();
    testBrowser = await launchBrowser();
  },
  { timeout: 60_000 },
);
after(() => meeting?.close());

/** Opens a page whose WebSockets all fail; resolves once it is in the room. */
async function enter(name: string, room: string): Promise<TestPage> {
  const testPage = await testBrowser.newPage();
  const { page } = testPage;
  await page.evaluateOnNewDocument(() => {
    window.WebSocket = class extends EventTarget {
      constructor() {
        super();
        setTimeout(() => this.dispatchEvent(new Event('error')));
      }
      close(): void {}
    } as unknown as typeof WebSocket;
  });
  await page.goto(`${meeting.site.url}?${new URLSearchParams({ name, room })}`);
  await waitFor(
    page,
    () => (document.querySelector('chat-room') as unknown as ChatElement).state === 'joined' || null,
    [],
    `${name} is not in the room`,
    20_000,
  );
  return testPage;
}

test('long polling loads and works', { timeout: 60_000 }, async () => {
  const { page, requests } = await enter('Eve', `polling-${randomUUID()}`);
  const sent = await page.evaluate(
    async () => (await (document.querySelector('chat-room') as unknown as ChatElement).sendMessage('by letter')).state,
  );
  assert.equal(sent, 'sent');
  assert.ok(requests.some((url) => url.includes('transport=polling')));
  await page.close();
});

test(`a closed tab is gone within a second, ${GOODBYES} times of ${GOODBYES}`, { timeout: 120_000 }, async (t) => {
  const name = `goodbyes-${randomUUID()}`;
  const client = connect({ server: meeting.server.url, displayName: 'Fay', shared: false });
  t.after(() => client.close());
  const room = client.join(name);
  // An empty tab, because the browser would end with its last tab.
  await testBrowser.newPage();
  const tookMs: number[] = [];
  for (let time = 0; time < GOODBYES; time++) {
    const { page } = await enter('Eve', name);
    await until(room.store, ({ participants }) => participants.length === 2, 'Eve is not there');
    const startedAt = performance.now();
    await page.close();
    await until(room.store, ({ participants }) => participants.length === 1, 'Eve stays', 20_000);
    tookMs.push(performance.now() - startedAt);
  }
  t.diagnostic(`gone after ${tookMs.map(Math.round).join(', ')} ms`);
  assert.deepEqual(
    tookMs.filter((ms) => ms > 1_000),
    [],
  );
});

test('a tab that closes while it sends is gone within a second', { timeout: 60_000 }, async (t) => {
  const name = `sending-${randomUUID()}`;
  const client = connect({ server: meeting.server.url, displayName: 'Fay', shared: false });
  t.after(() => client.close());
  const room = client.join(name);
  await testBrowser.newPage();
  for (let time = 0; time < 3; time++) {
    const { page } = await enter('Eve', name);
    await until(room.store, ({ participants }) => participants.length === 2, 'Eve is not there');
    const startedAt = performance.now();
    await page.evaluate(() => {
      void (document.querySelector('chat-room') as unknown as ChatElement).sendMessage('last words');
      location.href = 'about:blank';
    });
    await until(room.store, ({ participants }) => participants.length === 1, 'Eve stays', 20_000);
    assert.ok(performance.now() - startedAt < 1_000, 'Eve was there for longer than a second');
    await page.close();
  }
});
