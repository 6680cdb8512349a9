/** The chosen device and the open device agree: a device that did not open is neither shown nor remembered. */
import { expect } from 'chai';
import type { CodedError } from '../../../components/internal/coded-error.ts';
import { CapturePool } from '../../../components/rtc/media/capture-pool.ts';
import { Devices } from '../../../components/rtc/media/devices.ts';
import { LocalMedia } from '../../../components/rtc/media/local-media.ts';
import { FaultyDevices } from '../../support/browser/faulty-devices.ts';

const KINDS = ['audioinput', 'videoinput'] as const;
const FAULTS = {
  NotReadableError: 'device-in-use',
  AbortError: 'device-in-use',
  NotAllowedError: 'permission-denied',
  SecurityError: 'permission-denied',
  NotFoundError: 'device-not-found',
  OverconstrainedError: 'device-not-found',
  TypeError: 'unsupported-browser',
  OddError: 'internal',
};

let faulty: FaultyDevices;
let devices: Devices;
let media: LocalMedia;
let stored: string;

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: CodedError) => error.code,
  );
const openId = (kind: MediaDeviceKind): string => {
  const source = kind === 'audioinput' ? 'microphone' : 'camera';
  return (
    media.store
      .get()
      .tracks.find((track) => track.source === source)
      ?.track.getSettings().deviceId ?? ''
  );
};
const idsOf = (kind: MediaDeviceKind): string[] =>
  devices.store
    .get()
    .devices.filter((device) => device.kind === kind)
    .map(({ deviceId }) => deviceId);
/** Opens and chooses the first device of a kind; resolves to its id and that of another one. */
async function openFirst(kind: MediaDeviceKind): Promise<[string, string]> {
  const [first, second] = idsOf(kind) as [string, string];
  await media.setDevice(kind, first);
  return [first, second];
}
const fails = (id: string, name: string): void => {
  faulty.fault = (constraints) => (JSON.stringify(constraints).includes(id) ? name : null);
};

beforeEach(async () => {
  faulty = new FaultyDevices();
  stored = '';
  const mediaDevices = faulty as unknown as MediaDevices;
  devices = new Devices({ mediaDevices, storage: { getItem: () => null, setItem: (_key, value) => (stored = value) } });
  media = new LocalMedia({ mediaDevices, devices, pool: new CapturePool(mediaDevices) });
  media.setConstraints({ video: { width: 160, height: 120 } });
  await media.start({ microphone: true, camera: true });
  await devices.refresh();
});

afterEach(() => {
  media.stop();
  devices.close();
  expect(faulty.live).to.equal(0);
});

describe('the choice of a device', () => {
  for (const kind of KINDS) {
    for (const [name, code] of Object.entries(FAULTS)) {
      it(`stays unchanged when the new ${kind} fails with ${name}`, async () => {
        const [before, other] = await openFirst(kind);
        const remembered = stored;
        const seen: string[] = [];
        const end = devices.store.subscribe(({ chosen }) => seen.push(chosen[kind]));
        fails(other, name);
        expect(await codeOf(media.setDevice(kind, other))).to.equal(code);
        end();
        expect([openId(kind), devices.store.get().chosen[kind], stored]).to.deep.equal([before, before, remembered]);
        expect(seen, 'not even for a moment').not.to.include(other);
      });
    }

    it(`is the last requested ${kind}, in whatever order they open`, async () => {
      const [first, second] = await openFirst(kind);
      let open = (): void => {};
      faulty.prompt = new Promise<void>((resolve) => (open = resolve));
      const slow = media.setDevice(kind, second);
      faulty.prompt = Promise.resolve();
      await media.setDevice(kind, first);
      open();
      await slow;
      expect([openId(kind), devices.store.get().chosen[kind]]).to.deep.equal([first, first]);
    });

    it(`is not disturbed by an earlier ${kind} that fails late`, async () => {
      const [first, second] = await openFirst(kind);
      let open = (): void => {};
      faulty.prompt = new Promise<void>((resolve) => (open = resolve));
      fails(second, 'NotReadableError');
      const slow = codeOf(media.setDevice(kind, second));
      faulty.prompt = Promise.resolve();
      await media.setDevice(kind, first);
      const asked = faulty.asked.length;
      open();
      expect(await slow).to.equal('cancelled');
      expect([openId(kind), devices.store.get().chosen[kind], faulty.asked.length]).to.deep.equal([
        first,
        first,
        asked,
      ]);
    });
  }

  it('is remembered even if everything was stopped while the device opened', async () => {
    const [, other] = await openFirst('videoinput');
    let open = (): void => {};
    faulty.prompt = new Promise<void>((resolve) => (open = resolve));
    const switching = media.setDevice('videoinput', other);
    media.stop();
    open();
    await switching;
    expect(devices.store.get().chosen.videoinput).to.equal(other);
    expect(faulty.live).to.equal(0);
  });

  it('opens a camera that is wanted and was not available', async () => {
    media.stop();
    const [busy, free] = idsOf('videoinput');
    devices.choose('videoinput', busy!);
    fails(busy!, 'NotReadableError');
    await media.start({ microphone: true, camera: true });
    expect(media.store.get()).to.include({ camera: false, cameraError: 'device-in-use' });
    expect(await codeOf(media.setDevice('videoinput', busy!)), 'still busy').to.equal('device-in-use');
    await media.setDevice('videoinput', free!);
    expect([openId('videoinput'), devices.store.get().chosen.videoinput]).to.deep.equal([free, free]);
    expect(media.store.get()).to.include({ camera: true, cameraError: null });
  });

  it('waits for a capture on its way, and opens no device that is off', async () => {
    media.stop();
    let open = (): void => {};
    faulty.prompt = new Promise<void>((resolve) => (open = resolve));
    const starting = media.start({ microphone: true, camera: true });
    const last = idsOf('videoinput').at(-1)!;
    const choosing = media.setDevice('videoinput', last);
    open();
    await Promise.all([starting, choosing]);
    expect([openId('videoinput'), devices.store.get().chosen.videoinput]).to.deep.equal([last, last]);

    await media.setCamera(false);
    const asked = faulty.asked.length;
    await media.setDevice('videoinput', idsOf('videoinput')[0]!);
    expect([faulty.asked.length, media.store.get().camera]).to.deep.equal([asked, false]);
    expect(devices.store.get().chosen.videoinput).to.equal(idsOf('videoinput')[0]);
  });
});
