/** Devices that are unplugged, return, or are turned off and on while a request fails. */
import { expect } from 'chai';
import type { LocalMedia } from '../../../components/rtc/media/local-media.ts';
import { deviceOf, useMediaRig } from '../../support/rtc/media-rig.ts';
import { eventually } from '../../support/waiting.ts';

const rig = useMediaRig();

/** Ends every track of a kind without stop(), as a browser does when a device is unplugged. */
function unplug(media: LocalMedia, kind = 'video'): void {
  const cloned = media.store.get().tracks.map(({ track }) => track);
  for (const track of [...rig.faulty.captured, ...cloned].filter((one) => one.kind === kind)) {
    track.stop();
    track.dispatchEvent(new Event('ended'));
  }
}

describe('a lost device', () => {
  it('is replaced by another camera, and used again when it returns', async () => {
    const media = rig.create();
    await media.start({ microphone: true, camera: true });
    await media.setDevice('videoinput', rig.cameras.at(-1)!.deviceId);
    rig.faulty.hidden = [rig.cameras.at(-1)!.deviceId];
    await rig.devices.refresh();
    unplug(media);
    expect(rig.errors.map(({ code }) => code)).to.deep.equal(['device-lost']);
    await eventually('another camera', () => media.store.get().camera && deviceOf(media) === rig.cameras[0]!.deviceId);
    rig.faulty.hidden = [];
    await rig.devices.refresh();
    await eventually('the chosen camera', () => deviceOf(media) === rig.cameras.at(-1)!.deviceId);
    expect(rig.faulty.live).to.equal(2);
    // A device that is no longer chosen is not used again.
    rig.devices.choose('videoinput', '');
    rig.faulty.hidden = [rig.cameras.at(-1)!.deviceId];
    await rig.devices.refresh();
    unplug(media);
    await eventually('another camera again', () => deviceOf(media) === rig.cameras[0]!.deviceId);
    const asked = rig.faulty.asked.length;
    rig.faulty.hidden = [];
    await rig.devices.refresh();
    expect([rig.faulty.asked.length, deviceOf(media)]).to.deep.equal([asked, rig.cameras[0]!.deviceId]);
  });

  it('turns the camera off when it was the only one, and on again when it returns', async () => {
    const media = rig.create();
    await media.start({ microphone: true, camera: true });
    const lost = deviceOf(media)!;
    rig.faulty.fault = ({ video }) => (video ? 'NotFoundError' : null);
    rig.faulty.hidden = rig.cameras.map(({ deviceId }) => deviceId);
    unplug(media);
    await eventually('no camera', () => !media.store.get().camera);
    await rig.devices.refresh();
    expect(media.store.get()).to.include({ microphone: true, cameraError: 'device-lost' });
    rig.faulty.fault = () => null;
    rig.faulty.hidden = [];
    await rig.devices.refresh();
    await eventually('the camera again', () => media.store.get().camera && deviceOf(media) === lost);
    expect(media.store.get().cameraError).to.equal(null);
  });

  it('is not replaced while it is a muted microphone, until that is turned on', async () => {
    const media = rig.create();
    await media.start({ microphone: false, camera: true });
    await rig.devices.refresh();
    unplug(media, 'audio');
    await eventually('no microphone', () => media.store.get().microphoneError === 'device-lost');
    // Changes of the device list do not make the call request a microphone either.
    rig.faulty.hidden = [rig.cameras[0]!.deviceId];
    await rig.devices.refresh();
    rig.faulty.hidden = [];
    await rig.devices.refresh();
    expect(rig.faulty.asked).to.have.length(1);
    expect(media.store.get()).to.include({ microphone: false, camera: true });
    expect(await media.setMicrophone(true)).to.equal(true);
    expect(rig.faulty.asked.slice(1).map((one) => Object.keys(one))).to.deep.equal([['audio']]);
    expect(media.store.get()).to.include({ microphone: true, microphoneError: null });
  });

  /** A pending request that will fail: the one for both devices, or the one for a chosen device that is missing. */
  function failLater(what: 'both' | 'the chosen device', kind: 'audio' | 'video'): () => void {
    let fail = (): void => {};
    rig.faulty.prompt = new Promise<void>((resolve) => (fail = resolve));
    if (what === 'the chosen device') rig.devices.choose(`${kind}input`, 'gone');
    rig.faulty.fault = (asked) => {
      if (what === 'both') return asked.audio && asked.video ? 'NotReadableError' : null;
      return JSON.stringify(asked).includes('gone') ? 'NotFoundError' : null;
    };
    return fail;
  }

  for (const kind of ['audio', 'video'] as const) {
    const set = kind === 'audio' ? 'setMicrophone' : 'setCamera';
    for (const what of ['both', 'the chosen device'] as const) {
      it(`is not requested again if it was turned off while the request for ${what} failed: ${kind}`, async () => {
        const media = rig.create();
        const both = what === 'both';
        const fail = failLater(what, kind);
        const started = media.start({ microphone: both || kind === 'audio' || null, camera: both || kind === 'video' });
        const turned = media[set](false);
        fail();
        await Promise.all([started, turned]);
        expect(rig.faulty.asked.slice(1).map((asked) => Object.keys(asked))).to.deep.equal(
          both ? [[kind === 'audio' ? 'video' : 'audio']] : [],
        );
        const { microphone, camera, microphoneError, cameraError } = media.store.get();
        expect([microphone, camera]).to.deep.equal([both && kind === 'video', both && kind === 'audio']);
        expect([microphoneError, cameraError, ...rig.errors]).to.deep.equal([null, null]);
        rig.devices.choose(`${kind}input`, '');
        expect(await media[set](true)).to.equal(true);
      });

      it(`is requested again if it was turned off and on while the request for ${what} failed: ${kind}`, async () => {
        const media = rig.create();
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
    it(`that returns before its loss is handled is used again: ${late ? 'list' : 'camera'} first`, async () => {
      const media = rig.create();
      await media.start({ microphone: true, camera: true });
      await rig.devices.refresh();
      const lost = deviceOf(media)!;
      const list = rig.devices.store.get();
      let answer = (): void => {};
      if (late) rig.faulty.prompt = new Promise<void>((resolve) => (answer = resolve));
      // After the loss, the first request is for any other camera and fails. The second is for the returned camera.
      rig.faulty.fault = () => (rig.faulty.asked.length === 2 ? 'NotFoundError' : null);
      unplug(media);
      rig.faulty.dispatchEvent(new Event('devicechange'));
      if (late) await eventually('the list', () => rig.devices.store.get() !== list);
      else await eventually('no camera', () => !media.store.get().camera);
      answer();
      await eventually('the camera again', () => media.store.get().camera && deviceOf(media) === lost);
      expect(media.store.get().cameraError).to.equal(null);
      expect(rig.devices.store.get().devices).to.equal(list.devices);
    });
  }

  it('whose permission is withdrawn is reported, and no prompt follows by itself', async () => {
    const media = rig.create();
    await media.start({ microphone: true, camera: true });
    rig.faulty.fault = ({ video }) => (video ? 'NotAllowedError' : null);
    unplug(media);
    await eventually('no camera', () => media.store.get().cameraError === 'permission-denied');
    expect(media.store.get()).to.include({ microphone: true, camera: false });
    const asked = rig.faulty.asked.length;
    for (rig.faulty.hidden of [[rig.cameras[0]!.deviceId], []]) await rig.devices.refresh();
    expect(rig.faulty.asked).to.have.length(asked);
    rig.faulty.fault = () => null;
    expect(await media.setCamera(true), 'a press asks').to.equal(true);
  });

  it('is not a device that the system pauses, which is reported as muted', async () => {
    const media = rig.create();
    await media.start({ microphone: true, camera: true });
    const { track } = media.store.get().tracks.find(({ source }) => source === 'camera')!;
    for (const muted of [true, false]) {
      Object.defineProperty(track, 'muted', { value: muted, configurable: true });
      track.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
      expect(media.store.get().tracks.find(({ source }) => source === 'camera')).to.include({ muted });
    }
  });
});
