/**
 * Our own candidates of one connection, until the other end has them.
 *
 * Owns which of them travel in a description and which follow it. Those that the browser gathers within a few
 * milliseconds are in the description, and the others go together, because each message costs both pages and the server
 * as much work as ten candidates. Does not own the candidates of the other end (`Negotiation`).
 */

/** How long a description waits for its first candidate, and after each candidate for the next one, in milliseconds. */
const FIRST_MS = 15;
const NEXT_MS = 3;
/** How long a candidate without a description waits for others, in milliseconds. */
const TOGETHER_MS = 10;

export interface OwnCandidatesOptions {
  sendCandidates(candidates: readonly RTCIceCandidateInit[]): void;
  /** True while the page is hidden, so that its timers are up to a second late. Without it, it counts as shown. */
  isHidden: (() => boolean) | undefined;
}

export class OwnCandidates {
  readonly #pc: RTCPeerConnection;
  readonly #options: OwnCandidatesOptions;
  #unsent: RTCIceCandidateInit[] = [];
  /** Called with each candidate while a description waits. */
  #onCandidate: (() => void) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(pc: RTCPeerConnection, options: OwnCandidatesOptions, { signal }: AbortController) {
    this.#pc = pc;
    this.#options = options;
    pc.addEventListener('icecandidate', ({ candidate }) => candidate && this.#take(candidate.toJSON()), { signal });
    signal.addEventListener('abort', () => clearTimeout(this.#timer));
  }

  /** Resolves when the candidates that come within a few milliseconds are in the local description. */
  async gathered(): Promise<void> {
    if (this.#pc.iceGatheringState === 'complete' || this.#options.isHidden?.()) return;
    clearTimeout(this.#timer);
    await new Promise<void>((resolve) => {
      let timer = setTimeout(resolve, FIRST_MS);
      this.#onCandidate = () => {
        clearTimeout(timer);
        timer = setTimeout(resolve, NEXT_MS);
      };
    });
    this.#onCandidate = null;
  }

  /** A description was sent. Candidates that are not in it follow at once. */
  handleDescription(sdp: string): void {
    // Chromium names the `ufrag` in the candidate of an event, and not in the line of a description.
    this.#unsent = this.#unsent.filter(
      ({ candidate }) => !candidate || !sdp.includes(candidate.replace(/ ufrag \S+/, '')),
    );
    this.#flush();
  }

  #take(candidate: RTCIceCandidateInit): void {
    this.#unsent.push(candidate);
    if (this.#onCandidate) this.#onCandidate();
    else if (this.#options.isHidden?.()) this.#flush();
    else if (this.#unsent.length === 1) this.#timer = setTimeout(() => this.#flush(), TOGETHER_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    const candidates = this.#unsent.splice(0);
    if (candidates.length > 0 && this.#pc.signalingState !== 'closed') this.#options.sendCandidates(candidates);
  }
}
