/** When a sender divides its bit rate again, and in which order its links change. */
import { expect } from 'chai';
import type { LocalTrack } from '../../../components/rtc/media/local-media.ts';
import type { Encoded } from '../../../components/rtc/uplink/encoder-load.ts';
import type { Fits, LinkedReceiver } from '../../../components/rtc/uplink/share.ts';
import type { Shown } from '../../../components/rtc/uplink/shown.ts';
import { Uplink } from '../../../components/rtc/uplink/uplink.ts';
import { FakeClock } from '../../support/rtc/fake-clock.ts';
import { eventually, pass } from '../../support/waiting.ts';

/** A receiver whose link records the kbps that it is given, and applies them when the test wants. */
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
  const tracks: LocalTrack[] = [];
  const uplink = new Uplink({ clock, receivers: () => receivers, tracks: () => tracks });
  return { clock, receivers, tracks, uplink };
}

/** A track that only tells its size. */
const trackOf = (width: number, height: number): LocalTrack =>
  ({ source: 'camera', muted: false, track: { getSettings: () => ({ width, height }) } }) as unknown as LocalTrack;

const CALM: Encoded = { limitedBy: null, busyRatio: 0.1 };

describe('the uplink of a participant', () => {
  it('is planned at most five times a second, however often receivers report', async () => {
    const { clock, receivers, uplink } = createUplink(1);
    const [one] = receivers as [FakeReceiver];
    one.shown = FULL;
    for (let index = 0; index < 200; index++) {
      one.shown = index % 2 ? FULL : TINY;
      uplink.handleReport();
      // A plan gives to each link twice: first to those that get less, then to those that get more.
      await pass(0);
      clock.pass(10);
    }
    expect(one.given.length / 2, 'plans in two seconds').to.be.within(2, 12);
    uplink.close();
    expect(clock.pending).to.equal(0);
  });

  it('is planned for the last report, which may come right after a plan', async () => {
    const { clock, receivers, uplink } = createUplink(1);
    const [one] = receivers as [FakeReceiver];
    one.shown = FULL;
    uplink.handleReport();
    one.shown = TINY;
    uplink.handleReport();
    await pass(0);
    expect(one.link.fits?.camera.scale, 'not so soon').to.equal(1);
    clock.pass(200);
    await eventually('the last report', () => one.link.fits?.camera.scale === 16);
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
    // Time enough for all microtasks: only `finish()` may lead to more.
    await pass(50);
    expect(one.given.at(-1), 'not yet').to.equal(384);
    two.finish();
    await eventually('more', () => (one.given.at(-1) ?? 0) > 700);
  });

  it('compares source by source what is less and what is more', async () => {
    const { receivers, uplink } = createUplink(2);
    const [one, two] = receivers as [FakeReceiver, FakeReceiver];
    await eventually('equal parts', () => one.link.fits?.screen.kbps === 1_250 && two.given.at(-1) === 384);
    two.isSlow = true;
    one.shown = { camera: [16, 16], screen: [1_920, 1_080] };
    two.shown = { camera: [640, 360], screen: [192, 108] };
    uplink.handleReport();
    expect(one.link.fits?.camera.kbps, 'a smaller camera at once').to.be.below(10);
    expect(one.link.fits?.screen.kbps, 'a larger screen not yet').to.equal(1_250);
    two.finish();
    await eventually('a larger screen', () => (one.link.fits?.screen.kbps ?? 0) > 2_000);
  });

  it('carries out no plan that is older than another one', async () => {
    const { clock, receivers, uplink } = createUplink(2);
    const [one, two] = receivers as [FakeReceiver, FakeReceiver];
    await eventually('equal parts', () => one.given.at(-1) === 384 && two.given.at(-1) === 384);
    two.isSlow = true;
    two.shown = TINY;
    one.shown = FULL;
    uplink.handleReport();
    const finishOld = two.finish;
    clock.pass(200);
    one.shown = TINY;
    uplink.handleReport();
    finishOld();
    await pass(50);
    expect(Math.max(...one.given), 'the part that the older plan had for it').to.equal(384);
  });

  it('follows the size of what is captured within a second, also without an event', async () => {
    const { receivers, tracks, uplink } = createUplink(1);
    const [one] = receivers as [FakeReceiver];
    one.shown = { camera: [160, 90] };
    tracks.push(trackOf(320, 180));
    uplink.plan();
    await eventually('half of 320 pixels', () => one.link.fits?.camera.scale === 2);
    tracks[0] = trackOf(640, 360);
    uplink.handleSecond([CALM]);
    await eventually('a quarter of 640 pixels', () => one.link.fits?.camera.scale === 4);
    const before = one.given.length;
    uplink.handleSecond([CALM]);
    await pass(0);
    expect(one.given, 'no plan while nothing changes').to.have.length(before);
  });

  it('steps down and says so while this machine cannot keep up', async () => {
    const { clock, receivers, uplink } = createUplink(1);
    const [one] = receivers as [FakeReceiver];
    expect(uplink.limited).to.equal(false);
    for (let second = 0; second < 4; second++) {
      clock.pass(1_000);
      uplink.handleSecond([CALM, { limitedBy: 'cpu', busyRatio: 0.5 }]);
    }
    expect(uplink.limited).to.equal(true);
    await eventually('fewer frames', () => one.link.fits?.camera.fps === 20);
  });
});
