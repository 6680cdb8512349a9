/** When a sender plans again, and in which order its links change. */
import { expect } from 'chai';
import type { Fits, LinkedReceiver } from '../../../components/rtc/uplink/share.ts';
import type { Shown } from '../../../components/rtc/uplink/shown.ts';
import { Uplink } from '../../../components/rtc/uplink/uplink.ts';
import { FakeClock } from '../../support/rtc/fake-clock.ts';
import { eventually, pass } from '../../support/waiting.ts';

/** A receiver whose link notes what it is given, and takes as long as the test wants. */
class FakeReceiver implements LinkedReceiver {
  shown: Shown | null = null;
  readonly receivesVideo = true;
  readonly given: number[] = [];
  /** True if a change lasts until `finish()`. */
  isSlow = false;
  finish: () => void = () => undefined;
  readonly link = {
    fits: null as Fits | null,
    fit: (fits: Fits): Promise<void> => {
      this.link.fits = fits;
      this.given.push(fits.camera.kbps);
      return this.isSlow ? new Promise((resolve) => (this.finish = resolve)) : Promise.resolve();
    },
  };
}

const FULL: Shown = { camera: [640, 360], screen: [0, 0] };
const TINY: Shown = { camera: [16, 16], screen: [0, 0] };

function createUplink(count: number) {
  const clock = new FakeClock();
  const receivers = Array.from({ length: count }, () => new FakeReceiver());
  const uplink = new Uplink({ clock, receivers: () => receivers, tracks: () => [] });
  return { clock, receivers, uplink };
}

describe('the uplink of a participant', () => {
  it('is planned at most five times a second, however often receivers report', async () => {
    const { clock, receivers, uplink } = createUplink(1);
    const [one] = receivers as [FakeReceiver];
    one.shown = FULL;
    for (let index = 0; index < 200; index++) {
      one.shown = index % 2 ? FULL : TINY;
      uplink.handleReport();
      // A plan gives twice: first what is less, then what is more.
      await pass(0);
      clock.pass(10);
    }
    expect(one.given.length / 2, 'plans in two seconds').to.be.within(2, 12);
    one.shown = TINY;
    uplink.handleReport();
    clock.pass(200);
    await pass(0);
    expect(one.link.fits?.camera.scale, 'the last report is never lost').to.equal(16);
    uplink.close();
    expect(clock.pending).to.equal(0);
  });

  it('gives one receiver more only after the others have less', async () => {
    const { receivers, uplink } = createUplink(2);
    const [one, two] = receivers as [FakeReceiver, FakeReceiver];
    await eventually('equal parts', () => one.given.at(-1) === 384 && two.given.at(-1) === 384);
    two.isSlow = true;
    two.shown = TINY;
    one.shown = FULL;
    uplink.handleReport();
    expect(two.given.at(-1), 'less at once').to.be.below(10);
    // Longer than any promise that is fulfilled already takes.
    await pass(50);
    expect(one.given.at(-1), 'not yet').to.equal(384);
    two.finish();
    await eventually('more', () => (one.given.at(-1) ?? 0) > 700);
  });
});
