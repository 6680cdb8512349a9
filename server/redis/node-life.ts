/**
 * The signs of life of this process, and what is put right after Redis was away.
 *
 * Owns the beat by which a process says that it is there. The same function does what is due for all processes:
 * participants who are not back in time leave, empty rooms end, dead processes are removed. The process that beats
 * first does it. Does not own what participants and rooms are (`RedisPresence`, `FollowedRooms`).
 */
import type { Logger } from 'pino';
import { inPortions } from './connection.ts';
import type { RedisConnection, Return } from './connection.ts';
import type { FollowedRooms } from './rooms/followed-rooms.ts';
import { BEAT_MS } from './library.ts';
import type { RedisPresence } from './redis-presence.ts';
import { createEpoch } from './rooms/redis-rooms.ts';
import type { RoomMirror } from './rooms/room-mirror.ts';
import { toStoredMember } from './rooms/stored-member.ts';
import { SCRIPTS, toScriptJson } from './scripts.ts';

export interface NodeLifeOptions {
  connection: RedisConnection;
  followed: FollowedRooms;
  presence: RedisPresence;
  node: string;
  lingerMs: number;
  /** Milliseconds a message is kept. */
  retentionMs: number;
  onEnded: (rooms: readonly string[]) => void;
  log: Logger;
}

export class NodeLife {
  readonly #options: NodeLifeOptions;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #restored = 0;

  constructor(options: NodeLifeOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setTimeout(() => void this.#beat(), 0).unref();
  }

  /** Tells Redis who is here and catches up, after Redis was away or took this process for dead. */
  async restore({ restarted, life }: Return): Promise<void> {
    const { followed, presence, log } = this.#options;
    const isFirst = this.#restored++ === 0;
    await presence.restore();
    const mirrors = [...followed.all()];
    await inPortions(mirrors, (mirror) => this.#restoreRoom(mirror, restarted ? life : ''));
    await followed.reload();
    followed.recallKnocks();
    if (!isFirst) log.info({ rooms: mirrors.length, restarted }, 'Redis can be reached again');
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** `run` is the run id of Redis if it has restarted; '' if it has not. */
  async #restoreRoom(mirror: RoomMirror, run: string): Promise<void> {
    const { connection, followed, node } = this.#options;
    const { participants, locked, unlisted } = mirror.state;
    const here = participants.filter(({ id }) => mirror.local.has(id));
    const storedMembers = here.map((participant) => {
      const { id } = participant;
      const member = toStoredMember({ ...participant, connected: true }, mirror.placeOf(id), followed.passOf(id));
      return [id, member];
    });
    await connection.runNow(SCRIPTS.restore, {
      node,
      room: mirror.room,
      epoch: createEpoch(),
      run,
      locked,
      unlisted,
      restricted: mirror.restrictions.text,
      storedMembers: toScriptJson(storedMembers),
    });
  }

  async #beat(): Promise<void> {
    const { connection, node, lingerMs, retentionMs, onEnded, log } = this.#options;
    let waitMs: number = BEAT_MS;
    try {
      if (connection.isUp) {
        const { isKnown, dueMs, ended } = await connection.runNow(SCRIPTS.beat, { node, lingerMs, retentionMs });
        waitMs = Math.min(dueMs, BEAT_MS);
        onEnded(ended);
        if (!isKnown && !this.#closed) await this.restore({ restarted: false, life: '' });
      }
    } catch (error) {
      // When Redis cannot be reached, the connection logs it.
      if (connection.isUp) log.warn({ err: error }, 'writing the heartbeat of this process to Redis failed');
    }
    if (!this.#closed) this.#timer = setTimeout(() => void this.#beat(), waitMs).unref();
  }
}
