/** A camera that pauses for a minute because its receiver does not show it. There is no sound either. */
import { expect } from 'chai';
import { FakeCallRoom, stopTracks } from '../../support/rtc/fake-call-room.ts';
import { CALM, hideCamera } from '../../support/rtc/watchers.ts';

const MINUTE_MS = 60_000;

describe('a camera that is paused for a minute', () => {
  for (const microphone of ['none', 'muted'] as const) {
    it(`is neither lost nor restarted (microphone: ${microphone})`, async () => {
      const room = new FakeCallRoom();
      try {
        expect(await hideCamera(room, microphone, MINUTE_MS)).to.deep.equal(CALM);
      } finally {
        room.close();
        await stopTracks();
      }
    }).timeout(MINUTE_MS * 2);
  }
});
