/**
 * The end of a restore, which can be interrupted at any moment.
 *
 * A restore prepares a store beside the current one and then renames it to `sarangbang.db.restored`. From that moment
 * the restored store is the valid one. That `restore` command, a later one or the next start of a server does the
 * remaining steps, which can be repeated. Callers must hold the lock of the directory.
 */
import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

const STORE = 'sarangbang.db';
const KEY = 'resume.key';
/** A store that is still being prepared. */
export const STAGED_FILE = `${STORE}.restoring`;
/** A store that is ready to replace the current one. */
export const RESTORED_FILE = `${STORE}.restored`;
/** The signing key (`resume.key`) that was backed up with that store. */
export const RESTORED_KEY = `${KEY}.restored`;

/** Files of the old store that SQLite would otherwise replay into the new one. */
const LEFT_BY_STORE = ['-wal', '-shm', '-journal'].map((suffix) => `${STORE}${suffix}`);

/** Waits until the renames and removals of files in a directory are on disk. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Whether a restore was interrupted after its store had become the valid one. */
export const isRestorePending = (dataDir: string): boolean => existsSync(join(dataDir, RESTORED_FILE));

/** Called after each step. Tests end the process there. */
export type StepListener = (step: string) => void;

/** Finishes an interrupted restore, and removes the files of one that did not get far enough. */
export async function finishRestore(dataDir: string, onStep: StepListener = () => undefined): Promise<void> {
  const at = (name: string) => join(dataDir, name);
  if (isRestorePending(dataDir)) {
    for (const name of LEFT_BY_STORE) await rm(at(name), { force: true });
    await syncDirectory(dataDir);
    onStep('clear');
    if (existsSync(at(RESTORED_KEY))) await rename(at(RESTORED_KEY), at(KEY));
    onStep('key');
    await rename(at(RESTORED_FILE), at(STORE));
    await syncDirectory(dataDir);
    onStep('swap');
  }
  for (const name of [STAGED_FILE, RESTORED_KEY]) await rm(at(name), { force: true });
}
