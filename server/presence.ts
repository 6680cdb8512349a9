/**
 * Who is connected to this process, and how long somebody whose connection was lost is waited for.
 *
 * Owns the one live socket of each participant, its nickname while it has one, and the timers after
 * which a room not re-entered is left. Does not own memberships: it tells `Rooms` to end them.
 */
import type { LeaveReason, ParticipantId } from './protocol.ts';
import type { Rooms } from './rooms.ts';
import type { ServerSocket } from './channels.ts';

interface Present {
  displayName: string;
  /** Null while lost. */
  socket: ServerSocket | null;
  /** Rooms to be left unless they are entered again in time. */
  waits: Map<string, NodeJS.Timeout>;
}

export class Presence {
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

  /** Participants known here, lost ones included. */
  list(): { id: ParticipantId; displayName: string; connected: boolean }[] {
    return Array.from(this.#present, ([id, present]) => ({ id, displayName: present.displayName, connected: present.socket !== null }));
  }

  /** `socket` speaks for this participant from now on. Answers the one that did until now. */
  arrive(id: ParticipantId, socket: ServerSocket): ServerSocket | null {
    const present = this.#present.get(id);
    if (!present) {
      this.#present.set(id, { displayName: createGuestName(id), socket, waits: new Map() });
      return null;
    }
    const older = present.socket;
    present.socket = socket;
    return older;
  }

  /** The rooms an older socket was in are this participant's still, if `socket` enters them again in time. */
  async takeOver(id: ParticipantId, socket: ServerSocket): Promise<void> {
    const rooms = await this.#rooms.roomsOf(id);
    const present = this.#present.get(id);
    if (present?.socket === socket) this.#wait(id, present, rooms, 'replaced');
  }

  /** `socket` is gone: for good when it said goodbye, else for as long as it is waited for. */
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

  /** Whether this room is entered again or left: it is no longer waited for. */
  settle(id: ParticipantId, room: string): void {
    const waits = this.#present.get(id)?.waits;
    clearTimeout(waits?.get(room));
    waits?.delete(room);
  }

  /** Taken from one room to another, or into it as well: somebody waited for in the first is waited for in the second. */
  handleTransfer(id: ParticipantId, from: string, to: string, leaving: boolean): void {
    const present = this.#present.get(id);
    if (present?.waits.has(from)) this.#wait(id, present, [to], 'lost');
    if (leaving) this.settle(id, from);
  }

  isConnected(id: ParticipantId): boolean {
    return Boolean(this.#present.get(id)?.socket);
  }

  displayNameOf(id: ParticipantId): string {
    return this.#present.get(id)?.displayName ?? createGuestName(id);
  }

  /** What a chosen name comes to: an empty one gives the guest's name back. */
  nameFor(id: ParticipantId, chosen: string): string {
    return chosen || createGuestName(id);
  }

  setDisplayName(id: ParticipantId, displayName: string): void {
    const present = this.#present.get(id);
    if (present) present.displayName = displayName;
  }

  close(): void {
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

/** `Guest` and four digits, the same for the same participant. */
function createGuestName(id: ParticipantId): string {
  return `Guest ${1000 + (Number.parseInt(id.slice(0, 8), 16) % 9000 || 0)}`;
}
