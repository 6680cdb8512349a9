/** Local media on devices that a test can break: what each test of it begins with. */
import type { CodedError } from '../../../components/internal/coded-error.ts';
import { CapturePool } from '../../../components/rtc/media/capture-pool.ts';
import { changing } from '../../../components/rtc/media/changing.ts';
import { Devices } from '../../../components/rtc/media/devices.ts';
import { LocalMedia } from '../../../components/rtc/media/local-media.ts';
import { FaultyDevices } from '../browser/faulty-devices.ts';
import { eventually } from '../waiting.ts';

const CONSTRAINTS = { video: { width: 160, height: 120 } };

export interface MediaRig {
  faulty: FaultyDevices;
  devices: Devices;
  pool: CapturePool;
  /** All failures that the media reported. */
  errors: CodedError[];
  /** The cameras of this browser. */
  cameras: MediaDeviceInfo[];
  create(): LocalMedia;
}

/** Registers Mocha's hooks. Everything in the rig is new in each test, except the list of cameras. */
export function useMediaRig(): MediaRig {
  const users: LocalMedia[] = [];
  const rig = {
    create() {
      const media = new LocalMedia({
        mediaDevices: rig.faulty as unknown as MediaDevices,
        devices: rig.devices,
        pool: rig.pool,
      });
      media.setConstraints(CONSTRAINTS);
      media.events.on('error', (error) => rig.errors.push(error));
      users.push(media);
      return media;
    },
  } as MediaRig;

  before(async () => {
    await changing.load();
    (await navigator.mediaDevices.getUserMedia({ video: true, audio: true }))
      .getTracks()
      .forEach((track) => track.stop());
    rig.cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
  });

  beforeEach(() => {
    rig.faulty = new FaultyDevices();
    rig.devices = new Devices({ mediaDevices: rig.faulty as unknown as MediaDevices, storage: null });
    rig.pool = new CapturePool(rig.faulty as unknown as MediaDevices);
    rig.errors = [];
  });

  afterEach(async () => {
    for (const media of users.splice(0)) media.stop();
    rig.devices.close();
    await eventually('the end of all captures', () => rig.faulty.live === 0 && rig.pool.size === 0);
  });
  return rig;
}

export const deviceOf = (media: LocalMedia): string | undefined =>
  media.store
    .get()
    .tracks.find(({ source }) => source === 'camera')
    ?.track.getSettings().deviceId;

/** Resolves to the code of a failure, or to `none`. */
export const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: CodedError) => error.code,
  );
