/**
 * One participant's own microphone, camera and screen.
 *
 * Owns which of them are on, and the tracks that come of it; falls to another device when one is lost.
 * Does not own the captures themselves (`CapturePool`: two users of one camera capture it once), nor which
 * device is chosen (`Devices`), nor who the tracks are sent to (`Call`).
 */
import type { ErrorCode, TrackSource } from '../../../server/protocol.ts';
import { CodedError } from '../../internal/coded-error.ts';
import { Emitter } from '../../internal/emitter.ts';
import { createStream } from '../../internal/platform.ts';
import { Store, type ReadableStore } from '../../internal/store.ts';
import type { CapturePool, Lease, Opened, Wanted } from './capture-pool.ts';
import { createCaptureSlot, createTrackConstraints, type CaptureSlot, type DeviceTrouble } from './capture-slot.ts';
import type { Devices, DevicesSnapshot } from './devices.ts';
import { ScreenShare } from './screen-share.ts';
import { syncTracks } from './stream-tracks.ts';

/** A track to be sent; `muted` while it is held back (microphone off, or paused by the system). */
export interface LocalTrack {
  readonly source: TrackSource;
  readonly track: MediaStreamTrack;
  readonly muted: boolean;
}

/** What `Call` needs to know of one's own media. */
export interface LocalTracks {
  readonly tracks: readonly LocalTrack[];
  /** Microphone and camera: one stream for good, `null` while it has no track. */
  readonly stream: MediaStream | null;
  /** The shared screen and its sound. */
  readonly screenStream: MediaStream | null;
}

export interface LocalMediaSnapshot extends LocalTracks {
  readonly microphone: boolean;
  readonly camera: boolean;
  readonly screen: boolean;
  /** What is the matter with the microphone; `null` when all is well, or it was not asked for. */
  readonly microphoneError: DeviceTrouble | null;
  readonly cameraError: DeviceTrouble | null;
}

export interface LocalMediaEvents {
  /** Something went wrong that no promise was returned for, such as `device-lost`. */
  error: CodedError;
}

export interface LocalMediaOptions {
  /** `undefined` where the page is no secure context. */
  mediaDevices: MediaDevices | undefined;
  devices: Devices;
  pool: CapturePool;
}

const isWanted = ({ on, lease, opening }: CaptureSlot): boolean => on && (lease ?? opening) !== null;

export class LocalMedia {
  readonly events = new Emitter<LocalMediaEvents>();
  readonly #options: LocalMediaOptions;
  readonly #audio = createCaptureSlot('audio');
  readonly #video = createCaptureSlot('video');
  readonly #screen: ScreenShare;
  #constraints: MediaStreamConstraints = {};
  /** Grows with each stop: what was asked for before it is released as it comes. */
  #generation = 0;
  #endDevices: (() => void) | undefined;
  readonly #stream = createStream();
  readonly #screenStream = createStream();
  readonly #store = new Store<LocalMediaSnapshot>({
    tracks: [],
    stream: null,
    screenStream: null,
    microphone: false,
    camera: false,
    screen: false,
    microphoneError: null,
    cameraError: null,
  });

  constructor(options: LocalMediaOptions) {
    this.#options = options;
    this.#screen = new ScreenShare(options.mediaDevices, () => this.#publish());
  }

  get store(): ReadableStore<LocalMediaSnapshot> {
    return this.#store;
  }

  /** Which of the two are on, or will be when the browser has delivered them. */
  get wanted(): Pick<LocalMediaSnapshot, 'microphone' | 'camera'> {
    return { microphone: isWanted(this.#audio), camera: isWanted(this.#video) };
  }

  /** What to capture from now on; a running capture stays as it is. */
  setConstraints(constraints: MediaStreamConstraints | undefined): void {
    this.#constraints = constraints ?? {};
  }

  /**
   * Asks for both devices in one prompt, each for itself where that fails, and turns on what was asked for.
   * A microphone that begins muted is captured all the same, unless it is `null`. Never rejects: failures stand
   * in the snapshot and go out as events.
   */
  async start({ microphone, camera }: { microphone: boolean | null; camera: boolean }): Promise<void> {
    const audio = microphone !== null && this.#constraints.audio !== false;
    this.#audio.on = audio && microphone;
    this.#video.on = camera && this.#constraints.video !== false;
    const slots = audio ? [this.#audio] : [];
    const errors = await this.#open(this.#video.on ? [...slots, this.#video] : slots);
    // Both refused for one reason is one piece of news.
    const news = new Map(errors.map((error) => [error.code, error]));
    for (const error of news.values()) this.events.emit('error', error);
  }

  /** Resolves to the new state. @throws CodedError of the media group */
  async setMicrophone(on: boolean): Promise<boolean> {
    this.#audio.on = on;
    if (!on) delete this.#audio.wanted?.audio;
    return this.#apply(this.#audio);
  }

  /** Off: the capture is stopped and the light goes out. Resolves to the new state. @throws CodedError of the media group */
  async setCamera(on: boolean): Promise<boolean> {
    this.#video.on = on;
    if (!on) {
      this.#release(this.#video);
      this.#video.lost = this.#video.error = null;
    }
    return this.#apply(this.#video);
  }

  /** Resolves to the new state. @throws CodedError `cancelled` when nothing was chosen, `permission-denied`, `unsupported-browser` */
  async setScreen(on: boolean): Promise<boolean> {
    if (on) return this.#screen.start();
    this.#screen.stop();
    return false;
  }

  /**
   * Chooses a device (`''`: the system's default). A running capture switches to it without a gap; a camera that
   * is wanted and was not to be had is opened.
   * @throws CodedError of the media group; the old device goes on, and stays the chosen one
   */
  async setDevice(kind: MediaDeviceKind, deviceId: string): Promise<void> {
    const { devices } = this.#options;
    const slot = [this.#audio, this.#video].find(({ deviceKind }) => deviceKind === kind);
    if (slot?.opening) await slot.opening;
    if (!slot?.lease && !slot?.on) return devices.setDevice(kind, deviceId);
    // Written last and here alone: a device that does not open is neither shown nor remembered as the choice.
    if (await this.#switch(slot, deviceId)) devices.choose(kind, deviceId);
  }

  /** Stops everything; what a pending prompt still brings is stopped as it comes. May be started again. */
  stop(): void {
    this.#generation++;
    this.#endDevices?.();
    this.#endDevices = undefined;
    for (const slot of [this.#audio, this.#video]) {
      this.#release(slot);
      Object.assign(slot, createCaptureSlot(slot.kind));
    }
    this.#screen.stop();
  }

  /** Brings a slot to what is wanted of it. */
  async #apply(slot: CaptureSlot): Promise<boolean> {
    if (slot.on && !slot.lease) {
      let [error] = await this.#open([slot]);
      // Off and on again while the browser asked, and what it asked for failed.
      if (!error && slot.on && !slot.lease) [error] = await this.#open([slot]);
      if (error && slot.on) {
        slot.on = false;
        this.#publish();
        throw error;
      }
    }
    this.#publish();
    return slot.on && slot.lease !== null;
  }

  /** Captures for those that are not captured yet; resolves to what went wrong. */
  async #open(slots: readonly CaptureSlot[]): Promise<CodedError[]> {
    const generation = this.#generation;
    const missing = slots.filter(({ lease, opening }) => !lease && !opening);
    const errors: CodedError[] = [];
    const opening = this.#captureChosen(missing).then((opened) => {
      for (const slot of missing) {
        const result = opened[slot.kind]!;
        if (!(result instanceof CodedError)) this.#accept(slot, result, generation);
        // What was turned off meanwhile is nobody's trouble.
        else if (generation === this.#generation && slot.wanted?.[slot.kind]) {
          slot.error = result.code;
          errors.push(result);
        }
      }
    });
    for (const slot of missing) slot.opening = opening;
    await Promise.all(slots.map((slot) => slot.opening));
    if (generation !== this.#generation) return [];
    for (const slot of missing) slot.opening = null;
    this.#publish();
    if (missing.length > 0) this.#followDevices();
    // Whoever waited for another's attempt fails with it.
    for (const slot of slots)
      if (!missing.includes(slot) && !slot.lease && slot.error) errors.push(new CodedError(slot.error as ErrorCode));
    return errors;
  }

  #accept(slot: CaptureSlot, lease: Lease, generation: number): void {
    const unwanted = slot.kind === 'video' && !slot.on;
    if (generation !== this.#generation || unwanted) return lease.release();
    const before = slot.lease;
    slot.lease = lease;
    slot.deviceId = lease.track.getSettings().deviceId ?? '';
    slot.error = null;
    lease.track.addEventListener('ended', () => void this.#onEnded(slot, lease), { once: true });
    for (const type of ['mute', 'unmute']) lease.track.addEventListener(type, () => this.#publish());
    this.#publish();
    // Last, so that whoever sends it has the new one by now.
    before?.release();
  }

  #release(slot: CaptureSlot): void {
    slot.lease?.release();
    slot.lease = null;
    delete slot.wanted?.[slot.kind];
  }

  async #capture(slots: readonly CaptureSlot[], findDevice: (slot: CaptureSlot) => string): Promise<Opened> {
    const wanted: Wanted = {};
    for (const slot of slots) {
      wanted[slot.kind] = createTrackConstraints(this.#constraints[slot.kind], slot.kind, findDevice(slot));
      slot.wanted = wanted;
    }
    return this.#options.pool.open(wanted);
  }

  /** The chosen devices; where one is not there, another of its kind. */
  async #captureChosen(slots: readonly CaptureSlot[]): Promise<Opened> {
    const { chosen } = this.#options.devices.store.get();
    const opened = await this.#capture(slots, ({ deviceKind }) => chosen[deviceKind]);
    const gone = slots.filter(({ kind, deviceKind, wanted }) => {
      const result = opened[kind];
      return wanted?.[kind] && chosen[deviceKind] && result instanceof CodedError && result.code === 'device-not-found';
    });
    return gone.length > 0 ? { ...opened, ...(await this.#capture(gone, () => '')) } : opened;
  }

  /** Resolves to false where a later switch took its place. @throws CodedError of the media group, `cancelled` */
  async #switch(slot: CaptureSlot, deviceId: string): Promise<boolean> {
    const generation = this.#generation;
    const self = (slot.lastSwitch = {});
    const oldId = slot.deviceId;
    const capture = async () => (await this.#capture([slot], () => deviceId))[slot.kind]!;
    const isLast = (): boolean => slot.lastSwitch === self;
    let result = await capture();
    if (result instanceof CodedError && result.code === 'device-in-use' && slot.lease && isLast()) {
      // Telephones open one camera at a time: the old one must go first, and comes back if that does not help.
      this.#release(slot);
      result = await capture();
      if (result instanceof CodedError) {
        const old = (await this.#capture([slot], () => oldId))[slot.kind]!;
        // A later switch was quicker, perhaps.
        if (!(old instanceof CodedError) && slot.lease) old.release();
        else if (!(old instanceof CodedError)) this.#accept(slot, old, generation);
      }
    }
    if (result instanceof CodedError) {
      this.#publish();
      throw isLast() ? result : new CodedError('cancelled');
    }
    if (isLast()) slot.lost = null;
    if (isLast() || !slot.lease) this.#accept(slot, result, generation);
    else result.release();
    return isLast();
  }

  /** The device went, or its permission: take another of its kind, or be without. */
  async #onEnded(slot: CaptureSlot, lease: Lease): Promise<void> {
    if (slot.lease !== lease) return;
    const generation = this.#generation;
    const { store } = this.#options.devices;
    const before = store.get();
    slot.lost = slot.deviceId;
    const lost = new CodedError('device-lost');
    this.events.emit('error', lost);
    // Nobody is asked for what is off: turning it on looks for another.
    const result = slot.on ? (await this.#capture([slot], () => ''))[slot.kind]! : lost;
    const denied = result instanceof CodedError && result.code === 'permission-denied';
    // Switched, turned off or stopped meanwhile.
    if (slot.lease !== lease || generation !== this.#generation)
      return result instanceof CodedError ? undefined : result.release();
    if (result instanceof CodedError) this.#release(slot);
    else this.#accept(slot, result, generation);
    slot.error = slot.lease ? 'deviceReplaced' : 'device-lost';
    if (denied) {
      // Without permission there is nothing to wait for, and nobody is to be asked out of the blue.
      slot.error = 'permission-denied';
      slot.lost = null;
    }
    this.#publish();
    // Plugged in again while another was looked for.
    if (store.get() !== before) this.#onDevices(store.get());
  }

  /** From the first capture on: devices have names now, and one that went may come back. */
  #followDevices(): void {
    const { devices } = this.#options;
    void devices.refresh();
    this.#endDevices ??= devices.store.subscribe((snapshot) => this.#onDevices(snapshot));
  }

  #onDevices({ devices, chosen }: DevicesSnapshot): void {
    for (const slot of [this.#audio, this.#video]) {
      const { on, lost, deviceKind, lease } = slot;
      if (lost === null || !on) continue;
      const ids = devices.filter(({ kind }) => kind === deviceKind).map(({ deviceId }) => deviceId);
      // The chosen one goes before any other; to be without goes before none: whatever comes is taken.
      const wanted = [chosen[deviceKind], ...(lease ? [] : [lost, ...ids])].find((id) => id && ids.includes(id));
      if (wanted && (!lease || wanted !== slot.deviceId)) this.#switch(slot, wanted).catch(() => {});
    }
  }

  #publish(): void {
    const { lease: microphone, on } = this.#audio;
    const camera = this.#video.lease;
    if (microphone) microphone.track.enabled = on;
    if (camera) camera.track.enabled = true;
    const tracks: LocalTrack[] = [];
    if (microphone) tracks.push({ source: 'microphone', track: microphone.track, muted: !on || microphone.muted });
    if (camera) tracks.push({ source: 'camera', track: camera.track, muted: camera.muted });
    const screen = this.#screen.tracks.map((track): LocalTrack => ({
      source: track.kind === 'video' ? 'screen' : 'screen-audio',
      track,
      muted: false,
    }));
    this.#store.set({
      tracks: [...tracks, ...screen],
      stream: syncTracks(this.#stream, tracks),
      screenStream: syncTracks(this.#screenStream, screen),
      microphone: on && microphone !== null,
      camera: camera !== null,
      screen: screen.length > 0,
      microphoneError: this.#audio.error,
      cameraError: this.#video.error,
    });
  }
}
