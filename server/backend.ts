/**
 * Where an app keeps its rooms, chat and revocations: in memory, under `DATA_DIR` as well, or in a shared Redis.
 *
 * Owns that choice alone, so that the app knows one `Backend` and loads no library of the others.
 */
import type { Config } from './config/config.ts';
import type { DiskBackendOptions } from './disk/backend.ts';
import { createMemoryBackend } from './memory/backend.ts';
import type { Backend } from './memory/backend.ts';
import type { RedisBackendOptions } from './redis/backend.ts';

export type { Backend } from './memory/backend.ts';

export type CreateBackendOptions = DiskBackendOptions & RedisBackendOptions;

/** Opens the backend that `config` names. Rejects with `ConfigError`, whose message is one line for the operator. */
export async function createBackend(config: Config, options: CreateBackendOptions): Promise<Backend> {
  if (config.redisUrl !== '') return (await import('./redis/backend.ts')).createRedisBackend(config, options);
  if (config.dataDir !== ':memory:') return (await import('./disk/backend.ts')).createDiskBackend(config, options);
  return createMemoryBackend(config, options);
}
