/**
 * The interface `Backend`: everything that an app keeps, and the parts that must fit together.
 *
 * Owns the interface, and the backend whose every part is in the memory of this process. Does not own which backend an
 * app uses (`server/backend.ts`).
 */
import { randomBytes } from 'node:crypto';
import type { HolderRelay } from '../rooms/announcements.ts';
import type { Relay, Transports } from '../rooms/channels.ts';
import type { ChatLog } from '../rooms/chat-log.ts';
import type { Config } from '../config/config.ts';
import { Directory } from '../rooms/directory.ts';
import { createIdentity } from '../grants/identity.ts';
import type { Identity } from '../grants/identity.ts';
import { Limits } from '../traffic/limits.ts';
import type { Allowances } from '../traffic/limits.ts';
import { MemoryChatLog } from './memory-chat-log.ts';
import { MemoryRooms } from './memory-rooms.ts';
import type { Messages } from '../rooms/messages.ts';
import { MemoryPresence } from './memory-presence.ts';
import type { Presence } from '../rooms/presence.ts';
import type { ParticipantId } from '../protocol.ts';
import { MemoryRevocations } from '../grants/revocations.ts';
import type { Revocations } from '../grants/revocations.ts';
import type { RoomMemories, Rooms } from '../rooms/rooms.ts';

/** What a store holds, and how much it can still grow. `freeBytes` is `NaN` if no bound is known. */
export interface StoreUsage {
  bytes: number;
  freeBytes: number;
}

export interface Backend {
  /** The `epoch` of `session:ready`. It names one run of the server or, in Redis, one life of the shared data. */
  epoch: string;
  identity: Identity;
  rooms: Rooms;
  chatLog: ChatLog;
  presence: Presence;
  directory: Directory;
  limits: Limits;
  revocations: Revocations;
  /**
   * Whether the application moved the participant into the room through any process of a shared store. Always false
   * without one, because the only process then knows its own moves.
   */
  isPlaced(id: ParticipantId, room: string): Promise<boolean>;
  /** Null without other processes. */
  relay: Relay | null;
  holderRelay: HolderRelay | null;
  /** Null where keeping a message and telling it are two steps, which `createMessages` does. */
  messages: Messages | null;
  /** Whether the chat of an ended room is kept until it is too old. True where grants say who may read it. */
  historyOutlivesRooms: boolean;
  transports: Transports;
  /** Whether the store can be reached. */
  isReady(): boolean;
  /** Whether the store accepts writes. To find out, a write may be tried. */
  isWritable(): Promise<boolean>;
  /** What the store holds. Missing for a backend that keeps everything in memory. */
  usage?(): Promise<StoreUsage>;
  /** Whether a new participant can be given an id that is remembered. */
  takesNewcomers(): Promise<boolean>;
  /** An administrator deleted something, so its text must be erased from the store soon. */
  scrub(): void;
  /** Closes every part except `presence`, which must be closed before the connections are. */
  close(): Promise<void>;
}

export interface BackendOptions {
  now: () => number;
  /** Milliseconds for which the server waits for a lost participant. */
  returnMs: number;
  /** Whether another participant becomes moderator when the last one leaves. False where grants give the roles. */
  succession: boolean;
  /** The server no longer waits for the participant, or no longer does so at this process. */
  onGone: (id: ParticipantId) => void;
  /**
   * Called by Redis alone: the application moves a participant. Comes before the participant leaves `from`, because the
   * change `moved` of `Rooms` comes only once this process follows `to`.
   */
  onTaken?: (id: ParticipantId, from: string, to: string) => void;
  /** Replace the default allowances. */
  allowances?: Partial<Allowances> | undefined;
  /** The most rooms that may be occupied at once. */
  roomLimit?: number | undefined;
  /** Milliseconds between two searches for data to delete; replaces the default. */
  sweepMs?: number | undefined;
}

/** Parts that the caller keeps elsewhere. Parts that are left out are created in memory. */
export interface KeptParts {
  identity?: Identity;
  chatLog?: ChatLog;
  memories?: RoomMemories;
  revocations?: Revocations;
}

export async function createMemoryBackend(
  config: Config,
  { now, returnMs, succession, onGone, allowances, roomLimit }: BackendOptions,
  kept: KeptParts = {},
): Promise<Backend> {
  const epoch = randomBytes(9).toString('base64url');
  const rooms = new MemoryRooms({
    epoch,
    returnMs,
    succession,
    roomLimit,
    now,
    roomCapacity: config.roomCapacity,
    callCapacity: config.callCapacity,
    lingerMs: config.roomLinger,
    ...(kept.memories && { memories: kept.memories }),
  });
  const chatLog =
    kept.chatLog ??
    new MemoryChatLog({ historyLimit: config.chatHistoryLimit, retentionMs: config.chatRetention, now });
  const directory = new Directory(epoch);
  rooms.changes.on('listed', (name, summary) => directory.handleListed(name, summary));
  return {
    epoch,
    rooms,
    chatLog,
    directory,
    identity: kept.identity ?? createIdentity(),
    presence: new MemoryPresence(rooms, { returnMs, onGone }),
    limits: new Limits(undefined, allowances),
    revocations: kept.revocations ?? new MemoryRevocations(now),
    isPlaced: async () => false,
    relay: null,
    holderRelay: null,
    messages: null,
    historyOutlivesRooms: false,
    transports: ['websocket', 'polling'],
    isReady: () => true,
    isWritable: async () => true,
    takesNewcomers: async () => true,
    scrub: () => undefined,
    async close() {
      directory.close();
      await rooms.close();
      await chatLog.close();
    },
  };
}
