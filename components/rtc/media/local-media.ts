/**
 * This participant's microphone, camera and screen.
 *
 * Owns which of them are on and the resulting tracks. Does not own the captures (`CapturePool`: two users of one camera
 * capture it once), the choice of device (`Devices`), what happens after it is lost or changed (`device-changes.ts`),
 * nor where the tracks are sent (`Call`).
 */
import type { ErrorCode, TrackSource } from '../../../server/protocol.ts';
import { CodedError } from '../../internal/coded-error.ts';
import { Emitter } from '../../internal/emitter.ts';
import { createStream } from '../../internal/platform.ts';
import { Store, type ReadableStore } from '../../internal/store.ts';
import { ignore } from '../../internal/ignore.ts';
import type { CapturePool, Lease, Opened, Wanted } from './capture-pool.ts';
import { createCaptureSlot, createTrackConstraints, type CaptureSlot, type DeviceTrouble } from './capture-slot.ts';
import { changing } from './changing.ts';
import type { ChangedMedia } from './device-changes.ts';
import type { Devices } from './devices.ts';
import type { ScreenShare } from './screen-share.ts';
import { syncTracks } from './stream-tracks.ts';

/** A track to send. `muted` while the microphone is off or the system pauses the device. */
export interface LocalTrack {
  readonly source: TrackSource;
  readonly track: MediaStreamTrack;
  readonly muted: boolean;
}

/** What `Call` needs to know of this participant's media. */
export interface LocalTracks {
  readonly tracks: readonly LocalTrack[];
  /** Microphone and camera. Always the same stream; `null` while it has no track. */
  readonly stream: MediaStream | null;
  /** The shared screen and its sound. */
  readonly screenStream: MediaStream | null;
}

export interface LocalMediaSnapshot extends LocalTracks {
  readonly microphone: boolean;
  readonly camera: boolean;
  readonly screen: boolean;
  /** The trouble with the microphone; `null` if there is none or it was not requested. */
  readonly microphoneError: DeviceTrouble | null;
  readonly cameraError: DeviceTrouble | null;
}

export interface LocalMediaEvents {
  /** A failure that no returned promise reports, such as `device-lost`. */
  error: CodedError;
}

export interface LocalMediaOptions {
  /** `undefined` if the page is not a secure context. */
  mediaDevices: MediaDevices | undefined;
  devices: Devices;
  pool: CapturePool;
}

const isWanted = ({ on, lease, opening }: CaptureSlot): boolean => on && (lease ?? opening) !== null;

export class LocalMedia implements ChangedMedia {
  readonly events = new Emitter<LocalMediaEvents>();
  readonly devices: Devices;
  generation = 0;
  readonly #options: LocalMediaOptions;
  readonly #audio = createCaptureSlot('audio');
  readonly #video = createCaptureSlot('video');
  readonly slots = [this.#audio, this.#video];
  #screen: ScreenShare | null = null;
  /** True from the wish to share the screen until it is stopped, also while the sharing loads. */
  #wantsScreen = false;
  #constraints: MediaStreamConstraints = {};
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
    this.devices = options.devices;
  }

  get store(): ReadableStore<LocalMediaSnapshot> {
    return this.#store;
  }

  /** Which of the two are on, or will be when the browser has delivered them. */
  get wanted(): Pick<LocalMediaSnapshot, 'microphone' | 'camera'> {
    return { microphone: isWanted(this.#audio), camera: isWanted(this.#video) };
  }

  /** The requests that are not answered: the browser may be asking the person. */
  get opening(): readonly (Promise<void> | null)[] {
    return [this.#audio.opening, this.#video.opening];
  }

  /** True while something is captured or asked for. */
  get isRunning(): boolean {
    return this.#store.get().tracks.length > 0 || this.opening.some(Boolean);
  }

  /** Sets the constraints for later captures; a running capture does not change. */
  setConstraints(constraints: MediaStreamConstraints | undefined): void {
    this.#constraints = constraints ?? {};
  }

  /**
   * Requests both devices in one prompt, or each alone if that fails, and turns them on. `microphone: false` captures
   * the microphone too, but muted; `null` does not capture it. Never rejects: failures are in the snapshot and emitted
   * as events.
   */
  async start({ microphone, camera }: { microphone: boolean | null; camera: boolean }): Promise<void> {
    const audio = microphone !== null && this.#constraints.audio !== false;
    this.#audio.on = audio && microphone;
    this.#video.on = camera && this.#constraints.video !== false;
    const slots = audio ? [this.#audio] : [];
    const errors = await this.#open(this.#video.on ? [...slots, this.#video] : slots);
    // If both fail for the same reason, emit one event.
    const news = new Map(errors.map((error) => [error.code, error]));
    for (const error of news.values()) this.events.emit('error', error);
  }

  /** Resolves to the new state. @throws CodedError of the media group */
  async setMicrophone(on: boolean): Promise<boolean> {
    this.#audio.on = on;
    if (!on) delete this.#audio.wanted?.audio;
    return this.#apply(this.#audio);
  }

  /**
   * Turning the camera off stops its capture and its light. Resolves to the new state. @throws CodedError of the media
   * group
   */
  async setCamera(on: boolean): Promise<boolean> {
    this.#video.on = on;
    if (!on) {
      this.release(this.#video);
      this.#video.lost = this.#video.error = null;
    }
    return this.#apply(this.#video);
  }

  /**
   * Resolves to the new state.
   * @throws CodedError `cancelled` if nothing was chosen, `permission-denied`, `unsupported-browser`
   */
  async setScreen(on: boolean): Promise<boolean> {
    if (!on) {
      this.#stopScreen();
      return false;
    }
    this.#wantsScreen = true;
    // Not awaited if it is there: some browsers open their picker only within the task of a press.
    const { ScreenShare } = changing.loaded ?? (await changing.load());
    if (!this.#wantsScreen) return false;
    this.#screen ??= new ScreenShare(this.#options.mediaDevices, () => this.publish());
    return this.#screen.start();
  }

  /**
   * Chooses a device; `''` for the system's default. A running capture switches to it without a gap. A camera that is
   * wanted but was not available is opened.
   * @throws CodedError of the media group; the old device continues and stays the chosen one
   */
  async setDevice(kind: MediaDeviceKind, deviceId: string): Promise<void> {
    const { devices } = this;
    const slot = this.slots.find(({ deviceKind }) => deviceKind === kind);
    const isOpen = (): boolean => !!(slot?.lease || slot?.on);
    if (slot?.opening) await slot.opening;
    const part = isOpen() && (await changing.load());
    // Also if everything was stopped while that was loading.
    if (!part || !isOpen()) return devices.setDevice(kind, deviceId);
    // Stored last, because a device that does not open must not become the choice.
    if (await part.switchDevice(this, slot!, deviceId)) devices.choose(kind, deviceId);
  }

  /** Stops everything, and later whatever a pending prompt delivers. May be started again. */
  stop(): void {
    this.generation++;
    this.#endDevices?.();
    this.#endDevices = undefined;
    for (const slot of this.slots) {
      this.release(slot);
      Object.assign(slot, createCaptureSlot(slot.kind));
    }
    this.#stopScreen();
  }

  /** Makes the capture match what the slot wants. */
  async #apply(slot: CaptureSlot): Promise<boolean> {
    if (slot.on && !slot.lease) {
      let [error] = await this.#open([slot]);
      // The device was turned off and on while the prompt was open, and the request failed.
      if (!error && slot.on && !slot.lease) [error] = await this.#open([slot]);
      if (error && slot.on) {
        slot.on = false;
        this.publish();
        throw error;
      }
    }
    this.publish();
    return slot.on && slot.lease !== null;
  }

  /** Captures the slots that have no capture yet; resolves to the failures. */
  async #open(slots: readonly CaptureSlot[]): Promise<CodedError[]> {
    const generation = this.generation;
    const missing = slots.filter(({ lease, opening }) => !lease && !opening);
    const errors: CodedError[] = [];
    const opening = this.#captureChosen(missing).then((opened) => {
      for (const slot of missing) {
        const result = opened[slot.kind]!;
        if (!(result instanceof CodedError)) this.accept(slot, result, generation);
        // The failure of a device that was turned off during the request concerns nobody.
        else if (generation === this.generation && slot.wanted?.[slot.kind]) {
          slot.error = result.code;
          errors.push(result);
        }
      }
    });
    for (const slot of missing) slot.opening = opening;
    await Promise.all(slots.map((slot) => slot.opening));
    if (generation !== this.generation) return [];
    for (const slot of missing) slot.opening = null;
    this.publish();
    if (missing.length > 0) this.#followDevices();
    // A caller that waited for the request of an earlier caller gets its failure too.
    for (const slot of slots)
      if (!missing.includes(slot) && !slot.lease && slot.error) errors.push(new CodedError(slot.error as ErrorCode));
    return errors;
  }

  accept(slot: CaptureSlot, lease: Lease, generation: number): void {
    const unwanted = slot.kind === 'video' && !slot.on;
    if (generation !== this.generation || unwanted) return lease.release();
    const before = slot.lease;
    slot.lease = lease;
    slot.deviceId = lease.track.getSettings().deviceId ?? '';
    slot.error = null;
    lease.track.addEventListener('ended', () => void this.#onEnded(slot, lease), { once: true });
    for (const type of ['mute', 'unmute']) lease.track.addEventListener(type, () => this.publish());
    this.publish();
    // Released last, because the senders must have the new track before the old one stops.
    before?.release();
  }

  release(slot: CaptureSlot): void {
    slot.lease?.release();
    slot.lease = null;
    delete slot.wanted?.[slot.kind];
  }

  async captureFrom(slot: CaptureSlot, deviceId: string): Promise<Lease | CodedError> {
    return (await this.#capture([slot], () => deviceId))[slot.kind]!;
  }

  async #capture(slots: readonly CaptureSlot[], findDevice: (slot: CaptureSlot) => string): Promise<Opened> {
    const wanted: Wanted = {};
    for (const slot of slots) {
      wanted[slot.kind] = createTrackConstraints(this.#constraints[slot.kind], slot.kind, findDevice(slot));
      slot.wanted = wanted;
    }
    return this.#options.pool.open(wanted);
  }

  /** Captures the chosen devices, and another of the same kind where one is missing. */
  async #captureChosen(slots: readonly CaptureSlot[]): Promise<Opened> {
    const { chosen } = this.devices.store.get();
    const opened = await this.#capture(slots, ({ deviceKind }) => chosen[deviceKind]);
    const gone = slots.filter(({ kind, deviceKind, wanted }) => {
      const result = opened[kind];
      return wanted?.[kind] && chosen[deviceKind] && result instanceof CodedError && result.code === 'device-not-found';
    });
    return gone.length > 0 ? { ...opened, ...(await this.#capture(gone, () => '')) } : opened;
  }

  /** A device or its permission was lost. */
  async #onEnded(slot: CaptureSlot, lease: Lease): Promise<void> {
    if (slot.lease !== lease) return;
    const before = this.devices.store.get();
    slot.lost = slot.deviceId;
    this.events.emit('error', new CodedError('device-lost'));
    const part = await changing.load().catch(ignore);
    if (part) return part.replaceLost(this, slot, lease, before);
    if (slot.lease !== lease) return;
    // The server cannot be reached, so nothing replaces it now. A press turns on whichever device is there.
    this.release(slot);
    slot.error = 'device-lost';
    this.publish();
  }

  /** Starts with the first capture: devices have labels now, and a lost one may return. */
  #followDevices(): void {
    void this.devices.refresh();
    const use = (): void => changing.loaded?.useReturned(this);
    this.#endDevices ??= this.devices.store.subscribe(() => {
      use();
      if (this.slots.some(({ lost }) => lost !== null)) changing.want(use);
    });
  }

  #stopScreen(): void {
    this.#wantsScreen = false;
    this.#screen?.stop();
    this.publish();
  }

  publish(): void {
    const { lease: microphone, on } = this.#audio;
    const camera = this.#video.lease;
    if (microphone) microphone.track.enabled = on;
    if (camera) camera.track.enabled = true;
    const tracks: LocalTrack[] = [];
    if (microphone) tracks.push({ source: 'microphone', track: microphone.track, muted: !on || microphone.muted });
    if (camera) tracks.push({ source: 'camera', track: camera.track, muted: camera.muted });
    const screen = (this.#screen?.tracks ?? []).map((track): LocalTrack => ({
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
