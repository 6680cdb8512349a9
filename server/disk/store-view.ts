/**
 * A view of the store under `DATA_DIR` that copies nothing, changes nothing and does not disturb a running server.
 *
 * Owns how the file is read in place, and whether a server uses the directory. Does not own what is in the store, nor
 * what a start makes of it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Connection from 'libsql';
import { FILE, assertSound, isThere } from './database.ts';
import type { Query } from './database.ts';
import type { ComparedStore } from './disk-record.ts';
import { LOCK_FILE, isBusy } from './lock.ts';
import { RESTORED_FILE, isRestorePending } from './restored.ts';
import { ADDITIONS, STEPS } from './schema.ts';

/** Milliseconds for which a server that starts or ends may keep the file locked. */
const PATIENCE_MS = 2_000;

/**
 * True if a server or a restore holds the lock file of the directory. Holds the lock itself only while it looks, so
 * that a server that starts meanwhile is not refused.
 */
export function isInUse(dataDir: string): boolean {
  const path = join(dataDir, LOCK_FILE);
  if (!existsSync(path)) return false;
  let lock: Connection.Database | null = null;
  try {
    lock = new Connection(path, {});
    lock.prepare('SELECT 1 FROM sqlite_master').all();
    return false;
  } catch (error) {
    return isBusy(error);
  } finally {
    lock?.close();
  }
}

export interface StoreView extends ComparedStore {
  close(): void;
}

/**
 * Throws an error that `explain` describes, if the file is damaged or of a later version. Writes to the view are
 * discarded.
 */
export function openView(dataDir: string): StoreView {
  const path = join(dataDir, isRestorePending(dataDir) ? RESTORED_FILE : FILE);
  // A database in memory, to which the store is attached. It holds only tables that the store does not have yet.
  const view = new Connection(':memory:', {});
  try {
    view.exec(`PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = ${PATIENCE_MS}`);
    const { version, isRecorded } = isThere(path) ? attach(view, path) : { version: 0, isRecorded: false };
    for (const sql of [...STEPS.slice(version), ...(isRecorded ? [] : ADDITIONS)]) view.exec(sql);
  } catch (error) {
    view.close();
    throw error;
  }
  return {
    prepareQuery: (sql) => view.prepare(sql) as unknown as Query,
    prepareAll: async () => ({}) as never,
    write: async () => undefined as never,
    close: () => view.close(),
  };
}

function attach(view: Connection.Database, path: string): { version: number; isRecorded: boolean } {
  // With a write-ahead log (`-wal`), the file is not the whole store. Without one nobody writes to the file, and
  // `immutable` reads it without creating a log. An existing index of the log (`-shm`) is left as it is.
  const mode = !existsSync(`${path}-wal`)
    ? 'immutable=1'
    : existsSync(`${path}-shm`)
      ? 'mode=ro&readonly_shm=1'
      : 'mode=ro';
  view.exec(`ATTACH '${pathToFileURL(path).href.replaceAll("'", "''")}?${mode}' AS store`);
  const pragma = (name: string) => Object.values(view.prepare(`PRAGMA store.${name}`).get() as object)[0] as unknown;
  const version = Number(pragma('user_version'));
  assertSound(pragma('quick_check(1)'), version);
  const isRecorded = view.prepare("SELECT 1 FROM store.sqlite_master WHERE name = 'record'").get() !== undefined;
  return { version, isRecorded };
}
