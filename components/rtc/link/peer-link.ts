/**
 * One `RTCPeerConnection`: what carries media between this participant and one other.
 *
 * Owns its lines (senders and receivers are made here and nowhere else), its data channel, and what goes
 * out on each line. Does not own the order of negotiation (`Negotiation`), when to restart
 * (`LinkRecovery`), nor whether it should exist at all (`Mesh`). Camera and microphone come and go by
 * `replaceTrack`, which negotiates nothing; only screens and `audio-only` negotiate.
 */
import type { TrackInfo, TrackSource } from '../../../server/protocol.ts';
import type { CodedError } from '../../internal/coded-error.ts';
import { Emitter } from '../../internal/emitter.ts';
import { bitrateCap, capBitrate } from './bitrate.ts';
import type { Clock } from '../clock.ts';
import { parseLinkSignal, type LinkSignal } from './link-signal.ts';
import type { LocalTrack } from '../media/local-media.ts';
import { Negotiation } from './negotiation.ts';
import { SignalOutbox } from './signal-outbox.ts';
import { sendDecodablePicture } from './decodable-picture.ts';

export interface PeerLinkEvents {
  /** Of the connection. */
  state: RTCPeerConnectionState;
  /** Lines came, went, or began to bring packets. */
  remote: void;
  /** The other's own word on what it sends. */
  tracks: readonly TrackInfo[];
  /** The other began a new search for a path. */
  restarted: void;
  /** The other closed it. */
  'channel-closed': void;
  error: CodedError;
}

export interface PeerLinkOptions {
  /** Both ends name it alike; signals of another link never reach it. */
  name: string;
  /** The maker makes the lines for microphone and camera and offers first; in a collision it does not give way. */
  maker: boolean;
  configuration: RTCConfiguration;
  createPeerConnection(configuration: RTCConfiguration): RTCPeerConnection;
  /** Through the server. @throws CodedError */
  send(signal: LinkSignal): Promise<void>;
  /** True while the server can be reached. */
  isConnected(): boolean;
  clock: Clock;
}

interface Line {
  readonly source: TrackSource;
  readonly transceiver: RTCRtpTransceiver;
}

/** Messages of the data channel taken between two ticks, and their characters at most: no server counts them. */
const MESSAGES_A_TICK = 300;
const MESSAGE_CHARACTERS = 64 * 1024;

const isScreen = (source: TrackSource): boolean => source.startsWith('screen');
const kindOf = (source: TrackSource): 'audio' | 'video' =>
  source === 'camera' || source === 'screen' ? 'video' : 'audio';

export class PeerLink {
  readonly name: string;
  readonly events = new Emitter<PeerLinkEvents>();
  readonly #pc: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  readonly #negotiation: Negotiation;
  readonly #outbox: SignalOutbox;
  /** What goes out, by source. */
  readonly #lines = new Map<TrackSource, Line>();
  /** What the other says its lines carry, by mid. */
  #remoteSources = new Map<string, TrackSource>();
  #tracks: readonly LocalTrack[] = [];
  #video = true;
  #others = 1;
  #heard = 0;
  /** True once either end has searched for another path. */
  #restarted = false;
  // Lines of one stream are played in step with each other.
  readonly #stream = new MediaStream();
  readonly #screenStream = new MediaStream();
  readonly #listening = new AbortController();

  constructor(options: PeerLinkOptions) {
    this.name = options.name;
    const pc = (this.#pc = options.createPeerConnection(options.configuration));
    this.#outbox = new SignalOutbox({
      isConnected: options.isConnected,
      send: options.send,
      sendOnChannel: (signal) => this.#sendOnChannel(signal),
      clock: options.clock,
    });
    this.#negotiation = new Negotiation(pc, {
      polite: !options.maker,
      send: (signal) => this.#outbox.push(signal),
      describeTracks: (midOf) =>
        [...this.#lines.values()].flatMap(({ source, transceiver }) => {
          const mid = midOf(transceiver);
          return mid === null ? [] : [{ mid, source }];
        }),
      onOffer: ({ tracks }) => this.#adoptLines(tracks),
      onStable: (tracks, restarted) => {
        this.#remoteSources = new Map([
          ...this.#remoteSources,
          ...tracks.map(({ mid, source }) => [mid, source] as const),
        ]);
        this.#capBitrates();
        this.#watchReceivers();
        this.#watchPath();
        if (restarted) this.#restarted = true;
        if (restarted) this.events.emit('restarted', undefined);
        this.events.emit('remote', undefined);
      },
      onError: (error) => this.events.emit('error', error),
      now: () => options.clock.now(),
    });
    const { signal } = this.#listening;
    pc.addEventListener('connectionstatechange', () => this.events.emit('state', pc.connectionState), { signal });
    if (options.maker) {
      this.#addLine('microphone', 'sendrecv');
      this.#addLine('camera', 'sendrecv');
    }
    const channel = (this.#channel = pc.createDataChannel('link', { negotiated: true, id: 0 }));
    channel.addEventListener('open', () => this.#onOpen(), { signal });
    channel.addEventListener('message', ({ data }) => this.#onMessage(data), { signal });
    channel.addEventListener('close', () => this.events.emit('channel-closed', undefined), { signal });
  }

  get state(): RTCPeerConnectionState {
    return this.#pc.connectionState;
  }

  /** What is to go out. Microphone and camera change without negotiation. */
  setTracks(tracks: readonly LocalTrack[]): void {
    this.#tracks = tracks;
    for (const source of ['microphone', 'camera', 'screen', 'screen-audio'] as const) this.#applyTrack(source);
    this.#announceTracks();
  }

  /** Whether pictures go either way. */
  setVideo(on: boolean): void {
    if (this.#video === on) return;
    this.#video = on;
    this.setTracks(this.#tracks);
  }

  /** How many share the uplink with this link, itself included. */
  setOthers(count: number): void {
    this.#others = count;
    this.#capBitrates();
  }

  /** The tracks that bring something, and what they carry. */
  remoteTracks(): { source: TrackSource; track: MediaStreamTrack }[] {
    const tracks: { source: TrackSource; track: MediaStreamTrack }[] = [];
    for (const { mid, currentDirection, receiver } of this.#pc.getTransceivers()) {
      const source = mid === null ? undefined : this.#remoteSources.get(mid);
      if (!source || !currentDirection?.includes('recv') || receiver.track.kind !== kindOf(source)) continue;
      // Until its first packet a track is muted; a media element would wait for its picture and hold the sound back.
      if (!receiver.track.muted) tracks.push({ source, track: receiver.track });
    }
    return tracks;
  }

  /** Loudness of what is being played from the other's microphone, 0 to 1, and a mark that changes with each packet. */
  remoteLevel(): { level: number; mark: number } | null {
    for (const { mid, receiver } of this.#pc.getTransceivers()) {
      if (mid === null || this.#remoteSources.get(mid) !== 'microphone') continue;
      const [source] = receiver.getSynchronizationSources();
      return source ? { level: source.audioLevel ?? 0, mark: source.rtpTimestamp } : null;
    }
    return null;
  }

  /** @param of one source's sender alone, which is cheaper */
  async getStats(of?: TrackSource): Promise<RTCStatsReport> {
    const sender = of && this.#lines.get(of)?.transceiver.sender;
    return sender ? sender.getStats() : this.#pc.getStats();
  }

  handleSignal(signal: LinkSignal): void {
    if (signal.kind === 'description') void this.#negotiation.handleDescription(signal);
    else if (signal.kind === 'candidate') this.#negotiation.handleCandidate(signal.candidate);
    else if (signal.kind === 'tracks') this.events.emit('tracks', signal.tracks);
  }

  /** The server can be reached again: what was kept goes out. */
  handleSignaling(): void {
    this.#outbox.flush();
  }

  /** Called about once a second. */
  handleTick(): void {
    this.#heard = 0;
    this.#negotiation.handleTick();
  }

  setConfiguration(configuration: RTCConfiguration): void {
    // Refused only for what cannot change in a running connection; none of ours does.
    this.#pc.setConfiguration(configuration);
  }

  /** Looks for a path anew; what flows goes on meanwhile. */
  restart(): void {
    this.#restarted = true;
    this.#pc.restartIce();
  }

  /** Asks the other end for this link's first offer. */
  greet(): void {
    this.#outbox.push({ kind: 'hello' });
  }

  close(): void {
    this.#negotiation.close();
    this.#outbox.close();
    this.#listening.abort();
    this.#pc.close();
  }

  #addLine(source: TrackSource, direction: RTCRtpTransceiverDirection): void {
    const streams = [isScreen(source) ? this.#screenStream : this.#stream];
    this.#setLine(source, this.#pc.addTransceiver(kindOf(source), { direction, streams }));
  }

  #setLine(source: TrackSource, transceiver: RTCRtpTransceiver): void {
    this.#lines.set(source, { source, transceiver });
    this.#applyTrack(source);
  }

  /** Turns the maker's lines for microphone and camera to both ways, with our tracks on them. */
  #adoptLines(tracks: readonly { mid: string; source: TrackSource }[]): void {
    for (const { mid, source } of tracks) {
      if (isScreen(source) || this.#lines.has(source)) continue;
      const transceiver = this.#pc
        .getTransceivers()
        .find((one) => one.mid === mid && one.receiver.track.kind === kindOf(source));
      if (!transceiver) continue;
      transceiver.direction = 'sendrecv';
      transceiver.sender.setStreams?.(this.#stream);
      this.#setLine(source, transceiver);
    }
  }

  #applyTrack(source: TrackSource): void {
    const allowed = this.#video || kindOf(source) === 'audio';
    const track = (allowed && this.#tracks.find((one) => one.source === source)?.track) || null;
    if (!this.#lines.has(source)) {
      if (track && isScreen(source)) this.#addLine(source, 'sendonly');
      return;
    }
    const { transceiver } = this.#lines.get(source)!;
    const wanted = isScreen(source) ? (track ? 'sendonly' : 'inactive') : allowed ? 'sendrecv' : 'inactive';
    if (transceiver.direction !== wanted) transceiver.direction = wanted;
    // Refused only once the connection is closed.
    if (transceiver.sender.track !== track) transceiver.sender.replaceTrack(track).catch(() => {});
  }

  /** The roster says the same, but not while signaling is away. */
  #announceTracks(): void {
    const tracks = this.#tracks.map(({ source, muted }): TrackInfo => ({ source, mid: null, muted }));
    this.#sendOnChannel({ kind: 'tracks', tracks });
  }

  #sendOnChannel(signal: LinkSignal): boolean {
    if (this.#channel?.readyState !== 'open') return false;
    try {
      this.#channel.send(JSON.stringify(signal));
      return true;
    } catch {
      return false;
    }
  }

  #onOpen(): void {
    this.#announceTracks();
    this.#outbox.flush();
  }

  #onMessage(data: unknown): void {
    if (++this.#heard > MESSAGES_A_TICK || typeof data !== 'string' || data.length > MESSAGE_CHARACTERS) return;
    try {
      const signal = parseLinkSignal(JSON.parse(data));
      if (signal) this.handleSignal(signal);
    } catch {
      // Not JSON: none of ours.
    }
  }

  #capBitrates(): void {
    for (const source of ['camera', 'screen'] as const) {
      const line = this.#lines.get(source);
      if (line) capBitrate(line.transceiver.sender, bitrateCap(source, this.#others));
    }
  }

  #watchReceivers(): void {
    const { signal } = this.#listening;
    for (const {
      receiver: { track },
    } of this.#pc.getTransceivers()) {
      // The same listener again is not added again.
      for (const type of ['mute', 'unmute']) track.addEventListener(type, this.#onReceiver, { signal });
    }
  }

  #watchPath(): void {
    const { signal } = this.#listening;
    for (const { transport } of this.#pc.getSenders())
      transport?.iceTransport.addEventListener('selectedcandidatepairchange', this.#onPath, { signal });
  }

  readonly #onPath = (): void => {
    if (!this.#restarted) return;
    for (const { source, transceiver } of this.#lines.values())
      if (kindOf(source) === 'video') void sendDecodablePicture(transceiver.sender);
  };

  readonly #onReceiver = (): void => this.events.emit('remote', undefined);
}
