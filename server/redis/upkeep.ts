/**
 * Removes old messages and deleted text from the keys of Redis within a minute, and from its append-only file within
 * some ten minutes, or soon after an administrator deleted something.
 *
 * Owns the times, and the request for a new append-only file. One process does this work for all. Each process warns
 * when processes of an earlier version use the same Redis. Does not own what is too old (`lua/upkeep-functions.lua`).
 */
import type { Logger } from 'pino';
import type { RedisConnection } from './connection.ts';
import { SCRIPTS } from './scripts.ts';

/** Milliseconds between two searches for data to remove. */
const PERIOD_MS = 30_000;
/** Milliseconds between two new append-only files at least, unless an administrator deleted something. */
const REWRITE_MS = 600_000;
/** Milliseconds until Redis is asked again after it was busy writing the file. */
const BUSY_MS = 2_000;
/** The refusal while Redis writes a new file. That file still holds what is deleted after its writing began. */
const IS_BUSY = /in progress|Another child process/i;

export interface UpkeepOptions {
  connection: RedisConnection;
  /** Milliseconds a message is kept. */
  retentionMs: number;
  /** Milliseconds between two searches for data to remove; replaces `PERIOD_MS`. */
  periodMs?: number | undefined;
  log: Logger;
}

export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #periodMs: number;
  #timer: NodeJS.Timeout | undefined;
  #busyTimer: NodeJS.Timeout | undefined;
  #hasComplained = false;
  #hasEarlier = false;
  #closed = false;

  constructor(options: UpkeepOptions) {
    this.#options = options;
    this.#periodMs = options.periodMs ?? PERIOD_MS;
  }

  start(): void {
    this.#tellOfEarlier().catch(() => undefined);
    this.#timer = setTimeout(() => void this.#look(), this.#periodMs).unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#busyTimer);
  }

  /** Asks for a new append-only file if the file may hold deleted text; with `now` at once. Never rejects. */
  async rewrite({ now }: { now: boolean }): Promise<void> {
    const { connection } = this.#options;
    try {
      if (!(await connection.runNow(SCRIPTS.rewriteDue, { periodMs: REWRITE_MS, isNow: now }))) return;
      const info = await connection.client.info('persistence');
      if (/^aof_enabled:1/m.test(info)) await connection.client.bgrewriteaof();
    } catch (error) {
      await this.#handleRefusal(error as Error, now);
    }
  }

  async #handleRefusal(error: Error, now: boolean): Promise<void> {
    const { connection, log } = this.#options;
    const isBusy = IS_BUSY.test(error.message);
    // While Redis is away nothing can be noted. The connection logs the absence.
    if (!connection.isUp) return;
    await connection.runNow(SCRIPTS.rewriteFailed, { mayRetry: isBusy }).catch(() => undefined);
    if (isBusy && !this.#closed) this.#busyTimer = setTimeout(() => void this.rewrite({ now }), BUSY_MS).unref();
    if (isBusy || this.#hasComplained) return;
    this.#hasComplained = true;
    log.warn(
      { err: error },
      'Redis refuses BGREWRITEAOF. Deleted data stays in its append-only file until the file is rewritten.',
    );
  }

  /** Logs when a process of an earlier version starts or stops using this Redis. Never rejects. */
  async #tellOfEarlier(): Promise<void> {
    const { connection, log } = this.#options;
    const count = connection.isUp ? await connection.runNow(SCRIPTS.countEarlier, {}).catch(() => null) : null;
    if (count === null || count > 0 === this.#hasEarlier) return;
    this.#hasEarlier = count > 0;
    if (!this.#hasEarlier) return log.info('No process of an earlier version uses this Redis any more.');
    log.warn(
      { processes: count },
      'A process of an earlier version also uses this Redis. It does not compare its settings with other processes: ' +
        'give it the same TOKEN_…, CHAT_RETENTION, CHAT_HISTORY_LIMIT, ROOM_LINGER, ROOM_CAPACITY and CALL_CAPACITY. ' +
        'Otherwise it lets in people whom this process refuses, and deletes messages sooner.',
    );
  }

  async #look(): Promise<void> {
    const { connection, log } = this.#options;
    await this.#tellOfEarlier();
    try {
      const periodMs = Math.ceil(this.#periodMs / 2);
      if (connection.isUp && (await connection.runNow(SCRIPTS.claimUpkeep, { periodMs }))) await this.#delete();
    } catch (error) {
      // When Redis cannot be reached, the connection logs it.
      if (connection.isUp) log.warn({ err: error }, 'deleting expired data from Redis failed');
    }
    if (!this.#closed) this.#timer = setTimeout(() => void this.#look(), this.#periodMs).unref();
  }

  async #delete(): Promise<void> {
    const { connection } = this.#options;
    await this.#sweep();
    while (!this.#closed && (await connection.runNow(SCRIPTS.clean, {})));
    for (let cursor = '0'; !this.#closed;) {
      cursor = await connection.runNow(SCRIPTS.tidy, { cursor });
      if (cursor === '0') break;
    }
    await this.rewrite({ now: false });
  }

  async #sweep(): Promise<void> {
    const { connection, retentionMs } = this.#options;
    for (let cursor = '0'; !this.#closed;) {
      const [next, hasMore] = await connection.runNow(SCRIPTS.sweep, { cursor, retentionMs });
      // The same cursor again, until these rooms have nothing more that is too old.
      if (hasMore) continue;
      if (next === '0') return;
      cursor = next;
    }
  }
}
