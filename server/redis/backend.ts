/**
 * Everything an app keeps, in a Redis through which several processes act as one server.
 *
 * Owns the making of these parts and the order in which they start and end. It is loaded only when `REDIS_URL` is set.
 * WebSocket is the only transport, because each request of the polling transport may reach a different process.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import type { Logger } from 'pino';
import type { Backend, BackendOptions } from '../memory/backend.ts';
import type { Config } from '../config/config.ts';
import { Directory } from '../rooms/directory.ts';
import { Identity } from '../grants/identity.ts';
import { Limits } from '../traffic/limits.ts';
import type { CreateLimiter, RateClass } from '../traffic/limits.ts';
import { RedisConnection } from './connection.ts';
import { FollowedRooms } from './rooms/followed-rooms.ts';
import { SETTLED } from './library.ts';
import { NodeLife } from './node-life.ts';
import { RedisChatLog } from './redis-chat-log.ts';
import { RedisPresence } from './redis-presence.ts';
import { settleRecord } from './redis-record.ts';
import { RedisRelay } from './rooms/redis-relay.ts';
import { RedisRevocations } from './redis-revocations.ts';
import { RedisRooms, createEpoch } from './rooms/redis-rooms.ts';
import { stripRoomNames } from './rooms/room-names.ts';
import { RoomListFeed } from './rooms/room-list-feed.ts';
import { SCRIPTS } from './scripts.ts';
import { readMemoryUsage } from './server-info.ts';
import { Upkeep } from './upkeep.ts';

export interface RedisBackendOptions extends BackendOptions {
  log: Logger;
  /** Whether a client of this process watches the public list. */
  isWatched: () => boolean;
}

/** Grows with each change of the keys that makes two versions unable to share one Redis. */
const FORMAT = 1;

/** Channels belong to no database, so the number of the database is part of every name. */
export function prefixFor(url: string): string {
  const database = new URL(url).pathname.slice(1) || '0';
  return `sarangbang:${FORMAT}:${database}:`;
}

/** Classes that are counted in this process alone, because a participant sends them from one process. */
const COUNTED_HERE: readonly RateClass[] = ['signal', 'typing', 'reaction', 'probe'];

function createLimiterFor(connection: RedisConnection, prefix: string): CreateLimiter {
  return (rateClass, allowance) => {
    const memory = new RateLimiterMemory({ keyPrefix: rateClass, ...allowance });
    if (COUNTED_HERE.includes(rateClass)) return memory;
    // While Redis is away, each process counts alone.
    return new RateLimiterRedis({
      storeClient: connection.client,
      keyPrefix: `${prefix}limit:${rateClass}`,
      insuranceLimiter: memory,
      rejectIfRedisNotReady: true,
      ...allowance,
    });
  };
}

/** Warns of data on disk: the server does not move it to Redis, and no retention deletes it. */
export function tellOfDataDirectory(dataDir: string, log: Logger): void {
  const isUsed = dataDir !== ':memory:' && existsSync(join(dataDir, 'sarangbang.db'));
  if (!isUsed) return log.info('REDIS_URL is set: everything is kept in Redis, and DATA_DIR is not used.');
  log.warn(
    `REDIS_URL is set, and DATA_DIR ${JSON.stringify(dataDir)} holds an earlier store: its chat, bans, locks, ` +
      'revocations and key are not carried over to Redis, and CHAT_RETENTION does not reach them. ' +
      'Remove the files when you no longer need them.',
  );
}

/** Rejects with a `ConfigError` whose message is one line for the operator. */
export async function createRedisBackend(
  config: Config,
  { now, returnMs, succession, onGone, onTaken, allowances, roomLimit, sweepMs, log, isWatched }: RedisBackendOptions,
): Promise<Backend> {
  const record = await settleRecord({ config, grants: !succession, prefix: prefixFor(config.redisUrl), now, log });
  const { prefix } = record;
  tellOfDataDirectory(config.dataDir, log);
  const node = `${SETTLED}${randomUUID()}`;
  const lingerMs = config.roomLinger;
  const connection = new RedisConnection({ url: config.redisUrl, scope: { prefix, succession, returnMs }, log });

  const followed = new FollowedRooms(connection, prefix);
  const rooms = new RedisRooms({
    connection,
    followed,
    node,
    lingerMs,
    succession,
    roomLimit,
    roomCapacity: config.roomCapacity,
    callCapacity: config.callCapacity,
  });
  followed.events.on('taken', ({ participantId, from, to }) => onTaken?.(participantId, from, to));
  const onEnded = (ended: readonly string[]) => rooms.tellEnded(ended);
  const presence = new RedisPresence({
    connection,
    followed,
    node,
    returnMs,
    lingerMs,
    onEnded,
    onGone,
  });
  const life = new NodeLife({
    connection,
    followed,
    presence,
    node,
    lingerMs,
    onEnded,
    log,
    retentionMs: config.chatRetention,
  });
  const upkeep = new Upkeep({
    connection,
    retentionMs: config.chatRetention,
    periodMs: sweepMs,
    log,
  });
  const feed = new RoomListFeed({ connection, prefix, isWatched });
  const revocations = new RedisRevocations({ connection, now });
  const relay = new RedisRelay({
    connection,
    rooms,
    followed,
    prefix,
    node,
    onEvicted: (id, generation) => presence.handleEviction(id, generation),
    onLifted: (key) => revocations.handleLifted(key),
    onRevoked: (revoked, at, isNow) => revocations.handleRevoked(revoked, at, isNow),
  });
  const chatLog = new RedisChatLog({
    connection,
    historyLimit: config.chatHistoryLimit,
    retentionMs: config.chatRetention,
  });

  let key = randomBytes(32).toString('hex');
  let epoch = randomBytes(9).toString('base64url');
  connection.onAway = () => followed.hold();
  connection.onReturn = async (event) => {
    await record.restore(connection);
    // All processes use the values of the first process. After Redis lost them, this process still has them.
    key = await connection.runNow(SCRIPTS.agree, { name: 'key', value: key });
    epoch = await connection.runNow(SCRIPTS.agree, { name: 'epoch', value: epoch });
    // Before anybody gets in again, so that a revoked token stays revoked.
    await revocations.reload();
    await life.restore(event);
    await feed.reload();
  };
  await relay.open();
  await connection.open();
  const endRenaming = await stripRoomNames(connection, log);
  life.start();
  upkeep.start();

  // Each process numbers the list for its own watchers. A watcher who comes from another process gets the whole list.
  const directory = new Directory(createEpoch(), feed);
  feed.directory = directory;
  return {
    epoch,
    rooms,
    chatLog,
    presence,
    directory,
    revocations,
    relay,
    holderRelay: relay,
    isPlaced: (id, room) => rooms.isPlaced(room, id),
    identity: new Identity(Buffer.from(key, 'hex')),
    limits: new Limits(createLimiterFor(connection, prefix), allowances),
    messages: chatLog.messages,
    historyOutlivesRooms: !succession,
    transports: ['websocket'],
    isReady: () => connection.isUp,
    isWritable: () => connection.isWritable(),
    usage: async () => readMemoryUsage(await connection.client.info('memory')),
    takesNewcomers: () => connection.isWritable(),
    scrub: () => void upkeep.rewrite({ now: true }),
    async close() {
      endRenaming();
      life.close();
      upkeep.close();
      feed.close();
      relay.close();
      directory.close();
      await rooms.close();
      await chatLog.close();
      connection.close();
    },
  };
}
