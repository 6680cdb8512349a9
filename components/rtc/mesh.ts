/**
 * One link from here to each of the others in the call.
 *
 * Owns which links exist; the roster decides. A participant with a new `joinId` is a new page and gets a new link. A
 * participant who left loses the link. A participant whose server connection is lost keeps the link while packets flow.
 * Owns also the routing of signals, and the restarts and rebuilds that `LinkRecovery` asks for. Does not own this
 * participant's media (`Call`). The one `CallTransport` so far.
 */
import type { LeaveReason, ParticipantInfo, SignalBody } from '../../server/protocol.ts';
import type { CallTransport, CallTransportOptions, LocalTrack, MicrophoneReading } from './call-transport.ts';
import type { Clock } from './clock.ts';
import { EarlySignals } from './early-signals.ts';
import { GoneParticipants } from './gone-participants.ts';
import { namesOf } from './ice-servers.ts';
import { LinkRecovery } from './link/link-recovery.ts';
import { parseLinkName, parseLinkSignal, toSignalBody, type LinkName, type LinkSignal } from './link/link-signal.ts';
import { findOwn, isMaker, type End } from './link/maker.ts';
import { PeerLink, type PeerLinkOptions } from './link/peer-link.ts';
import { readers } from './link/readers.ts';
import { changing } from './media/changing.ts';
import { RemoteParticipant } from './remote-participant.ts';
import { Sharing } from './uplink/sharing.ts';

/** How long code that loads late waits after a link was made or connected, in milliseconds: the picture comes first. */
const FRESH_MS = 2_000;
/** How long a participant missing from the roster keeps the link while packets arrive, in milliseconds. */
const LOST_MS = 60_000;
/** How long others may take to return to the roster after the server was unreachable, in milliseconds. */
const RETURN_MS = 10_000;
/** Least time between two connections that one participant's signals make us build, in milliseconds. */
const APART_MS = 1_000;

export class Mesh implements CallTransport {
  readonly #options: CallTransportOptions;
  readonly #clock: Clock;
  readonly #others = new Map<string, RemoteParticipant>();
  readonly #gone = new GoneParticipants();
  #configuration: RTCConfiguration;
  #tracks: readonly LocalTrack[] = [];
  #video = true;
  #connected = true;
  /** When the server was last reached again. */
  #connectedAt = -Infinity;
  readonly #early = new EarlySignals();
  /** This end, as the roster shows it. */
  #own: End;
  /** While a roster is applied: the number of others in its call. 0 at other times. */
  #expected = 0;
  readonly #sharing: Sharing;
  readonly #endShown: (() => void) | undefined;

  constructor(options: CallTransportOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#configuration = options.configuration;
    this.#own = { id: options.selfId, presence: null };
    this.#sharing = new Sharing({
      clock: options.clock,
      receivers: () => this.participants,
      expected: () => this.#expected,
      tracks: () => this.#tracks,
    });
    this.#endShown = options.shown?.subscribe(() => this.#tellShown());
  }

  get participants(): readonly RemoteParticipant[] {
    return [...this.#others.values()];
  }

  get limited(): boolean {
    return this.#sharing.limited;
  }

  setTracks(tracks: readonly LocalTrack[]): void {
    this.#tracks = tracks;
    for (const { link } of this.#others.values()) link?.setTracks(tracks);
    this.#sharing.plan();
  }

  setVideo(on: boolean): void {
    this.#video = on;
    for (const other of this.#others.values()) this.#applyVideo(other);
  }

  /** Sets the ICE servers of every link. Links without a path try new servers at once. */
  setConfiguration(configuration: RTCConfiguration): void {
    // New credentials of the same servers open no new path.
    const changed = namesOf(configuration.iceServers) !== namesOf(this.#configuration.iceServers);
    this.#configuration = configuration;
    for (const { link, recovery, wasConnected } of this.#others.values()) {
      link?.setConfiguration(configuration);
      if (changed && wasConnected) recovery?.handleNewServers();
    }
  }

  handleRoster(participants: readonly ParticipantInfo[]): void {
    const { selfId, joinId } = this.#options;
    this.#own = findOwn(participants, selfId, joinId, this.#options.newcomerOffers());
    const present = new Set<string>();
    for (const { id, call } of participants) if (call && id !== selfId) present.add(id);
    this.#expected = present.size;
    for (const info of participants) {
      if (!present.has(info.id) || !info.call) continue;
      const other = this.#others.get(info.id);
      if (other && other.joinId === info.call.joinId) {
        const returned = !other.info.connected && info.connected;
        other.info = info;
        other.lostAt = null;
        this.#applyVideo(other);
        if (returned) other.recovery?.handleSignaling();
        continue;
      }
      if (other) this.#remove(other);
      this.#add(info);
    }
    for (const other of this.participants) if (!present.has(other.info.id)) this.#handleMissing(other, participants);
    this.#expected = 0;
    this.#replayEarly();
    this.#tellShown();
    this.#sharing.plan();
    this.#options.onChange();
  }

  /** Only a `lost` participant may still be sending. */
  handleLeft(id: string, reason: LeaveReason): void {
    const other = this.#others.get(id);
    if (!other || reason === 'lost') return;
    this.#remove(other);
    this.#options.onChange();
  }

  handleSignal(from: string, link: string, body: SignalBody, at = this.#clock.now()): void {
    const name = parseLinkName(link);
    const signal = parseLinkSignal(body);
    if (!name || !signal) return;
    const { joinId } = this.#options;
    const isOurs = name.makerJoinId === joinId;
    if (!isOurs && name.otherJoinId !== joinId) return;
    const other = this.#others.get(from);
    if (other && (isOurs ? name.otherJoinId : name.makerJoinId) === other.joinId) {
      if (isOurs !== other.isOurs && !this.#yield(other, name, signal)) return;
      if (name.attempt < other.attempt) return;
      // The other end gave up the old connection.
      if (name.attempt > other.attempt) {
        // It may have lost the first one with the answer to its handshake. A pair has attempt 1 once, so this costs one
        // more connection at most.
        if (name.attempt === 1 && !isOurs && other.link && !other.wasConnected) other.builtAt = -Infinity;
        other.attempt = name.attempt;
        if (other.link) this.#connectPaced(other, signal.kind !== 'hello');
      }
      if (other.link) return other.link.handleSignal(signal);
    }
    this.#early.add({ from, link, signal: body, at });
  }

  handleSignalingState(connected: boolean): void {
    if (this.#connected === connected) return;
    this.#connected = connected;
    if (connected) {
      this.#connectedAt = this.#clock.now();
      for (const { link, recovery } of this.#others.values()) {
        link?.handleSignaling();
        recovery?.handleSignaling();
      }
    }
    this.#options.onChange();
  }

  async whenOffered(): Promise<void> {
    await Promise.all(this.participants.map(({ link }) => link?.offered));
  }

  /** Called once a second: reads figures, detects silence, and removes participants whose time is over. */
  async handleTick(): Promise<void> {
    this.#options.first?.close();
    // Nobody's picture is on its way.
    if (!this.#others.size) changing.want();
    await Promise.all(this.participants.map((other) => this.#examine(other)));
    this.#sharing.handleSecond(this.participants.flatMap(({ stats }) => stats?.encoded ?? []));
    this.#options.onChange();
  }

  /** Called with each beat of the pulse: asks for new ICE servers while a path is lost. */
  handleBeat(): void {
    // `IceServers` limits the pace.
    if (this.#connected && this.participants.some(({ recovery, wasConnected }) => wasConnected && recovery?.searching))
      void this.#options.renewServers();
  }

  async listen(): Promise<boolean> {
    const others = this.participants;
    const now = (): number => this.#clock.now();
    await Promise.all(others.map((other) => readers.loaded?.listenTo(other, this.#connected, now)));
    return others.filter(({ speaking }) => speaking.decide(now())).length > 0;
  }

  async readMicrophone(): Promise<MicrophoneReading | null> {
    return readers.loaded?.readMicrophone(this.participants) ?? null;
  }

  close(): void {
    this.#endShown?.();
    this.#sharing.close();
    for (const other of this.participants) this.#remove(other);
  }

  /**
   * The ends disagree about the maker (the end that offers first), because a restarted server told them different
   * `since` numbers. What the smaller id believes holds. The other end learns it from the name of a signal, and yields.
   * Returns true if this end yielded.
   */
  #yield(other: RemoteParticipant, name: LinkName, signal: LinkSignal): boolean {
    if (this.#own.id < other.info.id) {
      const now = this.#clock.now();
      if (other.isOurs || signal.kind.startsWith('candidate') || now - other.greetedAt < APART_MS) return false;
      other.greetedAt = now;
      other.link?.greet();
      return false;
    }
    other.isOurs = !other.isOurs;
    other.attempt = name.attempt;
    this.#connectPaced(other, signal.kind !== 'hello');
    return true;
  }

  #add(info: ParticipantInfo): void {
    const other = new RemoteParticipant(info);
    this.#others.set(info.id, other);
    const before = this.#gone.get(info.id);
    if (before) other.builtAt = before.builtAt;
    other.isOurs = isMaker(this.#own, { id: info.id, presence: info.call });
    if (other.isOurs && this.#options.first?.isLostWith(info.id)) other.attempt = 1;
    if (before?.joinId === other.joinId) {
      other.attempt = before.attempt + 1;
      // The other end may still hold the old link, so the maker must stay the same.
      other.isOurs = before.isOurs;
    }
    this.#connectPaced(other);
  }

  #remove(other: RemoteParticipant): void {
    this.#disconnect(other);
    this.#others.delete(other.info.id);
    this.#gone.add(other);
    this.#sharing.plan();
  }

  #disconnect(other: RemoteParticipant): void {
    other.recovery?.close();
    other.link?.close();
    other.link = other.recovery = other.saidTracks = null;
  }

  /**
   * Makes a connection that the other end caused by arriving or by giving up the last one. A few bytes from it cost
   * this page a whole connection, so there is at most one a second. Of several requests only the last is carried out.
   */
  #connectPaced(other: RemoteParticipant, invited = false): void {
    this.#disconnect(other);
    const waitMs = other.builtAt + APART_MS - this.#clock.now();
    if (waitMs <= 0) return this.#connect(other, other.attempt, invited);
    this.#clock.after(waitMs, () => {
      if (this.#others.get(other.info.id) !== other || other.link) return;
      this.#connect(other, other.attempt, invited);
      this.#replayEarly();
      this.#options.onChange();
    });
  }

  /**
   * Makes the first connection to a participant, or a later one. `invited` is true if the other end already has its
   * connection of this attempt, and therefore needs no `hello`.
   */
  #connect(other: RemoteParticipant, attempt: number, invited = false): void {
    this.#disconnect(other);
    const { id } = other.info;
    other.builtAt = this.#clock.now();
    const maker = other.isOurs;
    const options: PeerLinkOptions = {
      name: other.nameLink(this.#options.joinId, attempt),
      maker,
      configuration: this.#configuration,
      createPeerConnection: this.#options.createPeerConnection,
      send: (signal: LinkSignal) => this.#options.send(id, options.name, toSignalBody(signal)),
      isConnected: () => this.#connected,
      clock: this.#clock,
      isHidden: this.#options.isHidden,
      batches: other.info.call?.newcomerOffers === true,
      fits: this.#sharing.first(),
    };
    const link = (maker && attempt === 0 && this.#options.first?.take(id, options)) || new PeerLink(options);
    const recovery = new LinkRecovery({
      clock: this.#clock,
      attempt,
      canSignal: () => this.#connected && other.info.connected && other.lostAt === null,
      restart: () => void this.#restart(other, link),
      rebuild: () => {
        this.#connect(other, attempt + 1);
        this.#options.onChange();
      },
    });
    other.attempt = attempt;
    other.link = link;
    other.recovery = recovery;
    link.events.on('state', (state) => {
      if (state === 'connected' && !other.wasConnected) other.freshSince = this.#clock.now();
      if (state === 'connected') other.wasConnected = true;
      recovery.handleState(state);
      this.#options.onChange();
    });
    link.events.on('remote', () => this.#options.onChange());
    link.events.on('restarted', () => {
      recovery.handleRemoteRestart();
      // The other end may know ICE servers that we do not know yet.
      if (recovery.troubled && this.#connected) void this.#options.renewServers();
    });
    link.events.on('channel-closed', () => recovery.handleBroken());
    link.events.on('error', () => recovery.handleBroken());
    link.events.on('tracks', (tracks) => {
      other.saidTracks = tracks;
      this.#options.onChange();
    });
    link.events.on('shown', (shown) => {
      other.shown = shown;
      this.#sharing.handleReport();
    });
    // The other end reports again over each new connection.
    other.shown = null;
    link.tellShown(other.wish);
    this.#sharing.plan();
    link.setTracks(this.#tracks);
    this.#applyVideo(other);
    link.start();
    // Only the maker can offer first, and it may not know about this connection yet.
    if (attempt > 0 && !maker && !invited) link.greet();
  }

  async #restart(other: RemoteParticipant, link: PeerLink): Promise<void> {
    await this.#options.renewServers();
    if (other.link !== link) return;
    link.restart();
    // Each end may believe that the other makes the link.
    if (!other.isOurs && !link.wasOffered) link.greet();
  }

  #applyVideo(other: RemoteParticipant): void {
    other.link?.setVideo(this.#video && other.receivesVideo);
  }

  /** Tells each participant how large this page shows its pictures. */
  #tellShown(): void {
    const shown = this.#options.shown?.get();
    for (const other of this.#others.values()) other.setWish(shown?.get(other.info.id) ?? {}, this.#clock.now());
  }

  async #examine(other: RemoteParticipant): Promise<void> {
    const { link, recovery } = other;
    if (!link || !recovery) return;
    link.handleTick();
    if (this.#clock.now() - (other.freshSince ??= this.#clock.now()) > FRESH_MS) readers.want();
    // Without figures, assume that media flow over an established connection.
    if (!readers.loaded && link.state === 'connected') recovery.handleFlowing();
    const isSilent = await readers.loaded?.observe(other, this.#connected, this.#options, this.#configuration);
    if (other.link !== link || other.lostAt === null) return;
    if (isSilent || this.#clock.now() - other.lostAt > LOST_MS) this.#remove(other);
  }

  /** The participant is missing from the roster: for good, or because its server connection is lost. */
  #handleMissing(other: RemoteParticipant, participants: readonly ParticipantInfo[]): void {
    if (other.lostAt !== null) return;
    const stillInRoom = participants.some(({ id }) => id === other.info.id);
    // After the server was unreachable, the others may need a moment to return to the roster.
    const justReturned = !this.#connected || this.#clock.now() - this.#connectedAt < RETURN_MS;
    if (other.wasConnected && !stillInRoom && (!other.info.connected || justReturned)) other.lostAt = this.#clock.now();
    else this.#remove(other);
  }

  #replayEarly(): void {
    for (const { from, link, signal, at } of this.#early.take(this.#clock.now()))
      this.handleSignal(from, link, signal, at);
  }
}
