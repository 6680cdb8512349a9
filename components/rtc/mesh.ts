/**
 * A link from here to each of the others in the call.
 *
 * Owns which links exist: the roster is law. Somebody with a new `joinId` is a new page and gets a new
 * link; somebody gone loses it; somebody merely lost keeps it while its packets flow. Owns as well where
 * a signal belongs, and the restarts and rebuilds that `LinkRecovery` asks for. Does not own one's own
 * part (`Call`). A forwarding server would be another class with this one's methods.
 */
import type { LeaveReason, ParticipantInfo, SignalBody } from '../../server/protocol.ts';
import type { Emitter } from '../internal/emitter.ts';
import type { Clock } from './clock.ts';
import { LinkRecovery } from './link/link-recovery.ts';
import {
  formatLinkName,
  parseLinkName,
  parseLinkSignal,
  toSignalBody,
  type LinkName,
  type LinkSignal,
} from './link/link-signal.ts';
import type { LocalTrack } from './media/local-media.ts';
import { PeerLink } from './link/peer-link.ts';
import { findReaders } from './link/readers.ts';
import type { TrialEvents } from './link/relay-trial.ts';
import { RemoteParticipant } from './remote-participant.ts';

/** How long after a link was made, or first became connected, its figures are wanted: its first picture is there by then. */
const FRESH_MS = 2_000;
/** How long somebody whom the roster lost may go on sending, milliseconds. */
const LOST_MS = 60_000;
/** How long others may take to be back in the roster after a loss of signaling, milliseconds. */
const RETURN_MS = 10_000;
/** Silence after which media no longer flow: none is ever due so late. */
const SILENT_MS = 2_500;
/** How long signals that come before their link are kept, and how many of each sender. */
const EARLY_MS = 10_000;
const EARLY_SIGNALS = 200;
/** How far apart the connections are that one participant's words make us build, milliseconds. */
const APART_MS = 1_000;
/** How many of those who left are remembered. */
const KEPT_GONE = 100;

export interface MeshOptions {
  selfId: string;
  joinId: string;
  clock: Clock;
  configuration: RTCConfiguration;
  createPeerConnection(configuration: RTCConfiguration): RTCPeerConnection;
  /** @throws CodedError */
  send(to: string, link: string, signal: SignalBody): Promise<void>;
  /** A path was lost: fetch the ICE servers again, if that can be had quickly. */
  renewServers(): Promise<void>;
  events: Pick<Emitter<TrialEvents>, 'emit'>;
  /** Something that a participant shows is another. */
  onChange(): void;
}

interface EarlySignal {
  readonly from: string;
  readonly link: string;
  readonly signal: SignalBody;
  readonly at: number;
}

const namesOf = ({ iceServers = [] }: RTCConfiguration): string => iceServers.flatMap(({ urls }) => urls).join();

export class Mesh {
  readonly #options: MeshOptions;
  readonly #clock: Clock;
  readonly #others = new Map<string, RemoteParticipant>();
  /** Those who left, by id: their next connection has a later number, for the other end may still hold the old, and its time. */
  readonly #gone = new Map<string, RemoteParticipant>();
  #configuration: RTCConfiguration;
  #tracks: readonly LocalTrack[] = [];
  #video = true;
  #connected = true;
  /** When the server was reached again. */
  #connectedAt = -Infinity;
  #early: EarlySignal[] = [];

  constructor(options: MeshOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#configuration = options.configuration;
  }

  get participants(): readonly RemoteParticipant[] {
    return [...this.#others.values()];
  }

  setTracks(tracks: readonly LocalTrack[]): void {
    this.#tracks = tracks;
    for (const { link } of this.#others.values()) link?.setTracks(tracks);
  }

  setVideo(on: boolean): void {
    this.#video = on;
    for (const other of this.#others.values()) this.#applyVideo(other);
  }

  /** Takes other ICE servers into every link; those that have no path try new ones at once. */
  setConfiguration(configuration: RTCConfiguration): void {
    // Fresh credentials of the same servers are no other way.
    const changed = namesOf(configuration) !== namesOf(this.#configuration);
    this.#configuration = configuration;
    for (const { link, recovery, wasConnected } of this.#others.values()) {
      link?.setConfiguration(configuration);
      if (changed && wasConnected) recovery?.handleNewServers();
    }
  }

  handleRoster(participants: readonly ParticipantInfo[]): void {
    const present = new Set<string>();
    for (const info of participants) {
      if (info.id === this.#options.selfId || !info.call) continue;
      present.add(info.id);
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
    this.#replayEarly();
    for (const { link } of this.#others.values()) link?.setOthers(this.#others.size);
    this.#options.onChange();
  }

  /** Only somebody `lost` may still be sending. */
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
    const isMaker = this.#isMaker(from);
    const theirs = isMaker ? name.otherJoinId : name.makerJoinId;
    if ((isMaker ? name.makerJoinId : name.otherJoinId) !== this.#options.joinId) return;
    const other = this.#others.get(from);
    if (other && theirs === other.joinId) {
      if (name.attempt < other.attempt) return;
      // The other end gave the old connection up.
      if (name.attempt > other.attempt) {
        other.attempt = name.attempt;
        if (other.link) this.#connectPaced(other, signal.kind !== 'hello');
      }
      if (other.link) return other.link.handleSignal(signal);
    }
    // Each sender has a share of its own, so that nobody can push out what others said.
    if (this.#early.filter((one) => one.from === from).length < EARLY_SIGNALS)
      this.#early.push({ from, link, signal: body, at });
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

  /** Once a second: figures, silence, and those whose time is up. */
  async handleTick(): Promise<void> {
    await Promise.all(this.participants.map((other) => this.#examine(other)));
    this.#options.onChange();
  }

  /** Often: asks for other servers while a path is lost, and says true when somebody began or ended to speak. */
  handleBeat(): boolean {
    // What is asked for too often waits (`IceServers`).
    if (this.#connected && this.participants.some(({ recovery, wasConnected }) => wasConnected && recovery?.searching))
      void this.#options.renewServers();
    const now = this.#clock.now();
    let changed = false;
    for (const { link, speaking } of this.#others.values()) {
      const heard = link?.remoteLevel();
      if (heard) speaking.handleLevel(heard.level, now, heard.mark);
      if (speaking.decide(now)) changed = true;
    }
    return changed;
  }

  close(): void {
    for (const other of this.participants) this.#remove(other);
  }

  #isMaker(id: string): boolean {
    return this.#options.selfId < id;
  }

  #add(info: ParticipantInfo): void {
    const other = new RemoteParticipant(info);
    this.#others.set(info.id, other);
    const before = this.#gone.get(info.id);
    if (before) other.builtAt = before.builtAt;
    if (before?.joinId === other.joinId) other.attempt = before.attempt + 1;
    this.#connectPaced(other);
  }

  #remove(other: RemoteParticipant): void {
    this.#disconnect(other);
    this.#others.delete(other.info.id);
    // The last of them last: of too many, the first to leave is forgotten.
    this.#gone.delete(other.info.id);
    this.#gone.set(other.info.id, other);
    for (const id of [...this.#gone.keys()].slice(0, -KEPT_GONE)) this.#gone.delete(id);
  }

  #disconnect(other: RemoteParticipant): void {
    other.recovery?.close();
    other.link?.close();
    other.link = other.recovery = other.saidTracks = null;
  }

  /**
   * A connection that the other end gave the reason for, by coming or by giving up the last one. A few bytes of its words cost
   * this page a whole connection, so there is one a second; of those asked for meanwhile only the last one is made.
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

  /** The first connection to somebody, or a later one in its place; `invited` when the other end made its own. */
  #connect(other: RemoteParticipant, attempt: number, invited = false): void {
    this.#disconnect(other);
    const { id } = other.info;
    other.builtAt = this.#clock.now();
    const maker = this.#isMaker(id);
    const [mine, theirs] = [this.#options.joinId, other.joinId];
    const name: LinkName = { makerJoinId: maker ? mine : theirs, otherJoinId: maker ? theirs : mine, attempt };
    const link = new PeerLink({
      name: formatLinkName(name),
      maker,
      configuration: this.#configuration,
      createPeerConnection: this.#options.createPeerConnection,
      send: (signal: LinkSignal) => this.#options.send(id, link.name, toSignalBody(signal)),
      isConnected: () => this.#connected,
      clock: this.#clock,
    });
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
      // The other may have heard of servers that we have not.
      if (recovery.troubled && this.#connected) void this.#options.renewServers();
    });
    link.events.on('channel-closed', () => recovery.handleBroken());
    link.events.on('error', () => recovery.handleBroken());
    link.events.on('tracks', (tracks) => {
      other.saidTracks = tracks;
      this.#options.onChange();
    });
    link.setOthers(this.#others.size);
    link.setTracks(this.#tracks);
    this.#applyVideo(other);
    // Only the maker can offer first, and it may not know yet that there is a new connection.
    if (attempt > 0 && !maker && !invited) link.greet();
  }

  async #restart(other: RemoteParticipant, link: PeerLink): Promise<void> {
    await this.#options.renewServers();
    if (other.link === link) link.restart();
  }

  #applyVideo(other: RemoteParticipant): void {
    other.link?.setVideo(this.#video && other.info.call?.receivesVideo !== false);
  }

  async #examine(other: RemoteParticipant): Promise<void> {
    const { link, recovery } = other;
    if (!link || !recovery) return;
    link.handleTick();
    const readers = findReaders(this.#clock.now() - (other.freshSince ??= this.#clock.now()) > FRESH_MS);
    const report = await link.getStats().catch(() => null);
    // Left, or rebuilt meanwhile.
    if (!report || other.link !== link) return;
    const now = this.#clock.now();
    if (this.#connected) void readers?.tryRelays(this.#options, this.#configuration, other);
    const stats = readers && (other.stats ??= new readers.LinkStats());
    stats?.handleReport(report, now);
    // As long as nobody can tell, media flow over a connection that stands.
    const silentMs = stats ? stats.silentMs(now) : 0;
    const due = (['microphone', 'camera', 'screen'] as const).some((source) => other.isOn(source, this.#connected));
    if (silentMs === 0 && link.state === 'connected') recovery.handleFlowing();
    else if (due && silentMs !== null && silentMs > SILENT_MS && link.state !== 'new') recovery.handleStalled();
    if (other.lostAt !== null && (now - other.lostAt > LOST_MS || silentMs === null || silentMs > SILENT_MS))
      this.#remove(other);
  }

  /** Gone from the roster: for good, or only its connection to the server. */
  #handleMissing(other: RemoteParticipant, participants: readonly ParticipantInfo[]): void {
    if (other.lostAt !== null) return;
    const stillInRoom = participants.some(({ id }) => id === other.info.id);
    // After a return the others may need a moment to be back in the roster.
    const justReturned = !this.#connected || this.#clock.now() - this.#connectedAt < RETURN_MS;
    if (other.wasConnected && !stillInRoom && (!other.info.connected || justReturned)) other.lostAt = this.#clock.now();
    else this.#remove(other);
  }

  #replayEarly(): void {
    const now = this.#clock.now();
    const early = this.#early.filter(({ at }) => now - at < EARLY_MS);
    this.#early = [];
    for (const { from, link, signal, at } of early) this.handleSignal(from, link, signal, at);
  }
}
