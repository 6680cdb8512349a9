import { expect } from 'chai';
import type { CodedError } from '../../../components/internal/coded-error.ts';
import { CapturePool } from '../../../components/rtc/media/capture-pool.ts';
import { Devices } from '../../../components/rtc/media/devices.ts';
import { LocalMedia } from '../../../components/rtc/media/local-media.ts';
import { FakeClock } from '../../support/rtc/fake-clock.ts';
import { FaultyDevices } from '../../support/browser/faulty-devices.ts';
import { eventually } from '../../support/waiting.ts';

let faulty: FaultyDevices;
let devices: Devices;
let pool: CapturePool;
let errors: CodedError[];
const users: LocalMedia[] = [];
let cameras: MediaDeviceInfo[];

const CONSTRAINTS = { video: { width: 160, height: 120 } };

function create(): LocalMedia {
  const media = new LocalMedia({ mediaDevices: faulty as unknown as MediaDevices, devices, pool });
  media.setConstraints(CONSTRAINTS);
  media.events.on('error', (error) => errors.push(error));
  users.push(media);
  return media;
}

const deviceOf = (media: LocalMedia): string | undefined =>
  media.store
    .get()
    .tracks.find(({ source }) => source === 'camera')
    ?.track.getSettings().deviceId;

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: CodedError) => error.code,
  );

/** What a browser does when a device goes: every track of it ends, by nobody's stop(). */
function unplug(media: LocalMedia, kind = 'video'): void {
  const cloned = media.store.get().tracks.map(({ track }) => track);
  for (const track of [...faulty.captured, ...cloned].filter((one) => one.kind === kind)) {
    track.stop();
    track.dispatchEvent(new Event('ended'));
  }
}

before(async () => {
  (await navigator.mediaDevices.getUserMedia({ video: true, audio: true }))
    .getTracks()
    .forEach((track) => track.stop());
  cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
});

beforeEach(() => {
  faulty = new FaultyDevices();
  devices = new Devices({ mediaDevices: faulty as unknown as MediaDevices, storage: null });
  pool = new CapturePool(faulty as unknown as MediaDevices);
  errors = [];
});

afterEach(async () => {
  for (const media of users.splice(0)) media.stop();
  devices.close();
  await eventually('nothing captured any more', () => faulty.live === 0 && pool.size === 0);
});

describe('LocalMedia', () => {
  it('asks for both in one prompt, with the picture and the speech of a call', async () => {
    const media = create();
    media.setConstraints(undefined);
    await media.start({ microphone: true, camera: true });
    expect(faulty.asked).to.deep.equal([
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

  it('captures a microphone that begins muted, and asks for no camera that begins off', async () => {
    const media = create();
    await media.start({ microphone: false, camera: false });
    expect(faulty.asked.map((one) => Object.keys(one))).to.deep.equal([['audio']]);
    const [track] = media.store.get().tracks;
    expect(track).to.include({ source: 'microphone', muted: true });
    expect(track!.track.enabled).to.equal(false);
    expect(await media.setMicrophone(true)).to.equal(true);
    expect(track!.track.enabled).to.equal(true);
    expect(faulty.asked, 'unmuting asks nobody').to.have.length(1);
  });

  it("turns the camera's light out, and on again under the same stream", async () => {
    const media = create();
    await media.start({ microphone: true, camera: true });
    const { stream } = media.store.get();
    expect(await media.setCamera(false)).to.equal(false);
    expect(faulty.live, 'the microphone alone').to.equal(1);
    expect(media.store.get().tracks.map(({ source }) => source)).to.deep.equal(['microphone']);
    expect(await media.setCamera(true)).to.equal(true);
    expect(media.store.get().stream).to.equal(stream);
    expect(stream!.getVideoTracks()).to.have.length(1);
  });

  it('captures once for two users, each with its own mute, until the last is gone', async () => {
    const [one, two] = [create(), create()];
    await Promise.all([one.start({ microphone: true, camera: true }), two.start({ microphone: false, camera: true })]);
    expect(faulty.captured).to.have.length(2);
    expect(one.store.get().tracks[0]!.track.enabled).to.equal(true);
    expect(two.store.get().tracks[0]!.track.enabled).to.equal(false);
    await one.setCamera(false);
    one.stop();
    expect(faulty.live).to.equal(2);
    two.stop();
    expect(faulty.live).to.equal(0);
  });

  it('shares a capture that was asked for by default with who asks for that very device', async () => {
    const [one, two] = [create(), create()];
    await one.start({ microphone: false, camera: true });
    await two.start({ microphone: false, camera: false });
    await two.setDevice('videoinput', deviceOf(one)!);
    await two.setCamera(true);
    expect(faulty.captured).to.have.length(2);
  });

  for (const [name, code] of [
    ['NotAllowedError', 'permission-denied'],
    ['NotFoundError', 'device-not-found'],
    ['NotReadableError', 'device-in-use'],
  ] as const) {
    it(`has the microphone although the camera fails with ${name}, and the other way round`, async () => {
      faulty.fault = ({ video }) => (video ? name : null);
      const media = create();
      await media.start({ microphone: true, camera: true });
      expect(media.store.get()).to.include({
        microphone: true,
        camera: false,
        microphoneError: null,
        cameraError: code,
      });
      expect(errors.map((error) => error.code)).to.deep.equal([code]);
      expect(await codeOf(media.setCamera(true))).to.equal(code);
      media.stop();
      faulty.fault = ({ audio }) => (audio ? name : null);
      const other = create();
      await other.start({ microphone: true, camera: true });
      expect(other.store.get()).to.include({
        microphone: false,
        camera: true,
        microphoneError: code,
        cameraError: null,
      });
      faulty.fault = () => null;
      expect(await other.setMicrophone(true)).to.equal(true);
      expect(other.store.get().microphoneError).to.equal(null);
    });
  }

  it('tells of two refusals once, and does not ask again somebody who has just said no', async () => {
    faulty.fault = () => 'NotAllowedError';
    const clock = new FakeClock();
    pool = new CapturePool(faulty as unknown as MediaDevices, clock);
    // Longer than a refusal takes that nobody was asked for.
    faulty.prompt = Promise.resolve().then(() => clock.pass(400));
    const media = create();
    await media.start({ microphone: true, camera: true });
    expect(faulty.asked).to.have.length(1);
    expect(errors.map((error) => error.code)).to.deep.equal(['permission-denied']);
    expect(media.store.get()).to.include({ microphoneError: 'permission-denied', cameraError: 'permission-denied' });
  });

  it('says so where there are no devices to be asked for', async () => {
    pool = new CapturePool(undefined);
    const media = new LocalMedia({ mediaDevices: undefined, devices, pool });
    await media.start({ microphone: true, camera: true });
    expect(media.store.get()).to.include({
      microphoneError: 'unsupported-browser',
      cameraError: 'unsupported-browser',
    });
    expect(await codeOf(media.setScreen(true))).to.equal('unsupported-browser');
  });

  it('stops at once what a prompt brings after everything was over', async () => {
    let answer!: () => void;
    faulty.prompt = new Promise<void>((resolve) => (answer = resolve));
    const media = create();
    const starting = media.start({ microphone: true, camera: true });
    const sharing = media.setScreen(true);
    media.stop();
    answer();
    await starting;
    expect(await sharing).to.equal(false);
    expect(faulty.captured).to.have.length(3);
    expect(faulty.live).to.equal(0);
    expect(media.store.get()).to.deep.include({ tracks: [], microphone: false, camera: false });
  });

  it('does not turn on a camera that was turned off before it came', async () => {
    let answer!: () => void;
    faulty.prompt = new Promise<void>((resolve) => (answer = resolve));
    const media = create();
    const first = media.setCamera(true);
    expect(await media.setCamera(false)).to.equal(false);
    answer();
    expect(await first).to.equal(false);
    expect(faulty.live).to.equal(0);
  });

  it('switches without a gap, and stays with the old device where the new one fails', async () => {
    const media = create();
    await media.start({ microphone: true, camera: true });
    const seen: number[] = [];
    media.store.subscribe(({ tracks }) =>
      seen.push(tracks.filter(({ source, track }) => source === 'camera' && track.readyState === 'live').length),
    );
    await media.setDevice('videoinput', cameras.at(-1)!.deviceId);
    expect(deviceOf(media)).to.equal(cameras.at(-1)!.deviceId);
    expect(new Set(seen)).to.deep.equal(new Set([1]));
    expect(faulty.live).to.equal(2);
    expect(await codeOf(media.setDevice('videoinput', 'nobody'))).to.equal('device-not-found');
    expect(deviceOf(media)).to.equal(cameras.at(-1)!.deviceId);
    expect(devices.store.get().chosen.videoinput).to.equal(cameras.at(-1)!.deviceId);
  });

  it('lets go of the old camera first where only one can be open', async () => {
    const media = create();
    await media.start({ microphone: false, camera: true });
    faulty.fault = ({ video }) =>
      video && faulty.captured.some(({ kind, readyState }) => kind === 'video' && readyState === 'live')
        ? 'NotReadableError'
        : null;
    await media.setDevice('videoinput', cameras.at(-1)!.deviceId);
    expect(deviceOf(media)).to.equal(cameras.at(-1)!.deviceId);
    // The new one is busy for good: the old one comes back.
    faulty.fault = ({ video }) => (JSON.stringify(video).includes(cameras[0]!.deviceId) ? 'NotReadableError' : null);
    expect(await codeOf(media.setDevice('videoinput', cameras[0]!.deviceId))).to.equal('device-in-use');
    expect(deviceOf(media)).to.equal(cameras.at(-1)!.deviceId);
    expect(media.store.get().camera).to.equal(true);
  });

  it('begins with the remembered device, or with another where that is gone', async () => {
    devices.choose('videoinput', cameras.at(-1)!.deviceId);
    const media = create();
    await media.start({ microphone: true, camera: true });
    expect(deviceOf(media)).to.equal(cameras.at(-1)!.deviceId);
    media.stop();
    devices.close();
    devices = new Devices({ mediaDevices: undefined, storage: null });
    devices.choose('videoinput', 'gone');
    const other = create();
    await other.start({ microphone: true, camera: true });
    expect(other.store.get()).to.include({ microphone: true, camera: true, cameraError: null });
    expect(errors).to.deep.equal([]);
  });

  it('takes the last of several switches', async () => {
    const media = create();
    await media.start({ microphone: false, camera: true });
    await Promise.all(
      [cameras.at(-1)!, cameras[0]!, cameras.at(-1)!].map(({ deviceId }) => media.setDevice('videoinput', deviceId)),
    );
    expect(deviceOf(media)).to.equal(cameras.at(-1)!.deviceId);
    expect(devices.store.get().chosen.videoinput).to.equal(cameras.at(-1)!.deviceId);
  });

  it('falls to another camera when its own is unplugged, and returns to it', async () => {
    const media = create();
    await media.start({ microphone: true, camera: true });
    await media.setDevice('videoinput', cameras.at(-1)!.deviceId);
    faulty.hidden = [cameras.at(-1)!.deviceId];
    await devices.refresh();
    unplug(media);
    expect(errors.map(({ code }) => code)).to.deep.equal(['device-lost']);
    await eventually('another camera', () => media.store.get().camera && deviceOf(media) === cameras[0]!.deviceId);
    faulty.hidden = [];
    await devices.refresh();
    await eventually('the chosen camera', () => deviceOf(media) === cameras.at(-1)!.deviceId);
    expect(faulty.live).to.equal(2);
    // One that is nobody's choice any more may stay away.
    devices.choose('videoinput', '');
    faulty.hidden = [cameras.at(-1)!.deviceId];
    await devices.refresh();
    unplug(media);
    await eventually('another camera again', () => deviceOf(media) === cameras[0]!.deviceId);
    const asked = faulty.asked.length;
    faulty.hidden = [];
    await devices.refresh();
    expect([faulty.asked.length, deviceOf(media)]).to.deep.equal([asked, cameras[0]!.deviceId]);
  });

  it('goes without a camera when its only one is unplugged, and takes it back', async () => {
    const media = create();
    await media.start({ microphone: true, camera: true });
    const lost = deviceOf(media)!;
    faulty.fault = ({ video }) => (video ? 'NotFoundError' : null);
    faulty.hidden = cameras.map(({ deviceId }) => deviceId);
    unplug(media);
    await eventually('no camera', () => !media.store.get().camera);
    await devices.refresh();
    expect(media.store.get()).to.include({ microphone: true, cameraError: 'device-lost' });
    faulty.fault = () => null;
    faulty.hidden = [];
    await devices.refresh();
    await eventually('the camera again', () => media.store.get().camera && deviceOf(media) === lost);
    expect(media.store.get().cameraError).to.equal(null);
  });

  it('asks for nothing in place of a muted microphone that is unplugged, until it is turned on', async () => {
    const media = create();
    await media.start({ microphone: false, camera: true });
    await devices.refresh();
    unplug(media, 'audio');
    await eventually('no microphone', () => media.store.get().microphoneError === 'device-lost');
    // Nor when the list of devices changes.
    faulty.hidden = [cameras[0]!.deviceId];
    await devices.refresh();
    faulty.hidden = [];
    await devices.refresh();
    expect(faulty.asked).to.have.length(1);
    expect(media.store.get()).to.include({ microphone: false, camera: true });
    expect(await media.setMicrophone(true)).to.equal(true);
    expect(faulty.asked.slice(1).map((one) => Object.keys(one))).to.deep.equal([['audio']]);
    expect(media.store.get()).to.include({ microphone: true, microphoneError: null });
  });

  /** A request under way that will fail: the one for both devices, or the one for a chosen device that is gone. */
  function failLater(what: 'both' | 'the chosen device', kind: 'audio' | 'video'): () => void {
    let fail = (): void => {};
    faulty.prompt = new Promise<void>((resolve) => (fail = resolve));
    if (what === 'the chosen device') devices.choose(`${kind}input`, 'gone');
    faulty.fault = (asked) => {
      if (what === 'both') return asked.audio && asked.video ? 'NotReadableError' : null;
      return JSON.stringify(asked).includes('gone') ? 'NotFoundError' : null;
    };
    return fail;
  }

  for (const kind of ['audio', 'video'] as const) {
    const set = kind === 'audio' ? 'setMicrophone' : 'setCamera';
    for (const what of ['both', 'the chosen device'] as const) {
      it(`asks no further for what was turned off while the request for ${what} failed: ${kind}`, async () => {
        const media = create();
        const both = what === 'both';
        const fail = failLater(what, kind);
        const started = media.start({ microphone: both || kind === 'audio' || null, camera: both || kind === 'video' });
        const turned = media[set](false);
        fail();
        await Promise.all([started, turned]);
        expect(faulty.asked.slice(1).map((asked) => Object.keys(asked))).to.deep.equal(
          both ? [[kind === 'audio' ? 'video' : 'audio']] : [],
        );
        const { microphone, camera, microphoneError, cameraError } = media.store.get();
        expect([microphone, camera]).to.deep.equal([both && kind === 'video', both && kind === 'audio']);
        expect([microphoneError, cameraError, ...errors]).to.deep.equal([null, null]);
        devices.choose(`${kind}input`, '');
        expect(await media[set](true)).to.equal(true);
      });

      it(`asks again for what was turned off and on again while the request for ${what} failed: ${kind}`, async () => {
        const media = create();
        const fail = failLater(what, kind);
        const started = media.start({ microphone: true, camera: true });
        const turns = Promise.all([media[set](false), media[set](true)]);
        fail();
        expect((await turns)[1]).to.equal(true);
        await started;
        const { microphone, camera, microphoneError, cameraError } = media.store.get();
        expect([microphone, camera, microphoneError, cameraError]).to.deep.equal([true, true, null, null]);
      });
    }
  }

  for (const late of [false, true]) {
    it(`takes its only camera back that was out for less than the list takes to settle${late ? ', also when that settles first' : ''}`, async () => {
      const media = create();
      await media.start({ microphone: true, camera: true });
      await devices.refresh();
      const lost = deviceOf(media)!;
      const list = devices.store.get();
      let answer = (): void => {};
      if (late) faulty.prompt = new Promise<void>((resolve) => (answer = resolve));
      // Asked for another while it was out, and for this one when it was back.
      faulty.fault = () => (faulty.asked.length === 2 ? 'NotFoundError' : null);
      unplug(media);
      faulty.dispatchEvent(new Event('devicechange'));
      if (late) await eventually('the list', () => devices.store.get() !== list);
      else await eventually('no camera', () => !media.store.get().camera);
      answer();
      await eventually('the camera again', () => media.store.get().camera && deviceOf(media) === lost);
      expect(media.store.get().cameraError).to.equal(null);
      expect(devices.store.get().devices).to.equal(list.devices);
    });
  }

  it('says so when the permission is taken back in the call, and asks nobody again out of the blue', async () => {
    const media = create();
    await media.start({ microphone: true, camera: true });
    faulty.fault = ({ video }) => (video ? 'NotAllowedError' : null);
    unplug(media);
    await eventually('no camera', () => !media.store.get().camera);
    expect(media.store.get()).to.include({ microphone: true, cameraError: 'permission-denied' });
    const asked = faulty.asked.length;
    for (faulty.hidden of [[cameras[0]!.deviceId], []]) await devices.refresh();
    expect(faulty.asked).to.have.length(asked);
    faulty.fault = () => null;
    expect(await media.setCamera(true), 'a press asks').to.equal(true);
  });

  it('reports a track that the system pauses as held back', async () => {
    const media = create();
    await media.start({ microphone: true, camera: true });
    const { track } = media.store.get().tracks.find(({ source }) => source === 'camera')!;
    for (const muted of [true, false]) {
      Object.defineProperty(track, 'muted', { value: muted, configurable: true });
      track.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
      expect(media.store.get().tracks.find(({ source }) => source === 'camera')).to.include({ muted });
    }
  });
});
