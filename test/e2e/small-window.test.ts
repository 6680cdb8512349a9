/** A call that goes on in a window of its own, in a real browser. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { waitFor } from '../support/browser/browser.ts';
import { allJoined, openMeeting, type Meeting } from '../support/browser/meeting.ts';

/** How often a call goes out and back; set `PIP_ROUNDS=10` for a long run. */
const ROUNDS = Number(process.env.PIP_ROUNDS ?? 2);

let meeting: Meeting;

before(async () => {
  meeting = await openMeeting();
});
after(() => meeting?.close());

test(
  'goes into a window of its own and back, several times, and the element never moves',
  { timeout: 120_000 },
  async (t) => {
    const room = `pip-${randomUUID()}`;
    const ada = await meeting.enter('Ada', room);
    const bo = await meeting.enter('Bo', room);
    await allJoined([ada, bo]);
    const { page } = ada;
    await page.bringToFront();
    await page.evaluate(() => {
      const call = document.querySelector('video-call')!;
      const seen = { moved: 0, actives: [] as boolean[], gaps: [] as number[] };
      Object.assign(window, { seen });
      new MutationObserver((records) => (seen.moved += records.length)).observe(call.parentNode!, { childList: true });
      call.addEventListener('picture-in-picture-change', ({ active }) => seen.actives.push(active));
      call.setAttribute('buttons', 'pip leave');
    });
    for (let round = 0; round < ROUNDS; round++) {
      const button = await page.waitForSelector('video-call >>> .controls .pip');
      // A browser opens the window only after a real press.
      await button!.click();
      await waitFor(
        page,
        (count) =>
          (window as unknown as { seen: { actives: boolean[] } }).seen.actives.length === count * 2 + 1 || null,
        [round],
        'the window does not open',
      );
      // The longest time without a drawn frame, in the window from its opening on.
      const gapMs = await page.evaluate(async () => {
        const { documentPictureInPicture } = window as unknown as { documentPictureInPicture: { window: Window } };
        const host = documentPictureInPicture.window.document.querySelector('video-call')!;
        const video = host.shadowRoot!.querySelector('video')!;
        let last = performance.now();
        let longest = 0;
        const endAt = last + 1_000;
        while (performance.now() < endAt) {
          await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
          longest = Math.max(longest, performance.now() - last);
          last = performance.now();
        }
        return longest;
      });
      t.diagnostic(`round ${round}: longest time without a frame ${Math.round(gapMs)} ms`);
      assert.ok(gapMs < 1_000, `no frame for ${gapMs} ms`);
      // And then in the page, from the moment before the call is back.
      const backMs = await page.evaluate(async () => {
        const call = document.querySelector('video-call')!;
        const theirs = call.shadowRoot!.querySelectorAll('[part~="tile"]')[1]!;
        const video = theirs.shadowRoot!.querySelector('video')!;
        const frame = () => new Promise((resolve) => video.requestVideoFrameCallback(resolve));
        await frame();
        void call.exitPictureInPicture();
        let last = performance.now();
        let longest = 0;
        const endAt = last + 2_000;
        while (performance.now() < endAt) {
          await frame();
          longest = Math.max(longest, performance.now() - last);
          last = performance.now();
        }
        return longest;
      });
      t.diagnostic(`round ${round}: back in the page ${Math.round(backMs)} ms`);
      assert.ok(backMs < 1_000, `no frame for ${backMs} ms in the page`);
    }
    const seen = await page.evaluate(() => (window as unknown as { seen: { moved: number; actives: boolean[] } }).seen);
    assert.equal(seen.moved, 0);
    assert.equal(seen.actives.length, 2 * ROUNDS);
    assert.deepEqual(ada.problems, []);
    await Promise.all([ada, bo].map(({ testBrowser }) => testBrowser.close()));
  },
);
