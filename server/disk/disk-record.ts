/**
 * The record of settings in the store under `DATA_DIR` (`config/record.ts`).
 *
 * Owns the table `record`, the count of what a start would lose, and the names of rooms of the other mode. Each mode,
 * with grants and without, has its own rooms. A change of mode renames them and loses none.
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

/**
 * Milliseconds by which messages of a store without a record may be too old. An earlier version of the server wrote it,
 * and deleted old messages only now and then.
 */
const SWEEP_LAG_MS = 86_400_000;

/** The advice for an unreadable record. */
export const REMEDY = 'restore a backup with: sarangbang restore FILE';

/** Prefixes for the names of rooms of the other mode. No room that clients can ask for has such a name. */
export const ASIDE = { grants: '\u0001grants:', open: '\u0001open:' } as const;

/** The part of a store that the comparison needs. */
export type ComparedStore = Pick<Database, 'prepareQuery' | 'prepareAll' | 'write'>;

export interface SettleOptions {
  database: ComparedStore;
  config: Config;
  grants: boolean;
  now: () => number;
  log: Logger;
}

/**
 * Compares this start with the record, and writes the new record. Rejects with `ConfigError` if the start must not
 * continue.
 */
export async function settleRecord({ database, config, grants, now, log }: SettleOptions): Promise<void> {
  const place = `DATA_DIR ${JSON.stringify(config.dataDir)}`;
  const text = database.prepareQuery('SELECT value FROM record').all()[0]?.['value'];
  const before = text === undefined ? null : parseRecord(text, place, REMEDY);
  const options = { place, config, grants };
  const hadGrants = before?.hadGrants ? before.grants : !grants && holdsGrants(database, before !== null);
  assertClosed(options, hadGrants);
  assertAccepted(describeLosses(place, config, before, database, now()), config);
  const after = createRecord(options, before);
  // The new record must say that the store was used with grants, although no earlier record did.
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
 * Whether a store without a matching record was used with grants: it holds a subject, or chat of an ended room. An
 * earlier version, which ignores the record, may have written those into a store recorded as open.
 */
function holdsGrants(database: ComparedStore, isRecorded: boolean): boolean {
  const holds = (sql: string) => database.prepareQuery(`${sql} LIMIT 1`).all().length > 0;
  const outlived = 'SELECT 1 FROM rooms WHERE name IS NOT NULL AND memory IS NULL AND live > 0';
  // Not with a record: a server without grants that was killed may also leave chat of an ended room.
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
    `SELECT count(*) AS count FROM messages
      WHERE body IS NOT NULL AND room IN (SELECT id FROM rooms WHERE name IS NOT NULL)`,
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
    // With a limit below `RETRY_WINDOW`, messages beyond it were kept for repeated sendings and shown to nobody.
    return countBeyond(Number.MAX_SAFE_INTEGER, Math.max(chatHistoryLimit, RETRY_WINDOW));
  }
}

/** Writes the record, and renames the rooms of both modes, in one commit. */
async function write(database: ComparedStore, after: StoreRecord, hadGrants: boolean): Promise<void> {
  const statements = await database.prepareAll({
    forget: 'DELETE FROM record',
    keep: 'INSERT INTO record (value) VALUES (?)',
    // If both modes have a room of the same name, the room of the ended mode is renamed.
    collide: `UPDATE rooms SET name = ?1 || name
      WHERE EXISTS (SELECT 1 FROM rooms AS other WHERE other.name = ?2 || rooms.name)`,
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
