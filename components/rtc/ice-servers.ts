/**
 * The ICE servers of one call, and when to renew them.
 *
 * Owns their age. Credentials are renewed before they expire. A lost path renews them early, because it may have used a
 * server that was replaced. Does not own what is done with them.
 */
import type { Clock } from './clock.ts';

/** The share of their lifetime after which credentials are renewed. */
const RENEW_AT = 0.7;
/**
 * Delay before a failed renewal is tried again, in milliseconds. Each further failure doubles it, because a refusal may
 * last: the lobby of a full call would otherwise ask every five seconds for as long as the page is open.
 */
const RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 80_000;
/** Least time between two renewals, in milliseconds. */
const APART_MS = 350;
/** How long a lost path waits for new servers at most, in milliseconds. */
const PATIENCE_MS = 1_000;

/** The addresses of servers, without their credentials. */
export const namesOf = (iceServers: readonly RTCIceServer[] = []): string =>
  iceServers.flatMap(({ urls }) => urls).join();

export interface IceServerList {
  readonly iceServers: readonly RTCIceServer[];
  /** Lifetime in milliseconds; `null` if they do not expire. */
  readonly iceTtlMs: number | null;
}

export interface IceServersOptions {
  clock: Clock;
  fetch(): Promise<IceServerList>;
  /** Called when the list changed. */
  onChange(servers: readonly RTCIceServer[]): void;
}

export class IceServers {
  readonly #options: IceServersOptions;
  #servers: readonly RTCIceServer[] = [];
  #fetchedAt = -Infinity;
  #endsAt = -Infinity;
  #fetching: Promise<void> | null = null;
  #cancel: (() => void) | undefined;
  #closed = false;
  #retryMs = RETRY_MS;

  constructor(options: IceServersOptions) {
    this.#options = options;
  }

  get list(): readonly RTCIceServer[] {
    return this.#servers;
  }

  /** The list and what is left of its lifetime; `null` before it is known and after it ended. */
  get fresh(): IceServerList | null {
    const leftMs = this.#endsAt - this.#options.clock.now();
    if (leftMs <= 0) return null;
    return { iceServers: this.#servers, iceTtlMs: leftMs === Infinity ? null : leftMs };
  }

  handleList({ iceServers, iceTtlMs }: IceServerList): void {
    this.#fetchedAt = this.#options.clock.now();
    this.#endsAt = this.#fetchedAt + (iceTtlMs ?? Infinity);
    this.#schedule(iceTtlMs === null ? null : iceTtlMs * RENEW_AT);
    if (JSON.stringify(iceServers) === JSON.stringify(this.#servers)) return;
    this.#servers = iceServers;
    this.#options.onChange(iceServers);
  }

  /**
   * Fetches the list. Resolves when it has arrived or failed, or after `PATIENCE_MS`; at once if the list is new. Never
   * rejects.
   */
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
      this.#retryMs = RETRY_MS;
    } catch {
      if (!this.#closed) this.#schedule(this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
    }
  }

  #schedule(ms: number | null): void {
    this.#cancel?.();
    this.#cancel = ms === null ? undefined : this.#options.clock.after(ms, () => void this.renew());
  }
}
