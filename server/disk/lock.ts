/**
 * Empty files that a process locks. If two processes want the same one, the second is refused. A process that dies
 * releases its locks.
 */
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import Connection from 'libsql';
import { giveToOwner } from './data-directory.ts';

/** Held by the server that uses the directory, and by a restore. */
export const LOCK_FILE = 'sarangbang.lock';
/** Held by a backup, which may run beside the server, and by a restore. */
export const BACKUP_LOCK_FILE = 'sarangbang.backup.lock';

/** An error of the lock file only. The store is not affected. */
export class LockError extends Error {
  readonly code: string;
  /** The name of the lock file. */
  readonly file: string;

  constructor(cause: unknown, path: string) {
    super(cause instanceof Error ? cause.message : String(cause));
    this.file = basename(path);
    this.code = (cause as { code?: string }).code ?? '';
  }
}

/** Whether SQLite refused because another process, or another connection of this process, holds a lock. */
export const isBusy = (error: unknown): boolean =>
  /^SQLITE_(?:BUSY|LOCKED)/.test((error as { code?: string }).code ?? '');

/** Milliseconds to wait for a lock, because `isInUse` (`store-view.ts`) may hold it while it looks. */
const LOOK_MS = 500;

export interface Lock {
  close(): void;
}

/** Takes a lock, which is held until it is closed. Rejects with `LockError` if it is held already, or on a fault. */
export async function holdLock(path: string): Promise<Lock> {
  let lock: Connection.Database | undefined;
  try {
    // For this user only.
    await open(path, 'a', 0o600).then((handle) => handle.close());
    await giveToOwner(path);
    lock = new Connection(path, {});
    lock.exec(`PRAGMA busy_timeout = ${LOOK_MS}; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE`);
    return lock;
  } catch (error) {
    lock?.close();
    throw new LockError(error, path);
  }
}
