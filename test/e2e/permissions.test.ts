/**
 * What a room leaves to its moderators, against a modified client of an earlier version. `permissions.soak.ts` has the
 * long form: every store, both versions, lost connections and killed servers.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchBrowser } from '../support/browser/browser.ts';
import { openMeeting, type Meeting } from '../support/browser/meeting.ts';
import { RestrictedCall, RESTRICTIONS, STORES } from '../support/browser/restricted-call.ts';
import { EARLIER_SKIPPED, startEarlierSite } from '../support/server/earlier-server.ts';

let meeting: Meeting;

before(async () => {
  meeting = await openMeeting();
});
after(() => meeting?.close());

test(
  'a modified client reaches nobody past what the room decided',
  { timeout: 180_000, skip: EARLIER_SKIPPED },
  async (t) => {
    const earlier = (await startEarlierSite(t)).url;
    const browser = await launchBrowser({ extraFlags: ['--disable-renderer-backgrounding'] });
    const [store] = STORES;
    const call = await RestrictedCall.open(t, { meeting, browser, earlier, store: store!, modified: ['earlier'] });
    for (const restriction of RESTRICTIONS) await call.defy(restriction, 500);
    assert.deepEqual(call.leaks, []);
  },
);
