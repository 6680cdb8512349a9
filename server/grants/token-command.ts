/**
 * `sarangbang token`: prints a grant signed with `TOKEN_SECRET`.
 *
 * Owns the flags of the subcommand and the sentences that refuse a bad one. Starts no server.
 */
import { randomUUID } from 'node:crypto';
import { ConfigError, assertSecrets } from '../config/config.ts';
import { parseDuration } from '../config/durations.ts';
import { GRANT_ROLES, signGrant } from './grants.ts';
import type { GrantRole } from './grants.ts';
import { EVERY_ROOM, normalizeRoom } from '../texts.ts';

const FLAGS = ['--room', '--name', '--role', '--ttl', '--sub', '--jti', '--token-secret'] as const;
/** The longest lifetime in milliseconds. Every store keeps revocations at least as long. */
const LONGEST_TTL_MS = 366 * 86_400_000;
type Flag = (typeof FLAGS)[number];

function readFlags(args: readonly string[]): Map<Flag, string[]> {
  const given = new Map<Flag, string[]>();
  for (let index = 0; index < args.length; index++) {
    const [name = '', ...inline] = (args[index] ?? '').split('=');
    const flag = FLAGS.find((candidate) => candidate === name);
    if (!flag)
      throw new ConfigError(
        `The flag ${JSON.stringify(name)} is not known to token; it may be one of ${FLAGS.join(' ')}.`,
      );
    const value = inline.length > 0 ? inline.join('=') : args[++index];
    if (value === undefined) throw new ConfigError(`The flag ${flag} needs a value.`);
    given.set(flag, [...(given.get(flag) ?? []), value]);
  }
  return given;
}

/**
 * The token that `args` describe, signed with `standardSecret` unless they name a different secret. Throws
 * `ConfigError`.
 */
export async function createToken(args: readonly string[], standardSecret: string): Promise<string> {
  const flags = readFlags(args);
  const last = (flag: Flag) => flags.get(flag)?.at(-1);
  const secret = last('--token-secret') ?? standardSecret;
  if (secret === '')
    throw new ConfigError('TOKEN_SECRET is not set; it must hold the secret that the server verifies tokens with.');
  assertSecrets(secret, last('--token-secret') === undefined ? 'TOKEN_SECRET' : '--token-secret');
  const asked = last('--role') ?? 'participant';
  const role = GRANT_ROLES.find((candidate): candidate is GrantRole => candidate === asked);
  if (!role) throw new ConfigError(`--role is ${JSON.stringify(asked)}; it may hold one of ${GRANT_ROLES.join(', ')}.`);
  const ttl = last('--ttl') ?? '1h';
  const ttlMs = parseDuration(ttl);
  if (!ttlMs)
    throw new ConfigError(`--ttl is ${JSON.stringify(ttl)}; it may hold a duration such as 300s, 10m, 12h or 30d.`);
  if (ttlMs > LONGEST_TTL_MS) {
    throw new ConfigError(
      `--ttl is ${JSON.stringify(ttl)}; it may hold 366d at most, because a revocation is kept for so long.`,
    );
  }
  const rooms = flags.get('--room') ?? (role === 'admin' ? [EVERY_ROOM] : []);
  if (rooms.length === 0)
    throw new ConfigError('--room is missing; it may hold the name of a room, once for each, or * for every room.');
  const canonical = (room: string) => (room === EVERY_ROOM ? room : normalizeRoom(room));
  const invalid = rooms.find((room) => canonical(room) === null);
  if (invalid !== undefined)
    throw new ConfigError(
      `--room is ${JSON.stringify(invalid)}; it may hold 1 to 128 characters without control characters.`,
    );
  return signGrant(secret, {
    subject: last('--sub') ?? randomUUID(),
    name: last('--name') ?? '',
    rooms: rooms.map((room) => canonical(room) ?? room),
    role,
    ttlMs,
    id: last('--jti') ?? randomUUID(),
  });
}
