/**
 * What a restore takes from the store that it replaces: people who were put out since the backup stay out.
 *
 * Owns which of its revocations and bans are carried over, and the count of messages that only one of the two has. Does
 * not own how a store takes the place of the one before.
 */
import { randomUUID } from 'node:crypto';
import type Connection from 'libsql';
import { ASIDE } from '../disk/disk-record.ts';
import type { RoomMemory } from '../rooms.ts';
import { parseRoomMemory } from '../stored.ts';

export interface CarriedOver {
  revocations: number;
  bans: number;
  /** Messages of the backup that had been deleted, or had gone, in the store that is replaced. */
  deleted: number;
  /** Messages of the store that is replaced that the backup has not. */
  lost: number;
}

type Row = Record<string, unknown>;

/** A connection to the store that comes, to which the one that goes is attached as `old`. */
export interface Stores {
  db: Connection.Database;
  now: number;
}

const rows = (db: Connection.Database, sql: string, ...values: unknown[]): Row[] => db.prepare(sql).all(...values) as Row[];

const quoted = (path: string) => `'${path.replaceAll("'", "''")}'`;

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

function createSpelling(db: Connection.Database): (name: string) => string {
  const [from, to] = [readGrants(db, 'old'), readGrants(db, 'main')];
  return from === null || to === null ? (name) => name : (name) => respell(name, from, to);
}

function carryRevocations(db: Connection.Database): number {
  const count = () => Number(rows(db, 'SELECT count(*) AS count FROM main.revocations')[0]?.['count']);
  const before = count();
  db.exec(`
    INSERT INTO main.revocations (kind, name, at) SELECT kind, name, at FROM old.revocations WHERE true
    ON CONFLICT (kind, name) DO UPDATE SET at = max(at, excluded.at)`);
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

function carryBans({ db, now }: Stores, spell: (name: string) => string): number {
  let bans = 0;
  for (const row of rows(db, 'SELECT name, memory FROM old.rooms WHERE name IS NOT NULL AND memory IS NOT NULL')) {
    const old = parseRoomMemory(row['memory']);
    const isOver = old?.over === true && (old.bansUntil ?? 0) <= now;
    if (!old || isOver || old.bans.length === 0) continue;
    const name = spell(String(row['name']));
    const known = rows(db, 'SELECT memory FROM main.rooms WHERE name = ?', name)[0]?.['memory'];
    const { memory, added } = mergeBans(known ? parseRoomMemory(known) : null, old);
    bans += added;
    db.prepare('INSERT INTO main.rooms (name, memory) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET memory = excluded.memory')
      .run(name, JSON.stringify(memory));
  }
  return bans;
}

/** Messages that are shown in one of the two alone. */
function countDifferences(db: Connection.Database, spell: (name: string) => string): Pick<CarriedOver, 'deleted' | 'lost'> {
  db.exec('CREATE TEMP TABLE pairs (old INTEGER, main INTEGER)');
  const idOf = db.prepare('SELECT id FROM main.rooms WHERE name = ?');
  const pair = db.prepare('INSERT INTO pairs (old, main) VALUES (?, ?)');
  for (const { id, name } of rows(db, 'SELECT id, name FROM old.rooms WHERE name IS NOT NULL')) {
    const main = (idOf.all(spell(String(name)))[0] as Row | undefined)?.['id'];
    if (main !== undefined) pair.run(id, main);
  }
  db.exec('CREATE INDEX pairs_by_old ON pairs (old); CREATE INDEX pairs_by_main ON pairs (main)');
  const onlyIn = (one: 'main' | 'old', other: 'main' | 'old') => Number(rows(db, `
    SELECT count(*) AS count FROM ${one}.messages AS message
    WHERE body IS NOT NULL AND room IN (SELECT id FROM ${one}.rooms WHERE name IS NOT NULL) AND NOT EXISTS (
      SELECT 1 FROM temp.pairs JOIN ${other}.messages AS twin ON twin.room = pairs.${other}
      WHERE pairs.${one} = message.room AND twin.id = message.id AND twin.body IS NOT NULL)`)[0]?.['count']);
  const counted = { deleted: onlyIn('main', 'old'), lost: onlyIn('old', 'main') };
  db.exec('DROP TABLE pairs');
  return counted;
}

/** Carries over from the store at `path`. Throws where it cannot be read, and has changed nothing then. */
export function carryOver(stores: Stores, path: string): CarriedOver {
  const { db } = stores;
  db.exec(`ATTACH ${quoted(path)} AS old`);
  try {
    db.exec('BEGIN IMMEDIATE');
    try {
      const spell = createSpelling(db);
      const counted = countDifferences(db, spell);
      const carried = { revocations: carryRevocations(db), bans: carryBans(stores, spell), ...counted };
      db.exec('COMMIT');
      return carried;
    } catch (error) {
      db.exec('ROLLBACK');
      throw error;
    }
  } finally {
    db.exec('DETACH old');
  }
}
