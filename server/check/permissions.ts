/** Who else may read or change what only the server should: the files of `DATA_DIR`, and those of secrets. */
import type { Config } from '../config.ts';
import { findOpenings } from '../disk/data-directory.ts';
import type { Finding } from './finding.ts';

export async function checkPermissions(config: Config, wideFiles: readonly string[]): Promise<Finding[]> {
  const isOnDisk = config.redisUrl === '' && config.dataDir !== ':memory:';
  const openings = isOnDisk ? await findOpenings(config.dataDir) : [];
  const wrong = [...wideFiles, ...openings];
  if (wrong.length > 0) return wrong.map((text) => ({ part: 'permissions', verdict: 'wrong', text }));
  const places = ['files of secrets', ...(isOnDisk ? [`DATA_DIR ${JSON.stringify(config.dataDir)}`] : [])];
  return [{ part: 'permissions', verdict: 'ok', text: `no other user may read or change ${places.join(' or ')}` }];
}
