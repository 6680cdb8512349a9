import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a directory for this user alone, and those above it that are missing. Not by `recursive`, which
 * never comes to an end below a directory that makes none though it is there, as `/proc` is.
 */
export async function makeDataDirectory(path: string): Promise<void> {
  const make = () => mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await make().catch(async (error: NodeJS.ErrnoException) => {
    const parent = dirname(path);
    if (error.code !== 'ENOENT' || parent === path) throw error;
    await makeDataDirectory(parent);
    await make();
  });
}
