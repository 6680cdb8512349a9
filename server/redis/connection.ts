/**
 * The one connection of this process to Redis, for commands and subscriptions both (RESP3).
 *
 * Owns reconnecting, the scripts' being loaded, and the subscriptions' being there again. Whoever asks
 * something while Redis is away waits for a moment, then is refused with `timeout`, which clients take
 * as a reason to try again. One connection rather than two, so that there is one answer to whether Redis
 * is there, and what a script publishes arrives in order with its reply. What a process must put right
 * after an absence is done by `onReturn`, before anybody else is let through.
 */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { detach } from '../awaitable.ts';
import { ConfigError, hideCredentials } from '../config/config.ts';
import { Refusal } from '../refusal.ts';
import { adviceOn } from './start-advice.ts';

/** A Redis that says nothing for so long, in milliseconds, is taken for gone. */
const SILENCE_MS = 2_000;
/** Milliseconds a command waits for an absent Redis; with its own time it stays below the patience of clients. */
const PATIENCE_MS = 3_000;
/** Milliseconds the first connection may take. */
const START_MS = 5_000;
const RETRY_AFTER_MS = 1_000;
/** Milliseconds between two lines of the log about what was published. */
const COMPLAINT_MS = 1_000;
/** Milliseconds for which a Redis at the edge of its memory is spoken of by one pair of lines, however often it changes. */
const FULLNESS_MS = 60_000;
/** Milliseconds between two attempts at the start. */
const START_PAUSE_MS = 100;
/** A Redis that reads but takes nothing in: its memory is full, its disk fails, or it has too few replicas. */
const REFUSES_WRITES = /OOM command not allowed|^(?:ERR .*-)?(?:MISCONF|NOREPLICAS)/;
/** RESP3 is there from 6.0, `ZRANGE … BYLEX` from 6.2. */
const OLDEST_VERSION = 6.2;

/** A Lua script, run as one step that nothing else can divide. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
  /** Whether doing it twice comes to the same as once, so that it may be sent again where its answer was lost. */
  readonly repeatable: boolean;
}

export interface ScriptTraits<Name> {
  /** Not to be sent again where the answer was lost. */
  onceOnly?: readonly NoInfer<Name>[];
  /** Must go on where the memory of Redis is full: what takes away, and what keeps processes alive. */
  whenFull?: readonly NoInfer<Name>[];
}

/** Redis refuses the first write of a script that could need memory, and no later one: this needs none, and does nothing. */
export const RELIEVE = `redis.call('UNLINK', 'sarangbang:nothing')\n`;

/** Scripts that share a beginning, by name. */
export function createScripts<Name extends string>(
  prelude: string,
  bodies: Readonly<Record<Name, string>>,
  { onceOnly = [], whenFull = [] }: ScriptTraits<Name> = {},
): Readonly<Record<Name, Script>> {
  const scripts = Object.entries<string>(bodies).map(([name, body]) => {
    const lua = prelude + (whenFull.includes(name as Name) ? RELIEVE : '') + body;
    return [
      name,
      { lua, sha: createHash('sha1').update(lua).digest('hex'), repeatable: !onceOnly.includes(name as Name) },
    ];
  });
  return Object.fromEntries(scripts) as Record<Name, Script>;
}

/** JSON that scripts can read again: their decoder refuses a text that holds half a character. */
export function toScriptJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? part.toWellFormed() : part));
}

export type ScriptArgument = string | number;

export interface Return {
  /** Whether this is another life of Redis than before: what it holds may be older than what is known here, or nothing. */
  restarted: boolean;
  /** Names this life of Redis, the same for all processes. */
  life: string;
}

/** Takes no more than a moment's memory. */
const TRIAL = createScripts('', {
  trial: `
redis.call('SET', 'sarangbang:trial', 1)
return redis.call('UNLINK', 'sarangbang:trial')
`,
}).trial;

export interface RedisConnectionOptions {
  url: string;
  /** Loaded before the first is run. */
  scripts: readonly Script[];
  log: Logger;
}

type State = 'away' | 'returning' | 'up' | 'closed';

/** Of thousands of things at once, so many at a time: the last of them must not wait for its answer longer than Redis is given. */
const PORTION = 200;

/** Does `work` with each of `items`; rejects with the first that does. */
export async function inPortions<Item>(items: Iterable<Item>, work: (item: Item) => Promise<unknown>): Promise<void> {
  const all = [...items];
  for (let first = 0; first < all.length; first += PORTION)
    await Promise.all(all.slice(first, first + PORTION).map(work));
}

function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Whether a fault at the start is one of the setting, which no further attempt mends. */
function isFinal(error: NodeJS.ErrnoException): boolean {
  const { code, message } = error;
  return isReplyError(error)
    ? /^(?:WRONGPASS|NOAUTH|NOPERM|DENIED|ERR)\b/.test(message)
    : code === 'ECONNREFUSED' || code === 'ENOTFOUND';
}

export class RedisConnection {
  /** Redis has gone; nothing is published to this process until `onReturn`. */
  onAway: () => void = () => undefined;
  /** Carried out with each return of Redis before any other command; while it is, `runNow` reaches Redis and `run` waits. */
  onReturn: (event: Return) => Promise<void> = async () => undefined;
  readonly #redis: Redis;
  /** As it may be shown. */
  readonly #address: string;
  readonly #scripts: readonly Script[];
  readonly #log: Logger;
  readonly #handlers = new Map<string, (text: string) => void>();
  readonly #waiting = new Set<(up: boolean) => void>();
  #state: State = 'away';
  #life = 0;
  #lastError = '';
  #runId = '';
  #complainedAt = -Infinity;
  /** When the log last said that Redis takes nothing more in. */
  #refusalToldAt = -Infinity;
  /** Whether that is what the log said last. */
  #refusalStands = false;
  #trying: Promise<boolean> | null = null;
  /** A refusal at the start that no further attempt changes. */
  #final: Error | null = null;

  constructor({ url, scripts, log }: RedisConnectionOptions) {
    this.#address = JSON.stringify(hideCredentials(url));
    this.#scripts = [...scripts, TRIAL];
    this.#log = log;
    this.#redis = new Redis(url, {
      lazyConnect: true,
      // Nothing is kept to burst out later, and nothing is sent twice: whoever asked is told, and decides.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      // Its own way would leave a rejection unhandled where Redis goes again at once.
      autoResubscribe: false,
      maxRetriesPerRequest: 0,
      connectTimeout: SILENCE_MS,
      commandTimeout: SILENCE_MS,
      socketTimeout: SILENCE_MS,
      retryStrategy: (attempts: number) => Math.min(50 * attempts, 500) + Math.random() * 50,
      // After a failover the former primary takes no writes: look for the new one.
      reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    });
    this.#redis.on('error', (error: Error) => {
      if (isFinal(error)) this.#giveUpStart(error);
      if (error.message === this.#lastError) return;
      this.#lastError = error.message;
      if (this.#runId !== '') log.warn({ err: error }, 'Redis cannot be reached');
    });
    this.#redis.on('message', (channel: string, text: string) => {
      try {
        this.#handlers.get(channel)?.(text);
      } catch (error) {
        // Whoever can reach Redis can publish anything; it must neither end the process nor flood its log.
        if (performance.now() - this.#complainedAt < COMPLAINT_MS) return;
        this.#complainedAt = performance.now();
        log.error({ err: error }, 'something published could not be taken');
      }
    });
    this.#redis.on('ready', () => {
      this.#lastError = '';
      detach(this.#handleReady(), (error) => log.error({ err: error }, 'Redis is there and could not be prepared'));
    });
    this.#redis.on('close', () => {
      this.#life++;
      if (this.#state === 'closed') return;
      this.#state = 'away';
      this.onAway();
    });
  }

  /** For libraries that bring their own commands; these neither wait nor are they refused in our words. */
  get client(): Redis {
    return this.#redis;
  }

  /** Whether commands are let through. */
  get isUp(): boolean {
    return this.#state === 'up';
  }

  /** Resolves when Redis is there. Rejects with `ConfigError` where it is none that this server can use. */
  async open(): Promise<void> {
    const until = performance.now() + START_MS;
    // It tries again by itself, and so does what follows: a busy Redis misses the first moment of many processes.
    this.#redis.connect().catch(() => undefined);
    for (;;) {
      const fault = await this.#greet(until - performance.now()).then(
        () => null,
        (error: Error) => error,
      );
      if (!fault) return;
      if (!this.#final && performance.now() < until) {
        await delay(START_PAUSE_MS);
        continue;
      }
      this.close();
      const reason = this.#final?.message ?? (this.#lastError || fault.message);
      throw new ConfigError(
        `REDIS_URL is ${this.#address}, a Redis that cannot be used (${reason}); ` +
          `it may hold an address such as redis://localhost:6379.${adviceOn(reason, this.#address)}`,
      );
    }
  }

  /** Whether Redis takes in what is to be kept; asked of it each time. */
  async isWritable(): Promise<boolean> {
    if (!this.isUp) return false;
    this.#trying ??= this.runNow(TRIAL)
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

  /** Waits for Redis to be there; rejects with `Refusal` `timeout` where it is not, or does not answer. */
  async run(script: Script, ...args: ScriptArgument[]): Promise<unknown> {
    const began = performance.now();
    await this.whenUp();
    try {
      return await this.runNow(script, ...args);
    } catch (error) {
      if (!script.repeatable || !(error instanceof Refusal) || performance.now() - began > PATIENCE_MS) throw error;
    }
    await this.whenUp();
    return this.runNow(script, ...args);
  }

  /** Waits for Redis to be there; rejects with `Refusal` `timeout` where it does not come. */
  async whenUp(): Promise<void> {
    if (!this.isUp && !(await this.#isUpWithin(PATIENCE_MS))) throw this.#createRefusal();
  }

  /** As `run`, without waiting for an absent Redis. */
  async runNow(script: Script, ...args: ScriptArgument[]): Promise<unknown> {
    return this.#guard(async () => {
      try {
        return await this.#redis.evalsha(script.sha, 0, ...args);
      } catch (error) {
        if (!isReplyError(error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return this.#redis.eval(script.lua, 0, ...args);
      }
    });
  }

  /** From the next command's reply on, `handle` gets what is published there, in order. */
  async subscribe(channel: string, handle: (text: string) => void): Promise<void> {
    this.#handlers.set(channel, handle);
    // Where Redis is away, all channels are subscribed to on its return.
    if (this.#state === 'up' || this.#state === 'returning') await this.#guard(() => this.#redis.subscribe(channel));
  }

  unsubscribe(channel: string): void {
    if (!this.#handlers.delete(channel)) return;
    if (this.#state === 'up' || this.#state === 'returning') this.#redis.unsubscribe(channel).catch(() => undefined);
  }

  /** Ends at once; what is under way is refused. */
  close(): void {
    this.#state = 'closed';
    this.#life++;
    this.#wake(false);
    this.#handlers.clear();
    this.#redis.disconnect();
  }

  async #handleReady(): Promise<void> {
    const life = ++this.#life;
    this.#state = 'returning';
    try {
      await Promise.all(this.#scripts.map(({ lua }) => this.#redis.script('LOAD', lua)));
      const runId = /^run_id:(\w+)/m.exec(await this.#redis.info('server'))?.[1] ?? '';
      const channels = [...this.#handlers.keys()];
      if (channels.length > 0) await this.#redis.subscribe(...channels);
      const restarted = this.#runId !== '' && runId !== this.#runId;
      await this.onReturn({ restarted, life: runId });
      if (life !== this.#life) return;
      this.#runId = runId;
      this.#state = 'up';
      this.#wake(true);
    } catch (error) {
      if (life !== this.#life) return;
      if (error instanceof Error && isFinal(error)) this.#giveUpStart(error);
      this.#log.warn({ err: error }, 'Redis is there, but could not be taken up again');
      this.#redis.disconnect(true);
    }
  }

  /** Rejects where this Redis does not serve; then it may be tried again, unless `#final` says otherwise. */
  async #greet(patienceMs: number): Promise<void> {
    if (!(await this.#isUpWithin(Math.max(0, patienceMs)))) throw new Error('it does not answer in time');
    try {
      // With the connection it is done as well, but without a word where there is no such database.
      await this.#redis.select(this.#redis.options.db ?? 0);
    } catch (error) {
      if (isReplyError(error)) this.#final = error;
      throw error;
    }
    const info = await this.#redis.info();
    const version = Number.parseFloat(/^redis_version:(\d+\.\d+)/m.exec(info)?.[1] ?? 'NaN');
    if (version < OLDEST_VERSION) {
      this.#final = new Error(`it is version ${version}; ${OLDEST_VERSION} or later is needed`);
      throw this.#final;
    }
    this.#warnOfLoss(info);
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
      'Redis takes nothing more in: nothing new is kept and nobody new is let in until it does',
    );
  }

  #noteTakenWrite(): void {
    if (!this.#refusalStands) return;
    this.#refusalStands = false;
    this.#log.info('Redis takes everything in again');
  }

  /** A command went astray: the connection is gone, though it may not have been noticed yet, or stands still. */
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

  /** A fault of the connection is nobody's fault here: it is answered as `timeout`. What Redis itself refuses stays an error. */
  async #guard<Value>(send: () => Promise<Value>): Promise<Value> {
    try {
      return await send();
    } catch (error) {
      if (isReplyError(error) && REFUSES_WRITES.test(error.message)) {
        this.#noteRefusedWrite(error);
        throw new Refusal('internal');
      }
      if (isReplyError(error) && !/^(?:LOADING|READONLY|MASTERDOWN|BUSY|TRYAGAIN)/.test(error.message)) throw error;
      this.#handleFault();
      throw this.#createRefusal();
    }
  }

  #createRefusal(): Refusal {
    return new Refusal('timeout', { retryAfterMs: RETRY_AFTER_MS });
  }

  /** What this Redis may forget that people were told is kept. */
  #warnOfLoss(info: string): void {
    if (!/^maxmemory_policy:noeviction/m.test(info)) {
      this.#log.warn('Redis may evict keys when its memory is full; rooms and chat need maxmemory-policy noeviction');
    }
    if (!/^aof_enabled:1/m.test(info)) {
      this.#log.warn(
        'Redis keeps no append-only file: its chat history ends with it; set appendonly yes, and appendfsync always to lose nothing at all',
      );
    }
  }
}
