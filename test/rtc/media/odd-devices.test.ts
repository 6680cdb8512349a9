/** Functions of the browser that a page or a privacy extension has replaced: their faults are no uncaught errors. */
import { expect } from 'chai';
import { CapturePool } from '../../../components/rtc/media/capture-pool.ts';
import { Devices } from '../../../components/rtc/media/devices.ts';
import { LocalMedia } from '../../../components/rtc/media/local-media.ts';
import type { CodedError } from '../../../components/internal/coded-error.ts';
import { FaultyDevices } from '../../support/browser/faulty-devices.ts';
import { pass } from '../../support/waiting.ts';

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: CodedError) => error.code,
  );

function throwNow(error: unknown): () => never {
  return () => {
    throw error;
  };
}

/** What a replaced function does, and the error code that the call shows for the device. */
const ODDITIES: [name: string, replaced: unknown, code: string][] = [
  ['throws a TypeError at once', throwNow(new TypeError('no')), 'unsupported-browser'],
  ['throws a refusal at once', throwNow(new DOMException('no', 'NotAllowedError')), 'permission-denied'],
  ['throws a string at once', throwNow('no'), 'internal'],
  ['throws nothing at all', throwNow(undefined), 'internal'],
  ['rejects with nothing', () => Promise.reject(undefined), 'internal'],
  ['rejects with an object', () => Promise.reject({ name: { toString: 1 } }), 'internal'],
  ['resolves to nothing', () => Promise.resolve(), 'device-not-found'],
  ['answers with nothing', () => undefined, 'device-not-found'],
  ['resolves to null', () => Promise.resolve(null), 'device-not-found'],
  ['resolves to a stream without tracks', () => Promise.resolve(new MediaStream()), 'device-not-found'],
  ['is not there', undefined, 'unsupported-browser'],
];

describe('devices that a page has replaced', () => {
  let faulty: FaultyDevices;
  let devices: Devices;
  let media: LocalMedia;
  let uncaught: string[];
  const onUncaught = (event: ErrorEvent | PromiseRejectionEvent): void => {
    uncaught.push(String('reason' in event ? event.reason : event.message));
    event.preventDefault();
  };

  function create(replaced: Record<string, unknown>): void {
    faulty = new FaultyDevices();
    Object.assign(faulty, replaced);
    const mediaDevices = faulty as unknown as MediaDevices;
    devices = new Devices({ mediaDevices, storage: null });
    media = new LocalMedia({ mediaDevices, devices, pool: new CapturePool(mediaDevices) });
  }

  beforeEach(() => {
    uncaught = [];
    for (const type of ['error', 'unhandledrejection'] as const) window.addEventListener(type, onUncaught);
  });

  afterEach(async () => {
    media.stop();
    devices.close();
    // Browsers report an unhandled rejection after the task that caused it.
    await pass(0);
    for (const type of ['error', 'unhandledrejection'] as const) window.removeEventListener(type, onUncaught);
    expect(uncaught).to.deep.equal([]);
    expect(faulty.live).to.equal(0);
  });

  for (const [name, getUserMedia, code] of ODDITIES) {
    it(`reports a failure when getUserMedia ${name}`, async () => {
      create({ getUserMedia });
      await media.start({ microphone: true, camera: true });
      expect(media.store.get()).to.include({
        microphone: false,
        camera: false,
        microphoneError: code,
        cameraError: code,
      });
      expect(await codeOf(media.setCamera(true)), 'asked for alone').to.equal(code);
    });

    it(`lists nothing and continues when enumerateDevices ${name}`, async () => {
      create({ enumerateDevices: getUserMedia });
      await devices.refresh();
      expect(devices.store.get().devices).to.deep.equal([]);
      await media.start({ microphone: true, camera: true });
      expect(media.store.get()).to.include({ microphone: true, camera: true });
    });
  }

  for (const kind of ['audio', 'video'] as const) {
    it(`uses only the ${kind} when getUserMedia delivers no other track`, async () => {
      create({});
      const { getUserMedia } = faulty;
      faulty.getUserMedia = async () => getUserMedia({ [kind]: true });
      await media.start({ microphone: true, camera: true });
      expect(media.store.get()).to.include({
        microphone: kind === 'audio',
        camera: kind === 'video',
        microphoneError: kind === 'audio' ? null : 'device-not-found',
        cameraError: kind === 'video' ? null : 'device-not-found',
      });
      for (const track of faulty.captured) track.stop();
    });
  }

  const SCREENS: [name: string, replaced: unknown, code: string][] = [
    ['throws at once', throwNow(new TypeError('no')), 'unsupported-browser'],
    ['resolves to nothing', () => Promise.resolve(), 'unsupported-browser'],
    ['is a person who closes the choice', throwNow(new DOMException('no', 'NotAllowedError')), 'cancelled'],
  ];
  for (const [name, getDisplayMedia, code] of SCREENS) {
    it(`reports a failure when getDisplayMedia ${name}`, async () => {
      create({ getDisplayMedia });
      expect(await codeOf(media.setScreen(true))).to.equal(code);
      expect(media.store.get().screen).to.equal(false);
    });
  }

  it('shares nothing when the screen arrives without tracks', async () => {
    create({ getDisplayMedia: async () => new MediaStream() });
    expect(await media.setScreen(true)).to.equal(false);
    expect(media.store.get().screen).to.equal(false);
  });

  it('works with a mediaDevices that fires no events', async () => {
    const { getUserMedia, enumerateDevices } = new FaultyDevices();
    const mediaDevices = { getUserMedia, enumerateDevices } as unknown as MediaDevices;
    devices = new Devices({ mediaDevices, storage: null });
    media = new LocalMedia({ mediaDevices, devices, pool: new CapturePool(mediaDevices) });
    await media.start({ microphone: true, camera: true });
    expect(media.store.get()).to.include({ microphone: true, camera: true });
  });
});
