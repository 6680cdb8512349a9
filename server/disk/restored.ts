/**
 * The end of a restore, which no kill can leave half done.
 *
 * A restore makes a store ready beside the one that is used, and then gives it the name `sarangbang.db.restored`: from
 * that moment on the store is the new one. What is left to do is done by the same command, by the next one or by the
 * next start of a server, and can be done again. Whoever calls this holds the lock of the directory.
 */
import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

const STORE = 'sarangbang.db';
const KEY = 'resume.key';
/** A store that is not ready yet. */
export const STAGED_FILE = `${STORE}.restoring`;
/** A store that is ready to take the place of the one that is used. */
export const RESTORED_FILE = `${STORE}.restored`;
/** The key that belongs to it. */
export const RESTORED_KEY = `${KEY}.restored`;

/** What SQLite would replay over the store that comes. */
const LEFT_BY_STORE = ['-wal', '-shm', '-journal'].map((suffix) => `${STORE}${suffix}`);

/** Makes the names in a directory last. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Whether a restore was interrupted after its store had become the one to be used. */
export const isRestorePending = (dataDir: string): boolean => existsSync(join(dataDir, RESTORED_FILE));

/** Told after each step. A test ends the process there. */
export type StepListener = (step: string) => void;

/** Finishes a restore that was interrupted, and removes what one has left that came to nothing. */
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
