/**
 * The long form of `permissions.test.ts` and `earlier-tab.test.ts`: every store, modified clients of both versions, and
 * what goes wrong.
 */
import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import { launchBrowser } from '../support/browser/browser.ts';
import { checkEarlierTab } from '../support/browser/earlier-tab.ts';
import { openMeeting, type Meeting } from '../support/browser/meeting.ts';
import { RestrictedCall, RESTRICTIONS, STORES } from '../support/browser/restricted-call.ts';
import { EARLIER_SKIPPED, startEarlierSite } from '../support/server/earlier-server.ts';

const MINUTE = 60_000;
const LOOK_MS = 3_000;
/** While a page of the earlier commit has no server at all, it believes what the others say of themselves. */
const KNOWN = /^(samples|cameraFrames|screenFrames) .* at Cho, .*, nobody with a server$/;

function assertOnlyKnown(t: TestContext, leaks: readonly string[], known: RegExp): void {
  const shown = leaks.filter((leak) => known.test(leak));
  if (shown.length > 0) t.diagnostic(`at the earlier page: ${shown.join('; ')}`);
  assert.deepEqual(
    leaks.filter((leak) => !known.test(leak)),
    [],
  );
}

let meeting: Meeting;

before(async () => {
  meeting = await openMeeting();
});
after(() => meeting?.close());

test('with pages of today and of an earlier version', { timeout: 60 * MINUTE, skip: EARLIER_SKIPPED }, async (t) => {
  const earlier = (await startEarlierSite(t)).url;
  const browser = await launchBrowser({ extraFlags: ['--disable-renderer-backgrounding'] });

  for (const store of STORES) {
    await t.test(`${store.name}: modified clients reach nobody past what the room decided`, async (t) => {
      const modified = ['earlier', 'today'] as const;
      const call = await RestrictedCall.open(t, { meeting, browser, earlier, store, modified });
      for (const restriction of RESTRICTIONS) await call.defy(restriction, LOOK_MS, true);
      assertOnlyKnown(t, call.leaks, KNOWN);
    });
  }

  await t.test('speech that passes as the sound of a screen', async (t) => {
    const [store] = STORES;
    const modified = ['earlier', 'today'] as const;
    const call = await RestrictedCall.open(t, { meeting, browser, earlier, store: store!, modified, hasSound: true });
    await call.defy(RESTRICTIONS[0]!, LOOK_MS);
    // A page of the earlier commit plays what arrives as the sound of a screen, as long as its sender may share one.
    assertOnlyKnown(t, call.leaks, / at Cho, /);
  });

  await t.test('a hundred hands, reactions and permission changes disturb nothing', (t) =>
    checkEarlierTab(t, { meeting, browser, earlier, rounds: 100, everyMs: 200 }),
  );
});
