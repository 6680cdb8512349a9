/**
 * One participant's own microphone, camera and screen.
 *
 * Owns which of them are on, and the tracks that come of it. Does not own the captures themselves
 * (`CapturePool`: two users of one camera capture it once), nor which device is chosen (`Devices`),
 * nor who the tracks are sent to (`Call`).
 */
import type { ErrorCode, TrackSource } from '../../server/protocol.ts';
import type { CodedError } from '../internal/coded-error.ts';
import { Emitter } from '../internal/emitter.ts';
import { Store, type ReadableStore } from '../internal/store.ts';
import type { Devices } from './devices.ts';

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
  /** Why the microphone is not to be had; `null` when it is, or was not asked for. */
  readonly microphoneError: ErrorCode | null;
  readonly cameraError: ErrorCode | null;
}

export interface LocalMediaEvents {
  /** Something went wrong that no promise was returned for, such as `device-lost`. */
  error: CodedError;
}

export interface LocalMediaOptions {
  /** `undefined` where the page is no secure context. */
  mediaDevices: MediaDevices | undefined;
  devices: Devices;
}

export class LocalMedia {
  readonly events = new Emitter<LocalMediaEvents>();
  readonly #store = new Store<LocalMediaSnapshot>({
    tracks: [], stream: null, screenStream: null,
    microphone: false, camera: false, screen: false, microphoneError: null, cameraError: null,
  });

  constructor(options: LocalMediaOptions) {
    void options;
  }

  get store(): ReadableStore<LocalMediaSnapshot> {
    return this.#store;
  }

  /** What to capture from now on; a running capture stays as it is. */
  setConstraints(_constraints: MediaStreamConstraints | undefined): void {}

  /**
   * Asks for both devices in one prompt, each for itself where that fails, and turns on what was asked for.
   * A microphone that begins muted is captured all the same. Never rejects: failures stand in the snapshot.
   */
  async start(_wanted: { microphone: boolean; camera: boolean }): Promise<void> {}

  /** Resolves to the new state. @throws CodedError of the media group */
  async setMicrophone(on: boolean): Promise<boolean> {
    return on;
  }

  /** Off: the capture is stopped and the light goes out. @throws CodedError of the media group */
  async setCamera(on: boolean): Promise<boolean> {
    return on;
  }

  /** @throws CodedError `cancelled` when the person chose nothing, `permission-denied`, `unsupported-browser` */
  async setScreen(on: boolean): Promise<boolean> {
    return on;
  }

  /** Switches a running capture to another device without a gap. @throws CodedError of the media group */
  async setDevice(_kind: MediaDeviceKind, _deviceId: string): Promise<void> {}

  /** Stops everything; what a pending prompt still brings is stopped as it comes. May be started again. */
  stop(): void {}
}
