import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { Ledger } from './ledger.ts';
import type { Allowance } from './ledger.ts';
import type { ErrorCode } from '../protocol.ts';
import { Refusal } from '../refusal.ts';

/** Names one allowance. */
export type RateClass = keyof typeof ALLOWANCES;

export type Allowances = { readonly [Class in RateClass]: Allowance };

/**
 * How many commands of a class one participant may send, and what one connection or one address may do: `points` in
 * each `duration`, in seconds. A school, or all customers of a provider, may share an address, so its figures are for
 * hundreds of people.
 */
export const ALLOWANCES = {
  /** Joining and leaving. After a reconnect a client enters all rooms and calls again at once. */
  entry: { points: 200, duration: 10 },
  /** Each answer is the whole list. */
  watch: { points: 30, duration: 10 },
  update: { points: 200, duration: 10 },
  chat: { points: 100, duration: 10 },
  typing: { points: 50, duration: 10 },
  history: { points: 100, duration: 10 },
  /** Each reaction is shown for some seconds. */
  reaction: { points: 30, duration: 10 },
  /** A check of the connection sends and asks for eleven blocks of 48 kB each: three checks a minute. */
  probe: { points: 66, duration: 60 },
  /**
   * In a full call of 8, a participant has seven links with some twenty candidates each, and twice as many when all
   * links restart.
   */
  signal: { points: 3000, duration: 10 },
  /** Each knock asks for the attention of moderators. */
  knock: { points: 20, duration: 60 },
  /**
   * The work that commands of any kind cause. A point is one message to one participant, or a kilobyte of an answer.
   * Each point costs some 15 to 30 µs of CPU time, so one participant has 2 to 5 % of a core. A loss and return in 50
   * rooms of 50 people costs 6,700 points.
   */
  work: { points: 12_000, duration: 8 },

  /** For each connection, before Socket.IO parses a packet: packets, and one point more for every 4 kB of each. */
  traffic: { points: 4_000, duration: 10 },
  /** For each participant: how long it must stay away after too much traffic. */
  calm: { points: 1, duration: 10 },

  /** For each address: as `traffic`, over all its connections. */
  crowd: { points: 60_000, duration: 10 },
  /** For each address: as `work`, over all its participants, and its requests of `/api` and `/metrics`. */
  crowdWork: { points: 150_000, duration: 10 },
  /** For each address: new connections. After a restart of the server all clients reconnect at once. */
  connection: { points: 3_000, duration: 60 },
  /** For each address: new connections of newcomers. */
  arrival: { points: 600, duration: 60 },
  /** For each address: connections closed for too much traffic. Beyond it, newcomers from there are refused. */
  flood: { points: 10, duration: 60 },
  /** For each address: new rooms. */
  creation: { points: 1_000, duration: 600 },
  /** For each address: bad tokens sent to `/api`. */
  denied: { points: 100, duration: 60 },
} as const satisfies Record<string, Allowance>;

/** Creates the counter of a class. In a shared store, some classes are counted over all processes. */
export type CreateLimiter = (rateClass: RateClass, allowance: Allowance) => RateLimiterAbstract;

const createMemoryLimiter: CreateLimiter = (keyPrefix, allowance) => new RateLimiterMemory({ keyPrefix, ...allowance });

/** Counted for each packet on a socket of this process, so always in its memory. */
const LOCAL: readonly RateClass[] = ['traffic', 'crowd'];

/** Classes whose cost is known only afterwards, because it is the work that this process had. */
const WORK_CLASSES = ['work', 'crowdWork'] as const satisfies RateClass[];
type PricedClass = (typeof WORK_CLASSES)[number];
/** `share` is the part of its address's `crowdWork` that one participant uses. */
export type WorkClass = PricedClass | 'share';

/** A participant who uses at most this share of its address's allowance never waits for others of that address. */
export const SMALL_SHARE = 1 / 500;
/** The most milliseconds for which a larger share is remembered. */
const SHARE_MS = 60_000;

const isWorkClass = (rateClass: RateClass): rateClass is PricedClass =>
  (WORK_CLASSES as readonly RateClass[]).includes(rateClass);

/** The share of an allowance that a purse draws at once. */
const PURSE_SHARE = 0.01;

/** An allowance that one sender draws in blocks, so that the counter is not asked for each message. */
export class Purse {
  readonly #draw: () => Promise<void>;
  readonly #block: number;
  #left = 0;
  #drawing: Promise<void> | null = null;

  constructor(block: number, draw: () => Promise<void>) {
    this.#block = block;
    this.#draw = draw;
  }

  /**
   * Takes one point. Throws `rate-limited` if the allowance is used up. Callers during a draw wait for it in their
   * order.
   */
  spend(): void | Promise<void> {
    if (this.#left > 0) {
      this.#left--;
      return undefined;
    }
    this.#drawing ??= this.#draw().then(
      () => {
        this.#drawing = null;
        this.#left += this.#block;
      },
      (error: unknown) => {
        this.#drawing = null;
        throw error;
      },
    );
    return this.#drawing.then(() => this.spend());
  }
}

/** Counts what each participant, connection or address sends. */
export class Limits {
  readonly allowances: Allowances;
  readonly #limiters = new Map<RateClass, RateLimiterAbstract>();
  readonly #ledgers = new Map<WorkClass, Ledger>();

  constructor(createLimiter: CreateLimiter = createMemoryLimiter, allowances: Partial<Allowances> = {}) {
    this.allowances = { ...ALLOWANCES, ...allowances };
    const { points, duration } = this.allowances.crowdWork;
    this.#ledgers.set('share', new Ledger({ points: points * SMALL_SHARE, duration }, undefined, SHARE_MS));
    for (const [name, allowance] of Object.entries(this.allowances)) {
      const rateClass = name as RateClass;
      if (isWorkClass(rateClass)) this.#ledgers.set(rateClass, new Ledger(allowance));
      else
        this.#limiters.set(
          rateClass,
          (LOCAL.includes(rateClass) ? createMemoryLimiter : createLimiter)(rateClass, allowance),
        );
    }
  }

  /** Takes points for a participant id or address. Throws `rate-limited` with the time to wait. */
  async consume(rateClass: RateClass, key: string, points = 1): Promise<void> {
    try {
      await this.#limiters.get(rateClass)?.consume(key, points);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      throw this.#refusalFor(rateClass, error);
    }
  }

  /** Charges for work that was done, whatever it cost. */
  charge(workClass: WorkClass, key: string, points: number): void {
    this.#ledgers.get(workClass)?.charge(key, points);
  }

  /** Milliseconds until `key` may cause work again. */
  debtMs(workClass: WorkClass, key: string): number {
    return this.#ledgers.get(workClass)?.waitMs(key) ?? 0;
  }

  /** A purse for messages that are sent very often. */
  createPurse(rateClass: RateClass, key: string): Purse {
    const block = Math.max(1, Math.floor(this.allowances[rateClass].points * PURSE_SHARE));
    return new Purse(block, () => this.consume(rateClass, key, block));
  }

  /**
   * Counts without refusing. `share` is the part of the allowance that is used up (1 is all of it, 2 twice as much),
   * and `waitMs` the time until it refills.
   */
  async tally(rateClass: RateClass, key: string, points = 1): Promise<{ share: number; waitMs: number }> {
    const spent = await this.#limiters.get(rateClass)?.penalty(key, points);
    return {
      share: (spent?.consumedPoints ?? 0) / this.allowances[rateClass].points,
      waitMs: this.#waitMs(rateClass, spent?.msBeforeNext ?? 0),
    };
  }

  /** Does not count. Throws `rate-limited` if the allowance is used up. */
  async check(rateClass: RateClass, key: string): Promise<void> {
    const spent = await this.#limiters.get(rateClass)?.get(key);
    if (spent && spent.consumedPoints >= this.allowances[rateClass].points) throw this.#refusalFor(rateClass, spent);
  }

  /**
   * Counts only attempts that are refused with one of `codes`; beyond the allowance these are refused with
   * `rate-limited`. A good attempt always passes, so nobody is refused because of others with the same key. Throws
   * `rate-limited`, or what `attempt` throws.
   */
  async countFailures<T>(
    rateClass: RateClass,
    key: string,
    codes: readonly ErrorCode[],
    attempt: () => Promise<T>,
  ): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof Refusal && codes.includes(error.code)) await this.consume(rateClass, key);
      throw error;
    }
  }

  /**
   * Counts only attempts that are refused with one of `codes`. Beyond the allowance nothing is attempted. Throws
   * `rate-limited`, or what `attempt` throws.
   */
  async countRefusals<T>(
    rateClass: RateClass,
    key: string,
    codes: readonly ErrorCode[],
    attempt: () => Promise<T>,
  ): Promise<T> {
    await this.check(rateClass, key);
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof Refusal && codes.includes(error.code)) await this.consume(rateClass, key);
      throw error;
    }
  }

  /** Bounds a wait by the duration of its allowance, in case the clock was set back. */
  #waitMs(rateClass: RateClass, msBeforeNext: number): number {
    return Math.min(msBeforeNext, this.allowances[rateClass].duration * 1000);
  }

  #refusalFor(rateClass: RateClass, { msBeforeNext }: RateLimiterRes): Refusal {
    return new Refusal('rate-limited', { retryAfterMs: Math.max(1, this.#waitMs(rateClass, msBeforeNext)) });
  }
}
