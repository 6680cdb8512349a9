/**
 * The first offer of a newcomer who does not know yet who is in the call. It travels with the handshake, and the server
 * passes it to one participant.
 *
 * Owns its connection until the link to that participant takes it, and who may hold the offer. Does not own the link
 * (`Mesh`). A connection that no link takes is closed.
 *
 * `making → made → sent → answered → taken`, or `closed` from each
 */
import type { SignalBody } from '../../../server/protocol.ts';
import { ignore } from '../../internal/ignore.ts';
import { equalFits } from '../uplink/share.ts';
import { toSignalBody } from './link-signal.ts';
import { PeerLink, type PeerLinkOptions } from './peer-link.ts';

export type FirstOfferOptions = Pick<PeerLinkOptions, 'configuration' | 'createPeerConnection' | 'clock' | 'isHidden'>;

/**
 * How long the handshake may wait for the offer, in milliseconds. Without a limit, a browser that is busy or broken
 * would keep the page out of the room.
 */
const MADE_WITHIN_MS = 150;

export class FirstOffer {
  /** Resolves when `hand` has the offer, or never will. */
  readonly made: Promise<void>;
  #tellMade: () => void = ignore;
  #link: PeerLink | null;
  #body: SignalBody | null = null;
  /** The participant who holds the offer: `undefined` for nobody, `null` while it is not known. */
  #holder: string | null | undefined;

  constructor(options: FirstOfferOptions) {
    const link = (this.#link = new PeerLink({
      ...options,
      name: '',
      maker: true,
      batches: true,
      fits: equalFits(1),
      isConnected: () => false,
      send: () => Promise.resolve(),
    }));
    this.made = new Promise((resolve) => (this.#tellMade = resolve));
    void this.made.then(options.clock.after(MADE_WITHIN_MS, () => this.close()));
    void link.prepare().then(
      (signal) => {
        this.#body = toSignalBody(signal);
        this.#tellMade();
      },
      () => this.close(),
    );
  }

  /** The signal for a handshake, once; `null` if there is none in time. From then on, somebody may hold the offer. */
  hand(): SignalBody | null {
    const body = this.#link && this.#body;
    this.#body = null;
    if (body) this.#holder = null;
    return body;
  }

  /** The server answered the handshake. @param offered id of the participant who holds the offer, if there is one */
  handleAnswer(offered?: string): void {
    this.#holder = offered;
    if (offered === undefined) this.close();
  }

  /**
   * True if the participant may hold the offer and its connection cannot be used. A different offer to this participant
   * then needs a different name.
   */
  isLostWith(id: string): boolean {
    return this.#holder === null || (this.#holder === id && !this.#link);
  }

  /** The link to the participant who holds the offer; `undefined` if there is none, or it is taken already. */
  take(id: string, options: PeerLinkOptions): PeerLink | undefined {
    if (this.#holder !== id) return undefined;
    const link = this.#link?.adopt(options);
    this.#link = null;
    return link;
  }

  close(): void {
    // An offer that a closed connection was making never comes, and the handshake must not wait for it.
    this.#tellMade();
    this.#link?.close();
    this.#link = null;
  }
}
