/**
 * What an app keeps, and where: in the memory of this one process, under `DATA_DIR` as well, or in a Redis that several share.
 *
 * Owns the choice of the parts that must fit together. The app wires them and does not know which they are.
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

/** How much a store holds and how much more it could; `freeBytes` is `NaN` where no bound is known. */
export interface StoreUsage {
  bytes: number;
  freeBytes: number;
}

export interface Backend {
  /** Names this life of what is kept. */
  epoch: string;
  identity: Identity;
  rooms: Rooms;
  chatLog: ChatLog;
  presence: Presence;
  directory: Directory;
  limits: Limits;
  revocations: Revocations;
  /** Whether somebody is in a room because the application took it there; of several processes another one may have seen it. */
  isPlaced(id: ParticipantId, room: string): Promise<boolean>;
  /** Null where there are no other processes. */
  relay: Relay | null;
  holderRelay: HolderRelay | null;
  /** Null where keeping and telling a message are two steps. */
  messages: Messages | null;
  /** Whether what was said in a room that ended stays for as long as its age allows: where grants say who may read it. */
  historyOutlivesRooms: boolean;
  transports: Transports;
  /** Whether what is kept can be reached. */
  isReady(): boolean;
  /** Whether the last of what was to be kept was; where nothing was for a while, it is tried. */
  isWritable(): Promise<boolean>;
  /** How much is kept, and how much more could be; not there where nothing is. */
  usage?(): Promise<StoreUsage>;
  /** Whether somebody who comes now can be told from everybody else, and be remembered. */
  takesNewcomers(): Promise<boolean>;
  /** An administrator deleted something: what still holds it is to let go of it soon. */
  scrub(): void;
  /** Ends everything above but `presence`, which is to be closed before the connections are. */
  close(): Promise<void>;
}

export interface BackendOptions {
  now: () => number;
  /** Milliseconds a lost participant is waited for. */
  returnMs: number;
  /** Whether somebody follows a room's last moderator: where no grants say who moderates. */
  succession: boolean;
  /** Somebody is not waited for any more, or not here. */
  onGone: (id: ParticipantId) => void;
  /** The application takes somebody elsewhere; comes before it leaves, where `moved` comes when it is there. */
  onTaken?: (id: ParticipantId, from: string, to: string) => void;
  /** In the place of the usual ones. */
  allowances?: Partial<Allowances> | undefined;
  /** Rooms with somebody in them that there may be at once. */
  roomLimit?: number | undefined;
  /** Milliseconds between two looks for what is too old or was deleted, in the place of the usual ones. */
  sweepMs?: number | undefined;
}

/** What may be somewhere else than in memory. */
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
