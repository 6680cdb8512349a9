/**
 * Rooms: who is in which room and in which call, and where each room's history stands.
 *
 * Owns memberships, roles, names as rooms know them, calls, the lock, and the numbering `(epoch, n)` of
 * everything that is told to a room. Owns no sockets: what happens goes out as changes, in the order of
 * `n`, and `channels.ts` carries them. It stands apart, asynchronous, so that one process's memory or a
 * store shared by several can be behind it. Methods throw `Refusal`.
 */
import type { EventEmitter } from 'node:events';
import type {
  CallPresence, FactName, Facts, LeaveReason, ParticipantId, ParticipantInfo, RoomSummary, Version,
} from './protocol.ts';

/** A room as those in it may see it. */
export interface RoomState extends Version {
  room: string;
  /** In the order of their coming. */
  participants: ParticipantInfo[];
  locked: boolean;
  unlisted: boolean;
}

/** Facts that are numbered and go to all of a room. */
export type RoomFactName = { [Name in FactName]: Facts[Name] extends Version & { room: string } ? Name : never }[FactName];

/** What a numbered fact says beside where it stands. */
export type RoomFactBody<Name extends RoomFactName> = Omit<Facts[Name], 'room' | keyof Version>;

/** What happened, told at once and in order. */
export interface RoomChanges {
  /** Somebody is in `room`, newly or again: from here on its facts are for them too. */
  entered: [change: { room: string; participantId: ParticipantId }];
  /** Somebody is out of `room`; comes after the fact that says so. */
  exited: [change: { room: string; participantId: ParticipantId }];
  /** Comes before the facts of the move. */
  moved: [change: { participantId: ParticipantId; from: string; to: string; added: boolean }];
  fact: [name: RoomFactName, fact: Facts[RoomFactName]];
  /** A public room's line changed; null when it is no longer to be shown. */
  listed: [name: string, summary: RoomSummary | null];
  /** The room and its memory ended. */
  ended: [room: string];
}

export interface Rooms {
  readonly changes: EventEmitter<RoomChanges>;
  /** Into all of `rooms` or none; harmless where already in. Throws `limit-reached`, `room-full`. */
  enter(entrant: { id: ParticipantId; displayName: string }, rooms: readonly string[], options: { unlisted: boolean }): Promise<RoomState[]>;
  /** False where the participant was not in the room. */
  leave(room: string, id: ParticipantId, reason: LeaveReason): Promise<boolean>;
  rename(id: ParticipantId, displayName: string): Promise<void>;
  /** Shown as lost, in all rooms, until `enter` says otherwise for each. */
  markLost(id: ParticipantId): Promise<void>;
  /** Throws `not-in-room`, `call-full`. */
  enterCall(room: string, id: ParticipantId, presence: CallPresence): Promise<RoomState>;
  updateCall(room: string, id: ParticipantId, fields: Partial<Omit<CallPresence, 'joinId'>>): Promise<void>;
  leaveCall(room: string, id: ParticipantId): Promise<void>;
  /** Everybody of `from` also into `to`, or, with `leaving`, out of `from`. Capacity does not hold: the application decides. Answers who was. */
  transfer(from: string, to: string, options: { leaving: boolean }): Promise<ParticipantId[]>;
  /** Numbers a fact and tells it to all of the room. */
  publish<Name extends RoomFactName>(room: string, name: Name, body: RoomFactBody<Name>): Promise<Version>;
  find(room: string, id: ParticipantId): Promise<ParticipantInfo | undefined>;
  state(room: string): Promise<RoomState | undefined>;
  version(room: string): Promise<Version>;
  roomsOf(id: ParticipantId): Promise<string[]>;
  /** Every room that somebody is in, unlisted ones too. */
  list(): Promise<(RoomSummary & { unlisted: boolean })[]>;
  close(): Promise<void>;
}
