/**
 * The record of settings in the store under `DATA_DIR` (`store/record.ts`).
 *
 * Owns the table `record`, what is counted before a start may keep less, and the names of the rooms of the mode that is
 * not in use. Each mode, with grants and without, has its own rooms: a change of mode renames them and loses none.
 */
import type { Logger } from 'pino';
import { idBefore } from '../rooms/chat-log.ts';
import type { Config } from '../config/config.ts';
import { RETRY_WINDOW } from '../rooms/rules.ts';
import {
  assertAccepted,
  assertClosed,
  createRecord,
  describeChanges,
  describeFirst,
  describeLoss,
  parseRecord,
} from '../config/record.ts';
import type { Loss, StoreRecord } from '../config/record.ts';
import { parseRoomMemory } from '../rooms/stored.ts';
import type { Database } from './database.ts';

/** Milliseconds that messages of a store without a record may be too old: its server took them away now and then only. */
const SWEEP_LAG_MS = 86_400_000;

/** For a record that cannot be read. */
export const REMEDY = 'restore a backup with: sarangbang restore FILE';

/** Before the names of rooms that are put aside; no room that anybody asks for has such a name. */
export const ASIDE = { grants: '\u0001grants:', open: '\u0001open:' } as const;

/** What of a store the comparison needs. */
export type ComparedStore = Pick<Database, 'prepareQuery' | 'prepareAll' | 'write'>;

export interface SettleOptions {
  database: ComparedStore;
  config: Config;
  grants: boolean;
  now: () => number;
  log: Logger;
}

/** Compares this start with the record, and writes it down. Rejects with `ConfigError` where it may not go on. */
export async function settleRecord({ database, config, grants, now, log }: SettleOptions): Promise<void> {
  const place = `DATA_DIR ${JSON.stringify(config.dataDir)}`;
  const text = database.prepareQuery('SELECT value FROM record').all()[0]?.['value'];
  const before = text === undefined ? null : parseRecord(text, place, REMEDY);
  const options = { place, config, grants };
  const hadGrants = before?.hadGrants ? before.grants : !grants && holdsGrants(database, before !== null);
  assertClosed(options, hadGrants);
  assertAccepted(describeLosses(place, config, before, database, now()), config);
  const after = createRecord(options, before);
  // A store without a record that is opened on purpose was used with grants.
  await write(database, { ...after, hadGrants: after.hadGrants || hadGrants }, hadGrants);
  const lines = before ? describeChanges(place, { ...before, grants: hadGrants }, after) : [];
  for (const line of lines) log.warn(line);
  if (!before) tellFirst(place, after, isEmpty(database), log);
}

function tellFirst(place: string, after: StoreRecord, isNew: boolean, log: Logger): void {
  const line = describeFirst(place, after, isNew);
  if (isNew) log.info(line);
  else log.warn(line);
}

function isEmpty(database: ComparedStore): boolean {
  return database.prepareQuery('SELECT 1 FROM rooms UNION ALL SELECT 1 FROM revocations LIMIT 1').all().length === 0;
}

/**
 * Whether a store was used with grants of which no record tells: a subject is in it, or chat of a room that ended. In
 * one that is recorded as open, an earlier version may have put it there, which does not know the record.
 */
function holdsGrants(database: ComparedStore, isRecorded: boolean): boolean {
  const holds = (sql: string) => database.prepareQuery(`${sql} LIMIT 1`).all().length > 0;
  const outlived = 'SELECT 1 FROM rooms WHERE name IS NOT NULL AND memory IS NULL AND live > 0';
  // An open server that was killed may have left chat of a room that ended.
  if (!isRecorded && (holds('SELECT 1 FROM revocations') || holds(outlived))) return true;
  const memories = database
    .prepareQuery("SELECT memory FROM rooms WHERE name IS NOT NULL AND memory LIKE '%subject%'")
    .all();
  return memories.some(({ memory }) => {
    const known = parseRoomMemory(memory);
    return (
      known !== null &&
      (Object.keys(known.members).some((key) => key.startsWith('subject:')) ||
        known.bans.some(({ subject }) => subject !== null))
    );
  });
}

function describeLosses(
  place: string,
  config: Config,
  before: StoreRecord | null,
  database: ComparedStore,
  now: number,
): (string | null)[] {
  const { chatRetention, chatHistoryLimit } = config;
  const count = (sql: string, ...values: (string | number)[]) =>
    Number(database.prepareQuery(sql).all(...values)[0]?.['count'] ?? 0);
  const messages = count(
    'SELECT count(*) AS count FROM messages WHERE body IS NOT NULL AND room IN (SELECT id FROM rooms WHERE name IS NOT NULL)',
  );
  if (messages === 0) return [];
  const countAged = (ageMs: number) =>
    count(
      `
    SELECT count(*) AS count FROM messages
    WHERE body IS NOT NULL AND id <= ? AND room IN (SELECT id FROM rooms WHERE name IS NOT NULL)`,
      idBefore(now - ageMs),
    );
  const countBeyond = (shown: number, limit: number) =>
    count('SELECT coalesce(sum(max(0, min(live, ?) - ?)), 0) AS count FROM rooms WHERE name IS NOT NULL', shown, limit);
  return [
    describeLoss(place, 'chatRetention', chatRetention, before?.chatRetention ?? null, { messages, lost: lostByAge() }),
    describeLoss(place, 'chatHistoryLimit', chatHistoryLimit, before?.chatHistoryLimit ?? null, {
      messages,
      lost: lostByNumber(),
    }),
  ];

  function lostByAge(): Loss['lost'] {
    if (chatRetention === 0) return before?.chatRetention === 0 ? 0 : messages;
    if (before) return chatRetention < before.chatRetention ? countAged(chatRetention) : 0;
    return countAged(chatRetention + SWEEP_LAG_MS);
  }

  function lostByNumber(): Loss['lost'] {
    if (chatHistoryLimit === 0) return before?.chatHistoryLimit === 0 ? 0 : messages;
    if (before) return countBeyond(before.chatHistoryLimit, chatHistoryLimit);
    // What a smaller number had left for retries was shown to nobody.
    return countBeyond(Number.MAX_SAFE_INTEGER, Math.max(chatHistoryLimit, RETRY_WINDOW));
  }
}

/** The record and the names of the rooms of its mode, in one commit. */
async function write(database: ComparedStore, after: StoreRecord, hadGrants: boolean): Promise<void> {
  const statements = await database.prepareAll({
    forget: 'DELETE FROM record',
    keep: 'INSERT INTO record (value) VALUES (?)',
    // Where both modes have a room of one name, the room of the mode that ends steps aside.
    collide:
      'UPDATE rooms SET name = ?1 || name WHERE EXISTS (SELECT 1 FROM rooms AS other WHERE other.name = ?2 || rooms.name)',
    putAside: 'UPDATE rooms SET name = ? || name WHERE unicode(name) <> 1',
    takeBack: 'UPDATE rooms SET name = substr(name, length(?1) + 1) WHERE substr(name, 1, length(?1)) = ?1',
  });
  const { forget, keep, collide, putAside, takeBack } = statements;
  await database.write(() => {
    forget.run();
    keep.run(JSON.stringify(after));
    if (after.grants && !hadGrants) collide.run(ASIDE.open, ASIDE.grants);
    if (after.grants) takeBack.run(ASIDE.grants);
    if (!after.grants && hadGrants) {
      putAside.run(ASIDE.grants);
      takeBack.run(ASIDE.open);
    }
  });
}
