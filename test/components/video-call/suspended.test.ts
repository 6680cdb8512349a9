/** A call in a page that the back-forward cache suspends. */
import { expect } from 'chai';
import { codeOf, createCall, freshRoom, joinedCall, removeCalls, together } from '../../support/browser/calls.ts';

const suspend = () => {
  dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
  dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
};

afterEach(() => removeCalls());

describe('a call in a page that is suspended', () => {
  it('can be joined again if it was joining', async () => {
    const call = await createCall({ room: freshRoom() });
    const joining = codeOf(call.join());
    expect(call.state).to.equal('joining');
    suspend();
    expect(await joining).to.equal('cancelled');
    expect(call.state).to.equal('prejoin');
    await call.join();
    expect(call.state).to.equal('joined');
  });

  it('goes on if it was joined', async () => {
    const call = await joinedCall();
    suspend();
    await together(call);
    expect(call.state).to.equal('joined');
  });
});
