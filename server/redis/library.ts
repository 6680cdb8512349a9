/**
 * The Lua files as what Redis runs: one library of functions, and two scripts that stand alone.
 *
 * Owns the order of the files, the constants that Lua shares with TypeScript, and the names. The names of the library
 * and of its functions carry a hash of their source, so processes of two versions can use one Redis at the same time.
 * Does not own what the functions are called with and what they answer (`scripts.ts`).
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { BELIEF_MS, STEP_MS } from '../rooms/age-clock.ts';
import {
  LINGERING_LIMIT,
  PURGE_PORTION,
  RETRY_MS,
  RETRY_WINDOW,
  WAITING_LIMIT,
  WAITING_PER_ADDRESS,
} from '../rooms/rules.ts';

/** Milliseconds between two signs of life of a process. */
export const BEAT_MS = 500;
/** Milliseconds without a sign of life after which a process counts as dead. */
export const LEASE_MS = 2_500;
/** Begins the names of processes that compare their settings. Processes of an earlier version have other names. */
export const SETTLED = 'settled:';
/** Milliseconds by which the retention that is read from an earlier version's keys may be wrong. */
export const ROUGH_MS = 60_000;
/** Facts of a room that are kept for a process that missed some. A client that missed more asks for a snapshot. */
export const LOG_LENGTH = 128;
/**
 * Milliseconds that may pass between two signs of life of any processes. A longer time means that no process ran, or
 * that the clock of Redis jumped.
 */
const PAUSE_MS = 1_500;

/** Handed in to Lua as local variables of these names. */
const CONSTANTS = {
  BEAT_MS,
  BELIEF_MS,
  LEASE_MS,
  LINGERING_LIMIT,
  LOG_LENGTH,
  PAUSE_MS,
  PURGE_PORTION,
  RETRY_MS,
  RETRY_WINDOW,
  ROUGH_MS,
  SETTLED,
  STEP_MS,
  WAITING_LIMIT,
  WAITING_PER_ADDRESS,
};

/** Each file uses what stands in the files before it. */
export const LIBRARY_FILES = [
  'keys',
  'clock',
  'facts',
  'chat',
  'gate',
  'rooms',
  'nodes',
  'room-functions',
  'call-functions',
  'moderation-functions',
  'chat-functions',
  'node-functions',
  'upkeep-functions',
  'store-functions',
] as const;

/** A Lua script that is no function of the library. */
export interface LoneScript {
  lua: string;
  /** The name under which Redis knows the script. */
  sha: string;
}

/** A Lua file without comments and indentation, which Redis does not need. No string in it spans several lines. */
function readLua(name: string): string {
  const text = readFileSync(new URL(`lua/${name}.lua`, import.meta.url), 'utf8');
  const lines = text.split('\n').map((line) => line.trimStart());
  return lines.filter((line) => line !== '' && !line.startsWith('--')).join('\n');
}

export function readLoneScript(name: 'deliver' | 'trial'): LoneScript {
  const lua = readLua(name);
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/** The names of all libraries of this server begin so. */
const LIBRARY_PREFIX = 'sarangbang_';

function createLibrary(): { name: string; source: string } {
  const constants = Object.entries(CONSTANTS).map(([name, value]) => `local ${name} = ${JSON.stringify(value)}`);
  const body = [...constants, ...LIBRARY_FILES.map(readLua)].join('\n');
  const name = LIBRARY_PREFIX + createHash('sha256').update(body).digest('hex').slice(0, 12);
  return { name, source: `#!lua name=${name}\nlocal LIBRARY = '${name}'\n${body}\n` };
}

/** Its name, and the text that Redis loads. */
export const LIBRARY: { readonly name: string; readonly source: string } = createLibrary();

/** The name of one function. */
export const functionName = (name: string): string => `${LIBRARY.name}_${name}`;

/** The most libraries of other versions that stay. If there are more, all go; running processes load theirs again. */
const OTHER_LIBRARIES = 4;

/** Loads the library unless Redis holds it. */
export async function loadLibrary(redis: Redis): Promise<void> {
  const rows = (await redis.function('LIST', 'LIBRARYNAME', `${LIBRARY_PREFIX}*`)) as unknown[][];
  const names = rows.map((row) => String(row[row.indexOf('library_name') + 1]));
  if (names.includes(LIBRARY.name)) return;
  await redis.function('LOAD', 'REPLACE', LIBRARY.source);
  if (names.length <= OTHER_LIBRARIES) return;
  // Another process may remove one of them at the same time.
  await Promise.all(names.map((name) => redis.function('DELETE', name).catch(() => undefined)));
}
