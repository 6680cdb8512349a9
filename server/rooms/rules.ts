/**
 * The limits that every store of rooms and chat keeps alike, each written once, with its unit.
 *
 * Memory and disk read them here; Redis hands them to its scripts as constants. The limits that clients are told
 * about stand in `protocol.ts`, and the limits of one kind of store stand in its own file.
 */
import type { Role } from '../protocol.ts';

/**
 * The most waiting participants of one locked room. One more knock ends the oldest knock of the address with the most
 * knocks.
 */
export const WAITING_LIMIT = 100;
/**
 * The most waiting participants of one address for one locked room: enough for a school class. It is half of
 * `WAITING_LIMIT`, so other addresses find a place.
 */
export const WAITING_PER_ADDRESS = 50;
/** Empty rooms that are remembered at once. One more ends the room that has been empty for longest. */
export const LINGERING_LIMIT = 10_000;
/** Milliseconds for which the bans of a room outlive it when an administrator ended it and grants identify people. */
export const BAN_MS = 30 * 86_400_000;

/** Messages kept for each room even when fewer are shown, so that a repeated sending finds the first one. */
export const RETRY_WINDOW = 256;
/** Milliseconds for which a message is kept even when it is shown for less, so that a repeated sending finds it. */
export const RETRY_MS = 60_000;
/** Messages that one step of a deletion removes at most, so that other work waits only briefly. */
export const PURGE_PORTION = 50;

/**
 * The capacity of a room or a call for one more participant of `role`. For moderators it is one more, so that a full
 * room cannot keep them out.
 */
export const capacityFor = (role: Role | null, capacity: number): number =>
  role === 'moderator' ? capacity + 1 : capacity;
