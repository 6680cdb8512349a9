/**
 * Whether the relays of `TURN_URLS` serve guests, as far as this machine can tell.
 *
 * Owns when they are tried (at the start and every ten minutes) and the log line at each change. Does not decide about
 * readiness, because most guests need no relay.
 */
import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { tryRelay } from './allocate.ts';
import type { RelayReport } from './allocate.ts';
import type { RelayState } from '../metrics.ts';

const INTERVAL_MS = 600_000;

export const SENTENCES: Record<RelayState, string> = {
  up: 'a TURN server works: it gives out relay addresses',
  refused: 'a TURN server refuses: TURN_SECRET is not its secret, or it has no relay address left',
  open: 'a TURN server serves everybody: configure it to ask for credentials (coturn: use-auth-secret)',
  clock: 'a TURN server accepts the secret but not the time: set the clocks of both machines (NTP), or raise TURN_TTL',
  unreachable: 'a TURN server cannot be reached from this machine',
  certificate: 'the certificate of a TURN server is not valid for its name on this machine',
};

export interface RelayWatchOptions {
  config: Pick<Config, 'turnUrls' | 'turnSecret' | 'turnTtl'>;
  now: () => number;
  log: Logger;
}

export class RelayWatch {
  readonly #options: RelayWatchOptions;
  readonly #states = new Map<string, RelayState>();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #end = new AbortController();
  #trying: Promise<unknown> = Promise.resolve();

  constructor(options: RelayWatchOptions) {
    this.#options = options;
    // Each trial listens to this signal, and there may be more relays than the ten listeners above which Node warns of
    // a leak.
    setMaxListeners(0, this.#end.signal);
    if (options.config.turnUrls.length === 0) return;
    this.#timer = setInterval(() => void (this.#trying = this.tryAll()), INTERVAL_MS).unref();
    this.#trying = this.tryAll();
  }

  /** The latest state of each URL that was tried. */
  get states(): ReadonlyMap<string, RelayState> {
    return this.#states;
  }

  /** Never rejects. */
  async tryAll(): Promise<void> {
    const {
      config: { turnUrls, turnSecret, turnTtl },
      now,
    } = this.#options;
    await Promise.all(
      [...new Set(turnUrls)].map(async (url) => {
        const report = await tryRelay({ url, secret: turnSecret, ttlMs: turnTtl, now, signal: this.#end.signal });
        if (report && !this.#end.signal.aborted) this.#note(url, report);
      }),
    );
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#end.abort();
    await this.#trying;
  }

  #note(url: string, { state, reason }: RelayReport): void {
    if (this.#states.get(url) === state) return;
    this.#states.set(url, state);
    const line = { url, state, ...(reason && { reason }) };
    if (state === 'up') this.#options.log.info(line, SENTENCES[state]);
    else this.#options.log.warn(line, SENTENCES[state]);
  }
}
