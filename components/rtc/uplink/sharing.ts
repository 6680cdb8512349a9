/**
 * Divides the uplink of this participant among the receivers.
 *
 * `equal parts → (the code that loads late has loaded) → what each receiver shows`
 *
 * Owns the equal parts, so that the rate is right from the first frame on, and the change to `Uplink`, which then plans
 * by what each receiver shows. Does not own links or receivers (`Mesh`).
 */
import { readers } from '../link/readers.ts';
import type { Encoded } from './encoder-load.ts';
import { equalFits, type Fits } from './share.ts';
import type { Uplink, UplinkOptions } from './uplink.ts';

export interface SharingOptions extends UplinkOptions {
  /**
   * How many receivers there will be when the current roster is applied; 0 at other times. Links are made one by one,
   * and the first of them must not get the part of all.
   */
  expected(): number;
}

export class Sharing {
  readonly #options: SharingOptions;
  #equal = equalFits(1);
  #equalCount = 1;
  #uplink: Uplink | null = null;
  #isClosed = false;

  constructor(options: SharingOptions) {
    this.#options = options;
  }

  /** True while this machine cannot keep up with encoding, and sends less. */
  get limited(): boolean {
    return this.#uplink?.limited ?? false;
  }

  /**
   * What a new link may send until the next plan: an equal part, because its first frame comes before its receiver
   * reports how large it shows the pictures.
   */
  first(): Fits {
    const count = Math.max(this.#options.expected(), this.#options.receivers().length);
    if (count !== this.#equalCount) this.#equal = equalFits(count);
    this.#equalCount = count;
    return this.#equal;
  }

  /** Called when the receivers, their links or the tracks change. */
  plan(): void {
    if (this.#isClosed) return;
    if (this.#uplink) this.#uplink.plan();
    else if (readers.loaded) this.#uplink = new readers.loaded.Uplink(this.#options);
    else this.#planEqually();
  }

  /** A receiver reported what it shows. */
  handleReport(): void {
    if (this.#uplink) this.#uplink.handleReport();
    else readers.want(() => this.plan());
  }

  /** Called once a second with the figures of each link. */
  handleSecond(links: readonly Encoded[]): void {
    if (!this.#uplink && readers.loaded) this.plan();
    this.#uplink?.handleSecond(links);
  }

  close(): void {
    this.#isClosed = true;
    this.#uplink?.close();
  }

  #planEqually(): void {
    const fits = this.first();
    for (const { link } of this.#options.receivers()) if (link && link.fits !== fits) void link.fit(fits);
  }
}
