/** A page in the back-forward cache of its browser: out of the call at once, and in it again when it is restored. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { launchBrowser, waitFor } from '../support/browser/browser.ts';
import {
  allJoined,
  joinedId,
  namesSeen,
  openMeeting,
  type CallElement,
  type Meeting,
  type Person,
} from '../support/browser/meeting.ts';
import { eventually } from '../support/waiting.ts';

let meeting: Meeting;
let ada: Person;
let bo: Person;

before(
  async () => {
    meeting = await openMeeting();
    const room = `cache-${randomUUID()}`;
    bo = await meeting.enter('Bo', room);
    await joinedId(bo.page);
    ada = await meeting.enter('Ada', room, { testBrowser: await launchBrowser({ keepsPages: true }) });
    await allJoined([ada, bo]);
  },
  { timeout: 60_000 },
);
after(() => meeting?.close());

test('a page that is restored from the cache joins again', { timeout: 60_000 }, async (t) => {
  const id = await joinedId(ada.page);
  await ada.page.evaluate(() => {
    (window as unknown as { mark: number }).mark = 1;
    addEventListener(
      'pageshow',
      ({ persisted }) => ((window as unknown as { persisted: boolean }).persisted = persisted),
    );
  });
  const hasBoth = (): Promise<unknown> =>
    waitFor(
      ada.page,
      () => window.watched.tracks.filter(({ readyState }) => readyState === 'live').length === 4 || null,
      [],
      'camera and microphone are not on',
    );
  // The call is joined before the devices are open. Each device is captured, and a copy of its track is sent.
  await hasBoth();
  await waitFor(
    ada.page,
    () => window.watched.connections.at(-1)?.connectionState === 'connected' || null,
    [],
    'no media before it goes',
  );
  const startedAt = performance.now();
  await ada.page.goto(`${meeting.server.url}/healthz`);
  await eventually('the page that went stays', async () => (await bo.page.evaluate(namesSeen)).length === 1, 3_000);
  t.diagnostic(`gone after ${Math.round(performance.now() - startedAt)} ms`);
  await ada.page.evaluate(() => history.back()).catch(() => undefined);
  await waitFor(
    ada.page,
    () => (document.querySelector('video-call') as unknown as CallElement | null)?.state === 'joined' || null,
    [],
    'not in again',
    20_000,
  );
  const { hindrances, ...restored } = await ada.page.evaluate(() => {
    const { mark, persisted } = window as unknown as { mark?: number; persisted?: boolean };
    const [navigation] = performance.getEntriesByType('navigation') as { notRestoredReasons?: unknown }[];
    return { mark, persisted, hindrances: JSON.stringify(navigation?.notRestoredReasons ?? null) };
  });
  assert.deepEqual(restored, { mark: 1, persisted: true }, `it came from the cache, despite ${hindrances}`);
  await allJoined([ada, bo]);
  assert.equal(await joinedId(ada.page), id);
  await waitFor(
    ada.page,
    () => window.watched.connections.at(-1)?.connectionState === 'connected' || null,
    [],
    'no media after the return',
  );
  await hasBoth();
  const asked = await ada.page.evaluate(() => window.watched.captures.findLast(({ video }) => video)?.video);
  assert.equal((asked as MediaTrackConstraints).width, 320, 'the camera as the element wants it');
});
