/**
 * Files that hold nothing and are held by a process: of two that want one, the second is refused, and a process that
 * dies lets go.
 */
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import Connection from 'libsql';
import { giveToOwner } from './data-directory.ts';

/** Held by the server that uses the directory, and by a restore. */
export const LOCK_FILE = 'sarangbang.lock';
/** Held by a backup, which may run beside the server, and by a restore. */
export const BACKUP_LOCK_FILE = 'sarangbang.backup.lock';

/** What has to do with the lock file alone: nothing that was said is in it. */
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

/** Whether something is held by a different process, or by a different connection of this one. */
export const isBusy = (error: unknown): boolean =>
  /^SQLITE_(?:BUSY|LOCKED)/.test((error as { code?: string }).code ?? '');

/** Milliseconds for which somebody may look whether the lock is held (`isInUse`). */
const LOOK_MS = 500;

export interface Lock {
  close(): void;
}

/** Held until it is closed. Rejects with `LockError`. */
export async function holdLock(path: string): Promise<Lock> {
  let lock: Connection.Database | undefined;
  try {
    // For this user alone.
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
