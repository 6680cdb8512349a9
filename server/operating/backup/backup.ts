/**
 * `sarangbang backup`: copies the store under `DATA_DIR` into one file, whether or not a server runs.
 *
 * Owns the order of steps by which the file gets its name only once it is complete. It reads the store as every SQLite
 * reader does, so a running server continues to write.
 */
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { link, lstat, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Connection from 'libsql';
import CopyingConnection from 'libsql/promise';
import { ConfigError } from '../../config/config.ts';
import { FILE, explain } from '../../disk/database.ts';
import { REMEDY } from '../../disk/disk-record.ts';
import { BACKUP_LOCK_FILE, LockError, holdLock, isBusy } from '../../disk/lock.ts';
import { isRestorePending, syncDirectory } from '../../disk/restored.ts';
import { STEPS } from '../../disk/schema.ts';
import { parseRecord } from '../../config/record.ts';
import type { StoreRecord } from '../../config/record.ts';
import { readVersion } from '../../config/version.ts';
import { APPLICATION_ID, CREATE_BACKUP_TABLE, sealBackup } from './backup-file.ts';
import type { StoreMode } from './backup-file.ts';

export interface BackupOptions {
  dataDir: string;
  file: string;
  now: () => number;
  /** Called with the temporary name of the file. */
  onPart?: (path: string) => void;
}

export interface BackupReport {
  mode: StoreMode;
  messages: number;
  bytes: number;
  hasKey: boolean;
}

/** The most milliseconds that the copy waits while a server locks the store to change its write-ahead log. */
const BUSY_MS = 10_000;
/** Milliseconds between two flushes to the disk. One large flush at the end would delay the server. */
const FLUSH_MS = 20;
/** Names with a meaning in `DATA_DIR`. */
const RESERVED = /^(?:sarangbang\.(?:lock|backup\.lock|db.*)|resume\.key.*)$/;

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

class FileError extends Error {
  constructor(cause: unknown) {
    super('', { cause });
  }
}

function refuseStore(dataDir: string, error: unknown): never {
  if (error instanceof LockError && isBusy(error)) {
    throw new ConfigError(
      `DATA_DIR is ${JSON.stringify(dataDir)}, of which a backup is being made, ` +
        'or to which one is being restored; wait until that has ended.',
    );
  }
  throw new ConfigError(`DATA_DIR is ${JSON.stringify(dataDir)}, ${explain(error)}`);
}

function refuseFile(file: string, error: unknown): never {
  if (error instanceof ConfigError) throw error;
  const place = `The backup ${JSON.stringify(file)}`;
  const code = codeOf(error);
  if (code === 'EEXIST')
    throw new ConfigError(
      `${place} exists already, and no backup is written over a file or through a link; choose a new name.`,
    );
  if (code === 'ENOENT' || code === 'ENOTDIR')
    throw new ConfigError(`${place} names a directory that does not exist; make it first.`);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL')
    throw new ConfigError(`${place} does not fit on its disk; nothing of it was kept.`);
  throw new ConfigError(`${place} cannot be written (${code || String(error)}); nothing of it was kept.`);
}

/** Throws if the file must not be written. */
async function assertFree(file: string, dataDir: string): Promise<void> {
  const [place, reserved] = await Promise.all([dirname(resolve(file)), dataDir].map((path) => realpath(path)));
  if (place === reserved && RESERVED.test(basename(file))) {
    throw new ConfigError(
      `The backup ${JSON.stringify(file)} would have the name of a file of the store; choose a different name.`,
    );
  }
  const found = await lstat(file).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
  if (found) throw Object.assign(new Error('there already'), { code: 'EEXIST' });
}

/** Throws if there is no store to copy, because opening one would create it. */
function assertStore(dataDir: string): void {
  const place = `DATA_DIR is ${JSON.stringify(dataDir)}`;
  const found = statSync(join(dataDir, FILE), { throwIfNoEntry: false });
  if (!found) throw new ConfigError(`${place}, which holds no store: there is no ${FILE} in it.`);
  if (found.size === 0)
    throw new ConfigError(
      `${place}, ${explain(Object.assign(new Error('it has 0 bytes'), { code: 'SQLITE_CORRUPT' }))}`,
    );
  if (isRestorePending(dataDir)) {
    throw new ConfigError(
      `${place}, where a restore was interrupted; start the server, or run "sarangbang restore BACKUP" again.`,
    );
  }
}

/** Flushes to the disk in small portions while `work` runs. */
async function flushDuring(file: FileHandle, work: Promise<unknown>): Promise<void> {
  const state = { isDone: false };
  const flush = async () => {
    while (!state.isDone) {
      await delay(FLUSH_MS);
      await file.datasync().catch(() => undefined);
    }
  };
  const flushing = flush();
  try {
    await work;
  } finally {
    state.isDone = true;
    await flushing;
  }
}

async function copyStore(dataDir: string, part: string, handle: FileHandle): Promise<void> {
  const source = new CopyingConnection(join(dataDir, FILE), {}) as unknown as {
    exec(sql: string): Promise<unknown>;
    close(): void;
  };
  try {
    await source.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    const copying = source.exec(`VACUUM INTO '${part.replaceAll("'", "''")}'`).catch((error: unknown) => {
      // These errors are of the written file; all others are of the store.
      if (/^SQLITE_(?:FULL|IOERR|CANTOPEN)/.test(codeOf(error))) throw new FileError(error);
      throw error;
    });
    await flushDuring(handle, copying);
  } catch (error) {
    if (error instanceof FileError) throw error.cause;
    refuseStore(dataDir, error);
  } finally {
    // No statement is open, so this ends the connection. Without a server, SQLite then removes its files beside the
    // store.
    source.close();
  }
}

/** The signing key; null if there is no usable one. */
async function readKey(dataDir: string): Promise<string | null> {
  const text = await readFile(join(dataDir, 'resume.key'), 'utf8').catch(() => '');
  return /^[0-9a-f]{64}$/i.test(text.trim()) ? text.trim() : null;
}

const modeOf = (record: StoreRecord | null): StoreMode => {
  if (record === null) return 'unknown';
  return record.grants ? 'grants' : 'open';
};

/** Adds the table `backup`. */
function describeBackup(
  dataDir: string,
  part: string,
  key: string | null,
  at: number,
): Pick<BackupReport, 'mode' | 'messages'> {
  const copy = new Connection(part, {});
  try {
    // Nobody uses the file before it is complete, so durability may wait.
    copy.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA secure_delete = ON');
    const one = (sql: string) => copy.prepare(sql).all()[0] as Record<string, unknown> | undefined;
    const version = Number(one('PRAGMA user_version')?.['user_version']);
    if (version > STEPS.length)
      refuseStore(dataDir, Object.assign(new Error(`it is of version ${version}`), { code: 'TOO_NEW' }));
    const hasRecord = one("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'record'") !== undefined;
    const text = hasRecord ? one('SELECT value FROM record')?.['value'] : undefined;
    const record = text === undefined ? null : parseRecord(text, 'The store', REMEDY);
    const mode = modeOf(record);
    copy.exec(`${CREATE_BACKUP_TABLE} PRAGMA application_id = ${APPLICATION_ID}`);
    copy
      .prepare('INSERT INTO backup (version, mode, made_at, resume_key) VALUES (?, ?, ?, ?)')
      .run(readVersion().version, mode, at, key);
    return { mode, messages: Number(one('SELECT count(*) AS count FROM messages WHERE body IS NOT NULL')?.['count']) };
  } finally {
    copy.close();
  }
}

/** Gives the file its name. Fails if the name was taken meanwhile. */
async function giveName(part: string, file: string): Promise<void> {
  await link(part, file).then(
    () => rm(part),
    async (error: unknown) => {
      // Some disks allow no second name for a file.
      if (
        !['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(error)) ||
        (await lstat(file).catch(() => null))
      )
        throw error;
      await rename(part, file);
    },
  );
  await syncDirectory(dirname(resolve(file)));
}

/** Rejects with `ConfigError`, whose message is one line for the operator. Nothing is left of the file then. */
export async function makeBackup({ dataDir, file, now, onPart }: BackupOptions): Promise<BackupReport> {
  assertStore(dataDir);
  await assertFree(file, dataDir).catch((error: unknown) => refuseFile(file, error));
  const lock = await holdLock(join(dataDir, BACKUP_LOCK_FILE)).catch((error: unknown) => refuseStore(dataDir, error));
  const part = `${file}.${randomBytes(4).toString('hex')}.part`;
  let handle: FileHandle | null = null;
  try {
    handle = await open(part, 'wx', 0o600);
    onPart?.(part);
    const at = now();
    await copyStore(dataDir, part, handle);
    const key = await readKey(dataDir);
    const described = describeBackup(dataDir, part, key, at);
    await sealBackup(part);
    const { size } = await handle.stat();
    await giveName(part, file);
    return { ...described, bytes: size, hasKey: key !== null };
  } catch (error) {
    if (handle) await rm(part, { force: true });
    return refuseFile(file, error);
  } finally {
    await handle?.close();
    lock.close();
  }
}
