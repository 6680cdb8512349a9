/**
 * The ICE servers of one call, and when to ask for fresh ones.
 *
 * Owns their age: credentials are renewed before their time is up, and early when a path was lost, since
 * the way out may be a server that was not there before. Does not own what is done with them.
 */
import type { Clock } from './clock.ts';

/** The share of their life after which they are renewed. */
const RENEW_AT = 0.7;
/** How soon a failed renewal is tried again, and how close together two may be, milliseconds. */
const RETRY_MS = 5_000;
const APART_MS = 350;
/** What a lost path waits for at most. */
const PATIENCE_MS = 1_000;

export interface IceServerList {
  readonly iceServers: readonly RTCIceServer[];
  /** Milliseconds; `null` for ever. */
  readonly iceTtlMs: number | null;
}

export interface IceServersOptions {
  clock: Clock;
  fetch(): Promise<IceServerList>;
  /** They are others than before. */
  onChange(servers: readonly RTCIceServer[]): void;
}

export class IceServers {
  readonly #options: IceServersOptions;
  #servers: readonly RTCIceServer[] = [];
  #fetchedAt = -Infinity;
  #fetching: Promise<void> | null = null;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: IceServersOptions) {
    this.#options = options;
  }

  get list(): readonly RTCIceServer[] {
    return this.#servers;
  }

  handleList({ iceServers, iceTtlMs }: IceServerList): void {
    this.#fetchedAt = this.#options.clock.now();
    this.#schedule(iceTtlMs === null ? null : iceTtlMs * RENEW_AT);
    if (JSON.stringify(iceServers) === JSON.stringify(this.#servers)) return;
    this.#servers = iceServers;
    this.#options.onChange(iceServers);
  }

  /** Resolves when there are fresh ones or when waiting is no longer worth it. Never rejects. */
  async renew(): Promise<void> {
    if (this.#closed || this.#options.clock.now() - this.#fetchedAt < APART_MS) return;
    this.#fetching ??= this.#fetch().finally(() => (this.#fetching = null));
    await Promise.race([
      this.#fetching,
      new Promise<void>((resolve) => this.#options.clock.after(PATIENCE_MS, resolve)),
    ]);
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  async #fetch(): Promise<void> {
    try {
      const list = await this.#options.fetch();
      if (!this.#closed) this.handleList(list);
    } catch {
      if (!this.#closed) this.#schedule(RETRY_MS);
    }
  }

  #schedule(ms: number | null): void {
    this.#cancel?.();
    this.#cancel = ms === null ? undefined : this.#options.clock.after(ms, () => void this.renew());
  }
}
