/**
 * Hands, reactions and permissions among pages of two versions: nothing stands still, is lost or comes twice.
 * `permissions.soak.ts` has the long form.
 */
import { after, before, test } from 'node:test';
import { launchBrowser } from '../support/browser/browser.ts';
import { checkEarlierTab } from '../support/browser/earlier-tab.ts';
import { openMeeting, type Meeting } from '../support/browser/meeting.ts';
import { EARLIER_SKIPPED, startEarlierSite } from '../support/server/earlier-server.ts';

let meeting: Meeting;

before(async () => {
  meeting = await openMeeting();
});
after(() => meeting?.close());

test(
  'hands, reactions and permissions disturb no page of today or of an earlier version',
  { timeout: 120_000, skip: EARLIER_SKIPPED },
  async (t) => {
    const earlier = (await startEarlierSite(t)).url;
    const browser = await launchBrowser({ extraFlags: ['--disable-renderer-backgrounding'] });
    await checkEarlierTab(t, { meeting, browser, earlier, rounds: 8, everyMs: 0 });
  },
);
