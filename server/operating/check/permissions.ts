/** Finds files of the server that other users may read or change: those in `DATA_DIR`, and those that hold secrets. */
import type { Config } from '../../config/config.ts';
import { findOpenings } from '../../disk/data-directory.ts';
import type { Finding } from './finding.ts';

export interface SecretFiles {
  /** The settings that name the files. */
  names: readonly string[];
  /** Sentences about files that other users may read. */
  openings: readonly string[];
}

export async function checkPermissions(config: Config, secrets: SecretFiles): Promise<Finding[]> {
  const isOnDisk = config.redisUrl === '' && config.dataDir !== ':memory:';
  const wrong = [...secrets.openings, ...(isOnDisk ? await findOpenings(config.dataDir) : [])];
  if (wrong.length > 0) return wrong.map((text) => ({ part: 'permissions', verdict: 'wrong', text }));
  const good: string[] = [];
  if (secrets.names.length > 0)
    good.push(`no user outside its group may read or change a file of secrets (${secrets.names.join(', ')})`);
  if (isOnDisk) good.push(`no other user may read or change what is in DATA_DIR ${JSON.stringify(config.dataDir)}`);
  if (good.length === 0)
    return [{ part: 'permissions', verdict: '-', text: 'the settings name neither a directory nor a file of secrets' }];
  return good.map((text) => ({ part: 'permissions', verdict: 'ok', text }));
}
