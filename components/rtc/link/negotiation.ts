/**
 * Perfect negotiation of one connection, as in the example of the WebRTC specification, but without its rollback. The
 * polite side applies its own offer only together with the answer, so there is nothing to roll back. After a rollback
 * on a running connection, Chromium 156 decodes pictures and shows none.
 *
 * Owns which side gives way when both offer at once, which descriptions are stale, and candidates that arrive before
 * their description. Does not own what is negotiated (`PeerLink`) nor the path of signals. Signals may be lost, doubled
 * or late, and this class recovers from each case. It stands apart because it must be right in every order of events,
 * and is tested alone.
 */
import { CodedError } from '../../internal/coded-error.ts';
import { ignore } from '../../internal/ignore.ts';
import type { DescriptionSignal } from './link-signal.ts';
import { OwnCandidates } from './own-candidates.ts';
import { withDtx } from './silence.ts';

/** How long to wait for an answer before the offer is sent again, in milliseconds, because it may have been lost. */
const ANSWER_PATIENCE_MS = 4_000;
/**
 * Offers that are applied between two ticks (`handleTick`, about a second), because each makes the browser gather,
 * answer and send candidates. Of further offers, only the last is kept for the next tick.
 */
const OFFERS_A_TICK = 8;
/**
 * The most candidates that are kept without a matching description, and that one generation (one `ufrag`) may have. The
 * browser tries each with all of ours.
 */
const MOST_CANDIDATES = 100;

export interface NegotiationOptions {
  /** The polite side gives way to the other's offer, and leaves the first offer to it. */
  polite: boolean;
  send(signal: DescriptionSignal): void;
  /** Firefox ends a generation with a candidate of an empty string, which the other end must receive unchanged. */
  sendCandidates(candidates: readonly RTCIceCandidateInit[]): void;
  /** What our m-lines carry. A line may have no mid yet; `midOf` knows it. */
  describeTracks(midOf: (transceiver: RTCRtpTransceiver) => string | null): DescriptionSignal['tracks'];
  /** The other's offer is applied. This is the last moment to make its lines bidirectional. */
  onOffer(signal: DescriptionSignal): void;
  /** Both descriptions are applied. `restarted` is true if the other end restarted ICE. */
  onStable(tracks: DescriptionSignal['tracks'], restarted: boolean): void;
  /** The connection can no longer negotiate. */
  onError(error: CodedError): void;
  now(): number;
  /** True while the page is hidden, so that its timers are up to a second late. Without it, it counts as shown. */
  isHidden: (() => boolean) | undefined;
}

/**
 * Puts the current DTLS role into an offer. Firefox answers the usual `actpass` on a restart with `active`, whatever
 * role it had. The other end cannot change the role of a running connection and rejects that answer.
 */
function keepRole(pc: RTCPeerConnection, offer: string): string {
  const { currentLocalDescription: local, currentRemoteDescription: remote } = pc;
  const isOurs = local?.type === 'answer';
  const answered = /^a=setup:(active|passive)/m.exec((isOurs ? local : remote)?.sdp ?? '')?.[1];
  if (!answered) return offer;
  const role = (answered === 'active') === isOurs ? 'active' : 'passive';
  return offer.replaceAll('a=setup:actpass', `a=setup:${role}`);
}

const valuesOf = (sdp = '', pattern: RegExp): string[] => Array.from(sdp.matchAll(pattern), ([, value]) => value!);
const midsOf = (sdp?: string): string[] => valuesOf(sdp, /^a=mid:(\S+)/gm);
const ufragsOf = (sdp?: string): string[] => valuesOf(sdp, /^a=ice-ufrag:(\S+)/gm);

/**
 * Hands the connection what the other end said. All descriptions and candidates pass this one line of code. Chromium
 * 156 records the line of code that handed over candidates as a reason against its back-forward cache. When the
 * connection closes, it forgets only the last such line. With a second line, no page that was in a call would come back
 * from the cache.
 */
function hand(
  pc: RTCPeerConnection,
  method: 'setRemoteDescription' | 'addIceCandidate',
  said: RTCSessionDescriptionInit | RTCIceCandidateInit | undefined,
): Promise<void> {
  return (pc[method] as (value: typeof said) => Promise<void>).call(pc, said);
}

export class Negotiation {
  readonly #pc: RTCPeerConnection;
  readonly #options: NegotiationOptions;
  #started: boolean;
  #makingOffer = false;
  /** The polite side's offer that waits for its answer. */
  #proposal: RTCSessionDescriptionInit | null = null;
  /** An offer of the other end that arrived before its answer to ours. */
  #held: DescriptionSignal | null = null;
  #offers = 0;
  #late: DescriptionSignal | null = null;
  /** The offer that `prepare` made, until `start()`. */
  #prepared: RTCSessionDescriptionInit | null = null;
  /** While that offer is applied. */
  #applying: Promise<void> | null = null;
  #isSettingRemoteAnswerPending = false;
  /**
   * `#offer` is the number of our last offer. The next three are numbers of the other end's offers: the oldest that may
   * still arrive, the last applied, the last answered.
   */
  #offer = 0;
  #remoteOffer = 0;
  #accepted = 0;
  #answered = 0;
  #offeredAt = 0;
  #candidates: RTCIceCandidateInit[] = [];
  /** The `ufrag` of the other end's description. Each generation of its candidates has one. */
  #generation: string | undefined;
  /** Candidates of this generation that the browser received. Beyond `MOST_CANDIDATES`, the others are dropped. */
  #handed = 0;
  readonly #listening = new AbortController();
  readonly #own: OwnCandidates;
  /** The first answer, while it waits for our candidates. An offer of ours must not overtake it. */
  #answering: Promise<void> | null = null;
  /** Resolves when the first offer of the impolite side is on its way, or negotiation is over. */
  readonly offered: Promise<void>;
  #tellOffered: () => void = ignore;

  constructor(pc: RTCPeerConnection, options: NegotiationOptions) {
    this.#pc = pc;
    this.#options = options;
    this.#started = !options.polite;
    this.offered = options.polite ? Promise.resolve() : new Promise((resolve) => (this.#tellOffered = resolve));
    const { signal } = this.#listening;
    pc.addEventListener('negotiationneeded', () => void this.#makeOffer(), { signal });
    this.#own = new OwnCandidates(pc, options, this.#listening);
  }

  /** Makes the first offer, for its signal to be sent at once. `start()` applies it, and sends no other. */
  async prepare(): Promise<DescriptionSignal> {
    this.#started = false;
    const { sdp = '' } = (this.#prepared = await this.#pc.createOffer());
    return this.#signalOf('offer', sdp, 1, 0);
  }

  /** Offers now, instead of at the browser's `negotiationneeded`. The polite side waits for the other's offer. */
  start(): void {
    if (this.#prepared) this.#started = true;
    if (this.#offer === 0 && !this.#makingOffer) void this.#makeOffer();
  }

  async handleDescription(signal: DescriptionSignal): Promise<void> {
    const pc = this.#pc;
    // The prepared offer was sent long ago, so its answer may come before it is applied here.
    if (this.#applying) await this.#applying.catch(ignore);
    if (signal.type === 'offer' && ++this.#offers > OFFERS_A_TICK) return void (this.#late = signal);
    // The other end may have withdrawn an offer to send this answer. `past` marks that offer as over if it comes later.
    this.#remoteOffer = Math.max(this.#remoteOffer, signal.past + 1);
    if (this.#closed || (signal.type === 'offer' ? this.#isRepeated(signal) : this.#isStale(signal))) return;
    const readyForOffer = !this.#makingOffer && (pc.signalingState === 'stable' || this.#isSettingRemoteAnswerPending);
    const offerCollision = signal.type === 'offer' && !readyForOffer;
    const ignoreOffer = !this.#options.polite && offerCollision;
    if (ignoreOffer) return;
    if (signal.type === 'offer') {
      if (this.#isOffering && signal.taken === this.#offer) return void (this.#held = signal);
      this.#proposal = null;
    }
    const [ufrag] = ufragsOf(pc.remoteDescription?.sdp);
    try {
      if (signal.type === 'answer') this.#isSettingRemoteAnswerPending = true;
      if (signal.type === 'offer') this.#accepted = signal.offer;
      const proposal = signal.type === 'answer' && this.#proposal;
      // Both calls at once, so that no other description is applied between them.
      await Promise.all([
        proposal && pc.setLocalDescription(proposal),
        hand(pc, 'setRemoteDescription', { type: signal.type, sdp: signal.dtx ? withDtx(signal.sdp) : signal.sdp }),
      ]);
      const held = this.#held;
      this.#proposal = this.#held = null;
      this.#isSettingRemoteAnswerPending = false;
      this.#started = true;
      this.#addFittingCandidates();
      if (signal.type === 'offer') {
        this.#options.onOffer(signal);
        await (this.#answering = this.#describe());
        this.#answering = null;
      }
      if (this.#closed) return;
      this.#options.onStable(
        signal.tracks,
        signal.type === 'offer' && ufrag !== undefined && ufrag !== ufragsOf(signal.sdp)[0],
      );
      if (held) await this.handleDescription(held);
    } catch (error) {
      this.#fail(error);
    } finally {
      if (signal.type === 'answer') this.#isSettingRemoteAnswerPending = false;
    }
  }

  /** Takes a signal's candidates together, because each look at a description costs more than a candidate. */
  handleCandidates(candidates: readonly (RTCIceCandidateInit | null)[]): void {
    if (this.#closed) return;
    this.#candidates.push(...candidates.map((candidate) => candidate ?? {}));
    this.#candidates = this.#candidates.slice(-MOST_CANDIDATES);
    this.#addFittingCandidates();
  }

  /** Called about once a second: applies a postponed offer, and repeats an offer that was not answered in time. */
  handleTick(): void {
    const late = this.#late;
    this.#late = null;
    this.#offers = 0;
    if (late) void this.handleDescription(late);
    if (!this.#isOffering || this.#makingOffer) return;
    if (this.#options.now() - this.#offeredAt > ANSWER_PATIENCE_MS)
      this.#sendDescription(this.#proposal ?? this.#pc.localDescription);
  }

  close(): void {
    this.#listening.abort();
    this.#tellOffered();
  }

  get #closed(): boolean {
    return this.#listening.signal.aborted;
  }

  get #isOffering(): boolean {
    return this.#proposal !== null || this.#pc.signalingState === 'have-local-offer';
  }

  async #makeOffer(): Promise<void> {
    // Both sides get `negotiationneeded` at the start. Two first offers would only collide, so the polite side waits.
    if (!this.#started || (this.#makingOffer && this.#offer === 0)) return;
    if (this.#answering) await this.#answering.catch(ignore);
    const prepared = this.#prepared;
    this.#prepared = null;
    try {
      this.#makingOffer = true;
      if (prepared) await this.#applyPrepared(prepared);
      else await (this.#options.polite ? this.#propose() : this.#describe());
    } catch (error) {
      // The other's offer came first. The browser fires `negotiationneeded` again for what is still missing.
      if (!this.#options.polite || this.#pc.signalingState !== 'have-remote-offer') this.#fail(error);
    } finally {
      this.#makingOffer = false;
      if (!prepared) this.#tellOffered();
    }
  }

  /** Applies an offer whose signal was sent before, and sends its candidates. */
  async #applyPrepared(prepared: RTCSessionDescriptionInit): Promise<void> {
    this.#applying = this.#pc.setLocalDescription(prepared).then(() => {
      this.#offer = 1;
      this.#offeredAt = this.#options.now();
    });
    await this.#applying;
    this.#applying = null;
    // Not awaited: the answer may be here already, and an offer of the other end right behind it.
    void this.#own.gathered().then(() => {
      this.#own.handleDescription(prepared.sdp ?? '');
      this.#tellOffered();
    });
  }

  /** Sends an offer and applies it when its answer arrives. */
  async #propose(): Promise<void> {
    const proposal = await this.#pc.createOffer();
    if (this.#pc.signalingState !== 'stable') return;
    this.#proposal = proposal;
    this.#offer++;
    this.#sendDescription(proposal);
  }

  /**
   * Sends an offer or an answer, as the signaling state requires. The state may have changed since the
   * caller decided.
   */
  async #describe(): Promise<void> {
    const pc = this.#pc;
    await pc.setLocalDescription();
    if (this.#offer === 0 && this.#answered === 0) await this.#own.gathered();
    const { localDescription } = pc;
    if (localDescription?.type === 'answer') this.#answered = this.#accepted;
    // The offer was withdrawn before it could be sent.
    else if (pc.signalingState !== 'have-local-offer') return;
    else this.#offer++;
    this.#sendDescription(localDescription);
  }

  #sendDescription(description: RTCSessionDescriptionInit | null): void {
    if (this.#closed || !description?.sdp) return;
    const { type } = description;
    if (type !== 'offer' && type !== 'answer') return;
    const sdp = type === 'offer' ? keepRole(this.#pc, description.sdp) : description.sdp;
    this.#offeredAt = this.#options.now();
    const past = this.#isOffering ? this.#offer - 1 : this.#offer;
    this.#options.send(this.#signalOf(type, sdp, type === 'offer' ? this.#offer : this.#answered, past));
    this.#own.handleDescription(sdp);
  }

  #signalOf(type: DescriptionSignal['type'], sdp: string, offer: number, past: number): DescriptionSignal {
    const transceivers = this.#pc.getTransceivers();
    const known = [...midsOf(this.#pc.currentLocalDescription?.sdp), ...transceivers.map(({ mid }) => mid)];
    // The transceivers without a mid get the new mids of the offer, in the same order.
    const nameless = transceivers.filter(({ mid }) => mid === null);
    const fresh = midsOf(sdp).filter((mid) => !known.includes(mid));
    const tracks = this.#options.describeTracks(
      (transceiver) => transceiver.mid ?? fresh[nameless.indexOf(transceiver)] ?? null,
    );
    return { kind: 'description', type, sdp, offer, past, taken: this.#accepted, tracks, dtx: true };
  }

  /** True for an answer to a withdrawn offer, and for a second answer. */
  #isStale(signal: DescriptionSignal): boolean {
    return signal.offer !== this.#offer || !this.#isOffering || this.#isSettingRemoteAnswerPending;
  }

  #isRepeated(signal: DescriptionSignal): boolean {
    // The offer is applied and about to be answered; applied twice, it would be answered twice.
    if (signal.offer < this.#remoteOffer || (signal.offer === this.#accepted && signal.offer !== this.#answered))
      return true;
    this.#remoteOffer = signal.offer;
    if (signal.offer !== this.#answered) return false;
    // The other end repeats an answered offer only if our answer was lost.
    const { currentLocalDescription } = this.#pc;
    if (currentLocalDescription?.type === 'answer') this.#sendDescription(currentLocalDescription);
    return true;
  }

  #addFittingCandidates(): void {
    const sdp = this.#pc.remoteDescription?.sdp;
    if (!sdp) return;
    const ufrags = new Set(ufragsOf(sdp));
    const fits = ({ usernameFragment }: RTCIceCandidateInit) => !usernameFragment || ufrags.has(usernameFragment);
    const [ufrag] = ufrags;
    if (ufrag !== this.#generation) this.#handed = 0;
    this.#generation = ufrag;
    const candidates = this.#candidates;
    this.#candidates = candidates.filter((candidate) => !fits(candidate));
    for (const candidate of candidates.filter(fits)) {
      if (this.#handed++ >= MOST_CANDIDATES) break;
      // A candidate that cannot be used, such as one of an ignored offer, costs a path but not the connection.
      hand(this.#pc, 'addIceCandidate', candidate.candidate === undefined ? undefined : candidate).catch(ignore);
    }
  }

  #fail(error: unknown): void {
    if (!this.#closed && this.#pc.signalingState !== 'closed') this.#options.onError(CodedError.from(error));
  }
}
