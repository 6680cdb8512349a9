/**
 * Rooms of one process that nobody is in: how long each is remembered, and the bans that outlive it.
 *
 * Owns the timers of empty rooms and the remains of rooms that an administrator ended. Does not own the rooms
 * themselves, and does not tell anybody that a room ended: `MemoryRooms` does both.
 *
 * A room: occupied → (the last participant leaves) → empty → (`lingerMs`) → ended → (with bans to keep) → over
 */
import { LINGERING_LIMIT } from '../rooms/rules.ts';
import type { RoomMemories, RoomMemory } from '../rooms/rooms.ts';
import type { MemoryRoom } from './memory-room.ts';

export interface EmptyRoomsOptions {
  /** Milliseconds for which an empty room is remembered. */
  lingerMs: number;
  /** Where rooms are remembered beyond the process. */
  memories: RoomMemories | undefined;
  /** The wall clock, in milliseconds. */
  now: () => number;
  /** An empty room must end: its time is over, or too many rooms are empty. */
  onEnd: (room: MemoryRoom) => void;
}

/** The longest delay of a timer, in milliseconds: 24 days. */
const LONGEST_TIMER_MS = 0x7fff_ffff;

export class EmptyRooms {
  readonly #options: EmptyRoomsOptions;
  /** The room that has been empty for longest comes first. */
  readonly #lingering = new Map<MemoryRoom, NodeJS.Timeout>();
  /** What is left of rooms that an administrator ended: their bans. The room that ended first comes first. */
  readonly #over = new Map<string, RoomMemory>();

  constructor(options: EmptyRoomsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#lingering.size;
  }

  /** Remembers an empty room for `lingerMs`; 0 ends it at once. */
  keep(room: MemoryRoom, lingerMs = this.#options.lingerMs): void {
    if (lingerMs === 0) return this.#end(room);
    this.#lingering.set(room, setTimeout(() => this.#end(room), Math.min(lingerMs, LONGEST_TIMER_MS)).unref());
    const [longest] = this.#lingering.keys();
    if (longest && this.#lingering.size > LINGERING_LIMIT) this.#end(longest);
  }

  /** Stops the timer of an empty room, for example because a participant entered it again. */
  release(room: MemoryRoom): void {
    clearTimeout(this.#lingering.get(room));
    this.#lingering.delete(room);
  }

  /** What is remembered of a room that does not exist now. */
  recall(name: string): RoomMemory | undefined {
    const { memories, now } = this.#options;
    const memory = memories ? memories.recall(name) : this.#over.get(name);
    if (!memory || (memory.over && (memory.bansUntil ?? 0) <= now())) return undefined;
    this.#over.delete(name);
    return memory;
  }

  /** Forgets an ended room, except for bans that outlive it. */
  forget(room: MemoryRoom): void {
    const { memories, now } = this.#options;
    for (const [name, { bansUntil = 0 }] of this.#over) {
      if (bansUntil > now() && this.#over.size <= LINGERING_LIMIT) break;
      this.#over.delete(name);
      memories?.forget(name);
    }
    if (room.gate.bansUntil <= now() || room.gate.bans.length === 0) return memories?.forget(room.name);
    const { bans, bansUntil } = room.gate;
    const memory = {
      room: room.name,
      ...room.version,
      unlisted: room.unlisted,
      locked: false,
      members: {},
      bans: [...bans],
      bansUntil,
      over: true,
    };
    this.#over.set(room.name, memory);
    memories?.keep(room.name, () => memory);
  }

  close(): void {
    for (const timer of this.#lingering.values()) clearTimeout(timer);
    this.#lingering.clear();
    this.#over.clear();
  }

  #end(room: MemoryRoom): void {
    this.release(room);
    this.#options.onEnd(room);
  }
}
