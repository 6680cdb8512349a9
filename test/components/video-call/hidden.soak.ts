/** A call that is not displayed for a minute, with no sound to receive. */
import { expect } from 'chai';
import { removeCalls } from '../../support/browser/calls.ts';
import { watchByPage } from '../../support/browser/hidden-call.ts';

const MINUTE_MS = 60_000;

afterEach(() => removeCalls());

describe('a call that is not displayed for a minute', () => {
  for (const microphone of ['off', 'none'] as const) {
    it(`loses nobody, and gets the full picture when the page shows it (microphone: ${microphone})`, async () => {
      const { qualities, descriptions } = await watchByPage(microphone, MINUTE_MS);
      expect(qualities).not.to.include('lost');
      expect(descriptions, 'no restart').to.equal(0);
    }).timeout(MINUTE_MS * 2);
  }
});
