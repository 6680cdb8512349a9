/**
 * What an app keeps under `DATA_DIR` besides its memory: chat, what rooms remember, revocations and the signing key.
 *
 * Owns the creation of these parts and the order in which they open and close. Owns the end of rooms that nobody enters
 * again after a restart. It is loaded only if there is a `DATA_DIR`.
 */
import type { Logger } from 'pino';
import { createMemoryBackend } from '../memory/backend.ts';
import type { Backend, BackendOptions } from '../memory/backend.ts';
import type { Config } from '../config/config.ts';
import { guardDataDirectory } from './data-directory.ts';
import { Database } from './database.ts';
import { openAgeClock } from './disk-age-clock.ts';
import { DiskChatLog } from './disk-chat-log.ts';
import { settleRecord } from './disk-record.ts';
import { DiskRevocations } from './disk-revocations.ts';
import { DiskRoomMemories } from './disk-room-memories.ts';
import { measureDirectory } from './directory-usage.ts';
import { openIdentity } from './resume-key.ts';
import { stripRoomNames } from './room-names.ts';

export interface DiskBackendOptions extends BackendOptions {
  log: Logger;
}

/** The longest delay of a timer, in milliseconds. */
const LONGEST_WAIT_MS = 0x7fff_ffff;

/** Rejects with `ConfigError`, whose message is one line for the operator. */
export async function createDiskBackend(config: Config, { log, ...options }: DiskBackendOptions): Promise<Backend> {
  const { now, succession, returnMs, sweepMs } = options;
  // Before SQLite creates its other files, because they get the mode of the first one. If this fails, opening reports
  // it.
  await guardDataDirectory(config.dataDir, log).catch(() => undefined);
  const database = await Database.open(config.dataDir, now, sweepMs);
  try {
    // Before anything is cleared, swept or renamed.
    await settleRecord({ database, config, grants: !succession, now, log });
    const identity = await openIdentity(config.dataDir);
    await stripRoomNames(database, log);
    const memories = await DiskRoomMemories.open(database, log);
    const keepsChat = config.chatHistoryLimit > 0 && config.chatRetention > 0;
    const ages = await openAgeClock(database, now);
    const chatLog = await DiskChatLog.open({
      database,
      historyLimit: config.chatHistoryLimit,
      retentionMs: config.chatRetention,
      now,
      ages,
      sweepMs,
    });
    if (!keepsChat) await chatLog.clear();
    const revocations = await DiskRevocations.open(database, now, ages);
    // Chat that nobody may read again (limit or retention 0) is not written to disk. Memory is enough for repeated
    // sendings.
    const backend = await createMemoryBackend(config, options, {
      identity,
      memories,
      revocations,
      ...(keepsChat && { chatLog }),
    });
    const historyOutlivesRooms = keepsChat && !succession;

    const age = () => {
      for (const room of memories.endUnclaimed(ages.deletesBy(now()))) {
        if (historyOutlivesRooms) continue;
        chatLog
          .drop(room)
          .catch((error: unknown) => log.warn({ err: error }, 'deleting the chat of an ended room failed'));
      }
    };
    const ageing = setTimeout(age, Math.min(Math.max(config.roomLinger, returnMs), LONGEST_WAIT_MS)).unref();
    return {
      ...backend,
      historyOutlivesRooms,
      isWritable: () => database.isWritable(),
      usage: () => measureDirectory(config.dataDir),
      async close() {
        clearTimeout(ageing);
        await memories
          .close()
          .catch((error: unknown) => log.error({ err: error }, 'writing locks and bans of rooms to DATA_DIR failed'));
        await backend.close();
        await chatLog.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
