import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoreUsage } from '../memory/backend.ts';

/** The bytes of the files in a directory, and of the free space on its disk. A file removed meanwhile counts as 0. */
export async function measureDirectory(directory: string): Promise<StoreUsage> {
  const names = await readdir(directory);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(directory, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  const { bavail, bsize, blocks } = await statfs(directory);
  // Some file systems report a size of zero.
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), freeBytes: blocks === 0 ? NaN : bavail * bsize };
}
