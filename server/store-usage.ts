import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** How much a store holds, and how much more it could; `NaN` where there is no bound, or none that is known. */
export interface StoreUsage {
  bytes: number;
  freeBytes: number;
}

/** Of the files in a directory; a file that goes meanwhile counts nothing. */
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
  // Some file systems tell of no size at all.
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), freeBytes: blocks === 0 ? NaN : bavail * bsize };
}

/** Of a Redis, from what it says of its memory. */
export function readMemoryUsage(info: string): StoreUsage {
  const read = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? NaN);
  const [bytes, limit] = [read('used_memory'), read('maxmemory')];
  return { bytes, freeBytes: limit > 0 ? Math.max(0, limit - bytes) : NaN };
}
