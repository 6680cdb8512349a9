/**
 * Two connections of this page that are joined with each other, to try a path.
 *
 * Owns both, the channel between them, and the exchange of their descriptions and candidates, which needs no server.
 * Does not own what follows from a path that was found or was not (`paths.ts`).
 */
import { ignore } from '../../internal/ignore.ts';
import type { Clock } from '../clock.ts';
import type { CreatePeerConnection } from '../peer-connection.ts';

/** What the checks need of the page. */
export interface CheckedPage {
  readonly createPeerConnection: CreatePeerConnection;
  readonly clock: Clock;
}

/** How long a path may take to be found, in milliseconds. The answer of a distant relay takes a second. */
const FOUND_MS = 6_000;
const LOOK_MS = 100;
/** An address that no server outside can answer to (RFC 1918, RFC 6598), or a hidden one. */
const PRIVATE = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)|\.local$/;

export class Loop {
  /** The kinds of candidates that this page found for its first connection: `host`, `srflx`, `relay`. */
  readonly kinds = new Set<string>();
  /** The same for its second connection. */
  readonly otherKinds = new Set<string>();
  readonly #page: CheckedPage;
  readonly #first: RTCPeerConnection;
  readonly #second: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  readonly #otherChannel: RTCDataChannel;
  /** True if the first connection has an address that a router translates on the way to the servers. */
  #isTranslated = false;

  constructor(page: CheckedPage, first: RTCConfiguration, second: RTCConfiguration) {
    this.#page = page;
    this.#first = page.createPeerConnection(first);
    try {
      this.#second = page.createPeerConnection(second);
    } catch (thrown) {
      // Nobody else can close it.
      this.#first.close();
      throw thrown;
    }
    const channel: RTCDataChannelInit = { negotiated: true, id: 0 };
    this.#channel = this.#first.createDataChannel('check', channel);
    this.#otherChannel = this.#second.createDataChannel('check', channel);
    for (const one of [this.#channel, this.#otherChannel]) one.binaryType = 'arraybuffer';
  }

  get channels(): readonly [RTCDataChannel, RTCDataChannel] {
    return [this.#channel, this.#otherChannel];
  }

  /** Resolves to whether the two reached each other. False early if the first one found no candidate at all. */
  async open(): Promise<boolean> {
    return new Promise<boolean>((resolve) => {
      const end = (isOpen: boolean): void => {
        cancel();
        resolve(isOpen);
      };
      const cancel = this.#page.clock.after(FOUND_MS, () => end(false));
      this.#channel.addEventListener('open', () => end(true));
      this.#pass(this.#first, this.#second, this.kinds, () => this.kinds.size === 0 && end(false));
      this.#pass(this.#second, this.#first, this.otherKinds);
      this.#describe().catch(() => end(false));
    });
  }

  /**
   * Resolves to false if no STUN server answers. Only a translated address shows that: an answer that tells a machine
   * its own address makes no candidate, and browsers do not wait for answers.
   */
  async answered(): Promise<boolean> {
    const isAnswered = (): boolean => !this.#isTranslated || this.kinds.has('srflx');
    const { clock } = this.#page;
    const endsAt = clock.now() + FOUND_MS;
    while (!isAnswered() && clock.now() < endsAt)
      await new Promise<void>((resolve) => void clock.after(LOOK_MS, resolve));
    return isAnswered();
  }

  /** The round trip between the two, in milliseconds; `null` if the browser does not tell. */
  async roundTripMs(): Promise<number | null> {
    const report = await this.#first.getStats();
    const times: number[] = [];
    report.forEach((entry: { type: string; state?: string; nominated?: boolean; currentRoundTripTime?: number }) => {
      const { type, state, nominated, currentRoundTripTime } = entry;
      if (type === 'candidate-pair' && state === 'succeeded' && nominated && currentRoundTripTime !== undefined)
        times.push(currentRoundTripTime * 1_000);
    });
    return times.length > 0 ? Math.min(...times) : null;
  }

  close(): void {
    this.#first.close();
    this.#second.close();
  }

  async #describe(): Promise<void> {
    await this.#first.setLocalDescription();
    await this.#second.setRemoteDescription(this.#first.localDescription!);
    await this.#second.setLocalDescription();
    await this.#first.setRemoteDescription(this.#second.localDescription!);
  }

  #pass(from: RTCPeerConnection, to: RTCPeerConnection, kinds: Set<string>, onEnd: () => void = ignore): void {
    const early: RTCIceCandidate[] = [];
    const add = (candidate: RTCIceCandidate): void => void to.addIceCandidate(candidate).catch(ignore);
    from.addEventListener('icecandidate', ({ candidate }) => {
      // The last candidate is empty in Firefox, and `null` in every browser.
      if (!candidate) return onEnd();
      const [, kind] = / typ (\w+)/.exec(candidate.candidate) ?? [];
      if (kind) kinds.add(kind);
      const [, host = ''] = / (\S+) \d+ typ host/.exec(candidate.candidate) ?? [];
      if (from === this.#first && PRIVATE.test(host)) this.#isTranslated = true;
      if (to.remoteDescription) add(candidate);
      else early.push(candidate);
    });
    to.addEventListener('signalingstatechange', () => {
      if (to.remoteDescription) for (const candidate of early.splice(0)) add(candidate);
    });
  }
}
