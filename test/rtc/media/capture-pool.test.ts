import { expect } from 'chai';
import { mayAskAlone } from '../../../components/controllers/call/permissions.ts';
import { CapturePool, type CaptureKind, type Lease } from '../../../components/rtc/media/capture-pool.ts';
import { FaultyDevices } from '../../support/browser/faulty-devices.ts';
import { FakeClock } from '../../support/rtc/fake-clock.ts';

describe('CapturePool', () => {
  let faulty: FaultyDevices;
  let pool: CapturePool;
  let shares: Lease[];
  let heard: string[];

  beforeEach(async () => {
    faulty = new FaultyDevices();
    pool = new CapturePool(faulty as unknown as MediaDevices);
    const opened = await Promise.all([pool.open({ video: {} }), pool.open({ video: {} })]);
    shares = opened.map(({ video }) => video as Lease);
    heard = [];
    for (const [index, { track }] of shares.entries()) {
      for (const type of ['mute', 'unmute', 'ended'])
        track.addEventListener(type, () => heard.push(`${index} ${type}`));
    }
  });

  afterEach(() => {
    for (const { release } of shares) release();
    expect([faulty.live, pool.size]).to.deep.equal([0, 0]);
  });

  it('ends each share once when the capture ends, even if the browser ends only the capture', () => {
    const [whole] = faulty.captured;
    whole!.stop();
    whole!.dispatchEvent(new Event('ended'));
    whole!.dispatchEvent(new Event('ended'));
    expect(heard).to.deep.equal(['0 ended', '1 ended']);
    expect(shares.map(({ track }) => track.readyState)).to.deep.equal(['ended', 'ended']);
  });

  it('is disabled itself, and each share is until its own user enables it', () => {
    const [whole] = faulty.captured;
    const enabled = () => [whole!, ...shares.map(({ track }) => track)].map((track) => track.enabled);
    expect(enabled()).to.deep.equal([false, false, false]);
    shares[1]!.track.enabled = true;
    expect(enabled()).to.deep.equal([false, false, true]);
  });

  it('reports a share as muted while the system mutes its capture', () => {
    const [whole] = faulty.captured;
    for (const muted of [true, false]) {
      Object.defineProperty(whole!, 'muted', { value: muted, configurable: true });
      whole!.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
      expect(shares.map((share) => share.muted)).to.deep.equal([muted, muted]);
    }
    expect(heard).to.deep.equal(['0 mute', '1 mute', '0 unmute', '1 unmute']);
  });

  it('asks the browser again once a share has ended, and keeps the other share', async () => {
    shares[0]!.track.dispatchEvent(new Event('ended'));
    const { video } = await pool.open({ video: {} });
    shares.push(video as Lease);
    expect(faulty.asked).to.have.length(2);
    expect(shares.map(({ track }) => track.readyState)).to.deep.equal(['live', 'live', 'live']);
  });

  /** Asks for both, where the browser refuses the camera, after `waitMs` of a clock; which kinds were asked for. */
  async function askBoth(states: Partial<Record<CaptureKind, PermissionState>>, waitMs: number): Promise<string[]> {
    const clock = new FakeClock();
    const strict = new FaultyDevices();
    strict.fault = ({ video }) => (video ? 'NotAllowedError' : null);
    strict.prompt = Promise.resolve().then(() => clock.pass(waitMs));
    const asking = new CapturePool(strict as unknown as MediaDevices, clock);
    asking.mayAskAlone = (kind, answered) => mayAskAlone(kind, answered, async (one) => states[one] ?? 'prompt');
    const { audio, video } = await asking.open({ audio: {}, video: {} });
    expect(video).to.have.property('code', 'permission-denied');
    if (audio && 'release' in audio) audio.release();
    return strict.asked.slice(1).map((constraints) => Object.keys(constraints).join());
  }

  it('asks for each device alone after both were refused, but not for one that is known to be blocked', async () => {
    expect(await askBoth({}, 0), 'refused at once, by nobody').to.deep.equal(['audio', 'video']);
    expect(await askBoth({ video: 'denied' }, 0)).to.deep.equal(['audio']);
    expect(await askBoth({ video: 'denied' }, 5_000), 'on a slow machine').to.deep.equal(['audio']);
    expect(await askBoth({ audio: 'granted', video: 'denied' }, 5_000)).to.deep.equal(['audio']);
    expect(await askBoth({ audio: 'denied', video: 'denied' }, 0)).to.deep.equal([]);
  });

  it('does not ask a person again who has just refused both', async () => {
    expect(await askBoth({}, 5_000)).to.deep.equal([]);
  });

  it('reports nothing to a released share', () => {
    const [whole] = faulty.captured;
    shares[0]!.release();
    whole!.dispatchEvent(new Event('mute'));
    expect(heard).to.deep.equal(['1 mute']);
  });
});
