import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { ErrorCode } from './protocol.ts';
import { Refusal } from './refusal.ts';

/** What draws on one allowance. */
export type RateClass = keyof typeof ALLOWANCES;

/** How many commands of a class one participant may send in how many seconds; of `denied`, how many bad tokens one address may show to `/api`. */
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
  denied: { points: 100, duration: 60 },
} as const;

/** Makes the counter of a class; where several processes are one, some count together. */
export type CreateLimiter = (rateClass: RateClass, allowance: { points: number; duration: number }) => RateLimiterAbstract;

const createMemoryLimiter: CreateLimiter = (keyPrefix, allowance) => new RateLimiterMemory({ keyPrefix, ...allowance });

const refusalFor = ({ msBeforeNext }: RateLimiterRes) => new Refusal('rate-limited', { retryAfterMs: Math.max(1, msBeforeNext) });

/** Counts what each participant, or address, sends. */
export class Limits {
  readonly #limiters = new Map<RateClass, RateLimiterAbstract>();

  constructor(createLimiter: CreateLimiter = createMemoryLimiter) {
    for (const [name, allowance] of Object.entries(ALLOWANCES)) {
      this.#limiters.set(name as RateClass, createLimiter(name as RateClass, allowance));
    }
  }

  /** @param key participant id or address. Throws `rate-limited` with the time to wait. */
  async consume(rateClass: RateClass, key: string): Promise<void> {
    try {
      await this.#limiters.get(rateClass)?.consume(key);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      throw refusalFor(error);
    }
  }

  /** Counts only where `attempt` is refused with one of `codes`; what is over its allowance is not even tried. Throws `rate-limited`, or what `attempt` throws. */
  async countRefusals<T>(rateClass: RateClass, key: string, codes: readonly ErrorCode[], attempt: () => Promise<T>): Promise<T> {
    const spent = await this.#limiters.get(rateClass)?.get(key);
    if (spent && spent.consumedPoints >= ALLOWANCES[rateClass].points) throw refusalFor(spent);
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof Refusal && codes.includes(error.code)) await this.consume(rateClass, key);
      throw error;
    }
  }
}
