/**
 * `Presence` for participants whose next socket may be at a different process.
 *
 * Owns the sockets at this process and the names of their participants. Redis holds the process of each participant,
 * and how long a disconnected one is expected back. Each arrival has a number there. A newer arrival ends the older
 * socket at any process, and what that process still does for the participant is refused. A departure during an
 * absence of Redis is told after its return.
 */
import type { ServerSocket } from '../rooms/channels.ts';
import { createGuestName, replaceSocket } from '../rooms/presence.ts';
import type { Presence, PresenceEntry } from '../rooms/presence.ts';
import type { ParticipantId } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import { inPortions } from './connection.ts';
import type { RedisConnection } from './connection.ts';
import type { FollowedRooms } from './rooms/followed-rooms.ts';
import { SCRIPTS } from './scripts.ts';

interface Present {
  displayName: string;
  socket: ServerSocket;
  /** Which arrival of the participant this is; 0 until Redis has said so. */
  generation: number;
  /** The number of a newer arrival elsewhere that was heard before the number of this arrival. */
  evictedBy: number;
}

/** Milliseconds beyond `returnMs` after which no process waits for a participant any more. */
const LATENESS_MS = 5_000;

interface Departure {
  /** The number of the arrival that ended. Null stands for any, when Redis has not told its number. */
  generation: number | null;
  goodbye: boolean;
}

export interface RedisPresenceOptions {
  connection: RedisConnection;
  followed: FollowedRooms;
  node: string;
  returnMs: number;
  lingerMs: number;
  /** Rooms ended because a participant left. */
  onEnded: (rooms: readonly string[]) => void;
  /** A participant is not expected back any more, or is at another process now. */
  onGone: (id: ParticipantId) => void;
}

export class RedisPresence implements Presence {
  readonly #options: RedisPresenceOptions;
  readonly #present = new Map<ParticipantId, Present>();
  readonly #owed = new Map<ParticipantId, Departure>();
  /**
   * Disconnected participants for whom this process still keeps what it knows, with the timer that gives them up. A
   * return, here or at another process, ends the wait earlier.
   */
  readonly #lost = new Map<ParticipantId, NodeJS.Timeout>();
  #closed = false;

  constructor(options: RedisPresenceOptions) {
    this.#options = options;
  }

  get connectedCount(): number {
    return this.#present.size;
  }

  async arrive(id: ParticipantId, socket: ServerSocket): Promise<void> {
    const { connection, followed, node } = this.#options;
    const older = this.#present.get(id);
    const present: Present = {
      displayName: older?.displayName ?? createGuestName(id),
      socket,
      generation: 0,
      evictedBy: 0,
    };
    this.#present.set(id, present);
    this.#stopWaiting(id);
    if (older) {
      followed.release(id);
      replaceSocket(older.socket);
    }
    const [generation, name] = await connection.run(SCRIPTS.claim, { node, participantId: id });
    present.generation = generation;
    if (name) present.displayName = name;
    if (present.evictedBy > generation) this.handleEviction(id, present.evictedBy);
  }

  async depart(id: ParticipantId, socket: ServerSocket, goodbye: boolean): Promise<void> {
    const present = this.#present.get(id);
    if (present?.socket !== socket || this.#closed) return;
    this.#present.delete(id);
    this.#options.followed.release(id);
    if (goodbye) this.#options.onGone(id);
    else this.#lost.set(id, setTimeout(() => this.#giveUp(id), this.#options.returnMs + LATENESS_MS).unref());
    await this.#tellDeparture(id, { generation: present.generation || null, goodbye });
  }

  arrivalOf(id: ParticipantId, socket: ServerSocket): number {
    const present = this.#present.get(id);
    if (present && present.socket !== socket) throw new Refusal('replaced');
    // Without a number, Redis was away when the participant arrived, and the participant was told to try again.
    if (!present?.generation) throw new Refusal('timeout');
    return present.generation;
  }

  /** The participant arrived at another process with its arrival number `generation`. */
  handleEviction(id: ParticipantId, generation: number): void {
    const present = this.#present.get(id);
    if (!present) return this.#giveUp(id);
    if (present.generation === 0) present.evictedBy = generation;
    else if (present.generation < generation) {
      this.#present.delete(id);
      this.#options.followed.release(id);
      this.#options.onGone(id);
      replaceSocket(present.socket);
    }
  }

  /** Tells Redis after an absence which participants left and which are here. Departures come first. */
  async restore(): Promise<void> {
    const { connection, followed, node, lingerMs, onEnded } = this.#options;
    for (const [id, departure] of [...this.#owed]) {
      this.#owed.delete(id);
      if (!this.#present.has(id)) await this.#tellDeparture(id, departure);
    }
    const said = await connection.runNow(SCRIPTS.register, { node });
    const strangers = said.filter((id) => !this.#present.has(id));
    await inPortions(strangers, (id) => this.#tellDeparture(id, { generation: null, goodbye: false }));
    await inPortions(this.#present, async ([id, { generation, displayName, socket }]) => {
      if (generation === 0 || this.#present.get(id)?.socket !== socket) return;
      const rooms = followed.roomsOf(id);
      const values = { node, participantId: id, arrival: generation, displayName, lingerMs, rooms };
      const { isElsewhere, ended } = await connection.runNow(SCRIPTS.reassert, values);
      if (isElsewhere) this.handleEviction(id, Infinity);
      onEnded(ended);
    });
  }

  settle(): void {
    // The functions that enter and leave a room end the wait themselves.
  }

  handleTransfer(): void {
    // The function that moves the participant moves the wait too.
  }

  isHere(id: ParticipantId): boolean {
    return this.#present.has(id);
  }

  displayNameOf(id: ParticipantId): string {
    return this.#present.get(id)?.displayName ?? createGuestName(id);
  }

  nameFor(id: ParticipantId, chosen: string): string {
    return chosen || createGuestName(id);
  }

  setDisplayName(id: ParticipantId, displayName: string): void {
    const present = this.#present.get(id);
    if (present) present.displayName = displayName;
  }

  async countConnected(): Promise<number> {
    return this.#options.connection.run(SCRIPTS.countConnected, {});
  }

  async list(): Promise<PresenceEntry[]> {
    const present = await this.#options.connection.run(SCRIPTS.present, {});
    return present.map(([id, name, connected]) => ({ id, displayName: name || createGuestName(id), connected }));
  }

  /** Participants of this process are disconnected from now on, and may return at another process. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const id of [...this.#lost.keys()]) this.#stopWaiting(id);
    const { connection, node } = this.#options;
    try {
      while (!(await connection.runNow(SCRIPTS.resign, { node })));
    } catch {
      // Redis is away. Other processes notice that this one gives no sign of life.
    }
    this.#present.clear();
  }

  #stopWaiting(id: ParticipantId): void {
    clearTimeout(this.#lost.get(id));
    this.#lost.delete(id);
  }

  #giveUp(id: ParticipantId): void {
    if (!this.#lost.has(id)) return;
    this.#stopWaiting(id);
    this.#options.onGone(id);
  }

  async #tellDeparture(id: ParticipantId, departure: Departure): Promise<void> {
    const { connection, node, lingerMs, onEnded } = this.#options;
    const { generation, goodbye } = departure;
    try {
      const values = { node, participantId: id, arrival: generation, goodbye, lingerMs };
      onEnded(await connection.runNow(SCRIPTS.depart, values));
    } catch {
      this.#owed.set(id, departure);
    }
  }
}
