/**
 * Whether a start could use the Redis of `REDIS_URL`, checked with the comparison of a start. It writes only the trial
 * key that running servers write as well (`isWritable`).
 */
import { ConfigError, hideCredentials } from '../../config/config.ts';
import type { Config } from '../../config/config.ts';
import { prefixFor, tellOfDataDirectory } from '../../redis/backend.ts';
import { RedisConnection } from '../../redis/connection.ts';
import { settleRecord } from '../../redis/redis-record.ts';
import { createHeardLog } from './finding.ts';
import type { Finding } from './finding.ts';

/**
 * The most milliseconds by which the two clocks may differ. Processes compare times that Redis set, such as those of
 * messages, with their own clock.
 */
const CLOCK_MS = 5_000;

/** How far this machine's clock is from that of Redis, which answers at some time between two readings. */
async function compareClocks({ client }: RedisConnection, now: () => number): Promise<Finding> {
  const before = now();
  const [seconds = 0, microseconds = 0] = (await client.time()).map(Number);
  const after = now();
  const theirs = seconds * 1_000 + microseconds / 1_000;
  const aheadMs = theirs < before ? before - theirs : Math.min(0, after - theirs);
  const apart = `${(Math.abs(aheadMs) / 1_000).toFixed(1)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} that of Redis`;
  if (Math.abs(aheadMs) <= CLOCK_MS)
    return { part: 'clock', verdict: 'ok', text: 'this machine and Redis have one time' };
  return { part: 'clock', verdict: 'wrong', text: `this machine's clock is ${apart}; let both follow NTP` };
}

export async function checkRedisStore(config: Config, grants: boolean, now: () => number): Promise<Finding[]> {
  const heard = createHeardLog();
  const connection = new RedisConnection({ url: config.redisUrl, log: heard.log });
  const findings: Finding[] = [];
  const place = `REDIS_URL is ${JSON.stringify(hideCredentials(config.redisUrl))}`;
  try {
    await connection.open();
    const clock = await compareClocks(connection, now);
    if (await connection.isWritable())
      findings.push({ part: 'store', verdict: 'ok', text: `${place}, which answers and accepts writes` });
    else
      findings.push({
        part: 'store',
        verdict: 'wrong',
        text: `${place}, and this Redis refuses writes: its memory is full, its disk fails, or its user may not write`,
      });
    tellOfDataDirectory(config.dataDir, heard.log);
    const options = { config, grants, prefix: prefixFor(config.redisUrl), now, log: heard.log };
    await settleRecord(options, { rehearsal: true }).catch((error: unknown) => {
      findings.push({ part: 'store', verdict: 'wrong', text: messageOf(error, place) });
    });
    return [...findings, ...heard.findings('store'), clock];
  } catch (error) {
    return [{ part: 'store', verdict: 'wrong', text: messageOf(error, place) }];
  } finally {
    connection.close();
  }
}

const messageOf = (error: unknown, place: string): string =>
  error instanceof ConfigError
    ? error.message
    : `${place}, a Redis that does not answer as it should (${String(error)})`;
