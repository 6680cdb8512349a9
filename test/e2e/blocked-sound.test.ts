/** A browser that blocks the sound of a call until the person clicks. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { CDPSession } from 'puppeteer-core';
import { launchBrowser } from '../support/browser/browser.ts';
import { listenToCall, readBanner } from '../support/browser/device-probes.ts';
import { openMeeting, type Meeting } from '../support/browser/meeting.ts';
import { eventually } from '../support/waiting.ts';

let meeting: Meeting;

before(async () => {
  meeting = await openMeeting();
});
after(() => meeting?.close());

/** Like `page.evaluate`, but that would count as a user gesture each time, and so allow sound. */
async function ask(session: CDPSession, expression: string): Promise<unknown> {
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
    expression,
    returnByValue: true,
    awaitPromise: true,
    userGesture: false,
  });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
}

/** The media elements that play the sound of the others. */
const READ_PLAYERS = `[
  ...document
    .querySelector('video-call')
    .shadowRoot.querySelectorAll('[part~="tile"]:not([part~="tile-self"])'),
].map((tile) => {
  const video = tile.shadowRoot.querySelector('video');
  const tracks = video.srcObject?.getAudioTracks() ?? [];
  return {
    paused: video.paused,
    muted: video.muted,
    volume: video.volume,
    at: video.currentTime,
    sounds: tracks.filter(({ readyState, enabled }) => readyState === 'live' && enabled).length,
  };
})`;

/** The middle of the button that allows it. */
const READ_BUTTON = `(() => {
  const { shadowRoot } = document.querySelector('video-call');
  const { x, y, width, height } = shadowRoot.querySelector('[part~="banner"] button').getBoundingClientRect();
  return { x: x + width / 2, y: y + height / 2 };
})()`;

describe('when the browser blocks the sound', () => {
  for (const { policy, blocked } of [
    { policy: 'document-user-activation-required', blocked: true },
    { policy: 'no-user-gesture-required', blocked: false },
  ]) {
    test(
      blocked
        ? 'a button and call-error say so, the picture plays, and after a press the sound'
        : 'control: it plays at once, by media elements alone',
      { timeout: 60_000 },
      async () => {
        const room = `held-${randomUUID()}`;
        const ada = await meeting.enter('Ada', room);
        // Browsers allow sound on a page that captures a device, so Eve captures nothing.
        const testBrowser = await launchBrowser({
          extraFlags: [`--autoplay-policy=${policy}`, '--use-fake-ui-for-media-stream=deny'],
        });
        const { page } = await testBrowser.newPage();
        await page.evaluateOnNewDocument(listenToCall);
        await page.evaluateOnNewDocument(() => {
          const counted = { contexts: 0 };
          Object.assign(window, { counted });
          window.AudioContext = class extends AudioContext {
            constructor(options?: AudioContextOptions) {
              super(options);
              counted.contexts++;
            }
          };
        });
        const session = await page.createCDPSession();
        const query = new URLSearchParams({ name: 'Eve', room });
        await page.goto(`${meeting.site.url}?${query}`);
        const readBannerText = `(${readBanner.toString()})()`;
        type Player = { paused: boolean; muted: boolean; volume: number; at: number; sounds: number };
        const players = async () => (await ask(session, READ_PLAYERS)) as Player[];
        const playing = async (muted: boolean) => {
          const first = await eventually(`no player with muted=${muted}`, async () => {
            const all = await players();
            const found = all.find((player) => !player.paused && player.muted === muted && player.sounds === 1);
            if (!found) throw new Error(JSON.stringify([all, await ask(session, readBannerText)]));
            return found;
          });
          await eventually('it does not go on', async () => (await players()).some(({ at }) => at > first.at + 0.5));
          assert.equal(first.volume, 1);
        };
        await eventually(
          'Eve is not in the call',
          async () => (await ask(session, "document.querySelector('video-call').participants.length")) === 2,
          20_000,
        );
        const heard = async () =>
          ((await ask(session, 'window.heardErrors')) as string[]).filter((code) => code !== 'permission-denied');
        if (blocked) {
          await eventually('nothing is said of the sound', async () =>
            /blocked the sound/.test(String(await ask(session, readBannerText))),
          );
          assert.deepEqual(await heard(), ['playback-blocked']);
          await playing(true);
          // A real click, through the browser. The banner steps aside where something else comes onto the stage.
          await eventually('the press of the button', async () => {
            if (!/blocked/.test(String(await ask(session, readBannerText)))) return true;
            const { x, y } = (await ask(session, READ_BUTTON)) as { x: number; y: number };
            await page.mouse.click(x, y);
            return false;
          });
        }
        await playing(false);
        assert.doesNotMatch(String(await ask(session, readBannerText)), /sound/);
        assert.deepEqual(await heard(), blocked ? ['playback-blocked'] : []);
        assert.equal(await ask(session, 'window.counted.contexts'), 0, 'no audio graph in the way');
        await Promise.all([testBrowser.close(), ada.testBrowser.close()]);
      },
    );
  }
});
