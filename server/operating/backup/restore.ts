/**
 * `sarangbang restore`: replaces the store under `DATA_DIR` with a backup.
 *
 * Owns the order of steps. The file is checked completely, a store is prepared from it beside the current one, and one
 * renaming makes it the valid one (`disk/restored.ts` has the steps after it). Interrupted anywhere, the store is the
 * old or the new one, and the command can be repeated.
 */
import { statSync } from 'node:fs';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Connection from 'libsql';
import { ConfigError } from '../../config/config.ts';
import { giveToOwner, makeDataDirectory } from '../../disk/data-directory.ts';
import { FILE, explain } from '../../disk/database.ts';
import { BACKUP_LOCK_FILE, LOCK_FILE, holdLock, isBusy } from '../../disk/lock.ts';
import type { Lock } from '../../disk/lock.ts';
import { RESTORED_FILE, RESTORED_KEY, STAGED_FILE, finishRestore, syncDirectory } from '../../disk/restored.ts';
import type { StepListener } from '../../disk/restored.ts';
import { readBackup } from './backup-file.ts';
import type { StoreMode } from './backup-file.ts';
import { carryOver } from './carry-over.ts';
import type { CarriedOver } from './carry-over.ts';

export interface RestoreOptions {
  dataDir: string;
  file: string;
  now: () => number;
  onStep?: StepListener;
}

export interface RestoreReport {
  /** The version that made the backup. */
  version: string;
  mode: StoreMode;
  madeAt: number;
  messages: number;
  hasKey: boolean;
  /** What was taken over from the replaced store; null if there was none. */
  carried: CarriedOver | null;
  /** Why not everything could be taken over. */
  unreadable: string | null;
  /** Whether another program has the replaced store open. */
  isOpenElsewhere: boolean;
}

type Row = Record<string, unknown>;

interface Work extends RestoreOptions {
  place: string;
  locks: Lock[];
  at(name: string): string;
}

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll('\n', ' ');

async function lock({ dataDir, place, locks, at }: Work): Promise<void> {
  await makeDataDirectory(dataDir);
  locks.push(await holdLock(at(LOCK_FILE)));
  locks.push(
    await holdLock(at(BACKUP_LOCK_FILE)).catch((error: unknown) => {
      throw isBusy(error)
        ? new ConfigError(`${place}, of which a backup is being made; wait until that has ended.`)
        : error;
    }),
  );
}

/** Copies the pages of the backup and checks them on the way, so that exactly the checked bytes are used. */
async function stage({ file, dataDir, at }: Work): Promise<void> {
  const staged = await open(at(STAGED_FILE), 'wx', 0o600);
  try {
    await giveToOwner(at(STAGED_FILE));
    await readBackup(file, (piece) => staged.writeFile(piece));
    await staged.sync();
  } finally {
    await staged.close();
  }
  await syncDirectory(dataDir);
}

/** Opens the store that is being prepared. Nobody uses it yet, so it needs no journal on disk. */
function openStaged({ at }: Work): Connection.Database {
  const db = new Connection(at(STAGED_FILE), {});
  db.exec('PRAGMA journal_mode = MEMORY; PRAGMA secure_delete = ON');
  return db;
}

/**
 * Makes a store from a backup. Rooms get a new epoch, so that pages that were connected after the backup load
 * everything again.
 */
async function prepare(work: Work): Promise<Omit<RestoreReport, 'carried' | 'unreadable' | 'isOpenElsewhere'>> {
  const db = openStaged(work);
  try {
    const damage = (db.prepare('PRAGMA integrity_check(1)').all()[0] as Row | undefined)?.['integrity_check'];
    if (damage !== 'ok') throw new Error(String(damage));
    const row = db.prepare('SELECT version, mode, made_at, resume_key FROM backup').all()[0] as Row | undefined;
    if (!row) throw new Error('it has no row in its table backup');
    const messages = (db.prepare('SELECT count(*) AS count FROM messages WHERE body IS NOT NULL').all()[0] as Row)[
      'count'
    ];
    db.exec(`
      UPDATE rooms SET memory = json_set(memory, '$.epoch', lower(hex(randomblob(12)))) WHERE json_valid(memory);
      DROP TABLE backup; PRAGMA application_id = 0`);
    const key = row['resume_key'];
    if (key !== null) {
      await writeFile(work.at(RESTORED_KEY), String(key), { flag: 'wx', mode: 0o600, flush: true });
      await giveToOwner(work.at(RESTORED_KEY));
    }
    return {
      version: String(row['version']),
      mode: row['mode'] as StoreMode,
      madeAt: Number(row['made_at']),
      messages: Number(messages),
      hasKey: key !== null,
    };
  } catch (error) {
    if (/^SQLITE_FULL|^E/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new ConfigError(
      `The backup ${JSON.stringify(work.file)} is damaged (${messageOf(error)}); ` +
        'use a different backup. Nothing was changed.',
    );
  } finally {
    db.close();
  }
}

/** Takes revocations and bans over from the current store into the prepared one (`carryOver`). */
function carry(work: Work): Pick<RestoreReport, 'carried' | 'unreadable'> {
  const path = work.at(FILE);
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) return { carried: null, unreadable: null };
  if (size === 0) return { carried: null, unreadable: 'it has 0 bytes' };
  return carryOver(work.at(STAGED_FILE), path, work.now());
}

/**
 * Writes the store to be replaced into its single file and removes the files beside it. Throws while another program
 * reads it. Answers whether another program has it open: when that program closes it, SQLite would remove files of the
 * new store.
 */
function settle({ place, at }: Work): boolean {
  if (!statSync(at(FILE), { throwIfNoEntry: false })?.size) return false;
  let db: Connection.Database | undefined;
  try {
    db = new Connection(at(FILE), {});
    db.exec('PRAGMA journal_mode = DELETE');
    return false;
  } catch (error) {
    // A damaged store is replaced all the same.
    if (!db || !isBusy(error)) return false;
    const row = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all()[0] as Row | undefined;
    if (row?.['busy'] !== 0)
      throw new ConfigError(`${place}, whose store another program is reading; stop that program first.`);
    return true;
  } finally {
    db?.close();
  }
}

/** After this step the new store is the valid one. */
async function commit({ dataDir, at }: Work): Promise<void> {
  const staged = await open(at(STAGED_FILE), 'r+');
  try {
    await staged.sync();
  } finally {
    await staged.close();
  }
  await rename(at(STAGED_FILE), at(RESTORED_FILE));
  await syncDirectory(dataDir);
}

/** Rejects with `ConfigError`, whose message is one line for the operator. The store is unchanged then. */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
  const { dataDir, file, onStep = () => undefined } = options;
  const work: Work = {
    ...options,
    place: `DATA_DIR is ${JSON.stringify(dataDir)}`,
    locks: [],
    at: (name) => join(dataDir, name),
  };
  // Before anything is written.
  await readBackup(file);
  onStep('check');
  try {
    await lock(work);
    onStep('lock');
    // Finishes an earlier restore that was interrupted.
    await finishRestore(dataDir);
    onStep('tidy');
    await stage(work);
    onStep('stage');
    const prepared = await prepare(work);
    onStep('prepare');
    const carried = carry(work);
    onStep('carry');
    // With a damaged store, the open connection may be one of this process.
    const isOpenElsewhere = settle(work) && carried.unreadable === null;
    onStep('settle');
    await commit(work);
    onStep('commit');
    await finishRestore(dataDir, onStep);
    return { ...prepared, ...carried, isOpenElsewhere };
  } catch (error) {
    if (work.locks.length > 0) for (const name of [STAGED_FILE, RESTORED_KEY]) await rm(work.at(name), { force: true });
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`${work.place}, ${explain(error)}`);
  } finally {
    for (const held of work.locks.toReversed()) held.close();
  }
}
