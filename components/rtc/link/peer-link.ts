/**
 * One `RTCPeerConnection`, which carries media between this participant and one other.
 *
 * Owns its lines, its data channel, and what each line sends. A line is an m-line with its transceiver; only this file
 * creates them. Does not own the order of negotiation (`Negotiation`), when to restart (`LinkRecovery`), or whether the
 * link should exist (`Mesh`). Camera and microphone change by `replaceTrack`, which negotiates nothing. Only screens
 * and `audio-only` negotiate.
 */
import type { TrackInfo, TrackSource } from '../../../server/protocol.ts';
import type { CodedError } from '../../internal/coded-error.ts';
import { Emitter } from '../../internal/emitter.ts';
import { ignore } from '../../internal/ignore.ts';
import type { Clock } from '../clock.ts';
import { parseLinkSignal, type DescriptionSignal, type LinkSignal } from './link-signal.ts';
import type { LocalTrack } from '../media/local-media.ts';
import { Negotiation } from './negotiation.ts';
import { SignalOutbox } from './signal-outbox.ts';
import { Encoding, firstEncodings } from '../uplink/encoding.ts';
import type { Fits } from '../uplink/share.ts';
import { VIDEO_SOURCES, type Shown } from '../uplink/shown.ts';

export interface PeerLinkEvents {
  /** The state of the connection. */
  state: RTCPeerConnectionState;
  /** Remote lines were added or removed, or started or stopped delivering packets. */
  remote: void;
  /** What the other end says it sends. */
  tracks: readonly TrackInfo[];
  /** How large the other end says it shows our pictures. */
  shown: Shown;
  /** The other end restarted ICE. */
  restarted: void;
  /** The other end closed the data channel. */
  'channel-closed': void;
  error: CodedError;
}

export interface PeerLinkOptions {
  /** The same at both ends; signals of a different link never reach this one. */
  name: string;
  /** The maker creates the lines for microphone and camera and offers first. In a collision it does not give way. */
  maker: boolean;
  configuration: RTCConfiguration;
  createPeerConnection(configuration: RTCConfiguration): RTCPeerConnection;
  /** Sends through the server. @throws CodedError */
  send(signal: LinkSignal): Promise<void>;
  /** True while the server can be reached. */
  isConnected(): boolean;
  clock: Clock;
  isHidden: (() => boolean) | undefined;
  /** The limits of the pictures that are sent (size, frame rate, bit rate), from the first frame on. */
  fits: Fits;
  /** True if the other end takes several candidates in one signal. */
  batches: boolean;
}

/** A track that delivers packets. */
export interface RemoteTrack {
  readonly source: TrackSource;
  readonly track: MediaStreamTrack;
  readonly receiver: RTCRtpReceiver;
}

interface Line {
  readonly source: TrackSource;
  readonly transceiver: RTCRtpTransceiver;
  readonly encoding: Encoding;
}

/**
 * Messages of the data channel accepted between two ticks (about a second), and their longest length in characters. No
 * server limits them.
 */
const MESSAGES_A_TICK = 300;
const MESSAGE_CHARACTERS = 64 * 1024;

const isScreen = (source: TrackSource): boolean => source.startsWith('screen');
const isVideo = (source: TrackSource): source is 'camera' | 'screen' => source === 'camera' || source === 'screen';
const kindOf = (source: TrackSource): 'audio' | 'video' => (isVideo(source) ? 'video' : 'audio');

/** The direction of a line. Each end adds a line of its own for its screen, and that line only sends. */
function directionOf(source: TrackSource, hasTrack: boolean, allowed: boolean): RTCRtpTransceiverDirection {
  if (isScreen(source)) return hasTrack ? 'sendonly' : 'inactive';
  return allowed ? 'sendrecv' : 'inactive';
}

export class PeerLink {
  #options: PeerLinkOptions;
  readonly events = new Emitter<PeerLinkEvents>();
  readonly #pc: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  readonly #negotiation: Negotiation;
  readonly #outbox: SignalOutbox;
  /** Our lines by source. */
  readonly #lines = new Map<TrackSource, Line>();
  /** What the other end says its lines carry, by mid. */
  #remoteSources = new Map<string, TrackSource>();
  #tracks: readonly LocalTrack[] = [];
  #video = true;
  #fits: Fits;
  /** How large this page shows the pictures of the other end. Sent again when the channel opens. */
  #shown: Shown = {};
  #heard = 0;
  /** The report that is being read. */
  #report: Promise<RTCStatsReport> | null = null;
  /** True once either end has restarted ICE. */
  #restarted = false;
  // Browsers play the tracks of one stream in sync.
  readonly #stream = new MediaStream();
  readonly #screenStream = new MediaStream();
  readonly #listening = new AbortController();

  constructor(options: PeerLinkOptions) {
    this.#options = options;
    this.#fits = options.fits;
    const pc = (this.#pc = options.createPeerConnection(options.configuration));
    this.#outbox = new SignalOutbox({
      isConnected: () => this.#options.isConnected(),
      send: (signal) => this.#options.send(signal),
      sendOnChannel: (signal) => this.#sendOnChannel(signal),
      clock: options.clock,
    });
    this.#negotiation = new Negotiation(pc, {
      polite: !options.maker,
      send: (signal) => this.#outbox.push(signal),
      sendCandidates: (candidates) => {
        if (this.#options.batches) this.#outbox.push({ kind: 'candidates', candidates });
        else for (const candidate of candidates) this.#outbox.push({ kind: 'candidate', candidate });
      },
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
        void this.#applyFits();
        this.#watchReceivers();
        this.#watchPath();
        if (restarted) this.#restarted = true;
        if (restarted) this.events.emit('restarted', undefined);
        this.events.emit('remote', undefined);
      },
      onError: (error) => this.events.emit('error', error),
      now: () => options.clock.now(),
      isHidden: options.isHidden,
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

  /** Makes the first offer before it is known to whom. The link must then be given its options by `adopt`. */
  prepare(): Promise<DescriptionSignal> {
    return this.#negotiation.prepare();
  }

  /** Makes a prepared link the link to one participant. */
  adopt(options: PeerLinkOptions): this {
    this.#options = options;
    try {
      this.setConfiguration(options.configuration);
    } catch {
      // The browser rejects the address of an ICE server: continue without servers instead of failing the link.
    }
    void this.fit(options.fits);
    return this;
  }

  get name(): string {
    return this.#options.name;
  }

  get state(): RTCPeerConnectionState {
    return this.#pc.connectionState;
  }

  /** True once the other end offered or answered. */
  get wasOffered(): boolean {
    return this.#pc.remoteDescription !== null;
  }

  /** Sets what to send. Microphone and camera change without negotiation. */
  setTracks(tracks: readonly LocalTrack[]): void {
    this.#tracks = tracks;
    for (const source of ['microphone', 'camera', 'screen', 'screen-audio'] as const) this.#applyTrack(source);
    this.#announceTracks();
  }

  /** Makes one more data channel. Both ends must make it, because nothing is negotiated. */
  createChannel(label: string, options: RTCDataChannelInit): RTCDataChannel {
    return this.#pc.createDataChannel(label, options);
  }

  /** Turns video on or off in both directions. */
  setVideo(on: boolean): void {
    if (this.#video === on) return;
    this.#video = on;
    this.setTracks(this.#tracks);
  }

  /** The limits of the pictures that are sent: size, frame rate and bit rate. */
  get fits(): Fits {
    return this.#fits;
  }

  /** Sets the limits of the pictures that are sent. Negotiates nothing. */
  async fit(fits: Fits): Promise<void> {
    this.#fits = fits;
    await this.#applyFits();
  }

  /** Tells the other end how large this page shows its pictures. */
  tellShown(shown: Shown): void {
    this.#shown = shown;
    this.#sendOnChannel({ kind: 'shown', ...shown });
  }

  /** The remote tracks that deliver packets, with their sources. */
  remoteTracks(): RemoteTrack[] {
    const tracks: RemoteTrack[] = [];
    for (const { mid, currentDirection, receiver } of this.#pc.getTransceivers()) {
      const source = mid === null ? undefined : this.#remoteSources.get(mid);
      if (!source || !currentDirection?.includes('recv') || receiver.track.kind !== kindOf(source)) continue;
      // A track is muted until its first packet. A media element would wait for its picture and hold back the sound.
      if (!receiver.track.muted) tracks.push({ source, track: receiver.track, receiver });
    }
    return tracks;
  }

  /** Reads the report of the link. Readings at the same time share one report, because each costs time. */
  getStats(): Promise<RTCStatsReport> {
    return (this.#report ??= this.#pc.getStats().finally(() => (this.#report = null)));
  }

  handleSignal(signal: LinkSignal): void {
    if (signal.kind === 'description') void this.#negotiation.handleDescription(signal);
    else if (signal.kind === 'candidate') this.#negotiation.handleCandidates([signal.candidate]);
    else if (signal.kind === 'candidates') this.#negotiation.handleCandidates(signal.candidates);
    else if (signal.kind === 'tracks') this.events.emit('tracks', signal.tracks);
    else if (signal.kind === 'shown') this.events.emit('shown', signal);
  }

  /** The server can be reached again: send the waiting signals. */
  handleSignaling(): void {
    this.#outbox.flush();
  }

  /** Called about once a second. */
  handleTick(): void {
    this.#heard = 0;
    this.#negotiation.handleTick();
  }

  setConfiguration(configuration: RTCConfiguration): void {
    // Throws only for settings that cannot change on a running connection; ours can.
    this.#pc.setConfiguration(configuration);
  }

  /** Restarts ICE; media continue to flow during the search. */
  restart(): void {
    this.#restarted = true;
    this.#pc.restartIce();
  }

  /** Makes the maker offer in the current task, before the event `negotiationneeded`. Does nothing at the other end. */
  start(): void {
    this.#negotiation.start();
  }

  /** Resolves when the maker's first offer is on its way, or the link is over; at once for the other end. */
  get offered(): Promise<void> {
    return this.#negotiation.offered;
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
    const sendEncodings = isVideo(source) ? firstEncodings(this.#fits[source]) : [];
    this.#setLine(source, this.#pc.addTransceiver(kindOf(source), { direction, streams, sendEncodings }));
  }

  #setLine(source: TrackSource, transceiver: RTCRtpTransceiver): void {
    this.#lines.set(source, { source, transceiver, encoding: new Encoding(transceiver.sender) });
    // Before the track, so that the first frame has its limits already.
    void this.#applyFits();
    this.#applyTrack(source);
  }

  /** Makes the maker's lines for microphone and camera bidirectional and puts our tracks on them. */
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
    const wanted = directionOf(source, track !== null, allowed);
    if (transceiver.direction !== wanted) transceiver.direction = wanted;
    // Rejects only if the connection is closed.
    if (transceiver.sender.track !== track) transceiver.sender.replaceTrack(track).catch(ignore);
  }

  /** The roster says the same, but not while the server cannot be reached. */
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
    if (VIDEO_SOURCES.some((source) => this.#shown[source])) this.tellShown(this.#shown);
    this.#outbox.flush();
  }

  #onMessage(data: unknown): void {
    if (++this.#heard > MESSAGES_A_TICK || typeof data !== 'string' || data.length > MESSAGE_CHARACTERS) return;
    try {
      const signal = parseLinkSignal(JSON.parse(data));
      if (signal) this.handleSignal(signal);
    } catch {
      // Not JSON, so not one of our signals.
    }
  }

  async #applyFits(): Promise<void> {
    const fits = this.#fits;
    await Promise.all(VIDEO_SOURCES.map((source) => this.#lines.get(source)?.encoding.fit(fits[source])));
  }

  #watchReceivers(): void {
    const { signal } = this.#listening;
    for (const {
      receiver: { track },
    } of this.#pc.getTransceivers()) {
      // Adding the same listener again has no effect.
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
    for (const source of VIDEO_SOURCES) void this.#lines.get(source)?.encoding.renewPicture();
  };

  readonly #onReceiver = (): void => this.events.emit('remote', undefined);
}
