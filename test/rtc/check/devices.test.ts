/** How long a check waits for a device that delivers nothing. */
import { expect } from 'chai';
import { judgePicture } from '../../../components/rtc/check/devices.ts';
import type { Clock } from '../../../components/rtc/clock.ts';

it('waits no longer for a silent device in a hidden page, whose timers are slow', async () => {
  let nowMs = 0;
  const slow: Clock = {
    now: () => nowMs,
    after(_ms, callback) {
      // Once a second, as browsers do it.
      nowMs += 1_000;
      queueMicrotask(callback);
      return () => undefined;
    },
    every: () => () => undefined,
  };
  expect(await judgePicture({ muted: true } as MediaStreamTrack, slow)).to.equal('silent');
  expect(nowMs).to.be.at.most(3_000);
});
