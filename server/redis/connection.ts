/**
 * The one connection of this process to Redis, for commands and subscriptions both (RESP3).
 *
 * Owns reconnecting, the loading of the functions, and the renewal of subscriptions. A caller waits a moment while
 * Redis is away. Then the call is refused with `timeout`, and clients try again. One connection rather than two gives
 * one answer to whether Redis is there, and what a function publishes arrives in order with its reply. `onReturn` puts
 * right what an absence left behind, before any other command passes. Does not own what is asked (`scripts.ts`).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { detach } from '../awaitable.ts';
import { ConfigError, hideCredentials } from '../config/config.ts';
import { Refusal } from '../refusal.ts';
import { functionName, loadLibrary } from './library.ts';
import type { LoneScript } from './library.ts';
import { SCRIPTS } from './scripts.ts';
import type { Script } from './scripts.ts';
import { adviceOn, faultOfVersion, isFinal, isReplyError, readRunId, warningsOfLoss } from './server-info.ts';

/** Milliseconds after which a silent Redis counts as gone. */
const SILENCE_MS = 2_000;
/** Milliseconds a command waits for an absent Redis. Together with `SILENCE_MS` it is less than a client waits. */
const PATIENCE_MS = 3_000;
/** Milliseconds the first connection may take. */
const START_MS = 5_000;
/** Milliseconds between two attempts at the start. */
const START_PAUSE_MS = 100;
/** Milliseconds after which a refused client tries again. */
const RETRY_AFTER_MS = 1_000;
/** Milliseconds between two log lines about published messages that this process could not handle. */
const COMPLAINT_MS = 1_000;
/** Milliseconds in which a Redis at the edge of its memory gets one pair of log lines, however often it changes. */
const FULLNESS_MS = 60_000;
/** The most calls that `inPortions` sends at once, so that the last one is answered before Redis counts as gone. */
const PORTION = 200;
/** Redis answers reads and refuses writes: its memory is full, its disk fails, or it has too few replicas. */
const REFUSES_WRITES = /^(?:ERR .*-)?(?:OOM|MISCONF|NOREPLICAS)\b|OOM command not allowed/;
/** The fault may pass: this Redis will accept writes later, or the next connection leads to a different Redis. */
const PASSES = /^(?:LOADING|READONLY|MASTERDOWN|BUSY|TRYAGAIN)/;

/** The deployment whose keys the functions of a connection use, and the rules that they follow there. */
export interface Scope {
  /** Before every key of the deployment. */
  prefix: string;
  /** Whether another participant becomes moderator after the last one has left. */
  succession: boolean;
  /** Milliseconds a disconnected participant is expected back. */
  returnMs: number;
}

export interface Return {
  /** Whether Redis restarted since it was last up: what it holds may be older than what is known here, or nothing. */
  restarted: boolean;
  /** Names this life of Redis, the same for all processes. */
  life: string;
}

export interface RedisConnectionOptions {
  url: string;
  /** By default functions work on no deployment's keys. */
  scope?: Scope;
  log: Logger;
}

type State = 'away' | 'returning' | 'up' | 'closed';

/** Does `work` with each of `items`. Rejects with the first error. */
export async function inPortions<Item>(items: Iterable<Item>, work: (item: Item) => Promise<unknown>): Promise<void> {
  const all = [...items];
  for (let first = 0; first < all.length; first += PORTION) {
    await Promise.all(all.slice(first, first + PORTION).map(work));
  }
}

export class RedisConnection {
  /** Redis has gone; nothing is published to this process until `onReturn`. */
  onAway: () => void = () => undefined;
  /** Runs at each return of Redis. Meanwhile `runNow` reaches Redis and `run` waits. */
  onReturn: (event: Return) => Promise<void> = async () => undefined;
  readonly #redis: Redis;
  /** Without credentials. */
  readonly #address: string;
  readonly #scope: Scope;
  readonly #log: Logger;
  readonly #handlers = new Map<string, (text: string) => void>();
  readonly #waiting = new Set<(up: boolean) => void>();
  #state: State = 'away';
  /** Counts connections and their ends. */
  #life = 0;
  #lastError = '';
  #runId = '';
  #complainedAt = -Infinity;
  /** When the log last said that Redis refuses writes. */
  #refusalToldAt = -Infinity;
  /** Whether the log said that, and not yet that Redis accepts writes again. */
  #refusalStands = false;
  #trying: Promise<boolean> | null = null;
  #loading: Promise<void> | null = null;
  /** Why the last connection could not be used. */
  #fault: Error | null = null;
  /** A fault at the start that no further attempt changes. */
  #final: Error | null = null;

  constructor({ url, scope = { prefix: '', succession: true, returnMs: 0 }, log }: RedisConnectionOptions) {
    this.#address = JSON.stringify(hideCredentials(url));
    this.#scope = scope;
    this.#log = log;
    this.#redis = new Redis(url, {
      lazyConnect: true,
      // No command is kept for later and none is sent twice: the caller is told, and decides.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      // ioredis would leave a rejection unhandled when the connection is lost again at once.
      autoResubscribe: false,
      maxRetriesPerRequest: 0,
      connectTimeout: SILENCE_MS,
      commandTimeout: SILENCE_MS,
      socketTimeout: SILENCE_MS,
      retryStrategy: (attempts: number) => Math.min(50 * attempts, 500) + Math.random() * 50,
      // After a failover the former primary takes no writes, and the name leads to the new one.
      reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    });
    this.#redis.on('error', (error: Error) => this.#handleError(error));
    this.#redis.on('message', (channel: string, text: string) => this.#handleMessage(channel, text));
    this.#redis.on('ready', () => {
      this.#lastError = '';
      detach(this.#handleReady(), (error) => log.error({ err: error }, 'Redis answers, but preparing it failed'));
    });
    this.#redis.on('close', () => {
      this.#life++;
      if (this.#state === 'closed') return;
      this.#state = 'away';
      this.onAway();
    });
  }

  /** For libraries that send commands of their own. Such a command neither waits nor rejects with a `Refusal`. */
  get client(): Redis {
    return this.#redis;
  }

  /** Whether commands pass. */
  get isUp(): boolean {
    return this.#state === 'up';
  }

  /** Resolves when Redis is ready. Rejects with `ConfigError` if it cannot be used or does not answer in `START_MS`. */
  async open(): Promise<void> {
    const until = performance.now() + START_MS;
    // The client tries again by itself, and so does the loop: a busy Redis may refuse the first attempts.
    this.#redis.connect().catch(() => undefined);
    for (;;) {
      const silence = await this.#greet(until - performance.now()).then(
        () => null,
        (error: Error) => error,
      );
      if (!silence) return;
      if (!this.#final && performance.now() < until) {
        await delay(START_PAUSE_MS);
        continue;
      }
      this.close();
      throw this.#createStartError(silence);
    }
  }

  /** Whether Redis takes writes now. */
  async isWritable(): Promise<boolean> {
    if (!this.isUp) return false;
    this.#trying ??= this.runNow(SCRIPTS.trial, {})
      .then(
        () => {
          this.#noteTakenWrite();
          return true;
        },
        () => false,
      )
      .finally(() => (this.#trying = null));
    return this.#trying;
  }

  /** Waits for Redis. Rejects with `Refusal` `timeout` when Redis does not come or does not answer. */
  async run<Arguments, Reply>(script: Script<Arguments, Reply>, values: Arguments): Promise<Reply> {
    const began = performance.now();
    await this.whenUp();
    const reply = await this.#send(script, values).catch(async (error: unknown) => {
      const isLate = performance.now() - began > PATIENCE_MS;
      if (!script.isRepeatable || !(error instanceof Refusal) || isLate) throw error;
      await this.whenUp();
      return this.#send(script, values);
    });
    return script.parse(reply);
  }

  /** Waits for Redis. Rejects with `Refusal` `timeout` when Redis does not come. */
  async whenUp(): Promise<void> {
    if (!this.isUp && !(await this.#isUpWithin(PATIENCE_MS))) throw this.#createTimeout();
  }

  /** As `run`, without waiting for an absent Redis. */
  async runNow<Arguments, Reply>(script: Script<Arguments, Reply>, values: Arguments): Promise<Reply> {
    return script.parse(await this.#send(script, values));
  }

  /** Resolves to the number of processes that got it. Does not wait for an absent Redis. */
  async publish(channel: string, text: string): Promise<number> {
    return this.#guard(() => this.#redis.publish(channel, text));
  }

  /** From the next command's reply on, `handle` gets what is published on the channel, in order. */
  async subscribe(channel: string, handle: (text: string) => void): Promise<void> {
    this.#handlers.set(channel, handle);
    // While Redis is away nothing is sent, because its return subscribes to all channels.
    if (this.#state === 'up' || this.#state === 'returning') await this.#guard(() => this.#redis.subscribe(channel));
  }

  unsubscribe(channel: string): void {
    if (!this.#handlers.delete(channel)) return;
    if (this.#state === 'up' || this.#state === 'returning') this.#redis.unsubscribe(channel).catch(() => undefined);
  }

  /** Ends at once; commands under way are refused. */
  close(): void {
    this.#state = 'closed';
    this.#life++;
    this.#wake(false);
    this.#handlers.clear();
    this.#redis.disconnect();
  }

  async #send<Arguments>(script: Script<Arguments, unknown>, values: Arguments): Promise<unknown> {
    const { name, lone } = script;
    const args = script.encode(values);
    return this.#guard(() => (lone ? this.#sendLone(lone, args) : this.#sendFunction(name, args)));
  }

  async #sendLone({ lua, sha }: LoneScript, args: readonly string[]): Promise<unknown> {
    const values = [this.#scope.prefix, ...args];
    try {
      return await this.#redis.evalsha(sha, 0, ...values);
    } catch (error) {
      if (!isReplyError(error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return this.#redis.eval(lua, 0, ...values);
    }
  }

  async #sendFunction(name: string, args: readonly string[]): Promise<unknown> {
    const { prefix, succession, returnMs } = this.#scope;
    const send = () => this.#redis.fcall(functionName(name), 0, prefix, succession ? 1 : 0, returnMs, ...args);
    try {
      return await send();
    } catch (error) {
      if (!isReplyError(error) || !error.message.includes('Function not found')) throw error;
      // A process of another version removed the library, or Redis lost it.
      await this.#loadLibrary();
      return send();
    }
  }

  /** Loads the functions unless Redis holds them. */
  #loadLibrary(): Promise<void> {
    this.#loading ??= loadLibrary(this.#redis).finally(() => (this.#loading = null));
    return this.#loading;
  }

  #handleError(error: Error): void {
    if (isFinal(error)) this.#giveUpStart(error);
    if (error.message === this.#lastError) return;
    this.#lastError = error.message;
    if (this.#runId !== '') this.#log.warn({ err: error }, 'Redis cannot be reached');
  }

  #handleMessage(channel: string, text: string): void {
    try {
      this.#handlers.get(channel)?.(text);
    } catch (error) {
      // Any client of Redis can publish anything. That must neither end this process nor flood its log.
      if (performance.now() - this.#complainedAt < COMPLAINT_MS) return;
      this.#complainedAt = performance.now();
      this.#log.error({ err: error }, 'handling a published message failed');
    }
  }

  async #handleReady(): Promise<void> {
    const life = ++this.#life;
    this.#state = 'returning';
    try {
      const info = await this.#redis.info('server');
      const fault = faultOfVersion(info);
      // A running process waits until the address leads to a Redis that it can use.
      if (fault && this.#runId !== '') throw fault;
      if (fault) return this.#giveUpStart(fault);
      await this.#loadLibrary();
      const channels = [...this.#handlers.keys()];
      if (channels.length > 0) await this.#redis.subscribe(...channels);
      const runId = readRunId(info);
      const restarted = this.#runId !== '' && runId !== this.#runId;
      await this.onReturn({ restarted, life: runId });
      if (life !== this.#life) return;
      this.#runId = runId;
      this.#state = 'up';
      this.#wake(true);
    } catch (error) {
      if (life !== this.#life) return;
      if (error instanceof Error) this.#fault = error;
      if (error instanceof Error && isFinal(error)) this.#giveUpStart(error);
      this.#log.warn({ err: error }, 'Redis answers again, but preparing it failed');
      this.#redis.disconnect(true);
    }
  }

  /** Rejects if this Redis cannot be used. Another attempt may help unless `#final` is set. */
  async #greet(patienceMs: number): Promise<void> {
    if (!(await this.#isUpWithin(Math.max(0, patienceMs)))) throw new Error('it did not answer in time');
    try {
      // The connection selects its database as well, but stays silent when there is no such database.
      await this.#redis.select(this.#redis.options.db ?? 0);
    } catch (error) {
      if (isReplyError(error)) this.#final = error;
      throw error;
    }
    for (const warning of warningsOfLoss(await this.#redis.info())) this.#log.warn(warning);
  }

  #createStartError(silence: Error): ConfigError {
    const reason = this.#final?.message ?? (this.#lastError || (this.#fault ?? silence).message);
    const isFull = REFUSES_WRITES.test(reason);
    return new ConfigError(
      `REDIS_URL is ${this.#address}, and this Redis ${isFull ? 'refuses writes' : 'cannot be used'} (${reason}). ` +
        `Check that it runs, and that the address is right.${adviceOn(reason, this.#address)}`,
    );
  }

  #giveUpStart(error: Error): void {
    if (this.#runId !== '') return;
    this.#final = error;
    this.#wake(false);
  }

  #noteRefusedWrite(error: Error): void {
    if (this.#refusalStands || performance.now() - this.#refusalToldAt < FULLNESS_MS) return;
    this.#refusalToldAt = performance.now();
    this.#refusalStands = true;
    this.#log.error(
      { err: error },
      'Redis refuses writes: nothing new is stored and new participants are refused until it accepts them',
    );
  }

  #noteTakenWrite(): void {
    if (!this.#refusalStands) return;
    this.#refusalStands = false;
    this.#log.info('Redis accepts writes again');
  }

  /** A command got no answer: the connection is gone, though this may not be noticed yet, or stands still. */
  #handleFault(): void {
    if (this.#state !== 'up') return;
    this.#state = 'away';
    this.#redis.disconnect(true);
  }

  async #isUpWithin(patienceMs: number): Promise<boolean> {
    if (this.isUp || this.#state === 'closed' || this.#final) return this.isUp;
    return new Promise((resolve) => {
      const settle = (up: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(settle);
        resolve(up);
      };
      const timer = setTimeout(() => settle(false), patienceMs);
      this.#waiting.add(settle);
    });
  }

  #wake(up: boolean): void {
    for (const settle of [...this.#waiting]) settle(up);
  }

  /** Refuses with `timeout` after a fault of the connection, and with `internal` when Redis refuses a write. */
  async #guard<Value>(send: () => Promise<Value>): Promise<Value> {
    try {
      return await send();
    } catch (error) {
      if (isReplyError(error) && REFUSES_WRITES.test(error.message)) {
        this.#noteRefusedWrite(error);
        throw new Refusal('internal');
      }
      if (isReplyError(error) && !PASSES.test(error.message)) throw error;
      this.#handleFault();
      throw this.#createTimeout();
    }
  }

  #createTimeout(): Refusal {
    return new Refusal('timeout', { retryAfterMs: RETRY_AFTER_MS });
  }
}
