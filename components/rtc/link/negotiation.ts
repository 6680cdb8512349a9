/**
 * Perfect negotiation of one connection, as the WebRTC specification's example has it, but without its rollback: the
 * polite side takes its offer for its own only once it is answered, so there is nothing to take back. After a rollback
 * on a running connection Chromium (156, and until its receivers survive one) decodes pictures and shows none.
 *
 * Owns who gives way when both offer at once, which descriptions are stale, and candidates that come
 * before the description they belong to. Does not own what is negotiated (`PeerLink`) nor the way that
 * signals go: they may be lost, doubled or late, and it recovers from each. It stands apart because it
 * is the one piece that must be right in every order of events, and is tested alone.
 */
import { CodedError } from '../../internal/coded-error.ts';
import type { CandidateSignal, DescriptionSignal } from './link-signal.ts';

/** How long an answer may take before the offer is sent again, milliseconds: the first was lost on its way. */
const ANSWER_PATIENCE_MS = 4_000;
/** Offers taken between two ticks: each makes us gather, answer and send candidates. Of more, the last waits for the next tick. */
const OFFERS_A_TICK = 8;
/** Candidates kept while no description fits them, and candidates of one generation: the browser tries each with all of ours. */
const MOST_CANDIDATES = 100;

export interface NegotiationOptions {
  /** The polite side gives way to the other's offer, and leaves the very first offer to it. */
  polite: boolean;
  send(signal: DescriptionSignal | CandidateSignal): void;
  /** What our m-lines carry. A line may have no mid of its own yet; `midOf` knows it. */
  describeTracks(midOf: (transceiver: RTCRtpTransceiver) => string | null): DescriptionSignal['tracks'];
  /** The other's offer is in place: the last moment to turn its lines to both ways. */
  onOffer(signal: DescriptionSignal): void;
  /** Both descriptions are in place. `restarted` when the other began a new search for a path. */
  onStable(tracks: DescriptionSignal['tracks'], restarted: boolean): void;
  /** The connection cannot go on negotiating as it is. */
  onError(error: CodedError): void;
  now(): number;
}

/**
 * An offer that names the DTLS role we have once there is one. To the usual `actpass` Firefox answers a restart with
 * `active`, whatever it was before; the other end cannot change the role of a running connection and refuses that answer.
 */
function keepRole(pc: RTCPeerConnection, offer: string): string {
  const { currentLocalDescription: local, currentRemoteDescription: remote } = pc;
  const isOurs = local?.type === 'answer';
  const answered = /^a=setup:(active|passive)/m.exec((isOurs ? local : remote)?.sdp ?? '')?.[1];
  return answered
    ? offer.replaceAll('a=setup:actpass', `a=setup:${(answered === 'active') === isOurs ? 'active' : 'passive'}`)
    : offer;
}

const midsOf = (sdp = ''): string[] => Array.from(sdp.matchAll(/^a=mid:(\S+)/gm), ([, mid]) => mid!);
const ufragOf = (sdp: string | undefined): string | undefined => /^a=ice-ufrag:(\S+)/m.exec(sdp ?? '')?.[1];

export class Negotiation {
  readonly #pc: RTCPeerConnection;
  readonly #options: NegotiationOptions;
  #started: boolean;
  #makingOffer = false;
  /** The polite side's offer under way. */
  #proposal: RTCSessionDescriptionInit | null = null;
  /** The other's offer that overtook its answer to ours. */
  #held: DescriptionSignal | null = null;
  #offers = 0;
  #late: DescriptionSignal | null = null;
  #isSettingRemoteAnswerPending = false;
  /** Number of our last offer; of the other's: the oldest that may still come, the last one we took, and the last one we answered. */
  #offer = 0;
  #remoteOffer = 0;
  #accepted = 0;
  #answered = 0;
  #offeredAt = 0;
  #candidates: RTCIceCandidateInit[] = [];
  /** Handed to the browser since the other end last began a generation. */
  #generation: string | undefined;
  #handed = 0;
  readonly #listening = new AbortController();

  constructor(pc: RTCPeerConnection, options: NegotiationOptions) {
    this.#pc = pc;
    this.#options = options;
    this.#started = !options.polite;
    const { signal } = this.#listening;
    pc.addEventListener('negotiationneeded', () => void this.#makeOffer(), { signal });
    // Firefox ends a generation of candidates by one with an empty string, which must go over as it is.
    pc.addEventListener(
      'icecandidate',
      ({ candidate }) => candidate && options.send({ kind: 'candidate', candidate: candidate.toJSON() }),
      { signal },
    );
  }

  async handleDescription(signal: DescriptionSignal): Promise<void> {
    const pc = this.#pc;
    if (signal.type === 'offer' && ++this.#offers > OFFERS_A_TICK) return void (this.#late = signal);
    // An answer overtakes an offer that its sender took back for it.
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
    const ufrag = ufragOf(pc.remoteDescription?.sdp);
    try {
      if (signal.type === 'answer') this.#isSettingRemoteAnswerPending = true;
      if (signal.type === 'offer') this.#accepted = signal.offer;
      const proposal = signal.type === 'answer' && this.#proposal;
      // Both at once: no other description comes between them.
      await Promise.all([
        proposal && pc.setLocalDescription(proposal),
        pc.setRemoteDescription({ type: signal.type, sdp: signal.sdp }),
      ]);
      const held = this.#held;
      this.#proposal = this.#held = null;
      this.#isSettingRemoteAnswerPending = false;
      this.#started = true;
      this.#addFittingCandidates();
      if (signal.type === 'offer') {
        this.#options.onOffer(signal);
        await this.#describe();
      }
      if (this.#closed) return;
      this.#options.onStable(
        signal.tracks,
        signal.type === 'offer' && ufrag !== undefined && ufrag !== ufragOf(signal.sdp),
      );
      if (held) await this.handleDescription(held);
    } catch (error) {
      this.#fail(error);
    } finally {
      if (signal.type === 'answer') this.#isSettingRemoteAnswerPending = false;
    }
  }

  handleCandidate(candidate: RTCIceCandidateInit | null): void {
    if (this.#closed) return;
    this.#candidates.push(candidate ?? {});
    if (this.#candidates.length > MOST_CANDIDATES) this.#candidates.shift();
    this.#addFittingCandidates();
  }

  /** Called now and then: an offer that came too soon is taken, one that was not answered in time is sent again. */
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
  }

  get #closed(): boolean {
    return this.#listening.signal.aborted;
  }

  get #isOffering(): boolean {
    return this.#proposal !== null || this.#pc.signalingState === 'have-local-offer';
  }

  async #makeOffer(): Promise<void> {
    // Both sides have something to negotiate from the start; two first offers would only collide.
    if (!this.#started) return;
    try {
      this.#makingOffer = true;
      await (this.#options.polite ? this.#propose() : this.#describe());
    } catch (error) {
      // The other's offer came first; what we still need we are asked for again.
      if (!this.#options.polite || this.#pc.signalingState !== 'have-remote-offer') this.#fail(error);
    } finally {
      this.#makingOffer = false;
    }
  }

  /** Sends an offer that becomes ours when it is answered. */
  async #propose(): Promise<void> {
    const proposal = await this.#pc.createOffer();
    if (this.#pc.signalingState !== 'stable') return;
    this.#proposal = proposal;
    this.#offer++;
    this.#sendDescription(proposal);
  }

  /** An offer or an answer, as the state asks for: it may be another one than when we decided to make one. */
  async #describe(): Promise<void> {
    const pc = this.#pc;
    await pc.setLocalDescription();
    const { localDescription } = pc;
    if (localDescription?.type === 'answer') this.#answered = this.#accepted;
    // Taken back before we could send it.
    else if (pc.signalingState !== 'have-local-offer') return;
    else this.#offer++;
    this.#sendDescription(localDescription);
  }

  #sendDescription(description: RTCSessionDescriptionInit | null): void {
    if (this.#closed || !description?.sdp) return;
    const { type } = description;
    if (type !== 'offer' && type !== 'answer') return;
    const sdp = type === 'offer' ? keepRole(this.#pc, description.sdp) : description.sdp;
    const known = midsOf(this.#pc.currentLocalDescription?.sdp);
    // In their order: what has no mid yet, and the mids that are new.
    const nameless = this.#pc.getTransceivers().filter(({ mid }) => mid === null);
    const fresh = midsOf(sdp).filter((mid) => !known.includes(mid));
    const tracks = this.#options.describeTracks(
      (transceiver) => transceiver.mid ?? fresh[nameless.indexOf(transceiver)] ?? null,
    );
    this.#offeredAt = this.#options.now();
    const offer = type === 'offer' ? this.#offer : this.#answered;
    const past = this.#isOffering ? this.#offer - 1 : this.#offer;
    this.#options.send({ kind: 'description', type, sdp, offer, past, taken: this.#accepted, tracks });
  }

  /** An answer to an offer that was taken back, or a second one. */
  #isStale(signal: DescriptionSignal): boolean {
    return signal.offer !== this.#offer || !this.#isOffering || this.#isSettingRemoteAnswerPending;
  }

  #isRepeated(signal: DescriptionSignal): boolean {
    // Taken, and about to be answered: taken twice, it would be answered twice.
    if (signal.offer < this.#remoteOffer || (signal.offer === this.#accepted && signal.offer !== this.#answered))
      return true;
    this.#remoteOffer = signal.offer;
    if (signal.offer !== this.#answered) return false;
    // It would not offer again had our answer arrived.
    const { currentLocalDescription } = this.#pc;
    if (currentLocalDescription?.type === 'answer') this.#sendDescription(currentLocalDescription);
    return true;
  }

  #addFittingCandidates(): void {
    const sdp = this.#pc.remoteDescription?.sdp;
    if (!sdp) return;
    const fits = ({ usernameFragment }: RTCIceCandidateInit) =>
      !usernameFragment || sdp.includes(`a=ice-ufrag:${usernameFragment}\r\n`);
    const ufrag = ufragOf(sdp);
    if (ufrag !== this.#generation) this.#handed = 0;
    this.#generation = ufrag;
    const candidates = this.#candidates;
    this.#candidates = candidates.filter((candidate) => !fits(candidate));
    for (const candidate of candidates.filter(fits)) {
      if (this.#handed++ >= MOST_CANDIDATES) break;
      // One that cannot be used (of an offer that was ignored, or taken back) costs a path, not the connection.
      this.#pc.addIceCandidate(candidate.candidate === undefined ? undefined : candidate).catch(() => {});
    }
  }

  #fail(error: unknown): void {
    if (!this.#closed && this.#pc.signalingState !== 'closed') this.#options.onError(CodedError.from(error));
  }
}
