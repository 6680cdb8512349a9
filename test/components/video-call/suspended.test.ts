/** A call in a page that the back-forward cache suspends. */
import { expect } from 'chai';
import { joinedCall, removeCalls, together } from '../../support/browser/calls.ts';

const suspend = () => {
  dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
  dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
};

afterEach(() => removeCalls());

describe('a call in a page that is suspended', () => {
  it('goes on if it was joined', async () => {
    const call = await joinedCall();
    suspend();
    await together(call);
    expect(call.state).to.equal('joined');
  });
});
