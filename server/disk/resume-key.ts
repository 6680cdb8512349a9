/**
 * The server's signing key on disk.
 *
 * Owns the file `resume.key` in `DATA_DIR`, so that pages can resume after a restart. Does not own what the key signs
 * (`grants/identity.ts`).
 */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../config/config.ts';
import { Identity, KEY_BYTES } from '../grants/identity.ts';
import { makeDataDirectory } from './data-directory.ts';

/** The identity whose key is in `dataDir`. The first call makes the key. Rejects with `ConfigError`. */
export async function openIdentity(dataDir: string): Promise<Identity> {
  const path = join(dataDir, 'resume.key');
  try {
    await makeDataDirectory(dataDir);
    // `wx`: when two processes start at once, one of them writes the key and both read it.
    await writeFile(path, randomBytes(KEY_BYTES).toString('hex'), { flag: 'wx', mode: 0o600 }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
    const key = Buffer.from((await readFile(path, 'utf8')).trim(), 'hex');
    if (key.length !== KEY_BYTES) throw new Error('the file is damaged; remove it, and the server makes a new key');
    return new Identity(key);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      `DATA_DIR is ${JSON.stringify(dataDir)}, where the server's key ${path} cannot be kept (${reason}); ` +
        'it may hold a writable directory, or :memory:.',
    );
  }
}
