/**
 * What a restore takes from the store that it replaces: people who were put out since the backup stay out.
 *
 * Owns which of its revocations and bans are carried over, and the count of messages that only one of the two has. Does
 * not own how a store takes the place of the one before.
 */
import { randomUUID } from 'node:crypto';
import Connection from 'libsql';
import { ASIDE } from '../../disk/disk-record.ts';
import { isBusy } from '../../disk/lock.ts';
import type { RoomMemory } from '../../rooms/rooms.ts';
import { parseRoomMemory } from '../../rooms/stored.ts';

/** Null where it could not be read. */
export interface CarriedOver {
  revocations: number | null;
  bans: number | null;
  /** Messages of the backup that had been deleted, or had gone, in the store that is replaced. */
  deleted: number | null;
  /** Messages of the store that is replaced that the backup has not. */
  lost: number | null;
}

type Row = Record<string, unknown>;

/** A connection to the store that comes, to which the one that goes is attached as `old`. */
export interface Stores {
  db: Connection.Database;
  now: number;
}

const rows = (db: Connection.Database, sql: string, ...values: unknown[]): Row[] =>
  db.prepare(sql).all(...values) as Row[];

const quoted = (path: string) => `'${path.replaceAll("'", "''")}'`;

/** Errors of the disk, and of a different program that uses the store: what is damaged has none of them. */
const isPassing = (error: unknown): boolean =>
  isBusy(error) || /^SQLITE_(?:FULL|IOERR)/.test((error as { code?: string }).code ?? '');

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll('\n', ' ');

/** Whether a store is used with grants, as its own record says; null where it has none. */
function readGrants(db: Connection.Database, schema: 'main' | 'old'): boolean | null {
  const has = rows(db, `SELECT 1 FROM ${schema}.sqlite_master WHERE type = 'table' AND name = 'record'`);
  const text = has.length > 0 ? rows(db, `SELECT value FROM ${schema}.record`)[0]?.['value'] : undefined;
  try {
    const { grants } = JSON.parse(String(text)) as { grants?: unknown };
    return typeof grants === 'boolean' ? grants : null;
  } catch {
    return null;
  }
}

/** The name under which a room of one store stands in another one that is used in a different mode. */
function respell(name: string, from: boolean, to: boolean): string {
  if (from === to) return name;
  const [own, other] = to ? [ASIDE.grants, ASIDE.open] : [ASIDE.open, ASIDE.grants];
  if (name.startsWith(own)) return name.slice(own.length);
  return `${other}${name}`;
}

type Spelling = (name: string) => string;

const createSpelling = (from: boolean | null, to: boolean | null): Spelling =>
  from === null || to === null ? (name) => name : (name) => respell(name, from, to);

function keepRevocations(db: Connection.Database, revocations: readonly Row[]): number {
  const count = () => Number(rows(db, 'SELECT count(*) AS count FROM revocations')[0]?.['count']);
  const before = count();
  const keep = db.prepare(`
    INSERT INTO revocations (kind, name, at) VALUES (?, ?, ?)
    ON CONFLICT (kind, name) DO UPDATE SET at = max(at, excluded.at)`);
  for (const { kind, name, at } of revocations) keep.run(kind, name, at);
  return count() - before;
}

/** Bans that were in force in the store that is replaced, beside what the room itself is to remember. */
function mergeBans(kept: RoomMemory | null, old: RoomMemory): { memory: RoomMemory; added: number } {
  const base: RoomMemory = kept ?? { ...old, epoch: randomUUID(), locked: false, members: {}, bans: [] };
  const isSame = (one: RoomMemory['bans'][number], other: RoomMemory['bans'][number]) =>
    one.subject === null ? other.subject === null && one.id === other.id : one.subject === other.subject;
  const added = old.bans.filter((ban) => !base.bans.some((known) => isSame(known, ban)));
  const bansUntil = Math.max(base.bansUntil ?? 0, old.bansUntil ?? 0);
  return {
    memory: { ...base, bans: [...base.bans, ...added], ...(bansUntil > 0 && { bansUntil }) },
    added: added.length,
  };
}

function keepBans(db: Connection.Database, remembered: readonly Row[], spell: Spelling, now: number): number {
  let bans = 0;
  for (const row of remembered) {
    const old = parseRoomMemory(row['memory']);
    const isOver = old?.over === true && (old.bansUntil ?? 0) <= now;
    if (!old || isOver || old.bans.length === 0) continue;
    const name = spell(String(row['name']));
    const known = rows(db, 'SELECT memory FROM rooms WHERE name = ?', name)[0]?.['memory'];
    const { memory, added } = mergeBans(known ? parseRoomMemory(known) : null, old);
    bans += added;
    db.prepare(
      'INSERT INTO rooms (name, memory) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET memory = excluded.memory',
    ).run(name, JSON.stringify(memory));
  }
  return bans;
}

/** Messages that are shown in one of the two alone. */
function countDifferences(db: Connection.Database, spell: Spelling): { deleted: number; lost: number } {
  db.exec('CREATE TEMP TABLE pairs (old INTEGER, main INTEGER)');
  const idOf = db.prepare('SELECT id FROM main.rooms WHERE name = ?');
  const pair = db.prepare('INSERT INTO pairs (old, main) VALUES (?, ?)');
  for (const { id, name } of rows(db, 'SELECT id, name FROM old.rooms WHERE name IS NOT NULL')) {
    const main = (idOf.all(spell(String(name)))[0] as Row | undefined)?.['id'];
    if (main !== undefined) pair.run(id, main);
  }
  db.exec('CREATE INDEX pairs_by_old ON pairs (old); CREATE INDEX pairs_by_main ON pairs (main)');
  const onlyIn = (one: 'main' | 'old', other: 'main' | 'old') =>
    Number(
      rows(
        db,
        `
    SELECT count(*) AS count FROM ${one}.messages AS message
    WHERE body IS NOT NULL AND room IN (SELECT id FROM ${one}.rooms WHERE name IS NOT NULL) AND NOT EXISTS (
      SELECT 1 FROM temp.pairs JOIN ${other}.messages AS twin ON twin.room = pairs.${other}
      WHERE pairs.${one} = message.room AND twin.id = message.id AND twin.body IS NOT NULL)`,
      )[0]?.['count'],
    );
  return { deleted: onlyIn('main', 'old'), lost: onlyIn('old', 'main') };
}

function withStore<Value>(path: string, use: (db: Connection.Database) => Value): Value {
  const db = new Connection(path, {});
  try {
    return use(db);
  } finally {
    db.close();
  }
}

/** Attached, because a connection of its own would stay open for as long as its statements are remembered. */
function withOld<Value>(db: Connection.Database, path: string, use: () => Value): Value {
  db.exec(`ATTACH ${quoted(path)} AS old`);
  const value = use();
  // Where it is damaged it cannot be let go of.
  db.exec('DETACH old');
  return value;
}

/**
 * Carries over into the store at `staged` what can be read of the one at `path`: where its messages are damaged, its
 * revocations may be whole. Throws where the disk is full or the store is in use, and has changed nothing then.
 */
export function carryOver(
  staged: string,
  path: string,
  now: number,
): { carried: CarriedOver | null; unreadable: string | null } {
  let unreadable: string | null = null;
  // A connection that has met damage can commit nothing any more: each part has its own.
  const attempt = <Value>(part: () => Value): Value | null => {
    try {
      return part();
    } catch (error) {
      if (isPassing(error)) throw error;
      unreadable ??= messageOf(error);
      return null;
    }
  };
  const attach = <Value>(place: string, use: (db: Connection.Database) => Value) =>
    attempt(() => withStore(place, (db) => withOld(db, path, () => use(db))));
  const readOld = (sql: string) => attach(':memory:', (db) => rows(db, sql));
  const from = attach(':memory:', (db) => readGrants(db, 'old'));
  const revocations = readOld('SELECT kind, name, at FROM old.revocations');
  const remembered = readOld('SELECT name, memory FROM old.rooms WHERE name IS NOT NULL AND memory IS NOT NULL');
  const spell = createSpelling(
    from,
    withStore(staged, (db) => readGrants(db, 'main')),
  );
  const counted = attach(staged, (db) => countDifferences(db, spell));
  if (!revocations && !remembered && !counted) return { carried: null, unreadable };
  const kept = withStore(staged, (db) => {
    // Nobody uses it yet; what is half written is thrown away.
    db.exec('PRAGMA journal_mode = MEMORY; PRAGMA secure_delete = ON; BEGIN');
    const count = {
      revocations: revocations && keepRevocations(db, revocations),
      bans: remembered && keepBans(db, remembered, spell, now),
    };
    db.exec('COMMIT');
    return count;
  });
  return { carried: { ...kept, ...(counted ?? { deleted: null, lost: null }) }, unreadable };
}
