/**
 * Whether a start could open the store under `DATA_DIR`, tried on a copy: the store and a server that uses it are left
 * alone, and what is tried is the start's own code.
 */
import { constants } from 'node:fs';
import { access, copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ConfigError } from '../config.ts';
import type { Config } from '../config.ts';
import { Database, RESERVE_BYTES } from '../disk/database.ts';
import { settleRecord } from '../disk/disk-record.ts';
import { DATABASE_FILES, copyDatabase, isInUse } from '../disk/store-copy.ts';
import { createIdentity } from '../identity.ts';
import { measureDirectory } from '../store-usage.ts';
import { createHeardLog } from './finding.ts';
import type { Finding } from './finding.ts';

const wrong = (text: string): Finding => ({ part: 'store', verdict: 'wrong', text });

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/** The directory, or of those above it the first that is there. */
async function findExisting(path: string): Promise<string> {
  const parent = dirname(path);
  return stat(path).then(
    () => path,
    (error: unknown) => {
      if (codeOf(error) !== 'ENOENT' || parent === path) throw error;
      return findExisting(parent);
    },
  );
}

/** Why the store cannot be written there; null where it can. */
async function findObstacle(dataDir: string): Promise<string | null> {
  try {
    const existing = await findExisting(resolve(dataDir));
    if (!(await stat(existing)).isDirectory()) return `where ${existing} is no directory`;
    await access(existing, constants.R_OK | constants.W_OK | constants.X_OK);
    const { freeBytes } = await measureDirectory(existing);
    return freeBytes < RESERVE_BYTES ? 'where there is no space left' : null;
  } catch (error) {
    return `where this user may not write (${codeOf(error)})`;
  }
}

/** Copies what a start reads. A running server goes on: it is read as any reader reads it. */
async function copyStore(from: string, to: string, isRunning: boolean): Promise<void> {
  const files = isRunning ? ['resume.key'] : [...DATABASE_FILES, 'resume.key'];
  for (const name of files) {
    await copyFile(join(from, name), join(to, name)).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT')
        throw new ConfigError(
          `DATA_DIR is ${JSON.stringify(from)}, whose file ${name} cannot be read (${codeOf(error)}).`,
        );
    });
  }
  if (isRunning) copyDatabase(from, to);
}

export async function checkDiskStore(config: Config, grants: boolean, now: () => number): Promise<Finding[]> {
  const { dataDir } = config;
  const place = `DATA_DIR is ${JSON.stringify(dataDir)}`;
  const obstacle = await findObstacle(dataDir);
  if (obstacle !== null)
    return [wrong(`${place}, ${obstacle}; it may hold a writable directory with space left, or :memory:.`)];
  const isRunning = isInUse(dataDir);
  const copy = await mkdtemp(join(tmpdir(), 'sarangbang-check-'));
  const heard = createHeardLog();
  try {
    await copyStore(dataDir, copy, isRunning);
    const database = await Database.open(copy, now);
    try {
      await settleRecord({ database, config, grants, now, log: heard.log });
      await createIdentity(copy);
    } finally {
      await database.close();
    }
  } catch (error) {
    // What the copy is told to be is true of the store.
    const text = (error instanceof Error ? error.message : String(error)).replaceAll(copy, dataDir);
    return [
      wrong(error instanceof ConfigError ? text : `${place}, whose copy could not be tried (${text}).`),
      ...heard.findings('store'),
    ];
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
  const used = isRunning ? '; a server uses it at the moment' : '';
  return [
    { part: 'store', verdict: 'ok', text: `${place}, which a start with these settings can open${used}` },
    ...heard.findings('store'),
  ];
}
