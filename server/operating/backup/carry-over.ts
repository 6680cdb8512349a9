/**
 * What a restore takes from the store that it replaces, so that tokens revoked and participants banned since the backup
 * stay so.
 *
 * Owns which revocations and bans are taken over, and the count of messages that only one of the two stores has. Does
 * not own how one store replaces the other.
 */
import { randomUUID } from 'node:crypto';
import Connection from 'libsql';
import { ASIDE } from '../../disk/disk-record.ts';
import { isBusy } from '../../disk/lock.ts';
import type { RoomMemory } from '../../rooms/rooms.ts';
import { parseRoomMemory } from '../../rooms/stored.ts';

/** Null for what could not be read. */
export interface CarriedOver {
  revocations: number | null;
  bans: number | null;
  /** Messages of the backup that the replaced store no longer had. */
  deleted: number | null;
  /** Messages of the replaced store that the backup does not have. */
  lost: number | null;
}

type Row = Record<string, unknown>;

/** A connection to the new store, with the replaced store attached as `old`. */
export interface Stores {
  db: Connection.Database;
  now: number;
}

const rows = (db: Connection.Database, sql: string, ...values: unknown[]): Row[] =>
  db.prepare(sql).all(...values) as Row[];

const quoted = (path: string) => `'${path.replaceAll("'", "''")}'`;

/** Errors of the disk, or of another program that uses the store. Damage never causes them. */
const isPassing = (error: unknown): boolean =>
  isBusy(error) || /^SQLITE_(?:FULL|IOERR)/.test((error as { code?: string }).code ?? '');

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll('\n', ' ');

/** Whether a store is used with grants, by its own record; null without one. */
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

/**
 * The name in the new store of a room of the old one. `from` and `to` say whether the old and the new store are used
 * with grants. Rooms of the mode not in use have a prefix (`ASIDE`).
 */
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

/** Adds the bans that were in force in the replaced store to what the room remembers. */
function mergeBans(kept: RoomMemory | null, old: RoomMemory): { memory: RoomMemory; added: number } {
  const { permissions: _, ...former } = old;
  const base: RoomMemory = kept ?? { ...former, epoch: randomUUID(), locked: false, members: {}, bans: [] };
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

/** Counts messages that only one of the two stores shows. */
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

/** Attaches the old store, because a separate connection would stay open for as long as its statements are cached. */
function withOld<Value>(db: Connection.Database, path: string, use: () => Value): Value {
  db.exec(`ATTACH ${quoted(path)} AS old`);
  const value = use();
  // A damaged store cannot be detached.
  db.exec('DETACH old');
  return value;
}

/**
 * Takes over what can be read of the store at `path` into the one at `staged`. Revocations may be whole even if
 * messages are damaged. Throws if the disk is full or the store is in use; nothing is changed then.
 */
export function carryOver(
  staged: string,
  path: string,
  now: number,
): { carried: CarriedOver | null; unreadable: string | null } {
  let unreadable: string | null = null;
  // A connection that has met damage can commit nothing more, so each part has a connection of its own.
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
    // Nobody uses the new store yet, and a half-written one is discarded.
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
