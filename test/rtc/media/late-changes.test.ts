/** What changes a capture loads late: what happens before it is there, and where it cannot be loaded. */
import { expect } from 'chai';
import { CodedError } from '../../../components/internal/coded-error.ts';
import { changing } from '../../../components/rtc/media/changing.ts';
import type { LocalMedia } from '../../../components/rtc/media/local-media.ts';
import { deviceOf, useMediaRig } from '../../support/rtc/media-rig.ts';
import { eventually } from '../../support/waiting.ts';

const rig = useMediaRig();
let part: typeof changing.loaded;

before(async () => {
  part = await changing.load();
});
afterEach(() => {
  Reflect.deleteProperty(changing, 'load');
  Reflect.deleteProperty(changing, 'want');
  changing.loaded = part;
});

/** From now on the part is not there. Returns a function that lets it arrive, or fail with an error. */
function holdBack(): (error?: CodedError) => void {
  let settle!: (error?: CodedError) => void;
  const loading = new Promise<NonNullable<typeof part>>((resolve, reject) => {
    settle = (error) => {
      if (error) return reject(error);
      changing.loaded = part;
      resolve(part!);
    };
  });
  loading.catch(() => {});
  changing.loaded = null;
  Object.assign(changing, {
    load: () => loading,
    want: (onLoaded: () => void) => void loading.then(onLoaded, () => {}),
  });
  return settle;
}

const fail = new CodedError('server-unreachable');

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    ({ code }: CodedError) => code,
  );

/** Ends the track of the camera as a browser does when the camera is unplugged. */
function unplug(media: LocalMedia): void {
  const cloned = media.store.get().tracks.map(({ track }) => track);
  for (const track of [...rig.faulty.captured, ...cloned].filter(({ kind }) => kind === 'video')) {
    track.stop();
    track.dispatchEvent(new Event('ended'));
  }
}

describe('changes of a capture, which load late', () => {
  it('switch the camera when they are there', async () => {
    const media = rig.create();
    await media.start({ microphone: true, camera: true });
    const arrive = holdBack();
    const other = rig.cameras.at(-1)!.deviceId;
    const switching = media.setDevice('videoinput', other);
    expect(deviceOf(media), 'the old one goes on meanwhile').not.to.equal(other);
    arrive();
    await switching;
    expect(deviceOf(media)).to.equal(other);
  });

  it('leave the old camera and the choice alone where they cannot be loaded', async () => {
    const media = rig.create();
    await media.start({ microphone: true, camera: true });
    const before = deviceOf(media);
    const chosen = rig.devices.store.get().chosen.videoinput;
    holdBack()(fail);
    expect(await codeOf(media.setDevice('videoinput', rig.cameras.at(-1)!.deviceId))).to.equal('server-unreachable');
    expect([deviceOf(media), rig.devices.store.get().chosen.videoinput]).to.deep.equal([before, chosen]);
  });

  it('open nothing that was stopped before they were there', async () => {
    const media = rig.create();
    await media.start({ microphone: true, camera: true });
    const arrive = holdBack();
    const other = rig.cameras.at(-1)!.deviceId;
    const switching = media.setDevice('videoinput', other);
    const sharing = media.setScreen(true);
    media.stop();
    const { length } = rig.faulty.asked;
    arrive();
    await switching;
    expect(await sharing).to.equal(false);
    expect(rig.faulty.asked).to.have.length(length);
    expect(rig.faulty.live).to.equal(0);
    expect(rig.devices.store.get().chosen.videoinput, 'it is still the choice').to.equal(other);
  });

  it('replace a lost camera when they are there', async () => {
    const media = rig.create();
    await media.start({ microphone: true, camera: true });
    const arrive = holdBack();
    unplug(media);
    expect(rig.errors.map(({ code }) => code)).to.deep.equal(['device-lost']);
    arrive();
    await eventually('another camera', () => media.store.get().cameraError === 'deviceReplaced');
    expect(media.store.get().camera).to.equal(true);
  });

  it('let a lost camera be turned on again where they cannot be loaded, and take one that returns later', async () => {
    const media = rig.create();
    await media.start({ microphone: true, camera: true });
    holdBack()(fail);
    unplug(media);
    await eventually('no camera', () => !media.store.get().camera);
    expect(media.store.get()).to.include({ microphone: true, cameraError: 'device-lost' });
    expect(await media.setCamera(true), 'a press').to.equal(true);
    unplug(media);
    await eventually('no camera again', () => !media.store.get().camera);
    const arrive = holdBack();
    rig.faulty.hidden = rig.cameras.map(({ deviceId }) => deviceId);
    await rig.devices.refresh();
    rig.faulty.hidden = [];
    await rig.devices.refresh();
    expect(media.store.get().camera, 'nothing takes it yet').to.equal(false);
    arrive();
    await eventually('the camera that returned', () => media.store.get().camera);
  });

  it('share the screen when they are there, unless that was taken back', async () => {
    const media = rig.create();
    let arrive = holdBack();
    const taken = media.setScreen(true);
    expect(await media.setScreen(false)).to.equal(false);
    arrive();
    expect(await taken).to.equal(false);
    expect(rig.faulty.captured).to.have.length(0);
    arrive = holdBack();
    const sharing = media.setScreen(true);
    arrive();
    expect(await sharing).to.equal(true);
    expect(media.store.get().screen).to.equal(true);
    await media.setScreen(false);
    holdBack()(fail);
    expect(await codeOf(media.setScreen(true))).to.equal('server-unreachable');
    expect(media.store.get().screen).to.equal(false);
  });
});
