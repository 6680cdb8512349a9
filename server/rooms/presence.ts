/**
 * Who is connected, and how long somebody whose connection was lost is waited for.
 *
 * Owns the one live socket of each participant, its nickname while it has one, and the waits after
 * which a room not re-entered is left. Does not own memberships: it tells `Rooms` to end them. It is
 * an interface because with several processes a participant's sockets may follow each other on two of them.
 */
import type { LeaveReason, ParticipantId } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import type { Rooms } from './rooms.ts';
import type { ServerSocket } from './channels.ts';

/** Somebody connected, or lost and still waited for. */
export interface PresenceEntry {
  id: ParticipantId;
  displayName: string;
  connected: boolean;
}

export interface Presence {
  /** Participants whose socket is at this process. */
  readonly connectedCount: number;
  /** `socket` speaks for this participant from now on; an older one is told `session:replaced` and ended. Throws `timeout`. */
  arrive(id: ParticipantId, socket: ServerSocket): Promise<void>;
  /** `socket` is gone: for good when it said goodbye, else for as long as it is waited for. */
  depart(id: ParticipantId, socket: ServerSocket, goodbye: boolean): Promise<void>;
  /** Which arrival of the participant `socket` is. Throws `replaced` where another one speaks for it here by now, `timeout` where none does. */
  arrivalOf(id: ParticipantId, socket: ServerSocket): number;
  /** Whether this room is entered again or left: it is no longer waited for. */
  settle(id: ParticipantId, room: string): void;
  /** Taken from one room to another, or into it as well: somebody waited for in the first is waited for in the second. */
  handleTransfer(id: ParticipantId, from: string, to: string, leaving: boolean): void;
  /** Whether the participant's socket is at this process. */
  isHere(id: ParticipantId): boolean;
  displayNameOf(id: ParticipantId): string;
  /** What a chosen name comes to: an empty one gives the guest's name back. */
  nameFor(id: ParticipantId, chosen: string): string;
  setDisplayName(id: ParticipantId, displayName: string): void;
  /** How many are connected, wherever. */
  countConnected(): Promise<number>;
  /** Everybody, lost ones included. */
  list(): Promise<PresenceEntry[]>;
  close(): Promise<void>;
}

interface Present {
  displayName: string;
  /** Null while lost. */
  socket: ServerSocket | null;
  /** Rooms to be left unless they are entered again in time. */
  waits: Map<string, NodeJS.Timeout>;
}

/** Everybody's socket is at this one process, and what is waited for ends with it. */
export class MemoryPresence implements Presence {
  readonly #rooms: Rooms;
  readonly #returnMs: number;
  /** Somebody is not waited for any more. */
  readonly #onGone: (id: ParticipantId) => void;
  readonly #present = new Map<ParticipantId, Present>();
  #closed = false;

  constructor(rooms: Rooms, options: { returnMs: number; onGone?: (id: ParticipantId) => void }) {
    this.#rooms = rooms;
    this.#returnMs = options.returnMs;
    this.#onGone = options.onGone ?? (() => undefined);
  }

  get connectedCount(): number {
    let count = 0;
    for (const present of this.#present.values()) if (present.socket) count++;
    return count;
  }

  async countConnected(): Promise<number> {
    return this.connectedCount;
  }

  async list(): Promise<PresenceEntry[]> {
    return Array.from(this.#present, ([id, present]) => ({
      id,
      displayName: present.displayName,
      connected: present.socket !== null,
    }));
  }

  async arrive(id: ParticipantId, socket: ServerSocket): Promise<void> {
    const present = this.#present.get(id);
    if (!present) {
      this.#present.set(id, { displayName: createGuestName(id), socket, waits: new Map() });
      return;
    }
    const older = present.socket;
    present.socket = socket;
    if (!older) return;
    replaceSocket(older);
    // The rooms the older one was in are this participant's still, if the newer enters them again in time.
    const rooms = await this.#rooms.roomsOf(id);
    if (present.socket === socket) this.#wait(id, present, rooms, 'replaced');
  }

  async depart(id: ParticipantId, socket: ServerSocket, goodbye: boolean): Promise<void> {
    const present = this.#present.get(id);
    if (present?.socket !== socket) return;
    present.socket = null;
    await this.#rooms.withdrawKnock(id);
    const rooms = await this.#rooms.roomsOf(id);
    if (!goodbye && rooms.length > 0) {
      this.#wait(id, present, rooms, 'lost');
      await this.#rooms.markLost(id);
      return;
    }
    for (const room of rooms) {
      this.settle(id, room);
      await this.#rooms.leave(room, id, 'left');
    }
    if (!present.socket) this.#forget(id);
  }

  /** One process has no need to tell them apart by number: nothing comes between this and what is done on the strength of it. */
  arrivalOf(id: ParticipantId, socket: ServerSocket): number {
    const current = this.#present.get(id)?.socket;
    if (current !== socket) throw new Refusal(current ? 'replaced' : 'timeout');
    return 1;
  }

  settle(id: ParticipantId, room: string): void {
    const waits = this.#present.get(id)?.waits;
    clearTimeout(waits?.get(room));
    waits?.delete(room);
  }

  handleTransfer(id: ParticipantId, from: string, to: string, leaving: boolean): void {
    const present = this.#present.get(id);
    if (present?.waits.has(from)) this.#wait(id, present, [to], 'lost');
    if (leaving) this.settle(id, from);
  }

  isHere(id: ParticipantId): boolean {
    return Boolean(this.#present.get(id)?.socket);
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

  async close(): Promise<void> {
    this.#closed = true;
    for (const present of this.#present.values()) for (const timer of present.waits.values()) clearTimeout(timer);
    this.#present.clear();
  }

  #wait(id: ParticipantId, present: Present, rooms: readonly string[], reason: LeaveReason): void {
    if (this.#closed) return;
    for (const room of rooms) {
      if (present.waits.has(room)) continue;
      present.waits.set(room, setTimeout(() => void this.#giveUp(id, room, reason), this.#returnMs).unref());
    }
  }

  async #giveUp(id: ParticipantId, room: string, reason: LeaveReason): Promise<void> {
    const present = this.#present.get(id);
    present?.waits.delete(room);
    await this.#rooms.leave(room, id, reason);
    if (present && !present.socket && present.waits.size === 0) this.#forget(id);
  }

  #forget(id: ParticipantId): void {
    this.#present.delete(id);
    this.#onGone(id);
  }
}

/** A newer socket speaks for this one's participant. */
export function replaceSocket(older: ServerSocket): void {
  older.emit('session:replaced', {});
  older.disconnect(true);
}

/** `Guest` and four digits, the same for the same participant. */
export function createGuestName(id: ParticipantId): string {
  return `Guest ${1000 + (Number.parseInt(id.slice(0, 8), 16) % 9000 || 0)}`;
}
