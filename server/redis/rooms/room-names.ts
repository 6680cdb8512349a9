/**
 * Renames rooms that an earlier version kept under a name with invisible characters. Pages ask for them without these
 * characters now.
 *
 * Runs at the start of each process. A room in use is renamed later, because a process of the earlier version may still
 * use its name.
 */
import type { Logger } from 'pino';
import { normalizeRoom } from '../../texts.ts';
import type { RedisConnection } from '../connection.ts';
import { SCRIPTS } from '../scripts.ts';

/** Milliseconds until rooms in use are tried again. */
const LATER_MS = 5_000;

/** Resolves when every such room that is not in use is renamed, to a function that stops waiting for the others. */
export async function stripRoomNames(connection: RedisConnection, log: Logger): Promise<() => void> {
  /** Null until all keys were read. */
  let names: Set<string> | null = null;
  let timer: NodeJS.Timeout | undefined;
  const strip = async (): Promise<void> => {
    names ??= await findNames(connection);
    for (const room of names) {
      const name = normalizeRoom(room, true);
      const outcome = await connection.run(SCRIPTS.renameRoom, { from: room, to: name ?? '' });
      if (outcome === 'in use') continue;
      names.delete(room);
      if (outcome !== 'gone') log.warn({ room, name, outcome }, 'the name of a stored room had invisible characters');
    }
  };
  const stripAll = async (): Promise<void> => {
    // A process starts although Redis is away, and renames the rest later.
    await strip().catch((error: unknown) =>
      log.warn({ err: error }, 'looking for invisible characters in the names of stored rooms failed'),
    );
    if (names?.size !== 0) timer = setTimeout(() => void stripAll(), LATER_MS).unref();
  };
  await stripAll();
  return () => clearTimeout(timer);
}

async function findNames(connection: RedisConnection): Promise<Set<string>> {
  const names = new Set<string>();
  let cursor = '0';
  do {
    const [next, found] = await connection.run(SCRIPTS.findNames, { cursor });
    for (const name of found) if (normalizeRoom(name) !== name) names.add(name);
    cursor = next;
  } while (cursor !== '0');
  return names;
}
