/**
 * `Presence` in the memory of one process: every socket is at this process, and all waits end with it.
 *
 * Owns the timers of lost participants. Does not own memberships: it tells `Rooms` to end them.
 */
import type { LeaveReason, ParticipantId } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import type { ServerSocket } from '../rooms/channels.ts';
import { createGuestName, replaceSocket } from '../rooms/presence.ts';
import type { Presence, PresenceEntry } from '../rooms/presence.ts';
import type { Rooms } from '../rooms/rooms.ts';

interface Present {
  displayName: string;
  /** Null while the connection is lost. */
  socket: ServerSocket | null;
  /** Rooms that the participant leaves unless it enters them again in time. */
  waits: Map<string, NodeJS.Timeout>;
}

export class MemoryPresence implements Presence {
  readonly #rooms: Rooms;
  readonly #returnMs: number;
  /** The server no longer waits for the participant. */
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
    // The participant keeps the rooms of the older socket if the newer one enters them again in time.
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
      await this.#rooms.leave(room, id, 'left', { isGoodbye: true });
    }
    if (!present.socket) this.#forget(id);
  }

  /** A single process needs no numbers, because nothing can happen between this call and the work that it permits. */
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
