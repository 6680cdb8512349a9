import type { StoreUsage } from '../memory/backend.ts';

/** The usage of a Redis, read from its answer to `INFO memory`. */
export function readMemoryUsage(info: string): StoreUsage {
  const read = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? NaN);
  const bytes = read('used_memory');
  const limit = read('maxmemory');
  return { bytes, freeBytes: limit > 0 ? Math.max(0, limit - bytes) : NaN };
}
