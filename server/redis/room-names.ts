/**
 * Gives rooms that an earlier version has kept in Redis under a name with characters that show nothing the name without
 * them, under which pages ask for them now. Runs at the start of each process. A room with somebody of a living process
 * in it, which may be of the earlier version, is left to later, when nobody is.
 */
import type { Logger } from 'pino';
import { normalizeRoom } from '../protocol.ts';
import type { RedisConnection } from './connection.ts';
import { SCRIPTS } from './scripts.ts';

/** Milliseconds until rooms in use are looked at again. */
const LATER_MS = 5_000;

/** Resolves when every such room that nobody uses has its name. Answers what ends the waiting for the others. */
export async function stripRoomNames(connection: RedisConnection, log: Logger): Promise<() => void> {
  /** Null until all keys were looked at. */
  let names: Set<string> | null = null;
  let timer: NodeJS.Timeout | undefined;
  const strip = async (): Promise<void> => {
    names ??= await findNames(connection);
    for (const room of names) {
      const name = normalizeRoom(room, true);
      const outcome = await connection.run(SCRIPTS.renameRoom, { from: room, to: name ?? '' });
      if (outcome === 'in use') continue;
      names.delete(room);
      if (outcome !== 'gone')
        log.warn({ room, name, outcome }, 'a room was kept under a name with characters that show nothing');
    }
  };
  const stripAll = async (): Promise<void> => {
    // A Redis that is away is no reason not to start: what is left is done later.
    await strip().catch((error: unknown) => log.warn({ err: error }, 'names of rooms could not be looked through'));
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
