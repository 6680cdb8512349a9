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
   * `timeout`.
   */
  arrive(id: ParticipantId, socket: ServerSocket): Promise<void>;
  /** `socket` closed. With `goodbye` the participant leaves its rooms at once, otherwise after the wait. */
  depart(id: ParticipantId, socket: ServerSocket, goodbye: boolean): Promise<void>;
  /**
   * The number of the arrival that `socket` is. Throws `replaced` if a newer socket of this process speaks for the
   * participant, and `timeout` if none does.
   */
  arrivalOf(id: ParticipantId, socket: ServerSocket): number;
  /** Ends the wait for `room`, because the participant entered it again or left it. */
  settle(id: ParticipantId, room: string): void;
  /**
   * The participant was moved to another room, or added to it. A wait for the first room becomes a wait for the second.
   */
  handleTransfer(id: ParticipantId, from: string, to: string, leaving: boolean): void;
  /** Whether the participant's socket is at this process. */
  isHere(id: ParticipantId): boolean;
  displayNameOf(id: ParticipantId): string;
  /** The name that a chosen one becomes. An empty one becomes the guest name. */
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
