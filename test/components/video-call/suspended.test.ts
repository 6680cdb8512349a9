/** A call in a page that the back-forward cache suspends. */
import { expect } from 'chai';
import {
  codeOf,
  createCall,
  freshRoom,
  joinedCall,
  reaches,
  removeCalls,
  together,
} from '../../support/browser/calls.ts';

const suspend = () => {
  dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
  dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
};

afterEach(() => removeCalls());

describe('a call in a page that is suspended', () => {
  it('joins when the page is back if it was joining, and opens no device before', async () => {
    const call = await createCall({ room: freshRoom() });
    await reaches(call, 'prejoin');
    const { mediaDevices } = navigator;
    let asked = 0;
    const original = mediaDevices.getUserMedia;
    mediaDevices.getUserMedia = (constraints) => {
      asked++;
      return original.call(mediaDevices, constraints);
    };
    try {
      const joining = codeOf(call.join());
      expect(call.state).to.equal('joining');
      dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
      asked = 0;
      expect(await joining).to.equal('cancelled');
      await call.updateComplete;
      expect(asked, 'devices opened by a page that goes').to.equal(0);
      dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
      await reaches(call, 'joined');
      await together(call);
    } finally {
      mediaDevices.getUserMedia = original;
    }
  });

  it('goes on if it was joined', async () => {
    const call = await joinedCall();
    suspend();
    await together(call);
    expect(call.state).to.equal('joined');
  });
});
