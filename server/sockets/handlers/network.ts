import { randomBytes } from 'node:crypto';
import type { Handlers } from '../commands.ts';
import type { Limits } from '../../traffic/limits.ts';
import { PROBE_BYTES } from '../../protocol.ts';

/** Random text in one byte a character. Compression saves a quarter at most: six bits of eight are random. */
const NOISE = randomBytes(PROBE_BYTES).toString('base64').slice(0, PROBE_BYTES);

/**
 * `network:probe`: lets a page measure its connection to the server. The commands of a connection wait for each other,
 * so one probe is carried out at a time.
 */
export function createNetworkHandlers({ limits }: { limits: Limits }): Handlers {
  return {
    async 'network:probe'({ send, want }, { id }) {
      // The command itself has paid for one direction.
      if (send !== undefined && want !== undefined) await limits.consume('probe', id);
      return want === undefined ? {} : { data: NOISE.slice(0, want) };
    },
  };
}
