/**
 * The record of settings in Redis (`store/record.ts`), by which all processes of one Redis have the same ones.
 *
 * Owns its key, the comparison of this process with it before it touches anything, and the choice of the keys that
 * belong to the mode: what was kept with grants is never under the keys of a server without. Does not own those keys.
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

/** Milliseconds that chats of a store without a record may be too old: its processes may have been away together. */
const SWEEP_LAG_MS = 86_400_000;
/** Milliseconds that a sign of life may be late. */
const SLACK_MS = 500;
/** Milliseconds between two looks at who is there. */
const PAUSE_MS = 100;

/** For how long messages were kept, as far as an earlier version's times tell; null where they do not. */
function retentionOf(keptMs: number): number | null {
  // It kept them for so long at least, whatever it was set to.
  return keptMs > RETRY_MS + ROUGH_MS ? Math.round(keptMs / ROUGH_MS) * ROUGH_MS : null;
}

const parseSaltedRecord = (text: string, place: string, key: string): SaltedRecord => {
  const remedy = `end all processes and delete the key ${key}, and the next start begins a new one by what the store holds`;
  const record = parseRecord(text, place, remedy);
  // Without its salt no key of a running process could be told from a foreign one.
  return typeof record['salt'] === 'string' ? (record as SaltedRecord) : (parseRecord('', place, remedy) as never);
};

/** The store's own random key, under which keys of grants are compared and not told. */
type SaltedRecord = StoreRecord & { salt: string };

export interface SettledRecord {
  /** Before every key of the mode in use. */
  prefix: string;
  /** Writes the record again where Redis has lost it. */
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

/** Each key that may sign grants, as its HMAC: in whatever form it was given. */
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
 * Compares this process with the record, and writes it down, which a `rehearsal` leaves out. Rejects with `ConfigError`
 * where it may not go on.
 */
export async function settleRecord(options: SettleOptions, { rehearsal = false } = {}): Promise<SettledRecord> {
  // Of what Redis may forget, the connection that stays tells.
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

  /** False when another process was first. */
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
        `${this.#place} is used by processes that ${theirs}, and this start ${ours} (TOKEN_SECRET, TOKEN_PUBLIC_KEY, TOKEN_JWKS_URL): ` +
          'set the same for all, or end all of them before the first starts with something else.',
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
    throw new ConfigError(
      `${this.#place} is used with keys (${before.sources.join(', ')}) of which this start (${sourcesOf(config).join(', ')}) has none: ` +
        `tokens would be good at one process and not at the others. ${
          isAlone
            ? 'Give it one of them; or, to change all keys at once, start the first process with --accept-settings.'
            : 'Give it one of them; to change all keys at once, end all processes, and start the first with --accept-settings.'
        }`,
    );
  }

  async #assertSettings(prefix: string, before: StoreRecord | null, after: StoreRecord): Promise<void> {
    const { config, now } = this.#options;
    const differences = before ? differencesOf(before, after) : [];
    if (before && differences.length === 0) return;
    const { chatRetention, chatHistoryLimit } = config;
    const shown = before?.chatHistoryLimit ?? Number.MAX_SAFE_INTEGER;
    // What a smaller number had left for retries was shown to nobody.
    const limit = before || chatHistoryLimit === 0 ? chatHistoryLimit : Math.max(chatHistoryLimit, RETRY_WINDOW);
    const { messages, beyond, aged, forgotten, keptMs } = await this.#connection.run(SCRIPTS.countMessages, {
      prefix,
      shown,
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

  /** Whether any other process is there. One that has just ended may seem to be, until its last sign of life is too old. */
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
   * Whether grants were ever asked for. In a store that is recorded as one that was always open, an earlier version may
   * have done so since, which does not know the record.
   */
  async #hadGrants(before: StoreRecord | null): Promise<boolean> {
    if (before?.hadGrants) return true;
    const { grants, prefix } = this.#options;
    if (grants) return false;
    // An open server that was killed may have left chat of a room that ended.
    if (!before && (await this.#connection.run(SCRIPTS.hasOutlived, { prefix }))) return true;
    let found = false;
    await this.#walk(async (cursor) => {
      const [next, holds] = await this.#connection.run(SCRIPTS.findSubjects, { prefix, cursor });
      found = holds;
      return next;
    });
    return found;
  }

  /** Chats that an earlier version has kept are in no list until now. */
  async #adopt(): Promise<void> {
    const { prefix } = this.#options;
    await this.#walk((cursor) => this.#connection.run(SCRIPTS.adoptChats, { prefix, cursor }));
  }

  /** Steps through all keys, until `step` answers that there are no more. */
  async #walk(step: (cursor: string) => Promise<string>): Promise<void> {
    let cursor = '0';
    do cursor = await step(cursor);
    while (cursor !== '0');
  }
}
