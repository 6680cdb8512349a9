/** This participant's microphone, camera and screen: prompts, switches, refusals. */
import { expect } from 'chai';
import { CapturePool } from '../../../components/rtc/media/capture-pool.ts';
import { Devices } from '../../../components/rtc/media/devices.ts';
import { LocalMedia } from '../../../components/rtc/media/local-media.ts';
import { FakeClock } from '../../support/rtc/fake-clock.ts';
import { codeOf, deviceOf, useMediaRig } from '../../support/rtc/media-rig.ts';

const rig = useMediaRig();

describe('LocalMedia', () => {
  it('requests both devices in one prompt, with constraints for a call', async () => {
    const media = rig.create();
    media.setConstraints(undefined);
    await media.start({ microphone: true, camera: true });
    expect(rig.faulty.asked).to.deep.equal([
      {
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
        video: { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 30 } },
      },
    ]);
    expect(media.store.get()).to.include({
      microphone: true,
      camera: true,
      screen: false,
      microphoneError: null,
      cameraError: null,
    });
    expect(media.store.get().stream?.getTracks()).to.have.length(2);
  });

  it('captures a microphone that starts muted, and does not request a camera that starts off', async () => {
    const media = rig.create();
    await media.start({ microphone: false, camera: false });
    expect(rig.faulty.asked.map((one) => Object.keys(one))).to.deep.equal([['audio']]);
    const [track] = media.store.get().tracks;
    expect(track).to.include({ source: 'microphone', muted: true });
    expect(track!.track.enabled).to.equal(false);
    expect(await media.setMicrophone(true)).to.equal(true);
    expect(track!.track.enabled).to.equal(true);
    expect(rig.faulty.asked, 'unmuting asks nobody').to.have.length(1);
  });

  it("turns the camera's light off, and on again in the same stream", async () => {
    const media = rig.create();
    await media.start({ microphone: true, camera: true });
    const { stream } = media.store.get();
    expect(await media.setCamera(false)).to.equal(false);
    expect(rig.faulty.live, 'the microphone alone').to.equal(1);
    expect(media.store.get().tracks.map(({ source }) => source)).to.deep.equal(['microphone']);
    expect(await media.setCamera(true)).to.equal(true);
    expect(media.store.get().stream).to.equal(stream);
    expect(stream!.getVideoTracks()).to.have.length(1);
  });

  it('captures once for two users, each with its own mute, until the last stops', async () => {
    const [one, two] = [rig.create(), rig.create()];
    await Promise.all([one.start({ microphone: true, camera: true }), two.start({ microphone: false, camera: true })]);
    expect(rig.faulty.captured).to.have.length(2);
    expect(one.store.get().tracks[0]!.track.enabled).to.equal(true);
    expect(two.store.get().tracks[0]!.track.enabled).to.equal(false);
    await one.setCamera(false);
    one.stop();
    expect(rig.faulty.live).to.equal(2);
    two.stop();
    expect(rig.faulty.live).to.equal(0);
  });

  it('shares a default capture with a user who requests the same device by its id', async () => {
    const [one, two] = [rig.create(), rig.create()];
    await one.start({ microphone: false, camera: true });
    await two.start({ microphone: false, camera: false });
    await two.setDevice('videoinput', deviceOf(one)!);
    await two.setCamera(true);
    expect(rig.faulty.captured).to.have.length(2);
  });

  for (const [name, code] of [
    ['NotAllowedError', 'permission-denied'],
    ['NotFoundError', 'device-not-found'],
    ['NotReadableError', 'device-in-use'],
  ] as const) {
    it(`has the microphone when the camera fails with ${name}, and the reverse`, async () => {
      rig.faulty.fault = ({ video }) => (video ? name : null);
      const media = rig.create();
      await media.start({ microphone: true, camera: true });
      expect(media.store.get()).to.include({
        microphone: true,
        camera: false,
        microphoneError: null,
        cameraError: code,
      });
      expect(rig.errors.map((error) => error.code)).to.deep.equal([code]);
      expect(await codeOf(media.setCamera(true))).to.equal(code);
      media.stop();
      rig.faulty.fault = ({ audio }) => (audio ? name : null);
      const other = rig.create();
      await other.start({ microphone: true, camera: true });
      expect(other.store.get()).to.include({
        microphone: false,
        camera: true,
        microphoneError: code,
        cameraError: null,
      });
      rig.faulty.fault = () => null;
      expect(await other.setMicrophone(true)).to.equal(true);
      expect(other.store.get().microphoneError).to.equal(null);
    });
  }

  it('reports two refusals once, and does not ask again a person who has just refused', async () => {
    rig.faulty.fault = () => 'NotAllowedError';
    const clock = new FakeClock();
    rig.pool = new CapturePool(rig.faulty as unknown as MediaDevices, clock);
    // The prompt takes 400 ms: a faster refusal would count as one that no person gave.
    rig.faulty.prompt = Promise.resolve().then(() => clock.pass(400));
    const media = rig.create();
    await media.start({ microphone: true, camera: true });
    expect(rig.faulty.asked).to.have.length(1);
    expect(rig.errors.map((error) => error.code)).to.deep.equal(['permission-denied']);
    expect(media.store.get()).to.include({ microphoneError: 'permission-denied', cameraError: 'permission-denied' });
  });

  it('reports the reason when the page has no mediaDevices', async () => {
    rig.pool = new CapturePool(undefined);
    const media = new LocalMedia({ mediaDevices: undefined, devices: rig.devices, pool: rig.pool });
    await media.start({ microphone: true, camera: true });
    expect(media.store.get()).to.include({
      microphoneError: 'unsupported-browser',
      cameraError: 'unsupported-browser',
    });
    expect(await codeOf(media.setScreen(true))).to.equal('unsupported-browser');
  });

  it('stops at once what a prompt delivers after the stop', async () => {
    let answer!: () => void;
    rig.faulty.prompt = new Promise<void>((resolve) => (answer = resolve));
    const media = rig.create();
    const starting = media.start({ microphone: true, camera: true });
    const sharing = media.setScreen(true);
    media.stop();
    answer();
    await starting;
    expect(await sharing).to.equal(false);
    expect(rig.faulty.captured).to.have.length(3);
    expect(rig.faulty.live).to.equal(0);
    expect(media.store.get()).to.deep.include({ tracks: [], microphone: false, camera: false });
  });

  it('does not turn on a camera that was turned off before it was delivered', async () => {
    let answer!: () => void;
    rig.faulty.prompt = new Promise<void>((resolve) => (answer = resolve));
    const media = rig.create();
    const first = media.setCamera(true);
    expect(await media.setCamera(false)).to.equal(false);
    answer();
    expect(await first).to.equal(false);
    expect(rig.faulty.live).to.equal(0);
  });

  it('switches without a gap, and keeps the old device when the new one fails', async () => {
    const media = rig.create();
    await media.start({ microphone: true, camera: true });
    const seen: number[] = [];
    media.store.subscribe(({ tracks }) =>
      seen.push(tracks.filter(({ source, track }) => source === 'camera' && track.readyState === 'live').length),
    );
    await media.setDevice('videoinput', rig.cameras.at(-1)!.deviceId);
    expect(deviceOf(media)).to.equal(rig.cameras.at(-1)!.deviceId);
    expect(new Set(seen)).to.deep.equal(new Set([1]));
    expect(rig.faulty.live).to.equal(2);
    expect(await codeOf(media.setDevice('videoinput', 'nobody'))).to.equal('device-not-found');
    expect(deviceOf(media)).to.equal(rig.cameras.at(-1)!.deviceId);
    expect(rig.devices.store.get().chosen.videoinput).to.equal(rig.cameras.at(-1)!.deviceId);
  });

  it('releases the old camera first when only one can be open', async () => {
    const media = rig.create();
    await media.start({ microphone: false, camera: true });
    rig.faulty.fault = ({ video }) =>
      video && rig.faulty.captured.some(({ kind, readyState }) => kind === 'video' && readyState === 'live')
        ? 'NotReadableError'
        : null;
    await media.setDevice('videoinput', rig.cameras.at(-1)!.deviceId);
    expect(deviceOf(media)).to.equal(rig.cameras.at(-1)!.deviceId);
    // The new camera stays busy, so the old one returns.
    rig.faulty.fault = ({ video }) =>
      JSON.stringify(video).includes(rig.cameras[0]!.deviceId) ? 'NotReadableError' : null;
    expect(await codeOf(media.setDevice('videoinput', rig.cameras[0]!.deviceId))).to.equal('device-in-use');
    expect(deviceOf(media)).to.equal(rig.cameras.at(-1)!.deviceId);
    expect(media.store.get().camera).to.equal(true);
  });

  it('starts with the remembered device, or with another when that is missing', async () => {
    rig.devices.choose('videoinput', rig.cameras.at(-1)!.deviceId);
    const media = rig.create();
    await media.start({ microphone: true, camera: true });
    expect(deviceOf(media)).to.equal(rig.cameras.at(-1)!.deviceId);
    media.stop();
    rig.devices.close();
    rig.devices = new Devices({ mediaDevices: undefined, storage: null });
    rig.devices.choose('videoinput', 'gone');
    const other = rig.create();
    await other.start({ microphone: true, camera: true });
    expect(other.store.get()).to.include({ microphone: true, camera: true, cameraError: null });
    expect(rig.errors).to.deep.equal([]);
  });

  it('uses the last of several switches', async () => {
    const media = rig.create();
    await media.start({ microphone: false, camera: true });
    await Promise.all(
      [rig.cameras.at(-1)!, rig.cameras[0]!, rig.cameras.at(-1)!].map(({ deviceId }) =>
        media.setDevice('videoinput', deviceId),
      ),
    );
    expect(deviceOf(media)).to.equal(rig.cameras.at(-1)!.deviceId);
    expect(rig.devices.store.get().chosen.videoinput).to.equal(rig.cameras.at(-1)!.deviceId);
  });
});
