/**
 * The SQLite file under `DATA_DIR`, and the order of writes to it.
 *
 * Owns the connections to SQLite, the lock that gives a directory to one process, and durability, which is checked and
 * not assumed. Owns how writes of one moment share a commit: jobs run one after another, and each is answered when its
 * commit is on disk. The commit waits for the disk in a thread of its own, so that the server still forwards WebRTC
 * signals. Does not own the content of the tables.
 */
import { statSync } from 'node:fs';
import { open as openFile, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Connection from 'libsql';
import WritingConnection from 'libsql/promise';
import { ConfigError } from '../config/config.ts';
import { Refusal } from '../refusal.ts';
import { makeDataDirectory } from './data-directory.ts';
import { LOCK_FILE, LockError, holdLock } from './lock.ts';
import { finishRestore } from './restored.ts';
import { ADDITIONS, COLUMNS, STEPS } from './schema.ts';

type Value = string | number | null;
type Row = Record<string, Value>;

/** A statement of the writing connection, for use within a job. */
export interface Statement {
  run(...values: Value[]): unknown;
  get(...values: Value[]): Row | undefined;
}

/** A statement of the reading connection, which sees committed data only. */
export interface Query {
  all(...values: Value[]): Row[];
}

/** The used part of libsql, whose own types are incomplete. */
interface Writer {
  prepare(sql: string): Promise<Statement>;
  exec(sql: string): Promise<unknown>;
  close(): void;
}
interface Reader {
  prepare(sql: string): Query;
  exec(sql: string): unknown;
  close(): void;
}

interface Closable {
  close(): void;
}

interface Job {
  run(): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export const FILE = 'sarangbang.db';
/** The most jobs in one commit, so that the WebRTC signals of participants never wait for long. */
const GROUP_LIMIT = 100;
/** Milliseconds for which the last commit shows that the disk can be written. */
const FRESH_MS = 5_000;
/** Milliseconds after which a disk that does not answer counts as not writable. */
const PATIENCE_MS = 2_000;
/** Bytes that must be free on the disk: enough for some of the longest messages and their journal. */
export const RESERVE_BYTES = 256 * 1024;
/** Milliseconds from a deletion until the write-ahead log is truncated (`scrub`), once for all deletions until then. */
const SCRUB_MS = 10_000;
/** Milliseconds until the next attempt to truncate the log, if another process was reading it. */
const SCRUB_RETRY_MS = 1_000;
/** Every SQLite file with content is at least this large, in bytes. */
const SMALLEST_BYTES = 512;
/** `PRAGMA synchronous`: a commit returns after its data was handed to the disk. */
const FULL = 2;

/** Throws if acknowledged data could be lost. */
export function assertDurable({ journalMode, synchronous }: { journalMode: unknown; synchronous: unknown }): void {
  if (journalMode !== 'wal')
    throw new Error(`its journal is ${String(journalMode)} where it must be wal: this file system cannot hold it`);
  if (synchronous !== FULL) throw new Error(`its synchronous mode is ${String(synchronous)} where it must be ${FULL}`);
}

export class Database {
  readonly #dataDir: string;
  readonly #lock: Closable;
  readonly #writer: Writer;
  readonly #reader: Reader;
  readonly #begin: Statement;
  /** The smallest write: it stores what is there already. */
  readonly #trial: Statement;
  /** Throws if the file was removed, because writes to it would be lost. */
  readonly #assertThere: () => void;
  readonly #now: () => number;
  #last: { kept: boolean; at: number };
  #trying: Promise<boolean> | null = null;
  #jobs: Job[] = [];
  readonly #scrubMs: number;
  #scrubTimer: NodeJS.Timeout | null = null;
  #scrubDue = false;
  #working: Promise<void> | null = null;

  private constructor(
    connections: { lock: Closable; writer: Writer; reader: Reader },
    statements: { begin: Statement; trial: Statement },
    assertThere: () => void,
    now: () => number,
    dataDir: string,
    scrubMs: number,
  ) {
    this.#dataDir = dataDir;
    this.#scrubMs = scrubMs;
    this.#lock = connections.lock;
    this.#writer = connections.writer;
    this.#reader = connections.reader;
    this.#begin = statements.begin;
    this.#trial = statements.trial;
    this.#assertThere = assertThere;
    this.#now = now;
    // The start wrote to the file: either the steps to this version, or the version number again.
    this.#last = { kept: true, at: now() };
  }

  /** Rejects with `ConfigError`, whose message is one line for the operator. */
  static async open(dataDir: string, now: () => number = Date.now, scrubMs = SCRUB_MS): Promise<Database> {
    const opened: Closable[] = [];
    const keep = <T extends Closable>(connection: T): T => {
      opened.push(connection);
      return connection;
    };
    const path = join(dataDir, FILE);
    let isMade = false;
    try {
      await makeDataDirectory(dataDir);
      const lock = keep(await holdLock(join(dataDir, LOCK_FILE)));
      await finishRestore(dataDir);
      isMade = !isThere(path);
      // For this user only. SQLite gives its other files the same mode.
      await openFile(path, 'a', 0o600).then((handle) => handle.close());
      const writer = keep(new WritingConnection(path, {}) as unknown as Writer);
      const pragma = async (name: string) => Object.values((await writer.prepare(`PRAGMA ${name}`)).get() ?? {})[0];
      const journalMode = await pragma('journal_mode = WAL');
      await writer.exec(
        'PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA secure_delete = ON; ' +
          'PRAGMA journal_size_limit = 16777216',
      );
      assertDurable({ journalMode, synchronous: await pragma('synchronous') });
      const version = Number(await pragma('user_version'));
      assertSound(await pragma('quick_check(1)'), version);
      await migrate(writer, version);
      const reader = keep(openReader(path));
      reader.exec('PRAGMA query_only = ON');
      const statements = {
        begin: await writer.prepare('BEGIN IMMEDIATE'),
        trial: await writer.prepare(`PRAGMA user_version = ${STEPS.length}`),
      };
      const database = new Database(
        { lock, writer, reader },
        statements,
        createPresenceCheck(path),
        now,
        dataDir,
        scrubMs,
      );
      // An earlier process may have been stopped before it scrubbed.
      database.scrub();
      return database;
    } catch (error) {
      for (const connection of opened.toReversed()) connection.close();
      // A failed first start must leave no empty file, which would look like a store that was emptied.
      if (isMade && statSync(path, { throwIfNoEntry: false })?.size === 0) await rm(path, { force: true });
      throw new ConfigError(`DATA_DIR is ${JSON.stringify(dataDir)}, ${explain(error)}`);
    }
  }

  async prepareAll<Name extends string>(sql: Record<Name, string>): Promise<Record<Name, Statement>> {
    const prepared: Partial<Record<Name, Statement>> = {};
    for (const name of Object.keys(sql) as Name[]) prepared[name] = await this.#writer.prepare(sql[name]);
    return prepared as Record<Name, Statement>;
  }

  prepareQuery(sql: string): Query {
    return this.#reader.prepare(sql);
  }

  /**
   * Runs `job` and resolves when what it wrote is on disk. `job` must be synchronous, and must change nothing if it
   * throws `Refusal`. On any other error, or if the disk fails, every job of the same commit rejects, and nothing of
   * them is kept.
   */
  write<T>(job: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#jobs.push({ run: job, resolve: (value) => resolve(value as T), reject });
      this.#working ??= this.#work();
    });
  }

  /**
   * Must be called after a deletion. SQLite overwrites deleted data in the file, but not in its write-ahead log, so the
   * log is truncated soon.
   */
  scrub(): void {
    this.#scheduleScrub(this.#scrubMs);
  }

  /**
   * Whether the last commit succeeded and a long message would fit. If the last commit failed or is too long ago,
   * another one is tried.
   */
  async isWritable(): Promise<boolean> {
    return (await this.#hasKept()) && this.#hasSpace();
  }

  /** The commit that `#hasKept` tries is small, and may succeed on a disk on which a long message would fail. */
  async #hasSpace(): Promise<boolean> {
    const disk = await statfs(this.#dataDir).catch(() => null);
    // Some file systems report a size of zero.
    return disk === null || disk.blocks === 0 || disk.bavail * disk.bsize >= RESERVE_BYTES;
  }

  async #hasKept(): Promise<boolean> {
    const ageMs = this.#now() - this.#last.at;
    if (this.#last.kept && ageMs >= 0 && ageMs < FRESH_MS) return true;
    this.#trying ??= this.write(() => void this.#trial.run())
      .then(
        () => true,
        () => false,
      )
      .finally(() => (this.#trying = null));
    return Promise.race([this.#trying, delay(PATIENCE_MS, false, { ref: false })]);
  }

  /** Closes the file once everything is written. */
  async close(): Promise<void> {
    if (this.#scrubTimer) clearTimeout(this.#scrubTimer);
    while (this.#working) await this.#working;
    // Leaves everything in one file, so that copying that file is enough.
    await this.#writer.exec('PRAGMA wal_checkpoint(TRUNCATE)').catch(() => undefined);
    for (const connection of [this.#reader, this.#writer, this.#lock]) connection.close();
  }

  async #work(): Promise<void> {
    // Messages that other sockets have sent by now join this commit.
    await new Promise(setImmediate);
    while (this.#jobs.length > 0 || this.#scrubDue) {
      if (this.#scrubDue) await this.#cutLog();
      if (this.#jobs.length > 0) await this.#commit(this.#jobs.splice(0, GROUP_LIMIT));
    }
    this.#working = null;
  }

  #scheduleScrub(delayMs: number): void {
    this.#scrubTimer ??= setTimeout(() => {
      this.#scrubTimer = null;
      this.#scrubDue = true;
      this.#working ??= this.#work();
    }, delayMs).unref();
  }

  /**
   * Truncates the log between two commits. A process that reads the log, such as a backup, prevents it. Never rejects.
   */
  async #cutLog(): Promise<void> {
    this.#scrubDue = false;
    const isCut = await this.#writer.exec('PRAGMA wal_checkpoint(TRUNCATE)').then(
      () => (statSync(join(this.#dataDir, `${FILE}-wal`), { throwIfNoEntry: false })?.size ?? 0) === 0,
      () => false,
    );
    if (!isCut) this.#scheduleScrub(SCRUB_RETRY_MS);
  }

  /** Never rejects. */
  async #commit(group: readonly Job[]): Promise<void> {
    const answers: (() => void)[] = [];
    // The result counts from the beginning of the commit, because the file may be removed while the commit runs.
    const at = this.#now();
    try {
      this.#assertThere();
      this.#begin.run();
      for (const job of group) answers.push(attempt(job));
      await this.#writer.exec('COMMIT');
      this.#last = { kept: true, at };
    } catch (error) {
      this.#last = { kept: false, at };
      // Some errors have already ended the transaction.
      await this.#writer.exec('ROLLBACK').catch(() => undefined);
      for (const job of group) job.reject(error);
      return;
    }
    for (const answer of answers) answer();
  }
}

function attempt(job: Job): () => void {
  try {
    const value = job.run();
    return () => job.resolve(value);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return () => job.reject(error);
  }
}

/** Throws if SQLite reports `damage`, or a later version of the server wrote the file. */
export function assertSound(damage: unknown, version: number): void {
  const text = String(damage).replaceAll('\n', ' ');
  if (text !== 'ok') throw Object.assign(new Error(text), { code: 'SQLITE_CORRUPT' });
  if (version > STEPS.length) throw Object.assign(new Error(`it is of version ${version}`), { code: 'TOO_NEW' });
}

/**
 * Whether there is a store. Throws if a store existed and nothing is left of it, because a new one would replace it
 * silently.
 */
export function isThere(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  const journal = statSync(`${path}-wal`, { throwIfNoEntry: false });
  const fault = found
    ? found.isFile() && found.size < SMALLEST_BYTES && `it has ${found.size} bytes`
    : journal && journal.size > 0 && `it is missing, and ${FILE}-wal is there`;
  if (fault) throw Object.assign(new Error(fault), { code: 'SQLITE_CORRUPT' });
  return found !== undefined;
}

/** Writes to a removed file succeed, but nobody can read them afterwards. */
function createPresenceCheck(path: string): () => void {
  const identify = () => {
    const found = statSync(path, { throwIfNoEntry: false });
    return found && `${found.dev} ${found.ino}`;
  };
  const opened = identify();
  return () => {
    if (identify() !== opened) throw new Error(`${FILE} is not where it was when this server was started`);
  };
}

function openReader(path: string): Reader {
  return new Connection(path, {}) as unknown as Reader;
}

/** Always writes something, so that a full disk is noticed at the start. */
async function migrate(writer: Writer, version: number): Promise<void> {
  await writer.exec('BEGIN IMMEDIATE');
  try {
    for (const step of [...STEPS.slice(version), ...ADDITIONS]) await writer.exec(step);
    for (const { table, column, sql } of COLUMNS) {
      const find = await writer.prepare('SELECT 1 FROM pragma_table_info(?) WHERE name = ?');
      if (!find.get(table, column)) await writer.exec(sql);
    }
    await writer.exec(`PRAGMA user_version = ${STEPS.length}`);
    await writer.exec('COMMIT');
  } catch (error) {
    await writer.exec('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** The second half of a sentence that begins with the name of DATA_DIR. */
export function explain(error: unknown): string {
  const { code = '', message } = error as Error & { code?: string };
  if (/^SQLITE_(?:BUSY|LOCKED)/.test(code))
    return 'which another process of this server uses; stop that process first, or choose another directory.';
  if (/^(?:EACCES|EROFS|EPERM)$/.test(code)) {
    return (
      `where this user may not write (${message}); give the directory and all files in it to the user of the server, ` +
      'such as by chown -R, on a disk that is not read-only, or choose another directory.'
    );
  }
  if (error instanceof LockError && !['SQLITE_FULL', 'ENOSPC'].includes(code)) {
    return (
      `whose file ${error.file} cannot be used (${message}); ` +
      'it holds no data, so stop every process of this server and remove that file.'
    );
  }
  if (/^SQLITE_(?:CORRUPT|NOTADB)/.test(code)) {
    return (
      `whose file ${FILE} is damaged (${message}); stop every process of this server and run ` +
      `"sarangbang restore BACKUP", which puts a backup in the place of ${FILE}, ${FILE}-wal and ${FILE}-shm. ` +
      'Without a backup, move these three files away together to start with an empty store.'
    );
  }
  if (code === 'TOO_NEW')
    return (
      `whose file ${FILE} was written by a later version of this server (${message}, ` +
      `this one knows ${STEPS.length}); use that version, or choose another directory.`
    );
  if (code === 'SQLITE_FULL') return 'where no space is left; free some, or choose another directory, or :memory:.';
  return (
    `where the store ${FILE} cannot be kept (${message}); ` +
    'it may hold a writable directory with space left, or :memory:.'
  );
}
