/**
 * The captures of one page, with a count of the users of each. A user is a call or a preview.
 *
 * Owns each running capture of a camera or microphone and hands out clones of its track. Two users of one device
 * capture it once, each with its own `enabled`. The capture itself stays disabled, and each clone is enabled by its
 * user, so that the device is off while all users are muted. The last release stops the capture and turns off its
 * light. Does not own which device is requested, nor what is done with a track.
 */
import { CodedError } from '../../internal/coded-error.ts';
import { ignore } from '../../internal/ignore.ts';
import { systemClock, type Clock } from '../clock.ts';
import { missingMediaError, toMediaError } from './media-error.ts';

/** One user's share of a capture. */
export interface Lease {
  readonly track: MediaStreamTrack;
  /** True while the system mutes the device. */
  readonly muted: boolean;
  /** Stops this share, and the capture with the last one. May be called twice. */
  release(): void;
}

export type CaptureKind = 'audio' | 'video';
export type Wanted = Partial<Record<CaptureKind, MediaTrackConstraints>>;
/** For each requested kind: a lease, or why there is none. */
export type Opened = Partial<Record<CaptureKind, Lease | CodedError>>;

interface Capture {
  readonly kind: CaptureKind;
  /** The constraints without the device id, as JSON. */
  readonly settings: string;
  readonly deviceId: string;
  readonly track: Promise<MediaStreamTrack>;
  opened: MediaStreamTrack | null;
  users: number;
}

/** A refusal faster than this, in milliseconds, was not a person's answer to a prompt. */
const TOO_QUICK_FOR_A_PERSON_MS = 300;

function wantedDevice({ deviceId }: MediaTrackConstraints): string {
  if (typeof deviceId === 'string') return deviceId;
  if (!deviceId || Array.isArray(deviceId)) return '';
  const { exact, ideal } = deviceId;
  return String(exact ?? ideal ?? '');
}

/** @throws CodedError `device-not-found` for a stream without such a track, which some privacy extensions return */
function trackOf(stream: MediaStream | undefined, kind: CaptureKind): MediaStreamTrack {
  const track = stream?.getTracks().find((one) => one.kind === kind);
  if (!track) throw new CodedError('device-not-found');
  return track;
}

export class CapturePool {
  readonly #mediaDevices: MediaDevices | undefined;
  readonly #clock: Clock;
  readonly #captures = new Set<Capture>();
  /**
   * Whether a kind is requested alone after both were refused. A person who has just refused both is not asked two more
   * times.
   * @param answered whether a person may have refused, because it took that long
   */
  mayAskAlone: (kind: CaptureKind, answered: boolean) => Promise<boolean> = async (_kind, answered) => !answered;

  constructor(mediaDevices: MediaDevices | undefined, clock: Clock = systemClock) {
    this.#mediaDevices = mediaDevices;
    this.#clock = clock;
  }

  /** How many devices are captured or being requested. */
  get size(): number {
    return this.#captures.size;
  }

  /**
   * Opens the wanted kinds, with one prompt if neither is captured yet. If that prompt fails, each kind is requested
   * alone, so that the trouble of one device does not affect the other. A kind that is known to be blocked is not
   * requested again, and a person who refused both is not asked again. Never rejects.
   * @param wanted read again before each further prompt. A kind that was removed meanwhile becomes `cancelled`
   */
  async open(wanted: Wanted): Promise<Opened> {
    const kinds = (['audio', 'video'] as const).filter((kind) => wanted[kind]);
    const missing = kinds.filter((kind) => !this.#find(kind, wanted[kind]!));
    const together = missing.length === 2 ? this.#captureBoth(wanted as Required<Wanted>) : null;
    const opened: Opened = {};
    await Promise.all(
      kinds.map(async (kind) => (opened[kind] = await this.#lease(kind, wanted[kind]!, together?.[kind]))),
    );
    return opened;
  }

  async #lease(
    kind: CaptureKind,
    constraints: MediaTrackConstraints,
    request?: Promise<MediaStreamTrack>,
  ): Promise<Lease | CodedError> {
    const capture =
      this.#find(kind, constraints) ?? this.#add(kind, constraints, request ?? this.#capture(kind, constraints));
    capture.users++;
    try {
      const whole = await capture.track;
      const track = whole.clone();
      const released = new AbortController();
      const { signal } = released;
      // Later callers must not receive an ended capture.
      track.addEventListener('ended', () => this.#captures.delete(capture), { signal });
      // A browser may fire `ended` only at the original track, so each clone repeats it.
      whole.addEventListener(
        'ended',
        () => {
          if (track.readyState === 'ended') return;
          track.stop();
          track.dispatchEvent(new Event('ended'));
        },
        { signal },
      );
      for (const type of ['mute', 'unmute'])
        whole.addEventListener(type, () => track.dispatchEvent(new Event(type)), { signal });
      return {
        track,
        get muted() {
          return whole.muted || track.muted;
        },
        release: () => {
          if (signal.aborted) return;
          released.abort();
          track.stop();
          this.#release(capture);
        },
      };
    } catch (error) {
      this.#release(capture);
      return toMediaError(error);
    }
  }

  #find(kind: CaptureKind, constraints: MediaTrackConstraints): Capture | undefined {
    const { deviceId: _, ...settings } = constraints;
    const deviceId = wantedDevice(constraints);
    return [...this.#captures].find(
      (capture) =>
        capture.kind === kind &&
        capture.settings === JSON.stringify(settings) &&
        capture.opened?.readyState !== 'ended' &&
        (capture.deviceId === deviceId || capture.opened?.getSettings().deviceId === deviceId),
    );
  }

  #add(kind: CaptureKind, constraints: MediaTrackConstraints, track: Promise<MediaStreamTrack>): Capture {
    const { deviceId: _, ...settings } = constraints;
    const capture: Capture = {
      kind,
      settings: JSON.stringify(settings),
      deviceId: wantedDevice(constraints),
      track,
      opened: null,
      users: 0,
    };
    this.#captures.add(capture);
    track.then(
      (opened) => {
        capture.opened = opened;
        opened.enabled = false;
      },
      () => {},
    );
    return capture;
  }

  #release(capture: Capture): void {
    if (--capture.users > 0) return;
    capture.opened?.stop();
    this.#captures.delete(capture);
  }

  /** A page's own `getUserMedia` may throw instead of rejecting; an async function turns that into a rejection. */
  async #ask(constraints: MediaStreamConstraints): Promise<MediaStream> {
    if (!this.#mediaDevices) throw missingMediaError();
    return this.#mediaDevices.getUserMedia(constraints);
  }

  async #capture(kind: CaptureKind, constraints: MediaTrackConstraints): Promise<MediaStreamTrack> {
    return trackOf(await this.#ask({ [kind]: constraints }), kind);
  }

  #captureBoth(wanted: Required<Wanted>): Record<CaptureKind, Promise<MediaStreamTrack>> {
    const { audio, video } = wanted;
    const askedAt = this.#clock.now();
    const both = this.#ask({ audio, video });
    const pick = (kind: CaptureKind, constraints: MediaTrackConstraints, before: Promise<unknown>) =>
      both
        .then((stream) => trackOf(stream, kind))
        .catch(async (error: unknown) => {
          const answered = this.#clock.now() - askedAt > TOO_QUICK_FOR_A_PERSON_MS;
          const denied = toMediaError(error).code === 'permission-denied';
          if (denied && !(await this.mayAskAlone(kind, answered))) throw error;
          await before.catch(ignore);
          if (!wanted[kind]) throw new CodedError('cancelled');
          return this.#capture(kind, constraints);
        });
    const audioTrack = pick('audio', audio, Promise.resolve());
    return { audio: audioTrack, video: pick('video', video, audioTrack) };
  }
}
