import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { ParticipantId } from './protocol.ts';
import { Refusal } from './refusal.ts';

/** Commands that draw on one allowance. */
export type RateClass = keyof typeof ALLOWANCES;

/** How many commands of a class one participant may send in how many seconds. */
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
} as const;

/** Makes the counter of a class; where several processes are one, some count together. */
export type CreateLimiter = (rateClass: RateClass, allowance: { points: number; duration: number }) => RateLimiterAbstract;

const createMemoryLimiter: CreateLimiter = (keyPrefix, allowance) => new RateLimiterMemory({ keyPrefix, ...allowance });

/** Counts what each participant sends. */
export class Limits {
  readonly #limiters = new Map<RateClass, RateLimiterAbstract>();

  constructor(createLimiter: CreateLimiter = createMemoryLimiter) {
    for (const [name, allowance] of Object.entries(ALLOWANCES)) {
      this.#limiters.set(name as RateClass, createLimiter(name as RateClass, allowance));
    }
  }

  /** Throws `rate-limited` with the time to wait. */
  async consume(rateClass: RateClass, id: ParticipantId): Promise<void> {
    try {
      await this.#limiters.get(rateClass)?.consume(id);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      throw new Refusal('rate-limited', { retryAfterMs: Math.max(1, error.msBeforeNext) });
    }
  }
}
