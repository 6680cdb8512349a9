/**
 * The one file under `DATA_DIR` that is written again and again, and the order in which that happens.
 *
 * Owns the connections to SQLite, its durability (checked, not assumed), the lock by which one process alone
 * uses a directory, and the grouping of what is written at the same time into one commit: jobs run one after
 * another, and each is answered when the commit that holds it is on disk. The commit waits for the disk in a
 * thread of its own, so that signals pass meanwhile. Knows nothing of what is in the tables.
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

/** Prepared for the connection that writes: to be used within a job. */
export interface Statement {
  run(...values: Value[]): unknown;
  get(...values: Value[]): Row | undefined;
}

/** Prepared for the connection that reads, which sees what is committed. */
export interface Query {
  all(...values: Value[]): Row[];
}

/** The part of libsql that is used; its own types say little. */
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
/** Jobs in one commit at most, so that none makes signals wait for long. */
const GROUP_LIMIT = 100;
/** Milliseconds for which the last commit tells whether there can be another. */
const FRESH_MS = 5_000;
/** Milliseconds after which a disk that says nothing cannot be written. */
const PATIENCE_MS = 2_000;
/** Bytes that must be free on the disk: the longest messages of one commit, and their journal. */
export const RESERVE_BYTES = 256 * 1024;
/** Milliseconds after a deletion at which the log is cut; what is deleted meanwhile goes along. */
const SCRUB_MS = 10_000;
/** Milliseconds after which it is tried again where somebody else was reading the log. */
const SCRUB_RETRY_MS = 1_000;
/** No file of SQLite that holds anything is smaller. */
const SMALLEST_BYTES = 512;
/** `PRAGMA synchronous`: what is committed has been handed to the disk. */
const FULL = 2;

/** Throws where what is acknowledged could be lost. */
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
  /** The least that can be written: what is there already. */
  readonly #trial: Statement;
  /** Throws where what is written would not be found again. */
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
    // The steps to this version's tables were written at the start, or the version anew.
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
      // For this user alone; SQLite gives what it puts beside it the same mode.
      await openFile(path, 'a', 0o600).then((handle) => handle.close());
      const writer = keep(new WritingConnection(path, {}) as unknown as Writer);
      const pragma = async (name: string) => Object.values((await writer.prepare(`PRAGMA ${name}`)).get() ?? {})[0];
      const journalMode = await pragma('journal_mode = WAL');
      await writer.exec(
        'PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 16777216',
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
      // An earlier process may have had no time for it.
      database.scrub();
      return database;
    } catch (error) {
      for (const connection of opened.toReversed()) connection.close();
      // A first start that failed leaves nothing that looks like a store that was emptied.
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
   * Runs `job`, which must be synchronous and change nothing where it throws `Refusal`, and resolves when what it has
   * written is on disk. With any other error, or where the disk fails, nothing of its group is kept, and all of it rejects.
   */
  write<T>(job: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#jobs.push({ run: job, resolve: (value) => resolve(value as T), reject });
      this.#working ??= this.#work();
    });
  }

  /**
   * To be called where something was deleted. What is deleted is overwritten in the file, and stays in its log of writes:
   * soon after, the log is cut.
   */
  scrub(): void {
    this.#scheduleScrub(this.#scrubMs);
  }

  /**
   * Whether the last commit was kept, and a long message would be. Where the last commit was long ago, or was not kept,
   * another one is tried.
   */
  async isWritable(): Promise<boolean> {
    return (await this.#hasKept()) && this.#hasSpace();
  }

  /** A commit is small, and finds a place on a disk on which no long message does. */
  async #hasSpace(): Promise<boolean> {
    const disk = await statfs(this.#dataDir).catch(() => null);
    // Some file systems tell of no size at all.
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

  /** Once everything is written. */
  async close(): Promise<void> {
    if (this.#scrubTimer) clearTimeout(this.#scrubTimer);
    while (this.#working) await this.#working;
    // All of it in one file, for who copies it.
    await this.#writer.exec('PRAGMA wal_checkpoint(TRUNCATE)').catch(() => undefined);
    for (const connection of [this.#reader, this.#writer, this.#lock]) connection.close();
  }

  async #work(): Promise<void> {
    // What other sockets have sent by now goes along.
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

  /** Between two commits. Another process that reads, such as one that copies the store, keeps it from being cut. Never rejects. */
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
    // What is found out is how things stood at the beginning: the file may be taken away meanwhile.
    const at = this.#now();
    try {
      this.#assertThere();
      this.#begin.run();
      for (const job of group) answers.push(attempt(job));
      await this.#writer.exec('COMMIT');
      this.#last = { kept: true, at };
    } catch (error) {
      this.#last = { kept: false, at };
      // Some errors have ended the transaction already.
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

/** Throws where SQLite finds `damage`, or a later server has written the file. */
export function assertSound(damage: unknown, version: number): void {
  const text = String(damage).replaceAll('\n', ' ');
  if (text !== 'ok') throw Object.assign(new Error(text), { code: 'SQLITE_CORRUPT' });
  if (version > STEPS.length) throw Object.assign(new Error(`it is of version ${version}`), { code: 'TOO_NEW' });
}

/** Whether there is a store. Throws where nothing is left of the one that was there: a new one would begin without a word. */
export function isThere(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  const journal = statSync(`${path}-wal`, { throwIfNoEntry: false });
  const fault = found
    ? found.isFile() && found.size < SMALLEST_BYTES && `it has ${found.size} bytes`
    : journal && journal.size > 0 && `it is missing, and ${FILE}-wal is there`;
  if (fault) throw Object.assign(new Error(fault), { code: 'SQLITE_CORRUPT' });
  return found !== undefined;
}

/** A file that was removed, or whose directory was, takes all that is written to it, and nobody ever finds it again. */
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

/** Writes in any case, so that a full disk is found out at the start. */
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

/** The rest of a sentence that begins with what DATA_DIR is. */
export function explain(error: unknown): string {
  const { code = '', message } = error as Error & { code?: string };
  if (/^SQLITE_(?:BUSY|LOCKED)/.test(code))
    return 'which another process of this server uses; end that one first, or choose another directory.';
  if (/^(?:EACCES|EROFS|EPERM)$/.test(code)) {
    return (
      `where this user may not write (${message}); give the directory and all files in it to the user of the server, ` +
      'such as by chown -R, on a disk that is not read-only, or choose another directory.'
    );
  }
  if (error instanceof LockError && !['SQLITE_FULL', 'ENOSPC'].includes(code)) {
    return `whose file ${error.file} cannot be used (${message}); it holds nothing, so end every process of this server and remove that file.`;
  }
  if (/^SQLITE_(?:CORRUPT|NOTADB)/.test(code)) {
    return (
      `whose file ${FILE} is damaged (${message}); end every process of this server and run "sarangbang restore BACKUP", which puts ` +
      `a backup in the place of ${FILE}, ${FILE}-wal and ${FILE}-shm. Without a backup, move these three away together to begin an empty store.`
    );
  }
  if (code === 'TOO_NEW')
    return `whose file ${FILE} was written by a later version of this server (${message}, this one knows ${STEPS.length}); use that one, or choose another directory.`;
  if (code === 'SQLITE_FULL')
    return 'where there is no space left; make some, or choose another directory, or :memory:.';
  return `where the store ${FILE} cannot be kept (${message}); it may hold a writable directory with space left, or :memory:.`;
}
