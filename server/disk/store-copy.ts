/**
 * A copy of the store's file, for a look at it that changes nothing.
 *
 * Owns how a store is copied that a server may be using, and whether one is. Does not own what is in it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Connection from 'libsql';
import { FILE } from './database.ts';
import { LOCK_FILE, isBusy } from './lock.ts';

/** The store's file, and what may lie beside it that belongs to it where no server runs. */
export const DATABASE_FILES = [FILE, `${FILE}-wal`, `${FILE}-journal`] as const;

/** Whether a server uses the directory: it holds the lock file, which is asked for no longer than a reading lasts. */
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

/** Copies the store of a server that goes on: its file alone is not all of it, and changes meanwhile. */
export function copyDatabase(from: string, to: string): void {
  const source = new Connection(join(from, FILE), {});
  try {
    source.exec(`VACUUM INTO '${join(to, FILE).replaceAll("'", "''")}'`);
  } finally {
    source.close();
  }
}
