/**
 * Whether a start could open the store under `DATA_DIR`, checked with the code of a start. The store is read in place.
 * A copy could be left behind, and its content would survive a deletion.
 */
import { constants, existsSync } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { ConfigError } from '../../config/config.ts';
import type { Config } from '../../config/config.ts';
import { RESERVE_BYTES, explain } from '../../disk/database.ts';
import { settleRecord } from '../../disk/disk-record.ts';
import { isInUse, openView } from '../../disk/store-view.ts';
import { measureDirectory } from '../../disk/directory-usage.ts';
import { openIdentity } from '../../disk/resume-key.ts';
import { createHeardLog } from './finding.ts';
import type { Finding } from './finding.ts';

const wrong = (text: string): Finding => ({ part: 'store', verdict: 'wrong', text });

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/** The directory, or its nearest parent that exists. */
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

/** Why the store cannot be written; null if it can. */
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

/** Logs what a start would log about the store. Rejects if the start would end there. */
async function tryStore(config: Config, grants: boolean, now: () => number, log: Logger): Promise<void> {
  const { dataDir } = config;
  const database = openView(dataDir);
  try {
    await settleRecord({ database, config, grants, now, log });
  } finally {
    database.close();
  }
  // Only an existing key is read. A missing one would be made at the start, which is fine.
  if (existsSync(join(dataDir, 'resume.key'))) await openIdentity(dataDir);
}

export async function checkDiskStore(config: Config, grants: boolean, now: () => number): Promise<Finding[]> {
  const { dataDir } = config;
  const place = `DATA_DIR is ${JSON.stringify(dataDir)}`;
  const obstacle = await findObstacle(dataDir);
  if (obstacle !== null)
    return [wrong(`${place}, ${obstacle}; it may hold a writable directory with space left, or :memory:.`)];
  const isRunning = isInUse(dataDir);
  const heard = createHeardLog();
  try {
    await tryStore(config, grants, now, heard.log);
  } catch (error) {
    // A server that started during the check may have changed what was being read.
    if (!isRunning && isInUse(dataDir)) return checkDiskStore(config, grants, now);
    const isTold = error instanceof ConfigError;
    return [wrong(isTold ? error.message : `${place}, ${explain(error)}`), ...heard.findings('store')];
  }
  const used = isRunning ? '; a server uses it at the moment' : '';
  return [
    { part: 'store', verdict: 'ok', text: `${place}, which a start with these settings can open${used}` },
    ...heard.findings('store'),
  ];
}
