/** A call that is not displayed, while its page shows a stream of it. */
import { expect } from 'chai';
import { removeCalls } from '../../support/browser/calls.ts';
import { watchByPage } from '../../support/browser/hidden-call.ts';

afterEach(() => removeCalls());

describe('a call that is not displayed', () => {
  /** Long enough for three checks for missing packets, and for the ICE restart that would follow. */
  const SHORT_MS = 7_000;

  for (const microphone of ['off', 'none'] as const) {
    it(`loses nobody, and gets the full picture when the page shows it (microphone: ${microphone})`, async () => {
      const { qualities, descriptions } = await watchByPage(microphone, SHORT_MS);
      expect(qualities).not.to.include('lost');
      expect(descriptions, 'no restart').to.equal(0);
    }).timeout(60_000);
  }
});
