/**
 * Permissions, hands and reactions among pages of two versions. A page of commit b0d21a7 knows nothing of permissions
 * and goes on to send, as a modified client would. It must reach nobody, neither a page of today nor another older one.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { launchBrowser, waitFor } from '../support/browser/browser.ts';
import {
  allJoined,
  bodyWith,
  framesGrow,
  joinedId,
  openMeeting,
  watchFrames,
  type CallElement,
  type Meeting,
  type Person,
} from '../support/browser/meeting.ts';
import { EARLIER_SKIPPED, startEarlierSite } from '../support/server/earlier-server.ts';
import { embeddingHtml, serveEmbeddingPage } from '../support/server/server-process.ts';

let meeting: Meeting;

before(async () => {
  meeting = await openMeeting();
});
after(() => meeting?.close());

/** A call of today, for a moderator. */
interface ModeratedElement extends CallElement {
  permissions: Record<string, string>;
  setPermission(what: string, who: string): Promise<void>;
  raiseHand(on?: boolean): Promise<boolean>;
  react(emoji: string): Promise<void>;
}

/** Runs in each page before its scripts: counts how often it asks for a snapshot of its room. */
const watchJoins = (): void => {
  const counted = window as unknown as { joins: number };
  counted.joins = 0;
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (frame) {
    if (/\["room:join"/.test(String(frame))) counted.joins++;
    send.call(this, frame);
  };
};

const joinsOf = ({ page }: Person) => page.evaluate(() => (window as unknown as { joins: number }).joins);
const framesOf = ({ page }: Person, id: string) => page.evaluate((of) => window.frameCounts[of] ?? 0, id);

/** Waits until a page shows a participant with these devices on. */
const shows = ({ page, name }: Person, id: string, microphone: boolean, camera: boolean) =>
  waitFor(
    page,
    (of: string, sound: boolean, picture: boolean) => {
      const { participants } = document.querySelector('video-call') as unknown as CallElement;
      const one = participants.find((participant) => participant.id === of);
      return (one?.microphone === sound && one.camera === picture) || null;
    },
    [id, microphone, camera] as [string, boolean, boolean],
    `${name} shows microphone ${microphone} and camera ${camera}`,
    20_000,
  );

/** Whether a page plays sound or a picture of a participant: what stands in the stream of its tile. */
const played = ({ page }: Person, id: string) =>
  page.evaluate((of) => {
    const { participants } = document.querySelector('video-call') as unknown as CallElement;
    const tracks = participants.find((participant) => participant.id === of)?.stream?.getTracks() ?? [];
    return tracks.filter(({ enabled }) => enabled).map(({ kind }) => kind);
  }, id);

test(
  'an older page that ignores a permission reaches nobody',
  { timeout: 90_000, skip: EARLIER_SKIPPED },
  async (t) => {
    const earlier = await startEarlierSite(t);
    const site = await serveEmbeddingPage(embeddingHtml(earlier.url, bodyWith()));
    t.after(() => site.close());
    const testBrowser = await launchBrowser({ extraFlags: ['--disable-renderer-backgrounding'] });
    const room = `permissions-${randomUUID()}`;
    const enter = (name: string, isOlder: boolean) =>
      meeting.enter(name, room, {
        testBrowser,
        beforehand: watchJoins,
        ...(isOlder && { site, server: meeting.server.url }),
      });
    const ada = await enter('Ada', false);
    await allJoined([ada]);
    const [bo, cho] = [await enter('Bo', true), await enter('Cho', true)];
    const people = [ada, bo, cho];
    await allJoined(people);
    await watchFrames(people);
    for (const person of people) await framesGrow(person, 2, 5);
    const boId = await joinedId(bo.page);
    const before = await Promise.all(people.map(joinsOf));

    await ada.page.evaluate(async () => {
      const call = document.querySelector('video-call') as unknown as ModeratedElement;
      await call.setPermission('microphone', 'moderators');
      await call.setPermission('camera', 'moderators');
    });
    for (const person of [ada, cho]) {
      await shows(person, boId, false, false);
      assert.deepEqual(await played(person, boId), [], `${person.name} plays nothing of Bo`);
    }
    const frames = await Promise.all([ada, cho].map((person) => framesOf(person, boId)));
    // Bo's own page knows no permissions, and still sends.
    assert.deepEqual(
      await bo.page.evaluate(() => {
        const { participants } = document.querySelector('video-call') as unknown as CallElement;
        const self = participants.find(({ isSelf }) => isSelf);
        return [self?.microphone, self?.camera];
      }),
      [true, true],
    );
    // Hands, reactions and permissions that older pages do not know.
    await ada.page.evaluate(async () => {
      const call = document.querySelector('video-call') as unknown as ModeratedElement;
      for (let round = 0; round < 20; round++) {
        await call.raiseHand(round % 2 === 0);
        if (round % 4 === 0) await call.react('👏');
        await call.setPermission('chat', round % 2 === 0 ? 'moderators' : 'everyone');
      }
    });
    // The moderator is seen as before, so time has passed in which frames of Bo would have been drawn.
    await framesGrow(cho, 1, 15);
    assert.deepEqual(await Promise.all([ada, cho].map((person) => framesOf(person, boId))), frames, 'frames of Bo');
    assert.deepEqual(await Promise.all(people.map(joinsOf)), before, 'no page asked for its room again');

    await ada.page.evaluate(async () => {
      const call = document.querySelector('video-call') as unknown as ModeratedElement;
      await call.setPermission('camera', 'everyone');
    });
    await bo.page.evaluate(async () => {
      const call = document.querySelector('video-call') as unknown as CallElement;
      await call.toggleCamera(false);
      await call.toggleCamera(true);
    });
    for (const person of [ada, cho]) await shows(person, boId, false, true);
  },
);
