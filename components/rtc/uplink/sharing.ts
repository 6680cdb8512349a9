/**
 * Divides the uplink of this participant among the receivers.
 *
 * `equal parts → (the late code has loaded) → what each receiver shows`
 *
 * Owns the first half, so that the rate is right from the first frame on, and the change to `Uplink`, which does the
 * second half. Does not own links or receivers (`Mesh`).
 */
import { findReaders, loadReaders } from '../link/readers.ts';
import type { Encoded } from './encoder-load.ts';
import { BUDGET_KBPS, UNLIMITED, type Fit } from './share.ts';
import type { VideoSource } from './shown.ts';
import type { Uplink, UplinkOptions } from './uplink.ts';

export class Sharing {
  readonly #options: UplinkOptions;
  #uplink: Uplink | null = null;
  #isClosed = false;

  constructor(options: UplinkOptions) {
    this.#options = options;
  }

  /** True while this machine cannot keep up with encoding, and sends less. */
  get limited(): boolean {
    return this.#uplink?.limited ?? false;
  }

  /** Called when the receivers, their links or the tracks change. */
  plan(): void {
    const readers = findReaders();
    if (this.#isClosed) return;
    if (this.#uplink) this.#uplink.plan();
    else if (readers) this.#uplink = new readers.Uplink(this.#options);
    else this.#planEqually();
  }

  /** A receiver reported what it shows. */
  handleReport(): void {
    if (this.#uplink) this.#uplink.handleReport();
    else loadReaders(() => this.plan());
  }

  /** Called once a second with the figures of each link. */
  handleSecond(links: readonly Encoded[]): void {
    if (!this.#uplink && findReaders()) this.plan();
    this.#uplink?.handleSecond(links);
  }

  close(): void {
    this.#isClosed = true;
    this.#uplink?.close();
  }

  /** A call of two has no limit. */
  #planEqually(): void {
    const receivers = this.#options.receivers();
    const part = (source: VideoSource): Fit => ({
      ...UNLIMITED,
      kbps: receivers.length > 1 ? Math.floor(BUDGET_KBPS[source] / receivers.length) : Infinity,
    });
    for (const { link } of receivers) void link?.fit({ camera: part('camera'), screen: part('screen') });
  }
}
