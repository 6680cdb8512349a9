/** What the rooms of one process need to know: limits, times, and where they are remembered. */
import type { RoomMemories } from '../rooms/rooms.ts';

export interface MemoryRoomsOptions {
  epoch: string;
  roomCapacity: number;
  callCapacity: number;
  /** The most rooms that may be occupied at once. By default there is no limit. */
  roomLimit?: number | undefined;
  /** Milliseconds for which an empty room is remembered. */
  lingerMs: number;
  /**
   * Milliseconds that participants of a remembered room have to return before another one becomes its moderator.
   * Default: `LIMITS.returnMs`.
   */
  returnMs?: number;
  /**
   * Whether another participant becomes moderator when the last one leaves (default: true). False where grants give the
   * roles.
   */
  succession?: boolean;
  /** The wall clock, in milliseconds since 1970. */
  now?: () => number;
  /** Where rooms outlive the process; by default they do not. Locks and bans resolve once they are saved there. */
  memories?: RoomMemories;
}
