/**
 * Ties the call of a room, with this participant's media, to the life of a host element.
 *
 * Owns the element's `state`, and when the call is joined and left. Does not own the call: elements of the same room
 * share one (`SharedCall`). Fires no DOM event: the host listens to `events`.
 */
import type { ReactiveController } from 'lit';
import type { Role } from '../../server/protocol.ts';
import type { RoomSession } from '../client/room/room-session.ts';
import type { CallParticipant, CallState } from '../entities.ts';
import { CodedError } from '../internal/coded-error.ts';
import { Emitter } from '../internal/emitter.ts';
import { ignore } from '../internal/ignore.ts';
import type { DeviceTrouble } from '../rtc/media/capture-slot.ts';
import type { Devices, DevicesSnapshot } from '../rtc/media/devices.ts';
import type { LinkFigures } from '../rtc/link/link-stats.ts';
import type { LocalMedia } from '../rtc/media/local-media.ts';
import type { Shown } from '../rtc/uplink/shown.ts';
import type { CallControllerEvents, CallPreview } from './call-events.ts';
import { callStateOf } from './call/call-state.ts';
import { normalizeServerUrl } from '../server-url.ts';
import { acquireDevices, mediaDevices, releaseDevices } from './page-media.ts';
import { endEarlier } from './removal-grace.ts';
import { RoomController, type RoomHost, type SessionChangeReason } from './room-controller.ts';
import { may } from './call/room-permissions.ts';
import { SharedCall, type CallTerms } from './shared-call.ts';

export type { DeviceTrouble } from '../rtc/media/capture-slot.ts';
export type { CallControllerEvents, CallPreview } from './call-events.ts';

/** The properties of an element that decide how its call starts. */
export interface CallHost extends RoomHost, CallTerms {}

const SWITCHES = ['microphone', 'camera', 'screen'] as const;
const NOBODY: readonly CallParticipant[] = [];
const OFF = { microphone: false, camera: false, screen: false };

export class CallController implements ReactiveController {
  readonly events = new Emitter<CallControllerEvents>();
  /** The controller of the room that the call belongs to. */
  readonly room: RoomController;
  readonly #host: CallHost;
  #shared: SharedCall | null = null;
  #ends: (() => void)[] = [];
  #devices: Devices | null = null;
  #deviceList: DevicesSnapshot['devices'] = [];
  /** Set while a joined call moves to the next room: its running media, if they move along. */
  #carried: { readonly media: LocalMedia | null } | null = null;
  #state: CallState = 'idle';
  #on: Record<(typeof SWITCHES)[number], boolean> = OFF;
  #error: CodedError | null = null;
  /** Why there is no session although a room is named. */
  #refused: CodedError | null = null;
  #wanted = '';
  #audioOnly = false;

  constructor(host: CallHost) {
    this.#host = host;
    // Added before the room's controller, so that it sees new properties of the host first.
    host.addController(this);
    this.room = new RoomController(host, {
      onRelease: (_session, reason) => this.#onRelease(reason),
      onSession: (session) => this.#onSession(session),
      onTokenExpire: (inMs) => this.events.emit('token-expire', { inMs }),
      onMoved: (room) => this.events.emit('room-change', { room, reason: 'moved' }),
      onError: (error, fatal) => {
        if (fatal && !this.#shared) this.#refused = error;
        this.#tell(error, fatal);
      },
    });
  }

  get state(): CallState {
    return this.#state;
  }

  /** The current problem with the room, or else why the call failed; `null` if there is none. */
  get error(): CodedError | null {
    return this.room.snapshot?.error ?? this.#error;
  }

  /** Everybody in the call, this participant first; empty outside the call. */
  get participants(): readonly CallParticipant[] {
    return this.#shared?.store.get().call?.participants ?? NOBODY;
  }

  /** `participants` for the page: if its code reads a stream, that picture counts as shown at full size. */
  get given(): readonly CallParticipant[] {
    return this.#shared?.given.all(this.participants) ?? NOBODY;
  }

  get role(): Role {
    return this.room.snapshot?.role ?? 'participant';
  }

  /** The name in use: given, remembered or generated. */
  get displayName(): string {
    return this.room.connection?.store.get().displayName ?? '';
  }

  get preview(): CallPreview {
    const { stream, microphone, camera } = this.#shared?.media.store.get() ?? { ...OFF, stream: null };
    return { stream, microphone, camera };
  }

  /** True if the microphone is on, also before the call. */
  get microphone(): boolean {
    return this.#on.microphone;
  }

  get camera(): boolean {
    return this.#on.camera;
  }

  get screen(): boolean {
    return this.#on.screen;
  }

  /** The problem of each device; `null` if there is none, or the device was not requested. */
  get mediaErrors(): { readonly microphone: DeviceTrouble | null; readonly camera: DeviceTrouble | null } {
    const local = this.#shared?.media.store.get();
    return { microphone: local?.microphoneError ?? null, camera: local?.cameraError ?? null };
  }

  /** True if the microphone is on and has been silent for a while. */
  get microphoneSilent(): boolean {
    return this.#shared?.store.get().call?.microphoneSilent ?? false;
  }

  /** True if a moderator turned the microphone off and it has been off since. */
  get mutedByOther(): boolean {
    return this.#shared?.store.get().mutedByOther ?? false;
  }

  /** The devices of this machine, and which of them the person chose; `null` outside the document. */
  get devices(): DevicesSnapshot | null {
    return this.#devices?.store.get() ?? null;
  }

  /** Id of the selected speaker, for `setSinkId()`; empty for the default. */
  get speakerId(): string {
    return this.devices?.chosen.audiooutput ?? '';
  }

  get canShareScreen(): boolean {
    const devices = mediaDevices();
    return devices !== undefined && 'getDisplayMedia' in devices && !this.#host.audioOnly;
  }

  /** True while this participant's media do not arrive, or while its own connection to the server is lost. */
  isReconnecting(participantId: string): boolean {
    return this.#shared?.store.get().call?.reconnecting.includes(participantId) ?? false;
  }

  /** Takes how large the host shows the pictures of others, by participant id. */
  handleShown(shown: ReadonlyMap<string, Shown>): void {
    this.#shared?.shown.setReport(this, shown);
  }

  /** Takes which tile the host has pinned; its key begins with the participant's id. */
  handlePinned(key: string | null): void {
    if (this.#shared) this.#shared.given.pinned = key?.split(':')[0] ?? null;
  }

  /** The call of the room, shared by the elements of the page; `null` without a room. */
  get shared(): SharedCall | null {
    return this.#shared;
  }

  /** Opens camera and microphone, once; `join()` uses them. `mediaErrors` and `events` report failures. */
  async openDevices(): Promise<void> {
    await this.#shared?.startMedia(this.#host);
  }

  /** The person asks for the devices: they are on, whatever the page starts with. */
  async turnOnDevices(): Promise<void> {
    await this.#shared?.startMedia(this.#host, true);
  }

  /**
   * Joins with the properties that the host has now, even if the host has not rendered since they were set.
   * @throws CodedError the reason; `cancelled` if the call was left meanwhile, `not-in-room` without a room
   */
  async join(): Promise<void> {
    if (!this.#wanted) await this.#host.updateComplete;
    else this.enter();
    await this.#joinNow();
  }

  /** Takes over the properties of the host, and enters its room. The connection then need not wait for a rendering. */
  enter(): void {
    this.#follow();
    this.room.hostUpdate();
  }

  async #joinNow(): Promise<void> {
    if (!this.#shared) throw this.#refused ?? new CodedError('not-in-room');
    this.#error = null;
    try {
      await this.#shared.join(this.#host);
    } catch (error) {
      this.#error = CodedError.from(error);
      throw error;
    }
  }

  async leave(): Promise<void> {
    this.#shared?.leave('left');
    this.withdraw();
  }

  /** Stops knocking or joining. Without `autojoin` this returns to the lobby and keeps the camera preview. */
  withdraw(): void {
    this.room.session?.withdraw();
    this.#shared?.leave('left', true);
  }

  /** Resolves to the new state, true = on. @throws CodedError `cancelled`, `not-in-room`, codes for media */
  async toggleMicrophone(on = !this.#on.microphone): Promise<boolean> {
    return this.#mine('microphone', on).turn('setMicrophone', on);
  }

  /** @throws CodedError, also `not-allowed` in an audio-only call */
  async toggleCamera(on = !this.#on.camera): Promise<boolean> {
    if (on && this.#host.audioOnly) throw new CodedError('not-allowed');
    return this.#mine('camera', on).turn('setCamera', on);
  }

  /** @throws CodedError, also `not-allowed` in an audio-only call */
  async toggleScreenShare(on = !this.#on.screen): Promise<boolean> {
    if (on && this.#host.audioOnly) throw new CodedError('not-allowed');
    if (on && this.#state !== 'joined' && this.#state !== 'reconnecting') throw new CodedError('not-in-room');
    return this.#mine('screen', on).media.setScreen(on);
  }

  /** @throws CodedError with a code for media, such as `device-in-use`; the old device then stays in use */
  async setDevice(kind: MediaDeviceKind, deviceId: string): Promise<void> {
    await (this.#shared?.media ?? this.#devices)?.setDevice(kind, deviceId);
  }

  /** Figures of each link in the last second, by participant id. */
  async getStats(): Promise<Map<string, LinkFigures>> {
    return this.#shared?.call?.getStats() ?? new Map<string, LinkFigures>();
  }

  hostConnected(): void {
    if (this.#devices) return;
    this.#devices = acquireDevices();
    this.#endList = this.#devices.store.subscribe(({ devices, ready }) => {
      const changed = ready && devices !== this.#deviceList;
      this.#deviceList = devices;
      if (changed) this.events.emit('devices', devices);
      this.#host.requestUpdate();
    });
  }

  hostDisconnected(): void {
    // With a session, devices stay until the session ends, because the host may only be moved in the document.
    if (!this.#shared) this.#endDevices();
  }

  hostUpdate(): void {
    this.#follow();
    if (this.#host.autojoin && this.#state === 'prejoin') this.#joinUnasked();
    this.#refresh();
  }

  /** Takes over the properties of the host. */
  #follow(): void {
    const { room, server, audioOnly } = this.#host;
    const wanted = `${server} ${room}`;
    if (wanted !== this.#wanted) {
      this.#wanted = wanted;
      this.#refused = null;
    }
    if (audioOnly !== this.#audioOnly) {
      this.#audioOnly = audioOnly;
      this.#shared?.call?.setAudioOnly(audioOnly);
      if (audioOnly) for (const stop of ['setCamera', 'setScreen'] as const) void this.#shared?.media[stop](false);
    }
  }

  #endList: () => void = ignore;

  #endDevices(): void {
    this.#endList();
    if (this.#devices) releaseDevices();
    this.#devices = null;
  }

  #mine(what: keyof typeof OFF, on: boolean): SharedCall {
    if (!this.#shared) throw new CodedError('not-in-room');
    if (this.role === 'viewer' || (on && !may(what, this.room.snapshot))) throw new CodedError('not-allowed');
    return this.#shared;
  }

  #joinUnasked(): void {
    this.#joinNow().catch((error: unknown) => this.#tell(CodedError.from(error), true));
  }

  #onRelease(reason: SessionChangeReason): void {
    const shared = this.#shared;
    if (!shared) return;
    const joined = shared.store.get().phase === 'joined';
    // Keeps the camera running into the next room, instead of turning its light off and on.
    const rejoin = joined && (reason === 'moved' || (reason === 'room-changed' && this.#host.autojoin));
    this.#carried = rejoin ? { media: shared.giveMedia(reason === 'moved') } : null;
    for (const end of this.#ends.splice(0)) end();
    this.#shared = null;
    shared.shown.setReport(this, null);
    shared.release();
    if (joined)
      this.events.emit('leave', {
        room: this.room.session?.room ?? '',
        reason: reason === 'connected' ? 'left' : reason,
      });
    if (reason === 'element-removed') this.#endDevices();
  }

  #onSession(session: RoomSession | null): void {
    const carried = this.#carried;
    this.#carried = null;
    this.#error = null;
    if (session) this.#enter(session, carried);
    else carried?.media?.stop();
    this.#refresh();
  }

  #enter(session: RoomSession, carried: { readonly media: LocalMedia | null } | null): void {
    const shared = SharedCall.acquire(session, normalizeServerUrl(this.#host.server), carried?.media);
    this.#shared = shared;
    this.#ends = [...this.#listenToSession(session), ...this.#listenToCall(shared, session.room)];
    if (shared.store.get().phase === 'joined') {
      this.#refresh();
      this.events.emit('join', { room: session.room });
    } else if (carried || this.#host.autojoin) this.#joinUnasked();
  }

  #listenToSession(session: RoomSession): (() => void)[] {
    const { events } = this;
    return [
      session.store.subscribe(() => this.#refresh()),
      ...(['announcement', 'knock', 'knock-end'] as const).map((name) =>
        session.events.on(name, (detail) => events.emit(name, detail as never)),
      ),
    ];
  }

  #listenToCall(shared: SharedCall, room: string): (() => void)[] {
    const { events } = this;
    return [
      shared.store.subscribe(() => this.#refresh()),
      shared.media.store.subscribe(() => this.#refresh()),
      shared.events.on('speaking', () => events.emit('speaking', undefined)),
      shared.events.on('join', () => events.emit('join', { room })),
      shared.events.on('leave', (reason) => events.emit('leave', { room, reason })),
      // Only a fatal error is kept in `error`. `mediaErrors` keeps a problem of a device for as long as it lasts.
      shared.events.on('error', ({ error, fatal }) =>
        fatal ? this.#tell(error, fatal) : events.emit('error', { error, fatal }),
      ),
      ...(['participant-join', 'participant-leave', 'participant-change'] as const).map((name) =>
        shared.events.on(name, (participant) => events.emit(name, shared.given.one(participant))),
      ),
    ];
  }

  #tell(error: CodedError, fatal: boolean): void {
    // The session and the promise of `join()` may both report the same error.
    const known = error === this.#error;
    // The session's snapshot keeps a temporary error for as long as it lasts. Kept here, it would stay for ever.
    if (fatal) this.#error = error;
    this.#refresh();
    if (!known && error.code !== 'cancelled') this.events.emit('error', { error, fatal });
  }

  #findState(): CallState {
    const session = this.room.snapshot;
    const phase = this.#shared?.store.get().phase;
    if (!session || !phase) return this.#refused ? 'failed' : 'idle';
    return callStateOf(session, phase, this.#state);
  }

  /** Updates the host, and emits an event for each change. */
  #refresh(): void {
    const state = this.#findState();
    const on = this.#shared?.media.store.get() ?? OFF;
    const before = this.#on;
    this.#on = on;
    for (const name of SWITCHES) if (before[name] !== on[name]) this.events.emit(name, on[name]);
    if (state !== this.#state) {
      this.#state = state;
      if (state === 'joined') {
        this.#error = null;
        endEarlier(false);
      }
      this.events.emit('state', state);
    }
    this.#host.requestUpdate();
  }
}
