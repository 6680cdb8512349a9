/**
 * The record of settings in Redis (`config/record.ts`), by which all processes of one Redis have the same settings.
 *
 * Owns the key of the record, the comparison of this process with it before anything is touched, and the choice of
 * keys for the mode: what was kept with grants is never under the keys of a server without grants.
 */
import { createHmac, createPublicKey, randomBytes } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { idBefore } from '../rooms/chat-log.ts';
import { ConfigError, hideCredentials } from '../config/config.ts';
import type { Config } from '../config/config.ts';
import { RETRY_MS, RETRY_WINDOW } from '../rooms/rules.ts';
import {
  assertAccepted,
  assertClosed,
  createRecord,
  describeChanges,
  describeFirst,
  describeLoss,
  differencesOf,
  parseRecord,
  sourcesOf,
} from '../config/record.ts';
import type { StoreRecord } from '../config/record.ts';
import { secretsOf, signingKeysOf } from '../config/token-keys.ts';
import { RedisConnection } from './connection.ts';
import { LEASE_MS, ROUGH_MS } from './library.ts';
import { SCRIPTS } from './scripts.ts';

/** Milliseconds by which chats of a store without a record may be too old, because no process ran to delete them. */
const SWEEP_LAG_MS = 86_400_000;
/** Milliseconds that a sign of life may be late. */
const SLACK_MS = 500;
/** Milliseconds between two looks for other processes. */
const PAUSE_MS = 100;

/** Milliseconds for which an earlier version kept messages; null when its keys do not tell. */
function retentionOf(keptMs: number): number | null {
  // It kept them for at least `RETRY_MS` with any setting.
  return keptMs > RETRY_MS + ROUGH_MS ? Math.round(keptMs / ROUGH_MS) * ROUGH_MS : null;
}

const parseSaltedRecord = (text: string, place: string, key: string): SaltedRecord => {
  const remedy = `stop all processes and delete the key ${key}; the next start makes a record from what is stored`;
  const record = parseRecord(text, place, remedy);
  // Without the salt, the keys of this start cannot be compared with those of running processes.
  return typeof record['salt'] === 'string' ? (record as SaltedRecord) : (parseRecord('', place, remedy) as never);
};

/** The salt is a random key of the store. Keys of grants are compared under it, so the record does not hold them. */
type SaltedRecord = StoreRecord & { salt: string };

export interface SettledRecord {
  /** Before every key of the mode in use. */
  prefix: string;
  /** Writes the record again after Redis lost it. */
  restore(connection: RedisConnection): Promise<void>;
}

export interface SettleOptions {
  config: Config;
  grants: boolean;
  /** Before every key of this format. */
  prefix: string;
  now: () => number;
  log: Logger;
}

/** The HMAC of each key that may sign grants. The form in which the key was given does not matter. */
function keysOf({ tokenSecret, tokenPublicKey, tokenJwksUrl }: Config, salt: string): string[] {
  const secrets = secretsOf(tokenSecret).map((secret) => `secret:${secret}`);
  const publicKeys = publicKeysOf(tokenPublicKey).map((key) => `public:${key}`);
  const addresses = tokenJwksUrl === '' ? [] : [`jwks:${tokenJwksUrl}`];
  return [...secrets, ...publicKeys, ...addresses].map((key) =>
    createHmac('sha256', salt).update(key).digest('base64url'),
  );
}

function publicKeysOf(text: string): string[] {
  if (text === '') return [];
  try {
    return readPublicKeys(text).map((key) => key.export({ type: 'spki', format: 'der' }).toString('base64'));
  } catch {
    return [text.trim()];
  }
}

function readPublicKeys(text: string) {
  if (text.trim().startsWith('{')) {
    const value = JSON.parse(text) as JsonWebKey & { use?: string; keys?: (JsonWebKey & { use?: string })[] };
    const keys = value.keys ? signingKeysOf(value.keys) : [value];
    return keys.map((key) => createPublicKey({ key, format: 'jwk' }));
  }
  const blocks = text.replaceAll('\\n', '\n').match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g) ?? [];
  return blocks.map((block) => createPublicKey(block));
}

/**
 * Compares this process with the record, and writes the record unless this is a `rehearsal`. Rejects with `ConfigError`
 * when the process may not go on.
 */
export async function settleRecord(options: SettleOptions, { rehearsal = false } = {}): Promise<SettledRecord> {
  // Silent, because the connection that stays warns of what Redis may lose.
  const connection = new RedisConnection({
    url: options.config.redisUrl,
    log: pino({ level: 'silent' }),
  });
  await connection.open();
  try {
    return await new Settlement(connection, options).settle(rehearsal);
  } finally {
    connection.close();
  }
}

class Settlement {
  readonly #connection: RedisConnection;
  readonly #options: SettleOptions;
  readonly #key: string;
  readonly #place: string;

  constructor(connection: RedisConnection, options: SettleOptions) {
    this.#connection = connection;
    this.#options = options;
    const database = new URL(options.config.redisUrl).pathname.slice(1) || '0';
    this.#key = `sarangbang:settings:${database}`;
    this.#place = `REDIS_URL ${JSON.stringify(hideCredentials(options.config.redisUrl))}`;
  }

  async settle(rehearsal: boolean): Promise<SettledRecord> {
    const { config, grants, log } = this.#options;
    await this.#adopt();
    for (;;) {
      const text = (await this.#connection.run(SCRIPTS.readRecord, { key: this.#key })) ?? '';
      const before = text === '' ? null : parseSaltedRecord(text, this.#place, this.#key);
      const salt = before?.salt ?? randomBytes(32).toString('base64url');
      const keys = keysOf(config, salt);
      const hadGrants = await this.#hadGrants(before);
      await this.#assertMode(before, hadGrants);
      if (before) await this.#assertKeys(before, keys);
      const options = { place: this.#place, config, grants, keys };
      const after = { ...createRecord(options, before), salt };
      after.hadGrants ||= hadGrants;
      const prefix = this.#prefixOf(after);
      await this.#assertSettings(prefix, before, after);
      const next = JSON.stringify(after);
      const isToWrite = next !== text && !rehearsal;
      if (isToWrite && !(await this.#replace(text, next))) continue;
      const used = before && { ...before, grants: before.hadGrants ? before.grants : hadGrants };
      for (const line of used ? describeChanges(this.#place, used, after) : []) log.warn(line);
      if (!before) await this.#tellFirst(after);
      return {
        prefix,
        restore: (connection) => connection.runNow(SCRIPTS.restoreRecord, { key: this.#key, text: next }),
      };
    }
  }

  /** Replaces the record `before`. False when another process changed the record first. */
  async #replace(before: string, after: string): Promise<boolean> {
    return this.#connection.run(SCRIPTS.replaceRecord, { key: this.#key, before, after });
  }

  async #tellFirst(after: StoreRecord): Promise<void> {
    const { prefix, log } = this.#options;
    const isNew = !(await this.#connection.run(SCRIPTS.wasUsed, { prefix }));
    const line = describeFirst(this.#place, after, isNew);
    if (isNew) log.info(line);
    else log.warn(line);
  }

  #prefixOf({ grants, hadGrants }: StoreRecord): string {
    return !grants && hadGrants ? `${this.#options.prefix}open:` : this.#options.prefix;
  }

  async #assertMode(before: StoreRecord | null, hadGrants: boolean): Promise<void> {
    const { config, grants } = this.#options;
    if (before && before.grants !== grants && (await this.#hasOthers())) {
      const [theirs, ours] = grants ? ['ask for no grants', 'asks for them'] : ['ask for grants', 'asks for none'];
      throw new ConfigError(
        `${this.#place} is used by processes that ${theirs}, and this start ${ours} ` +
          '(TOKEN_SECRET, TOKEN_PUBLIC_KEY, TOKEN_JWKS_URL): ' +
          'set the same for all, or stop all of them before the first one starts with other settings.',
      );
    }
    assertClosed({ place: this.#place, config, grants }, before?.hadGrants ? before.grants : hadGrants);
  }

  async #assertKeys(before: StoreRecord, keys: readonly string[]): Promise<void> {
    const { config, grants } = this.#options;
    if (
      !before.grants ||
      !grants ||
      before.keys.some((key) => keys.includes(key)) ||
      (before.keys.length === 0 && keys.length === 0)
    )
      return;
    const isAlone = !(await this.#hasOthers());
    if (isAlone && config.acceptSettings) return;
    const remedy = isAlone
      ? 'Give it one of them; or, to change all keys at once, start the first process with --accept-settings.'
      : 'Give it one of them; to change all keys at once, stop all processes, ' +
        'and start the first with --accept-settings.';
    throw new ConfigError(
      `${this.#place} is used with keys (${before.sources.join(', ')}) ` +
        `of which this start (${sourcesOf(config).join(', ')}) has none: ` +
        'tokens would be valid at one process and not at the others. ' +
        remedy,
    );
  }

  async #assertSettings(prefix: string, before: StoreRecord | null, after: StoreRecord): Promise<void> {
    const { config, now } = this.#options;
    const differences = before ? differencesOf(before, after) : [];
    if (before && differences.length === 0) return;
    const { chatRetention, chatHistoryLimit } = config;
    const shownLimit = before?.chatHistoryLimit ?? Number.MAX_SAFE_INTEGER;
    // With a smaller number, messages up to `RETRY_WINDOW` were kept for repeated sendings and not shown.
    const limit = before || chatHistoryLimit === 0 ? chatHistoryLimit : Math.max(chatHistoryLimit, RETRY_WINDOW);
    const { messages, beyond, aged, forgotten, keptMs } = await this.#connection.run(SCRIPTS.countMessages, {
      prefix,
      shownLimit,
      limit,
      aged: idBefore(now() - chatRetention),
      silent: now() - chatRetention - SWEEP_LAG_MS,
      retentionMs: chatRetention,
    });
    const tooOld = before ? aged : forgotten;
    const byAge = chatRetention === 0 ? messages : tooOld;
    const retentionBefore = before?.chatRetention ?? retentionOf(keptMs);
    const isLess = (name: 'chatRetention' | 'chatHistoryLimit') => before === null || after[name] < before[name];
    const losses = [
      isLess('chatRetention')
        ? describeLoss(this.#place, 'chatRetention', chatRetention, retentionBefore, {
            messages,
            lost: byAge,
          })
        : null,
      isLess('chatHistoryLimit')
        ? describeLoss(this.#place, 'chatHistoryLimit', chatHistoryLimit, before?.chatHistoryLimit ?? null, {
            messages,
            lost: beyond,
          })
        : null,
    ];
    const told = new Set(['chatRetention', 'chatHistoryLimit'].filter((_name, index) => losses[index] !== null));
    const others = differences
      .filter(({ name }) => !told.has(name))
      .map(({ text }) => `${text} at the processes of ${this.#place}.`);
    assertAccepted([...losses, ...others], config, ', which all processes must have the same');
  }

  /** Whether other processes run. Waits until the last sign of life of a process that has just ended is too old. */
  async #hasOthers(): Promise<boolean> {
    const { prefix } = this.#options;
    const until = performance.now() + LEASE_MS + SLACK_MS;
    for (;;) {
      let count = 0;
      for (const keys of [prefix, `${prefix}open:`]) {
        count += await this.#connection.run(SCRIPTS.countAlive, { prefix: keys });
      }
      if (count === 0 || performance.now() > until) return count > 0;
      await delay(PAUSE_MS);
    }
  }

  /**
   * Whether grants were ever in use. An earlier version does not know the record, so it may have used grants in a store
   * that is recorded as always open.
   */
  async #hadGrants(before: StoreRecord | null): Promise<boolean> {
    if (before?.hadGrants) return true;
    const { grants, prefix } = this.#options;
    if (grants) return false;
    // Only without a record: an open server that was killed may have left the chat of a room that ended.
    if (!before && (await this.#connection.run(SCRIPTS.hasOutlived, { prefix }))) return true;
    let found = false;
    await this.#walk(async (cursor) => {
      const [next, holds] = await this.#connection.run(SCRIPTS.findSubjects, { prefix, cursor });
      found = holds;
      return next;
    });
    return found;
  }

  /** Adds chats of an earlier version to the set `chats`, in which that version did not note them. */
  async #adopt(): Promise<void> {
    const { prefix } = this.#options;
    await this.#walk((cursor) => this.#connection.run(SCRIPTS.adoptChats, { prefix, cursor }));
  }

  /** Walks through all keys. `step` resolves to the next cursor, '0' at the end. */
  async #walk(step: (cursor: string) => Promise<string>): Promise<void> {
    let cursor = '0';
    do cursor = await step(cursor);
    while (cursor !== '0');
  }
}
