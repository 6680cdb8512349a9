/**
 * Who is connected, and how long somebody whose connection was lost is waited for.
 *
 * Owns the one live socket of each participant, its nickname while it has one, and the waits after
 * which a room not re-entered is left. Does not own memberships: it tells `Rooms` to end them. It is
 * an interface because with several processes a participant's sockets may follow each other on two of them.
 */
import type { ParticipantId } from '../protocol.ts';
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

/** A newer socket speaks for this one's participant. */
export function replaceSocket(older: ServerSocket): void {
  older.emit('session:replaced', {});
  older.disconnect(true);
}

/** `Guest` and four digits, the same for the same participant. */
export function createGuestName(id: ParticipantId): string {
  return `Guest ${1000 + (Number.parseInt(id.slice(0, 8), 16) % 9000 || 0)}`;
}
