import { expect } from 'chai';
import type { CodedError } from '../../../components/internal/coded-error.ts';
import { CapturePool } from '../../../components/rtc/media/capture-pool.ts';
import { changing } from '../../../components/rtc/media/changing.ts';
import { Devices } from '../../../components/rtc/media/devices.ts';
import { LocalMedia } from '../../../components/rtc/media/local-media.ts';
import { FaultyDevices } from '../../support/browser/faulty-devices.ts';

describe('a shared screen', () => {
  let faulty: FaultyDevices;
  let devices: Devices;
  let media: LocalMedia;

  before(() => changing.load());

  beforeEach(() => {
    faulty = new FaultyDevices();
    const mediaDevices = faulty as unknown as MediaDevices;
    devices = new Devices({ mediaDevices, storage: null });
    media = new LocalMedia({ mediaDevices, devices, pool: new CapturePool(mediaDevices) });
  });

  afterEach(() => {
    media.stop();
    devices.close();
    expect(faulty.live).to.equal(0);
  });

  it("ends with the browser's own button, or with ours", async () => {
    expect(await media.setScreen(true)).to.equal(true);
    expect(await media.setScreen(true), 'already').to.equal(true);
    expect(faulty.captured).to.have.length(1);
    const { track } = media.store.get().tracks[0]!;
    expect(track.contentHint).to.equal('detail');
    track.stop();
    track.dispatchEvent(new Event('ended'));
    expect(media.store.get()).to.deep.include({ screen: false, screenStream: null, tracks: [] });
    await media.setScreen(true);
    expect(await media.setScreen(false)).to.equal(false);
    expect(faulty.live).to.equal(0);
  });

  const KNOWN: [name: string, known: (() => unknown) | undefined, audio: unknown][] = [
    [
      "knows how to leave the page's own sound out",
      () => ({ restrictOwnAudio: true, echoCancellation: true }),
      { restrictOwnAudio: true },
    ],
    ['knows echo cancellation alone', () => ({ echoCancellation: true }), { echoCancellation: true }],
    ['says that it does not know it', () => ({ restrictOwnAudio: false }), { echoCancellation: true }],
    ['says nothing', () => undefined, { echoCancellation: true }],
    ['cannot be asked', undefined, { echoCancellation: true }],
  ];
  for (const [name, known, audio] of KNOWN) {
    it(`does not echo the others' voices and offers no picture of the call when the browser ${name}`, async () => {
      Object.assign(faulty, { getSupportedConstraints: known });
      await media.setScreen(true);
      expect(faulty.askedOfScreen).to.deep.equal([
        { video: { frameRate: { ideal: 15 } }, audio, selfBrowserSurface: 'exclude', surfaceSwitching: 'include' },
      ]);
    });
  }

  it('is cancelled when the screen picker is closed', async () => {
    faulty.fault = () => 'NotAllowedError';
    expect(
      await media.setScreen(true).then(
        () => 'none',
        (error: CodedError) => error.code,
      ),
    ).to.equal('cancelled');
  });
});
