/**
 * The form of a backup: one SQLite file with the tables of the store and a table `backup` of one row. Behind its pages
 * is one line with their SHA-256, which SQLite does not read.
 *
 * Owns that form, its check, and the sentences that refuse a file. Does not own how a store becomes a backup or the
 * reverse.
 */
import { createHash } from 'node:crypto';
import { appendFile, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { ConfigError } from '../../config/config.ts';
import { STEPS } from '../../disk/schema.ts';

/** `PRAGMA application_id` of a backup: "SaBa". */
export const APPLICATION_ID = 0x5361_4261;
/** Increased with each change that an earlier version cannot read. */
const FORMAT = 1;
const MAGIC = 'SQLite format 3\0';
/** Bytes of SQLite's header that are read, and the offsets of two numbers in it. */
const HEADER_BYTES = 100;
const USER_VERSION_AT = 60;
const APPLICATION_ID_AT = 68;

export const CREATE_BACKUP_TABLE = `
  DROP TABLE IF EXISTS backup;
  CREATE TABLE backup (
    version TEXT NOT NULL,
    mode TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    resume_key TEXT
  );
`;

/** How the store was used: with grants, without, or unknown if an earlier version kept no record. */
export type StoreMode = 'grants' | 'open' | 'unknown';

const seal = (digest: string) => `\nsarangbang backup ${FORMAT} sha256 ${digest}\n`;
const SEAL = /\nsarangbang backup (\d+) sha256 ([0-9a-f]{64})\n$/;
const SEAL_BYTES = seal('0'.repeat(64)).length;

/** The SHA-256 of the first `bytes` of a file. Each piece is also passed to `take`. */
async function digestOf(file: FileHandle, bytes: number, take?: (piece: Buffer) => Promise<unknown>): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(1024 * 1024);
  for (let at = 0; at < bytes;) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, bytes - at), at);
    if (bytesRead === 0) break;
    const piece = buffer.subarray(0, bytesRead);
    hash.update(piece);
    await take?.(piece);
    at += bytesRead;
  }
  return hash.digest('hex');
}

/** Appends the line by which changes of the file are noticed, and waits until everything is on disk. */
export async function sealBackup(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    await appendFile(path, seal(await digestOf(file, size)));
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Checks an opened backup, and passes its pages to `take`. Rejects with `ConfigError` if it is incomplete or unusable.
 */
async function checkOpened(file: FileHandle, place: string, take?: (piece: Buffer) => Promise<unknown>): Promise<void> {
  const stats = await file.stat();
  if (!stats.isFile()) throw new ConfigError(`${place} is not a file.`);
  if (stats.size === 0) throw new ConfigError(`${place} is empty.`);
  const header = Buffer.alloc(HEADER_BYTES);
  await file.read(header, 0, HEADER_BYTES, 0);
  const isBackup =
    header.toString('latin1', 0, MAGIC.length) === MAGIC && header.readInt32BE(APPLICATION_ID_AT) === APPLICATION_ID;
  if (!isBackup) {
    const how =
      'it must be a file that "sarangbang backup" has written, ' +
      'but its first bytes are those of another kind of file, or damaged';
    throw new ConfigError(`${place} is not a backup of this server: ${how}.`);
  }
  const tail = Buffer.alloc(Math.min(stats.size, SEAL_BYTES + 16));
  await file.read(tail, 0, tail.length, stats.size - tail.length);
  const [line = '', format = '0', expected] = SEAL.exec(tail.toString('latin1')) ?? [];
  const version = header.readInt32BE(USER_VERSION_AT);
  const isLater = Number(format) > FORMAT || version > STEPS.length;
  const isWhole = expected !== undefined && (await digestOf(file, stats.size - line.length, take)) === expected;
  if (isLater) {
    const doubt = isWhole ? '' : ', unless it is damaged';
    const known = `format ${format} with a store of ${version}, and this version knows ${FORMAT} and ${STEPS.length}`;
    throw new ConfigError(`${place} was made by a later version of this server (${known})${doubt}; use that version.`);
  }
  if (!isWhole) {
    const how = expected === undefined ? 'its end is missing' : 'its content is not what was written';
    throw new ConfigError(`${place} is damaged (${how}); use a different backup. Nothing was changed.`);
  }
}

/** Checks a whole backup, and passes its pages to `take`. Rejects with `ConfigError`. */
export async function readBackup(path: string, take?: (piece: Buffer) => Promise<unknown>): Promise<void> {
  const place = `The backup ${JSON.stringify(path)}`;
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${error.code ?? error.message})`;
    throw new ConfigError(`${place} ${why}.`);
  });
  try {
    await checkOpened(file, place, take);
  } finally {
    await file.close();
  }
}
