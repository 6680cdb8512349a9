/** A call between real browsers: frames are counted as they are drawn, sound is measured as it arrives. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { waitFor } from '../support/browser/browser.ts';
import {
  allJoined,
  framesGrow,
  openMeeting,
  soundComes,
  watchFrames,
  type CallElement,
  type ChatElement,
  type Meeting,
  type Person,
} from '../support/browser/meeting.ts';
import { countDrawnVideos } from '../support/browser/page-probes.ts';
import { eventually } from '../support/waiting.ts';

let meeting: Meeting;

before(async () => {
  meeting = await openMeeting();
});
after(() => meeting?.close());

/** The display names of all participants of a page's call. */
const readRoster = () => {
  const { participants } = document.querySelector('video-call') as unknown as CallElement;
  return participants.map(({ displayName }) => displayName);
};

describe('two participants in two browsers', () => {
  const room = `two-${randomUUID()}`;
  let ada: Person;
  let bo: Person;

  before(
    async () => {
      ada = await meeting.enter('Ada', room);
      bo = await meeting.enter('Bo', room);
      await allJoined([ada, bo]);
      await watchFrames([ada, bo]);
    },
    { timeout: 60_000 },
  );

  after(() => Promise.all([ada?.testBrowser.close(), bo?.testBrowser.close()]));

  test('see each other in the elements', async () => {
    await Promise.all([framesGrow(ada, 1), framesGrow(bo, 1)]);
    // Both pictures of the element, and the one of `watchFrames`. The own picture may come after that of the other.
    for (const { page, name } of [ada, bo])
      await eventually(
        `${name} is not shown three pictures`,
        async () => (await page.evaluate(countDrawnVideos)) === 3,
      );
  });

  test('hear each other', async () => {
    await Promise.all([soundComes(ada, 1), soundComes(bo, 1)]);
  });

  test('chat: pending, sent, received', async () => {
    const sent = await ada.page.evaluate(() =>
      (document.querySelector('chat-room') as unknown as ChatElement).sendMessage('하이 <b>Bo</b>'),
    );
    assert.equal(sent.state, 'sent');
    const received = await waitFor(
      bo.page,
      () =>
        (document.querySelector('chat-room') as unknown as ChatElement).messages.find(({ kind }) => kind === 'text'),
      [],
      'Bo receives no message',
    );
    assert.equal(received.text, '하이 <b>Bo</b>');
    assert.equal(received.isSelf, false);
    assert.equal(received.from.displayName, 'Ada');
    assert.equal(received.id, sent.id);
  });

  test('switch the camera without renegotiation, and the other sees the new one', async () => {
    const chosen = await ada.page.evaluate(async () => {
      const call = document.querySelector('video-call') as unknown as CallElement;
      const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
      const own = () => call.participants[0]?.stream?.getVideoTracks()[0]?.getSettings().deviceId;
      const other = cameras.at(-1);
      if (!other || other.deviceId === own()) throw new Error('There is no other camera.');
      await call.setDevice('videoinput', other.deviceId);
      return { wanted: other.deviceId, taken: own() };
    });
    assert.equal(chosen.taken, chosen.wanted);
    await framesGrow(bo, 1);
    for (const { page, name } of [ada, bo])
      assert.equal(await page.evaluate(() => window.watched.renegotiations), 0, name);
  });

  test('switch the microphone without renegotiation', async () => {
    await ada.page.evaluate(async () => {
      const call = document.querySelector('video-call') as unknown as CallElement;
      const microphones = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'audioinput');
      await call.setDevice('audioinput', microphones.at(-1)?.deviceId ?? '');
    });
    await soundComes(bo, 1);
    for (const { page, name } of [ada, bo])
      assert.equal(await page.evaluate(() => window.watched.renegotiations), 0, name);
  });

  test('turn the camera off, which turns its light off and is shown at the other side, and on again', async () => {
    const seesCamera = (on: boolean) =>
      waitFor(
        bo.page,
        (wanted) =>
          (document.querySelector('video-call') as unknown as CallElement).participants.find(({ isSelf }) => !isSelf)
            ?.camera === wanted || null,
        [on],
        `Bo does not know that Ada's camera is ${on ? 'on' : 'off'}`,
      );
    const off = await ada.page.evaluate(async () => {
      const call = document.querySelector('video-call') as unknown as CallElement;
      const [track] = call.participants[0]?.stream?.getVideoTracks() ?? [];
      return { answer: await call.toggleCamera(false), track: track?.readyState };
    });
    assert.deepEqual(off, { answer: false, track: 'ended' });
    await seesCamera(false);
    assert.equal(
      await ada.page.evaluate(() =>
        (document.querySelector('video-call') as unknown as CallElement).toggleCamera(true),
      ),
      true,
    );
    await seesCamera(true);
    await framesGrow(bo, 1);
  });

  test('see when the other turns the microphone off', async () => {
    assert.equal(
      await ada.page.evaluate(() =>
        (document.querySelector('video-call') as unknown as CallElement).toggleMicrophone(false),
      ),
      false,
    );
    await waitFor(
      bo.page,
      () =>
        (document.querySelector('video-call') as unknown as CallElement).participants.find(({ isSelf }) => !isSelf)
          ?.microphone === false || null,
      [],
      "Bo does not know that Ada's microphone is off",
    );
  });

  test('leave the call, keep the chat, and can join the call again', async () => {
    await ada.page.evaluate(() => (document.querySelector('video-call') as unknown as CallElement).leave());
    await eventually(
      'Bo is not told that Ada left the call',
      async () => (await bo.page.evaluate(readRoster)).length === 1,
    );
    const room = await bo.page.evaluate(() =>
      (document.querySelector('chat-room') as unknown as ChatElement).participants.map(({ displayName, inCall }) => ({
        displayName,
        inCall,
      })),
    );
    assert.deepEqual(
      room.find(({ displayName }) => displayName === 'Ada'),
      { displayName: 'Ada', inCall: false },
    );
    assert.equal(
      await ada.page.evaluate(
        () => window.watched.connections.filter(({ connectionState }) => connectionState !== 'closed').length,
      ),
      0,
    );
    await ada.page.evaluate(() => (document.querySelector('video-call') as unknown as CallElement).join());
    await allJoined([ada, bo]);
    await Promise.all([framesGrow(ada, 1), framesGrow(bo, 1)]);
  });

  test('lose a closed tab within a second', async () => {
    const startedAt = performance.now();
    await ada.page.close();
    await eventually('Bo still sees Ada', async () => (await bo.page.evaluate(readRoster)).length === 1, 5_000);
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs < 1_000, `${tookMs} ms`);
  });

  test('cause no error on the pages', () => {
    assert.deepEqual([...ada.problems, ...bo.problems], []);
  });
});

test('the others also lose a browser that crashes', { timeout: 60_000 }, async () => {
  const room = `dies-${randomUUID()}`;
  const ada = await meeting.enter('Ada', room);
  const bo = await meeting.enter('Bo', room);
  await allJoined([ada, bo]);
  ada.testBrowser.browser.process()?.kill('SIGKILL');
  await eventually('Bo still sees Ada', async () => (await bo.page.evaluate(readRoster)).length === 1, 25_000);
  await Promise.all([ada.testBrowser.close(), bo.testBrowser.close()]);
});

test('four participants in two browsers: all twelve directions', { timeout: 120_000 }, async () => {
  const room = `four-${randomUUID()}`;
  const people: Person[] = [];
  // Two participants in each browser: two cores are too few for four browsers.
  for (const name of ['Ada', 'Bo', 'Chu', 'Dal'])
    people.push(await meeting.enter(name, room, { testBrowser: people.at(-2)?.testBrowser }));
  await allJoined(people);
  await watchFrames(people);
  await Promise.all(people.map((person) => framesGrow(person, 3)));
  // Again, because a picture may have arrived and then frozen.
  await Promise.all(people.map((person) => framesGrow(person, 3)));
  await Promise.all(people.map((person) => soundComes(person, 3)));
  for (const { page, name, problems } of people) {
    assert.equal(
      await page.evaluate(() => window.watched.connections.length),
      3,
      `${name}: one connection for each other`,
    );
    assert.deepEqual(problems, [], name);
  }
  await Promise.all([...new Set(people.map(({ testBrowser }) => testBrowser))].map((one) => one.close()));
});
