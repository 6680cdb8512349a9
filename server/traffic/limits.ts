import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { Ledger } from './ledger.ts';
import type { Allowance } from './ledger.ts';
import type { ErrorCode } from '../protocol.ts';
import { Refusal } from '../refusal.ts';

/** What draws on one allowance. */
export type RateClass = keyof typeof ALLOWANCES;

export type Allowances = { readonly [Class in RateClass]: Allowance };

/**
 * How many commands of a class one participant may send, and what one connection or one address may do. Behind one
 * address there may be a school, or all of a provider's customers: its figures are for hundreds at once.
 */
export const ALLOWANCES = {
  /** Coming and going, of all rooms and calls at once after a reconnect. */
  entry: { points: 200, duration: 10 },
  /** Each answer is the whole list. */
  watch: { points: 30, duration: 10 },
  update: { points: 200, duration: 10 },
  chat: { points: 100, duration: 10 },
  typing: { points: 50, duration: 10 },
  history: { points: 100, duration: 10 },
  /** A full call is seven links with some twenty candidates each, twice over when everybody restarts. */
  signal: { points: 3000, duration: 10 },
  /** Each one turns moderators' heads. */
  knock: { points: 20, duration: 60 },
  /**
   * What commands cause, whatever their kind: a point is one message to one person, or a kilobyte of an answer. Each
   * costs some 15 to 30 µs, so one participant has 2 to 5 % of a core. A loss and return in 50 rooms of 50 people costs
   * 6,700 points.
   */
  work: { points: 12_000, duration: 8 },

  /** By connection, before anything is read: packets, and each begun 4 kB of them. */
  traffic: { points: 4_000, duration: 10 },
  /** By participant: having been cut off for too much traffic, it stays away so long. */
  calm: { points: 1, duration: 10 },

  /** By address: the same as `traffic`, of all its connections. */
  crowd: { points: 60_000, duration: 10 },
  /** By address: the same as `work`, of all its participants, and what it asks over HTTP. */
  crowdWork: { points: 150_000, duration: 10 },
  /** By address: all who connect; after a restart of the server they all come back at once. */
  connection: { points: 3_000, duration: 60 },
  /** By address: those of them who are new here. */
  arrival: { points: 600, duration: 60 },
  /** By address: connections cut off for too much traffic; then nobody new is let in from there. */
  flood: { points: 10, duration: 60 },
  /** By address: rooms that are made. */
  creation: { points: 1_000, duration: 600 },
  /** By address: bad tokens shown to `/api`. */
  denied: { points: 100, duration: 60 },
} as const satisfies Record<string, Allowance>;

/** Makes the counter of a class; where several processes are one, some count together. */
export type CreateLimiter = (rateClass: RateClass, allowance: Allowance) => RateLimiterAbstract;

const createMemoryLimiter: CreateLimiter = (keyPrefix, allowance) => new RateLimiterMemory({ keyPrefix, ...allowance });

/** Counted for each packet, of sockets of this one process: always in its memory. */
const LOCAL: readonly RateClass[] = ['traffic', 'crowd'];

/** Classes whose price is known only afterwards, because it is the work that this one process had. */
const WORK_CLASSES = ['work', 'crowdWork'] as const satisfies RateClass[];
type PricedClass = (typeof WORK_CLASSES)[number];
/** `share` is what one participant takes of its address's `crowdWork`. */
export type WorkClass = PricedClass | 'share';

/** So small a part of what an address may do is nobody's fault: who takes no more never waits for others of its address. */
export const SMALL_SHARE = 1 / 500;
/** Milliseconds for which somebody is remembered to have taken more. */
const SHARE_MS = 60_000;

const isWorkClass = (rateClass: RateClass): rateClass is PricedClass =>
  (WORK_CLASSES as readonly RateClass[]).includes(rateClass);

/** What share of an allowance a purse draws at once. */
const PURSE_SHARE = 0.01;

/** What one sender may send without asking the counter each time: it is drawn in blocks. */
export class Purse {
  readonly #draw: () => Promise<void>;
  readonly #block: number;
  #left = 0;
  #drawing: Promise<void> | null = null;

  constructor(block: number, draw: () => Promise<void>) {
    this.#block = block;
    this.#draw = draw;
  }

  /** One point. Throws `rate-limited` where the allowance is used up; those who ask while a block is drawn wait for it in the order they came. */
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

  /** @param key participant id or address. Throws `rate-limited` with the time to wait. */
  async consume(rateClass: RateClass, key: string, points = 1): Promise<void> {
    try {
      await this.#limiters.get(rateClass)?.consume(key, points);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      throw this.#refusalFor(rateClass, error);
    }
  }

  /** Counts what somebody has caused, however much it was. */
  charge(workClass: WorkClass, key: string, points: number): void {
    this.#ledgers.get(workClass)?.charge(key, points);
  }

  /** Milliseconds until somebody may cause something again. */
  debtMs(workClass: WorkClass, key: string): number {
    return this.#ledgers.get(workClass)?.waitMs(key) ?? 0;
  }

  /** For what somebody sends very often. */
  createPurse(rateClass: RateClass, key: string): Purse {
    const block = Math.max(1, Math.floor(this.allowances[rateClass].points * PURSE_SHARE));
    return new Purse(block, () => this.consume(rateClass, key, block));
  }

  /** Counts without a word. Answers how often the allowance is used up by now (1 is just all of it), and for how many milliseconds this is so. */
  async tally(rateClass: RateClass, key: string, points = 1): Promise<{ share: number; waitMs: number }> {
    const spent = await this.#limiters.get(rateClass)?.penalty(key, points);
    return {
      share: (spent?.consumedPoints ?? 0) / this.allowances[rateClass].points,
      waitMs: this.#waitMs(rateClass, spent?.msBeforeNext ?? 0),
    };
  }

  /** Counts nothing. Throws `rate-limited` where the allowance is used up. */
  async check(rateClass: RateClass, key: string): Promise<void> {
    const spent = await this.#limiters.get(rateClass)?.get(key);
    if (spent && spent.consumedPoints >= this.allowances[rateClass].points) throw this.#refusalFor(rateClass, spent);
  }

  /**
   * Tries first, and counts only where `attempt` is refused with one of `codes`: beyond the allowance those are told to wait
   * instead. What is good always passes, so nobody is kept out by others who share its key. Throws `rate-limited`, or what `attempt` throws.
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

  /** Counts only where `attempt` is refused with one of `codes`; what is over its allowance is not even tried. Throws `rate-limited`, or what `attempt` throws. */
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

  /** No allowance is used up for longer than it lasts, whatever a clock that was set back makes of it. */
  #waitMs(rateClass: RateClass, msBeforeNext: number): number {
    return Math.min(msBeforeNext, this.allowances[rateClass].duration * 1000);
  }

  #refusalFor(rateClass: RateClass, { msBeforeNext }: RateLimiterRes): Refusal {
    return new Refusal('rate-limited', { retryAfterMs: Math.max(1, this.#waitMs(rateClass, msBeforeNext)) });
  }
}
