/**
 * The call of one room's session, shared by all elements of the page that show it.
 *
 * Owns the participant's media and the call, and what changes of the session mean for both. Does not own the session
 * (`RoomController` counts it) or the state that an element shows (`CallController`).
 *
 * `idle → joining → joined → left`, or `failed`; from `left` and `failed` it may be joined again, and cancelling a
 * knock returns to `idle`.
 */
import type { RoomSession, RoomSessionEvents } from '../client/room/room-session.ts';
import type { CallLeaveReason } from '../events/call.ts';
import { CodedError } from '../internal/coded-error.ts';
import { Emitter } from '../internal/emitter.ts';
import { ignore } from '../internal/ignore.ts';
import { holdRendering } from '../internal/render-hold.ts';
import { Store, type ReadableStore } from '../internal/store.ts';
import { Call, type CallEvents, type CallSnapshot } from '../rtc/call.ts';
import { systemClock } from '../rtc/clock.ts';
import { IceServers } from '../rtc/ice-servers.ts';
import type { LocalMedia } from '../rtc/media/local-media.ts';
import { ShownPictures } from '../rtc/uplink/shown-pictures.ts';
import { createSignaling } from './call/session-signaling.ts';
import { GivenParticipants } from './given-participants.ts';
import { acquireDevices, createLocalMedia, releaseDevices } from './page-media.ts';
import { turnedOff, type TurnedOff } from './turned-off.ts';

/** How a call starts. */
export interface CallTerms {
  /** True if there is no lobby to return to. */
  readonly autojoin: boolean;
  readonly muted: boolean;
  readonly cameraOff: boolean;
  readonly audioOnly: boolean;
  readonly relayOnly: boolean;
  readonly constraints: MediaStreamConstraints | undefined;
  readonly pushToTalk?: boolean;
}

/** The devices that a call starts with; `null` for a microphone that is not even captured. */
export interface DevicePlan {
  readonly microphone: boolean | null;
  readonly camera: boolean;
}

export interface SharedCallSnapshot {
  readonly phase: 'idle' | 'joining' | 'joined' | 'left' | 'failed';
  readonly call: CallSnapshot | null;
  /** True if a moderator turned the microphone off and it has been off since. */
  readonly mutedByOther?: boolean;
}

export interface SharedCallEvents extends Omit<CallEvents, 'error'> {
  join: void;
  leave: CallLeaveReason;
  error: { error: CodedError; fatal: true } | { error: Pick<CodedError, 'code'>; fatal: false };
}

/**
 * How long rendering waits for the answer of the server to `join()`, in milliseconds. A server that is near answers
 * sooner. While a distant one is awaited, there is time to render.
 */
const CONNECTING_MS = 50;

const sharedCalls = new WeakMap<RoomSession, SharedCall>();

export class SharedCall {
  readonly events = new Emitter<SharedCallEvents>();
  readonly media: LocalMedia;
  /** How large the elements of this page show the pictures of others. */
  readonly shown = new ShownPictures();
  /** The participants as the code of the page receives them; a read of their streams is noticed. */
  readonly given = new GivenParticipants((id, source) => this.shown.handleTaken(id, source));
  readonly #session: RoomSession;
  readonly #off: TurnedOff;
  readonly #store = new Store<SharedCallSnapshot>({ phase: 'idle', call: null });
  #call: Call | null = null;
  #users = 0;
  #joining: Promise<void> | null = null;
  #terms: CallTerms | null = null;
  #mediaStarted: boolean;
  #mediaGiven = false;
  #selfId: string | null = null;
  /** What was off when the page entered the back-forward cache; `null` unless the call must resume after that. */
  #suspended: { muted: boolean; cameraOff: boolean } | null = null;
  #ends: (() => void)[];
  /** The ICE servers, while the page is in the room and not in the call. */
  #lobby: IceServers | null = null;
  #freeRendering: (() => void) | null = null;
  /** True once the links of the call are made. */
  #opened = false;

  /** @param media running media of the call in the previous room */
  static acquire(session: RoomSession, serverUrl: string, media: LocalMedia | null = null): SharedCall {
    let shared = sharedCalls.get(session);
    // The existing call has its own media.
    if (shared) media?.stop();
    else sharedCalls.set(session, (shared = new SharedCall(session, serverUrl, media)));
    shared.#users++;
    return shared;
  }

  private constructor(session: RoomSession, serverUrl: string, media: LocalMedia | null) {
    this.#session = session;
    this.#off = turnedOff[serverUrl] ??= {};
    this.#mediaStarted = media !== null;
    const devices = acquireDevices();
    this.media = media ?? createLocalMedia(devices);
    session.expectCall();
    const { events } = session;
    this.#ends = [
      this.media.store.subscribe((local) => {
        this.#call?.setLocal(local);
        if (local.microphone && this.#store.get().mutedByOther) this.#store.patch({ mutedByOther: false });
      }),
      this.media.events.on('error', (error) => this.events.emit('error', { error, fatal: false })),
      session.store.subscribe(() => this.#onSession()),
      events.on('signal', ({ from, link, signal }) => this.#call?.handleSignal(from, link, signal)),
      events.on('participant-changed', ({ id, call }) => {
        if (
          id !== session.store.get().selfId ||
          !call?.tracks.some(({ source, mutedBy }) => source === 'microphone' && mutedBy !== undefined)
        )
          return;
        const mutedByOther = this.media.store.get().microphone;
        void this.turn('setMicrophone', false).then(() => mutedByOther && this.#store.patch({ mutedByOther }));
      }),
      events.on('participant-left', ({ participant, reason }) =>
        this.#call?.handleParticipantLeft(participant.id, reason),
      ),
      events.on('call-ended', (event) => this.#onCallEnded(event)),
      events.on('ended', ({ reason }) => this.#onEnded(reason)),
      events.on('suspended', () => this.#onSuspended()),
      events.on('resumed', () => this.#onResumed()),
    ];
  }

  get store(): ReadableStore<SharedCallSnapshot> {
    return this.#store;
  }

  get call(): Call | null {
    return this.#call;
  }

  /** The last release leaves the call and stops the media, unless `giveMedia()` handed them on. */
  release(): void {
    if (--this.#users > 0) return;
    sharedCalls.delete(this.#session);
    for (const end of this.#ends.splice(0)) end();
    this.#close();
    this.#endLobby();
    if (!this.#mediaGiven) this.media.stop();
    releaseDevices();
  }

  /** The person knows it by now. */
  forgetMuted(): void {
    this.#store.patch({ mutedByOther: false });
  }

  /** All elements play the participant at this volume. @throws CodedError `payload-invalid` outside 0 to 1 */
  setVolume(id: string, volume: number): void {
    if (!Number.isFinite(volume) || volume < 0 || volume > 1) throw new CodedError('payload-invalid');
    this.given.volumes.set(id, volume);
    this.#store.patch({});
  }

  /** Hands running media to the call of the next room; `null` if none run, or if elements that stay use them. */
  giveMedia(everybodyGoes: boolean): LocalMedia | null {
    if (!this.#mediaStarted || (this.#users > 1 && !everybodyGoes)) return null;
    this.#mediaGiven = true;
    return this.media;
  }

  /** True once the devices were asked for. */
  get isMediaStarted(): boolean {
    return this.#mediaStarted;
  }

  /** Asks for the devices, once. @param isAsked true turns both on: the person pressed a button that says so */
  async startMedia(terms: CallTerms, isAsked = false): Promise<void> {
    if (this.#session.store.get().role === 'viewer') return;
    if (isAsked) this.#off.setMicrophone = this.#off.setCamera = false;
    // What was turned off on this page stays off, also in media that already run in a lobby or in the previous room.
    for (const set of ['setMicrophone', 'setCamera'] as const) if (this.#off[set]) void this.media[set](false);
    if (this.#mediaStarted) return;
    this.#mediaStarted = true;
    this.media.setConstraints(terms.constraints);
    await this.media.start(isAsked ? { microphone: true, camera: !terms.audioOnly } : this.plan(terms));
  }

  /** Which devices the call starts with. What was turned on in the lobby stays on. */
  plan(terms: CallTerms): DevicePlan {
    const { muted, cameraOff } = this.#suspended ?? terms;
    const { setMicrophone, setCamera } = this.#off;
    const { wanted } = this.media;
    return {
      microphone: setMicrophone ? null : wanted.microphone || !(muted || terms.pushToTalk),
      camera: wanted.camera || !(setCamera || cameraOff || terms.audioOnly),
    };
  }

  /** Turns a device on or off and keeps that for later calls. Resolves to the new state. @throws CodedError */
  turn(set: keyof TurnedOff, on: boolean): Promise<boolean> {
    this.#off[set] = !on;
    return this.media[set](on);
  }

  stopMedia(): void {
    this.#mediaStarted = false;
    this.media.stop();
  }

  /** @throws CodedError the reason; `cancelled` if the call was left meanwhile */
  async join(terms: CallTerms): Promise<void> {
    if (this.#store.get().phase === 'joined') return;
    this.#terms = terms;
    await (this.#joining ??= this.#join(terms));
  }

  /** @param withdrawn true only stops joining; a joined call continues */
  leave(reason: CallLeaveReason, withdrawn = false): void {
    const { phase } = this.#store.get();
    if (phase !== 'joining' && (withdrawn || phase !== 'joined')) return;
    this.#joining = null;
    this.#close();
    // Cancelling returns to the lobby and keeps the camera preview.
    const back = !this.#terms!.autojoin && (withdrawn || this.#session.store.get().error?.code === 'cancelled');
    if (!back) this.stopMedia();
    this.#store.set({ phase: back ? 'idle' : 'left', call: null });
    if (phase === 'joined') this.events.emit('leave', reason);
  }

  async #join(terms: CallTerms): Promise<void> {
    const session = this.#session;
    this.#store.set({ phase: 'joining', call: null });
    // Does not wait for devices: a camera may take a second to start, and a permission prompt may stay unanswered.
    void this.startMedia(terms);
    session.join();
    const free = holdRendering(CONNECTING_MS);
    await this.#open(terms).finally(free);
    this.#joining = null;
    this.#endLobby();
    this.#store.patch({ phase: 'joined' });
    this.events.emit('join', undefined);
  }

  async #open({ audioOnly, relayOnly }: CallTerms): Promise<void> {
    this.#opened = false;
    const onOpen = (offered: Promise<void>): void => {
      this.#opened = true;
      this.#holdRendering();
      void offered.then(() => this.#call === call && this.#endHold());
    };
    const call: Call = (this.#call = new Call({
      signaling: createSignaling(this.#session, () => this.#lobby),
      audioOnly,
      relayOnly,
      shown: this.shown.store,
      isHidden: () => document.visibilityState === 'hidden',
      onOpen,
    }));
    call.store.subscribe((snapshot) => this.#call === call && this.#store.patch({ call: snapshot }));
    for (const name of ['participant-join', 'participant-leave', 'participant-change', 'speaking', 'error'] as const) {
      call.events.on(name, (detail) => this.events.emit(name, detail as never));
    }
    // After the page's listeners, which may read the stream.
    call.events.on('participant-leave', ({ id }) => this.shown.handleLeft(id));
    call.setLocal(this.media.store.get());
    this.#onSession();
    try {
      await call.join();
    } catch (thrown) {
      // The call was left meanwhile, and perhaps joined again: no failure.
      if (this.#call !== call) throw new CodedError('cancelled');
      this.#fail();
      throw thrown;
    }
    this.#selfId = this.#session.store.get().selfId;
  }

  /** Leaves the call without telling the elements. */
  #close(options?: { tell: boolean }): void {
    this.#call?.leave(options);
    this.#call = null;
    this.#endHold();
    this.#suspended = null;
  }

  #fail(): void {
    this.#joining = null;
    this.#close();
    this.stopMedia();
    this.#store.set({ phase: 'failed', call: null });
  }

  #onSession(): void {
    const { participants, permissions, state, role, error } = this.#session.store.get();
    const { phase, call } = this.#store.get();
    // The answer to `call:join` may be here already. No element renders until the peer connections are made.
    if (state === 'joined' && call?.state === 'joining' && !this.#opened && !this.#freeRendering) this.#holdRendering();
    const isOutside = state === 'locked' || (state === 'knocking' && phase === 'joined');
    if (isOutside && this.#suspended) return this.#lockOut(phase);
    if (state === 'joined' && phase === 'joining' && this.#suspended) this.#joinAgain(this.#terms!);
    const isOut = state === 'failed' || (state === 'left' && error && error.code !== 'cancelled');
    // A viewer, and a participant outside the room, has no button that turns the camera off.
    const hasMedia = this.#mediaStarted || this.media.isRunning;
    if (hasMedia && (role === 'viewer' || (isOut && phase === 'idle'))) this.stopMedia();
    this.#call?.handleRoster(participants, permissions);
    this.#call?.handleSignalingState(state === 'joined');
    // `RoomController` reports why the session failed.
    if (state === 'failed' && phase === 'joined') this.#fail();
    if (state === 'left' || state === 'failed') this.#endLobby();
    this.#askInLobby();
  }

  /** Asks for the ICE servers before the call, so that joining it need not wait for them. */
  #askInLobby(): void {
    const { phase } = this.#store.get();
    const { state } = this.#session.store.get();
    if (this.#lobby || state !== 'joined' || !this.#session.knowsWishes) return;
    if (phase === 'joining' || phase === 'joined') return;
    const fetch = () => this.#session.iceServers();
    this.#lobby = new IceServers({ clock: systemClock, fetch, onChange: ignore });
    void this.#lobby.renew();
  }

  #endLobby(): void {
    this.#lobby?.close();
    this.#lobby = null;
  }

  #holdRendering(): void {
    const free = holdRendering();
    this.#endHold();
    this.#freeRendering = free;
  }

  #endHold(): void {
    this.#freeRendering?.();
    this.#freeRendering = null;
  }

  #onCallEnded({ reason, error }: RoomSessionEvents['call-ended']): void {
    if (!error) return this.leave(reason);
    this.#fail();
    this.events.emit('error', { error, fatal: true });
  }

  #onEnded(reason: RoomSessionEvents['ended']['reason']): void {
    // The elements enter the next room and take the media with them. `leave()` would turn the camera off meanwhile.
    if (reason === 'moved') return;
    this.leave(reason === 'lost' ? 'left' : reason);
  }

  /** The page is hidden, perhaps in the back-forward cache, where it must not capture. The server told the others. */
  #onSuspended(): void {
    if (!this.#call) return;
    const { microphone, camera } = this.media.wanted;
    this.#close({ tell: false });
    this.stopMedia();
    this.#suspended = { muted: !microphone, cameraOff: !camera };
  }

  /** The page was suspended while this call joined, and is back in the room. */
  #joinAgain(terms: CallTerms): void {
    void this.startMedia(terms);
    this.#close({ tell: false });
    this.#joining = null;
    this.#openAgain(this.join(terms));
  }

  /** The room was locked while the page was suspended: the page is outside, like any other, and nobody was asked. */
  #lockOut(phase: SharedCallSnapshot['phase']): void {
    this.#joining = null;
    this.#close({ tell: false });
    this.#store.set({ phase: 'idle', call: null });
    if (phase === 'joined') this.events.emit('leave', 'left');
  }

  /** Nobody waits for a call that is opened again, so its failure is told by an event. */
  #openAgain(opening: Promise<void>): void {
    opening.catch((thrown: unknown) => {
      const error = CodedError.from(thrown);
      if (error.code !== 'cancelled') this.events.emit('error', { error, fatal: true });
    });
  }

  #onResumed(): void {
    const { selfId } = this.#session.store.get();
    void this.#lobby?.renew();
    if (!this.#terms || this.#store.get().phase !== 'joined') return;
    if (this.#suspended) void this.startMedia(this.#terms);
    else if (selfId === this.#selfId) return;
    // This participant is new to the server or to the others, so the old links are useless.
    this.#close({ tell: false });
    this.#openAgain(this.#open(this.#terms));
  }
}
