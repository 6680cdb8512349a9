/**
 * What a store remembers of the settings it is used with, so that no start changes them by accident.
 *
 * Owns the form of that record, the comparison of a start with it, and the sentences that refuse the start or report a
 * change. Does not own where the record is kept (`disk-record.ts`, `redis-record.ts`), and reads nothing else of a
 * store.
 */
import * as v from 'valibot';
import { ConfigError, TOKEN_NAMES, toVariable } from './config.ts';
import type { Config } from './config.ts';
import { formatDuration } from './durations.ts';

/** Increased with each change of the record that an earlier server cannot read. */
export const RECORD_FORMAT = 1;

const number = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const KEPT_SETTINGS = ['chatRetention', 'chatHistoryLimit', 'roomLinger', 'roomCapacity', 'callCapacity'] as const;
type KeptSetting = (typeof KEPT_SETTINGS)[number];

const record = v.looseObject({
  format: number,
  /** Whether grants are required. */
  grants: v.boolean(),
  /** Whether grants were ever required. Then data kept with grants and data kept without them have different names. */
  hadGrants: v.boolean(),
  /** The `TOKEN_…` settings that were set. */
  sources: v.array(v.string()),
  /**
   * An HMAC of each key that verifies tokens, made with a random key of the store. Only a store that several processes
   * share has them; otherwise it is empty.
   */
  keys: v.array(v.string()),
  chatRetention: number,
  chatHistoryLimit: number,
  roomLinger: number,
  roomCapacity: number,
  callCapacity: number,
});

export type StoreRecord = v.InferOutput<typeof record>;

/**
 * Throws `ConfigError` if the record is unreadable or a later server wrote it. A start that ignored it could open
 * closed rooms. `remedy` tells the operator what to do about an unreadable record.
 */
export function parseRecord(text: unknown, place: string, remedy: string): StoreRecord {
  const damage = new ConfigError(`${place} holds a record of its settings that cannot be read; ${remedy}.`);
  let value: unknown = null;
  try {
    value = JSON.parse(String(text));
  } catch {
    throw damage;
  }
  const format = typeof value === 'object' && value !== null && 'format' in value ? Number(value.format) : 0;
  if (format > RECORD_FORMAT) {
    throw new ConfigError(
      `${place} was used by a later version of this server (format ${format}, ` +
        `this one knows ${RECORD_FORMAT}); use that version.`,
    );
  }
  if (!v.is(record, value)) throw damage;
  return value;
}

export interface RecordOptions {
  /** The store as the operator knows it: the setting that names it, and its value. */
  place: string;
  config: Config;
  grants: boolean;
  /** HMACs of the keys with which this start verifies tokens. */
  keys?: readonly string[];
}

/** The `TOKEN_…` settings that are set. */
export const sourcesOf = (config: Config): string[] =>
  TOKEN_NAMES.filter((name) => config[name] !== '').map(toVariable);

/** The record of this start. */
export function createRecord({ config, grants, keys = [] }: RecordOptions, before: StoreRecord | null): StoreRecord {
  const { chatRetention, chatHistoryLimit, roomLinger, roomCapacity, callCapacity } = config;
  return {
    ...before,
    format: RECORD_FORMAT,
    grants,
    hadGrants: grants || (before?.hadGrants ?? false),
    keys: [...keys],
    sources: sourcesOf(config),
    chatRetention,
    chatHistoryLimit,
    roomLinger,
    roomCapacity,
    callCapacity,
  };
}

const SOURCES = TOKEN_NAMES.map(toVariable).join(', ');

/** Refuses a start without grants on a store that was used with them, unless `allowOpen` is set. */
export function assertClosed({ place, config, grants }: RecordOptions, hadGrants: boolean): void {
  if (grants || !hadGrants || config.allowOpen) return;
  throw new ConfigError(
    `${place} was used with grants, and this start asks for none (${SOURCES} are not set): ` +
      'every room would be open to everyone. Use the settings of before; or, to open it on purpose, ' +
      'start once with --allow-open: the data kept with grants stays, hidden until a start asks for grants again.',
  );
}

export interface Loss {
  /** Messages in the store. */
  messages: number;
  /** How many of them would be deleted or hidden at once. */
  lost: number;
}

export const shownSetting = (name: KeptSetting, value: number): string =>
  value !== 0 && (name === 'chatRetention' || name === 'roomLinger') ? formatDuration(value) : String(value);

const counted = (count: number): string => (count === 1 ? '1 message' : `${count} messages`);

/** Describes what a start would lose; null for nothing. `before` is null without a record. */
export function describeLoss(
  place: string,
  name: 'chatRetention' | 'chatHistoryLimit',
  now: number,
  before: number | null,
  { messages, lost }: Loss,
): string | null {
  const isShorter = name === 'chatRetention' && before !== null && now < before && messages > 0;
  if (lost === 0 && !isShorter) return null;
  const was = before === null ? '' : `, and was ${shownSetting(name, before)}`;
  const sooner = isShorter && lost < messages ? ', and the rest sooner than they would have been' : '';
  return (
    `${toVariable(name)} is ${shownSetting(name, now)}${was}: ` +
    `of ${counted(messages)} in ${place} ${counted(lost)} would be deleted${sooner}.`
  );
}

/** Throws if a loss is not accepted. */
export function assertAccepted(losses: readonly (string | null)[], { acceptSettings }: Config, advice = ''): void {
  const found = losses.filter((loss) => loss !== null);
  if (found.length === 0 || acceptSettings) return;
  throw new ConfigError(
    `${found.join(' ')} Use the settings of before${advice}; ` +
      'or, to accept the loss, start once with --accept-settings.',
  );
}

/** The settings that differ from the record. */
export function differencesOf(before: StoreRecord, after: StoreRecord): { name: KeptSetting; text: string }[] {
  return KEPT_SETTINGS.filter((name) => before[name] !== after[name]).map((name) => ({
    name,
    text: `${toVariable(name)} is ${shownSetting(name, after[name])}, and was ${shownSetting(name, before[name])}`,
  }));
}

/** Log lines of an accepted start: each names a setting, and none holds a secret. */
export function describeChanges(place: string, before: StoreRecord, after: StoreRecord): string[] {
  const lines = differencesOf(before, after).map(({ text }) => `${text} when ${place} was last used.`);
  if (after.grants !== before.grants) {
    lines.push(
      after.grants
        ? `${place} is used with grants from now on (${after.sources.join(', ')}).`
        : `${place} is open from now on, as --allow-open asks: ` +
            'the data kept with grants stays, hidden until a start asks for grants again.',
    );
  } else {
    const gone = before.sources.filter((source) => !after.sources.includes(source));
    if (gone.length > 0)
      lines.push(
        `${gone.join(' and ')} was set when ${place} was last used, ` +
          'and is not set now: its tokens are no longer valid.',
      );
  }
  return lines;
}

/** The log line of a store that had no record until now. */
export function describeFirst(place: string, after: StoreRecord, isNew: boolean): string {
  const settings = KEPT_SETTINGS.map((name) => `${toVariable(name)} ${shownSetting(name, after[name])}`).join(', ');
  const unset = TOKEN_NAMES.map(toVariable).filter((name) => !after.sources.includes(name));
  const missing = unset.length > 0 ? ` (without ${unset.join(', ')})` : '';
  const grants = after.grants ? `grants by ${after.sources.join(', ') || 'the application'}${missing}` : 'no grants';
  const what = isNew
    ? `${place}: a new store starts there. Nothing is carried over from a different DATA_DIR, ` +
      'or from a Redis that REDIS_URL named before'
    : `${place}: this store has no record of its settings yet`;
  return `${what}. From now on it remembers: ${grants}, ${settings}.`;
}
