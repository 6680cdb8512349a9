/**
 * One stay in the call of one room.
 *
 * Owns entering and leaving, this participant's entry in the list of participants, what the server learns of its media,
 * and the pulse that reads levels and examines links. Does not own what carries the call (`CallTransport`), the path of
 * signals (`CallSignaling`) or the devices (`LocalMedia`). It stands apart so that a forwarding server can replace the
 * mesh without a change above it. A lost server connection does not touch media.
 */
import type { CallPresence, LeaveReason, ParticipantInfo, SignalBody, TrackInfo } from '../../server/protocol.ts';
import type { CallParticipant, Quality } from '../entities.ts';
import { CodedError } from '../internal/coded-error.ts';
import { Emitter } from '../internal/emitter.ts';
import { ignore } from '../internal/ignore.ts';
import { Store, type ReadableStore } from '../internal/store.ts';
import type { CallAnswer, CallSignaling } from './call-signaling.ts';
import type { CallTransport, CallTransportOptions, LinkFigures, TrialEvents } from './call-transport.ts';
import { pagePulse, systemClock, type Clock, type Pulse } from './clock.ts';
import { IceServers, namesOf } from './ice-servers.ts';
import type { LocalTracks } from './media/local-media.ts';
import { FirstOffer } from './link/first-offer.ts';
import { Mesh } from './mesh.ts';
import { createPeerConnection, tolerant, type CreatePeerConnection } from './peer-connection.ts';
import { Speaking } from './speaking.ts';

export type { CallAnswer, CallSignaling } from './call-signaling.ts';

export interface CallSnapshot {
  /** `idle → joining → joined → left`, or `failed`. */
  readonly state: 'idle' | 'joining' | 'joined' | 'left' | 'failed';
  /** Why the call failed. */
  readonly error: CodedError | null;
  /** Everybody in the call, this participant first. */
  readonly participants: readonly CallParticipant[];
  /** Ids of participants whose media do not arrive, or whose connection is lost. */
  readonly reconnecting: readonly string[];
  /** True if the microphone is on and has delivered complete silence for 8 s. */
  readonly microphoneSilent: boolean;
}

export interface CallEvents extends TrialEvents {
  'participant-join': CallParticipant;
  'participant-leave': CallParticipant;
  /** The name, the role or what a participant sends changed. */
  'participant-change': CallParticipant;
  /**
   * A participant started or stopped speaking. The snapshot does not change: read `speaking` of its participants again.
   */
  speaking: void;
}

export interface CallOptions {
  signaling: CallSignaling;
  audioOnly?: boolean;
  /** True allows only paths through TURN. */
  relayOnly?: boolean;
  createPeerConnection?: CreatePeerConnection;
  /** What carries the call; a `Mesh` by default. */
  createTransport?: (options: CallTransportOptions) => CallTransport;
  /** Called when the links are made. `offered` resolves when the first offer of each is on its way. */
  onOpen?(offered: Promise<void>): void;
  /** How large this page shows the pictures of others, by participant id; at full size by default. */
  shown?: CallTransportOptions['shown'];
  isHidden?: CallTransportOptions['isHidden'];
  clock?: Clock;
  pulse?: Pulse;
}

/** How often the links are examined, in milliseconds. */
const EXAMINE_MS = 1_000;
/**
 * How often audio levels are read, in milliseconds. Every second reading falls together with an examination of the
 * links, and shares its `getStats()` report.
 */
const LISTEN_MS = 500;
/** How long a microphone that is on may be completely silent, in milliseconds. */
const SILENT_MICROPHONE_MS = 8_000;

const NOTHING: LocalTracks = { tracks: [], stream: null, screenStream: null };
const IDLE: CallSnapshot = { state: 'idle', error: null, participants: [], reconnecting: [], microphoneSilent: false };

/** Need not be secret, only unique. `crypto.randomUUID` exists only in secure contexts. */
const createJoinId = (): string => crypto.getRandomValues(new Uint32Array(2)).join('');

/**
 * True if a field changed that causes `participant-change`. Speaking and quality change often and cause none.
 */
const differs = (a: CallParticipant, b: CallParticipant): boolean =>
  (['displayName', 'role', 'microphone', 'camera', 'screen'] as const).some((field) => a[field] !== b[field]);

const isSame = (a: CallParticipant, b: CallParticipant): boolean =>
  (Object.keys(b) as (keyof CallParticipant)[]).every((field) => a[field] === b[field]);

export class Call {
  readonly events = new Emitter<CallEvents>();
  readonly #store = new Store<CallSnapshot>(IDLE);
  readonly #options: CallOptions;
  readonly #clock: Clock;
  readonly #createPeerConnection: CreatePeerConnection;
  #first: FirstOffer | null = null;
  #transport: CallTransport | null = null;
  #iceServers: IceServers | null = null;
  #joinId = '';
  #local: LocalTracks = NOTHING;
  #audioOnly: boolean;
  #connected = true;
  #roster: readonly ParticipantInfo[] = [];
  #permissions: Parameters<CallTransport['participants'][number]['toParticipant']>[1];
  #early: Parameters<CallTransport['handleSignal']>[] = [];
  #endPulse: (() => void) | undefined;
  #examinedAt = 0;
  #listenedAt = 0;
  readonly #speaking = new Speaking();
  #energy = 0;
  #energyAt = 0;

  constructor(options: CallOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#createPeerConnection = tolerant(options.createPeerConnection ?? createPeerConnection);
    this.#audioOnly = options.audioOnly ?? false;
  }

  get store(): ReadableStore<CallSnapshot> {
    return this.#store;
  }

  /**
   * Enters the call without waiting for a device. @throws CodedError the server's refusal, `unsupported-browser`,
   * `cancelled`
   */
  async join(): Promise<void> {
    const { signaling } = this.#options;
    if (this.#joinId) throw new CodedError('cancelled');
    const joinId = (this.#joinId = createJoinId());
    this.#store.set({ ...IDLE, state: 'joining' });
    try {
      if (!this.#options.createPeerConnection && typeof RTCPeerConnection !== 'function')
        throw new CodedError('unsupported-browser');
      if (signaling.isHandshakeAhead) this.#first = this.#prepare();
      const answering = signaling.join(this.#presence(), this.#first ?? undefined);
      // Making the links may throw before the answer is awaited. A refusal would then be an unhandled rejection.
      answering.catch(ignore);
      // `call:join` is on its way. The offers follow it in this task; the server takes both in their order.
      const known = signaling.known?.();
      if (known) this.#open(known);
      const answer = await answering;
      if (this.#joinId !== joinId) throw new CodedError('cancelled');
      this.#enter(answer);
    } catch (error) {
      const coded = CodedError.from(error);
      if (this.#joinId === joinId) {
        this.#close();
        // The server may have let this participant in before something failed here.
        signaling.leave();
        this.#store.set({ ...IDLE, state: 'failed', error: coded });
      }
      throw coded;
    }
  }

  /**
   * Closes every link. Tells the server, unless `tell` is false because the server knows already. `join()` may be
   * called again.
   */
  leave({ tell = true }: { tell?: boolean } = {}): void {
    if (!this.#joinId) return;
    this.#close();
    if (tell) this.#options.signaling.leave();
    this.#store.set({ ...IDLE, state: 'left' });
  }

  /** Sets what to send from now on. */
  setLocal(local: LocalTracks): void {
    const before = JSON.stringify(this.#tracks());
    this.#local = local;
    this.#transport?.setTracks(local.tracks);
    const tracks = this.#tracks();
    if (this.#joinId && JSON.stringify(tracks) !== before) this.#options.signaling.update({ tracks });
    this.#publish();
  }

  /** True stops sending and receiving video. */
  setAudioOnly(on: boolean): void {
    if (this.#audioOnly === on) return;
    this.#audioOnly = on;
    this.#transport?.setVideo(!on);
    if (this.#joinId) this.#options.signaling.update({ receivesVideo: !on });
  }

  /** Takes the server's list of everybody in the room, and its permissions. */
  handleRoster(participants: readonly ParticipantInfo[], permissions = this.#permissions): void {
    this.#roster = participants;
    this.#permissions = permissions;
    this.#transport?.handleRoster(participants);
    this.#publish();
  }

  /** A participant left the room. Only a `lost` participant may still be sending. */
  handleParticipantLeft(id: string, reason: LeaveReason): void {
    this.#transport?.handleLeft(id, reason);
  }

  handleSignal(from: string, link: string, signal: SignalBody): void {
    if (this.#transport) this.#transport.handleSignal(from, link, signal);
    else if (this.#joinId) this.#early.push([from, link, signal]);
  }

  handleSignalingState(connected: boolean): void {
    this.#connected = connected;
    this.#transport?.handleSignalingState(connected);
  }

  /** The other participants, as far as their media reach this page. */
  get carried(): CallTransport['participants'] {
    return this.#transport?.participants ?? [];
  }

  /** Figures of each link over the last second, by participant id. */
  getStats(): Map<string, LinkFigures> {
    const figures = new Map<string, LinkFigures>();
    for (const { info, stats } of this.carried) if (stats?.figures) figures.set(info.id, stats.figures);
    return figures;
  }

  #close(): void {
    this.#joinId = '';
    this.#endPulse?.();
    this.#iceServers?.close();
    this.#transport?.close();
    this.#first?.close();
    this.#first = null;
    this.#transport = null;
    this.#iceServers = null;
    this.#early = [];
  }

  /** The server let this participant in. */
  #enter(answer: CallAnswer): void {
    const servers = this.#iceServers;
    if (!servers) this.#open(answer);
    // New credentials of the same servers help no link. With them, the next offer of each link would restart ICE.
    else if (namesOf(servers.list) !== namesOf(answer.iceServers)) servers.handleList(answer);
    this.#store.patch({ state: 'joined' });
    this.#publish();
  }

  /** Makes the links. Nothing of them is shown before the server's answer. */
  #open(answer: CallAnswer): void {
    const { signaling, createTransport = (options) => new Mesh(options) } = this.#options;
    const iceServers = (this.#iceServers = new IceServers({
      clock: this.#clock,
      fetch: async () => signaling.join(this.#presence()),
      onChange: () => this.#transport?.setConfiguration(this.configuration()),
    }));
    iceServers.handleList(answer);
    const transport = (this.#transport = createTransport({
      selfId: signaling.selfId,
      joinId: this.#joinId,
      clock: this.#clock,
      events: this.events,
      newcomerOffers: () => signaling.newcomerOffers ?? false,
      configuration: this.configuration(),
      createPeerConnection: this.#createPeerConnection,
      first: this.#first,
      send: (to, link, signal) => signaling.send(to, link, signal),
      renewServers: () => (this.#connected ? iceServers.renew() : Promise.resolve()),
      shown: this.#options.shown,
      isHidden: this.#options.isHidden,
      onChange: () => this.#publish(),
    }));
    transport.handleSignalingState(this.#connected);
    transport.setTracks(this.#local.tracks);
    transport.setVideo(!this.#audioOnly);
    // A roster that arrived during the request is newer than the answer to the request, which is applied late.
    this.handleRoster(this.#roster.length > 0 ? this.#roster : answer.participants);
    for (const signal of this.#early.splice(0)) transport.handleSignal(...signal);
    this.#options.onOpen?.(transport.whenOffered());
    this.#energyAt = this.#clock.now();
    this.#endPulse = (this.#options.pulse ?? pagePulse).add(() => this.#beat());
  }

  /**
   * Makes the offer for the handshake. It takes no time: the socket opens meanwhile. `null` if the browser cannot make
   * the connection now: a page that is alone in the call needs none.
   */
  #prepare(): FirstOffer | null {
    try {
      return new FirstOffer({
        clock: this.#clock,
        configuration: this.configuration(),
        createPeerConnection: this.#createPeerConnection,
        isHidden: this.#options.isHidden,
      });
    } catch {
      return null;
    }
  }

  /** What the links use. It has no servers before the server's answer to `join()`. */
  configuration(): RTCConfiguration {
    return {
      iceServers: [...(this.#iceServers?.list ?? [])],
      iceTransportPolicy: this.#options.relayOnly ? 'relay' : 'all',
      bundlePolicy: 'max-bundle',
    };
  }

  #presence(): CallPresence {
    return { joinId: this.#joinId, tracks: this.#tracks(), receivesVideo: !this.#audioOnly, newcomerOffers: true };
  }

  #tracks(): TrackInfo[] {
    return this.#local.tracks.map(({ source, muted }) => ({ source, mid: null, muted }));
  }

  #isOn(source: TrackInfo['source']): boolean {
    return this.#local.tracks.some((track) => track.source === source && !track.muted);
  }

  #beat(): void {
    const transport = this.#transport;
    if (!transport) return;
    const now = this.#clock.now();
    transport.handleBeat();
    if (now - this.#listenedAt >= LISTEN_MS - 50) {
      this.#listenedAt = now;
      void this.#listen(transport);
    }
    if (now - this.#examinedAt < EXAMINE_MS - 50) return;
    this.#examinedAt = now;
    void transport.handleTick();
  }

  /** Reads who speaks. The levels come from `getStats()` of the links, so no Web Audio graph is needed. */
  async #listen(transport: CallTransport): Promise<void> {
    const [othersChanged, microphone] = await Promise.all([
      transport.listen(),
      this.#isOn('microphone') ? transport.readMicrophone() : null,
    ]);
    if (this.#transport !== transport) return;
    const now = this.#clock.now();
    if (microphone) this.#speaking.handleLevel(microphone.level, now);
    const changed = this.#speaking.decide(now) || othersChanged;
    if (changed) this.events.emit('speaking', undefined);
    if (!microphone || microphone.energy !== this.#energy) this.#energyAt = now;
    this.#energy = microphone?.energy ?? 0;
    const microphoneSilent = now - this.#energyAt > SILENT_MICROPHONE_MS;
    if (microphoneSilent !== this.#store.get().microphoneSilent) this.#store.patch({ microphoneSilent });
  }

  #self(): CallParticipant {
    const { selfId } = this.#options.signaling;
    const info = this.#roster.find(({ id }) => id === selfId);
    const microphone = this.#isOn('microphone');
    const speaking = this.#speaking;
    return {
      id: selfId,
      displayName: info?.displayName ?? '',
      role: info?.role ?? 'participant',
      isSelf: true,
      microphone,
      camera: this.#isOn('camera'),
      screen: this.#isOn('screen'),
      get speaking() {
        return microphone && speaking.active;
      },
      quality: this.#quality(),
      stream: this.#local.stream,
      screenStream: this.#local.screenStream,
    };
  }

  #quality(): Quality {
    if (!this.#connected) return 'unknown';
    return this.#transport?.limited ? 'fair' : 'good';
  }

  #publish(): void {
    const transport = this.#transport;
    if (!transport || this.#store.get().state !== 'joined') return;
    const { participants: before, reconnecting: reconnectingBefore } = this.#store.get();
    const others = transport.participants;
    const fresh = [this.#self(), ...others.map((other) => other.toParticipant(this.#connected, this.#permissions))];
    const participants = fresh.map((one) => {
      const old = before.find(({ id }) => id === one.id);
      return old && isSame(old, one) ? old : one;
    });
    const reconnecting = others.filter((other) => other.reconnecting).map(({ info }) => info.id);
    const changed = participants.length !== before.length || participants.some((one, index) => one !== before[index]);
    if (!changed && reconnecting.join() === reconnectingBefore.join()) return;
    this.#store.patch({ participants, reconnecting });
    for (const one of before)
      if (!participants.some(({ id }) => id === one.id)) this.events.emit('participant-leave', one);
    for (const one of participants) {
      const old = before.find(({ id }) => id === one.id);
      if (!old && !one.isSelf) this.events.emit('participant-join', one);
      else if (old && differs(old, one)) this.events.emit('participant-change', one);
    }
  }
}
