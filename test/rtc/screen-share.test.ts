import { expect } from 'chai';
import type { CodedError } from '../../components/internal/coded-error.ts';
import { CapturePool } from '../../components/rtc/capture-pool.ts';
import { Devices } from '../../components/rtc/devices.ts';
import { LocalMedia } from '../../components/rtc/local-media.ts';
import { FaultyDevices } from '../support/faulty-devices.ts';

describe('a shared screen', () => {
  let faulty: FaultyDevices;
  let devices: Devices;
  let media: LocalMedia;

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

  it('ends with the browser\'s own button, or with ours', async () => {
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

  it('is cancelled by a closed choice of screens', async () => {
    faulty.fault = () => 'NotAllowedError';
    expect(await media.setScreen(true).then(() => 'none', (error: CodedError) => error.code)).to.equal('cancelled');
  });
});
