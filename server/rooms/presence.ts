/**
 * The connected participants, and the wait for participants whose connection was lost.
 *
 * Owns the one live socket of each participant, its display name while it has a socket, and the waits after which it
 * leaves rooms that it has not entered again. Does not own memberships: it tells `Rooms` to end them. It is an
 * interface because the sockets of one participant may follow each other at different processes.
 */
import type { ParticipantId } from '../protocol.ts';
import type { ServerSocket } from './channels.ts';

/** A participant who is connected, or whom the server still waits for. */
export interface PresenceEntry {
  id: ParticipantId;
  displayName: string;
  connected: boolean;
}

export interface Presence {
  /** The number of participants whose socket is at this process. */
  readonly connectedCount: number;
  /**
   * `socket` speaks for the participant from now on. An older socket receives `session:replaced` and is closed. Throws
   * `timeout` if Redis does not answer.
   */
  arrive(id: ParticipantId, socket: ServerSocket): Promise<void>;
  /** `socket` closed. With `goodbye` the participant leaves its rooms at once, otherwise after the wait. */
  depart(id: ParticipantId, socket: ServerSocket, goodbye: boolean): Promise<void>;
  /**
   * The number of `socket` among the participant's sockets so far, which grows with each `arrive` (always 1 in memory).
   * Throws `replaced` if a newer socket of this process speaks for the participant, and `timeout` if none does.
   */
  arrivalOf(id: ParticipantId, socket: ServerSocket): number;
  /** The participant entered `room` again or left it, so the server no longer waits for its return to `room`. */
  settle(id: ParticipantId, room: string): void;
  /**
   * The participant was moved to another room or, without `leaving`, added to it. If the server waits for its return to
   * `from`, it waits for its return to `to` from now on (without `leaving`, to both).
   */
  handleTransfer(id: ParticipantId, from: string, to: string, leaving: boolean): void;
  /** Whether the participant's socket is at this process. */
  isHere(id: ParticipantId): boolean;
  displayNameOf(id: ParticipantId): string;
  /** The display name for a name that the participant chose: the same, or the guest name if it is empty. */
  nameFor(id: ParticipantId, chosen: string): string;
  setDisplayName(id: ParticipantId, displayName: string): void;
  /** The number of connected participants of all processes. */
  countConnected(): Promise<number>;
  /** All participants, including those that the server waits for. */
  list(): Promise<PresenceEntry[]>;
  close(): Promise<void>;
}

/** Closes a socket because a newer one speaks for its participant. */
export function replaceSocket(older: ServerSocket): void {
  older.emit('session:replaced', {});
  older.disconnect(true);
}

/** `Guest` and four digits, always the same for one participant. */
export function createGuestName(id: ParticipantId): string {
  return `Guest ${1000 + (Number.parseInt(id.slice(0, 8), 16) % 9000 || 0)}`;
}
