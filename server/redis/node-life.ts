/**
 * This process among the others: its signs of life, and what is put right after Redis was away.
 *
 * Owns the beat by which each process says that it is there and, in the same script, does whatever is due for
 * all: participants not back in time are left, empty rooms end, the dead are buried. Whoever beats first does it.
 * Does not own what participants and rooms are (`RedisPresence`, `FollowedRooms`); it says when to make sure of them.
 */
import type { Logger } from 'pino';
import { inPortions } from './connection.ts';
import type { RedisConnection, Return } from './connection.ts';
import type { FollowedRooms } from './followed-rooms.ts';
import { BEAT_MS } from './node-scripts.ts';
import type { NodeScripts } from './node-scripts.ts';
import type { RedisPresence } from './redis-presence.ts';
import { createEpoch } from './redis-rooms.ts';
import { toStoredMember } from './room-mirror.ts';

export interface NodeLifeOptions {
  connection: RedisConnection;
  scripts: NodeScripts;
  followed: FollowedRooms;
  presence: RedisPresence;
  node: string;
  returnMs: number;
  lingerMs: number;
  /** How old a message may get. */
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

  /** Redis is there again, or has taken this process for dead: it is told who is here, and what was missed is taken up. */
  async restore({ restarted, life }: Return): Promise<void> {
    const { connection, scripts, followed, presence, node, log } = this.#options;
    const isFirst = this.#restored++ === 0;
    await presence.restore();
    let count = 0;
    await inPortions(followed.all(), (mirror) => {
      count++;
      const members: string[] = [];
      for (const participant of mirror.state.participants) {
        const { id } = participant;
        if (mirror.local.has(id))
          members.push(
            id,
            JSON.stringify(
              toStoredMember({ ...participant, connected: true }, mirror.placeOf(id), followed.passOf(id)),
            ),
          );
      }
      const { locked, unlisted } = mirror.state;
      return connection.runNow(
        scripts.restore,
        node,
        mirror.room,
        createEpoch(),
        restarted ? life : '',
        locked ? 1 : 0,
        unlisted ? 1 : 0,
        ...members,
      );
    });
    await followed.reload();
    followed.recallKnocks();
    if (!isFirst) log.info({ rooms: count, restarted }, 'Redis is there again');
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #beat(): Promise<void> {
    const { connection, scripts, node, returnMs, lingerMs, retentionMs, onEnded, log } = this.#options;
    let waitMs: number = BEAT_MS;
    try {
      if (connection.isUp) {
        const [isKnown, dueMs, ...ended] = (await connection.runNow(
          scripts.beat,
          node,
          returnMs,
          lingerMs,
          retentionMs,
        )) as [number, number, ...string[]];
        waitMs = Math.min(dueMs, BEAT_MS);
        onEnded(ended);
        if (isKnown === 0 && !this.#closed) await this.restore({ restarted: false, life: '' });
      }
    } catch (error) {
      // Absences of Redis are the connection's to tell.
      if (connection.isUp) log.warn({ err: error }, 'a sign of life could not be given');
    }
    if (!this.#closed) this.#timer = setTimeout(() => void this.#beat(), waitMs).unref();
  }
}
