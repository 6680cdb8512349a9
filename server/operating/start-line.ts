/**
 * The log line of a started process: which build it is, and its settings.
 *
 * Owns which settings are in the line; none of them is secret. Does not own the address on standard output, which is
 * for programs.
 */
import { hideCredentials } from '../config/config.ts';
import type { Config } from '../config/config.ts';
import { createIceServers } from '../rooms/ice-servers.ts';
import { readVersion } from '../config/version.ts';

export interface StartLine {
  version: string;
  commit: string;
  node: string;
  /** Where rooms and chat are kept. */
  mode: 'memory' | 'disk' | 'redis';
  /** The directory, or the address of Redis without credentials; empty in memory. */
  store: string;
  /** The settings that require tokens; empty if every room is open. */
  grants: string[];
  /** The STUN and TURN servers that guests receive. */
  stun: string[];
  turn: string[];
  addresses: string[];
  trustProxy: Config['trustProxy'];
}

const GRANT_SETTINGS = {
  TOKEN_SECRET: 'tokenSecret',
  TOKEN_PUBLIC_KEY: 'tokenPublicKey',
  TOKEN_JWKS_URL: 'tokenJwksUrl',
} as const;

function describeStore({ redisUrl, dataDir }: Config): Pick<StartLine, 'mode' | 'store'> {
  if (redisUrl !== '') return { mode: 'redis', store: hideCredentials(redisUrl) };
  return dataDir === ':memory:' ? { mode: 'memory', store: '' } : { mode: 'disk', store: dataDir };
}

/** Log lines about settings that are valid but perhaps not intended. */
export function describeDoubts(config: Config): string[] {
  const isOpen = Object.values(GRANT_SETTINGS).every((name) => config[name] === '');
  return [
    ...(config.turnSecret && config.turnUrls.length === 0
      ? ['TURN_SECRET is set and TURN_URLS is not: no relay is used.']
      : []),
    ...(isOpen
      ? [
          'No grants are asked for, because no TOKEN_… setting is set: ' +
            'every room is open to everyone who knows its name.',
        ]
      : []),
  ];
}

export function describeStart(config: Config, addresses: string[]): StartLine {
  const urls = createIceServers(config, Date.now)('').iceServers.flatMap((server) => server.urls);
  return {
    ...readVersion(),
    node: process.version,
    ...describeStore(config),
    grants: Object.entries(GRANT_SETTINGS)
      .filter(([, name]) => config[name].length > 0)
      .map(([variable]) => variable),
    stun: urls.filter((url) => url.startsWith('stun')),
    turn: urls.filter((url) => url.startsWith('turn')),
    addresses,
    trustProxy: config.trustProxy,
  };
}
