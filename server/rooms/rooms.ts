/**
 * Rooms: their participants, their calls, and the position in each room's history.
 *
 * Owns memberships, roles, display names within rooms, calls, locks, and the numbering `(epoch, n)` of facts. Does not
 * own sockets: changes go out as events in the order of `n`, and `channels.ts` sends them on. It is an asynchronous
 * interface, because the memory of one process or a store shared by several can be behind it. Methods throw `Refusal`.
 */
import type { EventEmitter } from 'node:events';
import type { Awaitable } from '../awaitable.ts';
import { entryIdOf } from '../grants/entry-id.ts';
import type {
  CallPresence,
  FactName,
  Facts,
  LeaveReason,
  ParticipantId,
  ParticipantInfo,
  Permitted,
  Role,
  RoomPermissions,
  RoomSummary,
  Version,
} from '../protocol.ts';

/** A room as its participants may see it. */
export interface RoomState extends Version {
  room: string;
  /** In the order in which they entered. */
  participants: ParticipantInfo[];
  locked: boolean;
  unlisted: boolean;
  permissions: RoomPermissions;
  /** Participants who wait to be admitted. Only moderators may see them. */
  waiting: Person[];
}

export interface Person {
  id: ParticipantId;
  displayName: string;
}

/** What a participant sends about itself when it enters a call. The room adds `since` and a hand that it kept. */
export type CallEntry = Omit<CallPresence, 'since' | 'hand'>;

/** What a participant in a call may change of its presence. */
export type CallUpdate = Partial<Pick<CallPresence, 'tracks' | 'receivesVideo'>>;

/** A participant who asks to enter. */
export interface Entrant extends Person {
  /** The role that the grant gives. With null, the first participant of a room becomes its moderator. */
  role: Role | null;
  /** The subject of the grant; null without one. */
  subject: string | null;
  /** The address that the participant connects from; '' if it is unknown. */
  address: string;
  /**
   * The number of the participant's connection that asks (`Presence.arrivalOf`). If a newer connection has arrived
   * since, the entry is refused.
   */
  arrival?: number;
}

/** A ban for the life of the room: by subject or, without one, by id and address. */
export interface Ban extends Pick<Entrant, 'id' | 'subject' | 'address'> {
  /** Participants who were in the room at that time. A ban by address does not hold for them. */
  except: ParticipantId[];
}

/** One line of a room's ban list: a person with this subject, id or address may not enter. One of the three is set. */
export interface BanEntry {
  /** Names this line when the ban is lifted. */
  id: string;
  subject: string | null;
  participantId: ParticipantId | null;
  address: string | null;
}

/** How a knock ended: admitted, or the code that says why not. */
export type KnockOutcome = 'admitted' | 'knock-refused' | 'room-locked' | 'removed';

/** What a room remembers over a restart of the server. Plain JSON. */
export interface RoomMemory extends Version {
  room: string;
  locked: boolean;
  unlisted: boolean;
  /** Roles of the participants, by the keys of `memberKey` in `room-gate.ts`. */
  members: Record<string, Role>;
  bans: Ban[];
  /** Absent while nothing is left to the moderators. */
  permissions?: RoomPermissions | undefined;
  /** When the bans of an ended room expire, in milliseconds since 1970. Absent if they end with the room. */
  bansUntil?: number | undefined;
  /** The room has ended; only its bans are left. */
  over?: boolean | undefined;
}

/** Where rooms are remembered. Synchronous, because entering a room is one step. An implementation may write later. */
export interface RoomMemories {
  /** What was kept for a room that the process does not hold now; null for nothing. May be called more than once. */
  recall(room: string): RoomMemory | null;
  /** Something that must be remembered changed. `read` returns the state at the time of its call. */
  keep(room: string, read: () => RoomMemory): void;
  /** The room has ended: what was kept for it is removed. */
  forget(room: string): void;
  /** Resolves when everything kept so far outlives the process. */
  saved(): Promise<void>;
}

/** The ban entry for a key of a store: `s:` and a subject, `i:` and a participant, `a:` and an address. */
export function banEntryOf(key: string): BanEntry {
  const kind = key.slice(0, 2);
  const name = key.slice(2);
  const only = (wanted: string) => (kind === wanted ? name : null);
  return { id: entryIdOf(key), subject: only('s:'), participantId: only('i:'), address: only('a:') };
}

/**
 * Names of numbered facts about a room. They go to the whole room. Those about a direct message go to its sender and
 * its receiver only.
 */
export type RoomFactName = {
  [Name in FactName]: Facts[Name] extends Version & { room: string } ? Name : never;
}[FactName];

/** A numbered fact without its room, `epoch` and `n`, which the room adds. */
export type RoomFactBody<Name extends RoomFactName> = Omit<Facts[Name], 'room' | keyof Version>;

/** What happened, told at once and in order. */
export interface RoomChanges {
  /** A participant entered `room`, perhaps again. From now on it receives the room's facts. */
  entered: [change: { room: string; participantId: ParticipantId }];
  /** A participant left `room`. Comes after the fact `participant:left`. */
  exited: [change: { room: string; participantId: ParticipantId }];
  /**
   * The application moved a participant from one room to another or, with `added`, into `to` as well. In one process it
   * comes before the facts of the move. In Redis, `participant:left` of `from` may come earlier.
   */
  moved: [change: { participantId: ParticipantId; from: string; to: string; added: boolean }];
  /** A participant waits for `room`, or no longer does. Meant for `to` only. */
  knocked: [change: { to: ParticipantId[]; fact: Facts['participant:knocked'] }];
  fact: [name: RoomFactName, fact: Facts[RoomFactName]];
  /** A public room's entry changed; null if the list no longer shows it. */
  listed: [name: string, summary: RoomSummary | null];
  /** The room was empty for long enough and ended. A room of this name is a new one from now on. */
  ended: [room: string];
}

export interface EnterOptions {
  /** A room that this entry opens stays out of the public list. */
  unlisted: boolean;
  /** Whether the participant then waits for a locked room. Default: true. */
  knocks?: boolean;
}

export interface LeaveOptions {
  isGoodbye?: boolean;
}

export interface Rooms {
  readonly changes: EventEmitter<RoomChanges>;
  /**
   * Enters all of `rooms` or none. In a room already entered it only updates the participant's name, role and address,
   * and shows it as connected. Throws `limit-reached`, `room-full`, `removed`, `replaced`, and `room-locked`, after
   * which the participant waits to be admitted, unless `knocks` is false.
   */
  enter(entrant: Entrant, rooms: readonly string[], options: EnterOptions): Promise<RoomState[]>;
  /**
   * Resolves to false if the participant was not in the room. With `isGoodbye` its page went away, perhaps to load
   * again: a raised hand is kept for as long as the server waits for a lost participant.
   */
  leave(room: string, id: ParticipantId, reason: LeaveReason, options?: LeaveOptions): Promise<boolean>;
  rename(id: ParticipantId, displayName: string): Promise<void>;
  /** Shows the participant as lost in all its rooms, until `enter` is called for each. */
  markLost(id: ParticipantId): Promise<void>;
  /**
   * Enters the call. The same `joinId` again keeps its `since`, and a participant who is in the call or was a moment
   * ago keeps its hand. Tracks that the room does not permit are left out. Throws `not-in-room`, `call-full`, and
   * `cancelled` if the call of this `joinId` has ended.
   */
  enterCall(room: string, id: ParticipantId, presence: CallEntry): Promise<RoomState>;
  /** Changes nothing. Throws `not-in-room` or `call-full` if `enterCall` would refuse the participant now. */
  checkCall(room: string, id: ParticipantId): Promise<void>;
  updateCall(room: string, id: ParticipantId, fields: CallUpdate): Promise<void>;
  leaveCall(room: string, id: ParticipantId): Promise<void>;
  setRole(room: string, id: ParticipantId, role: Role): Promise<void>;
  /**
   * While a room is locked, only moderators, participants admitted since then, and former participants that the room
   * expects back may enter. Unlocking admits all who wait. Resolves to false if there is no such room.
   */
  lock(room: string, locked: boolean): Promise<boolean>;
  /**
   * Admits a waiting participant, or refuses it. An admission is valid for as long as the server waits for a lost
   * participant. Resolves to false if the participant does not wait.
   */
  answerKnock(room: string, id: ParticipantId, admitted: boolean): Promise<boolean>;
  /** Ends the participant's wait for `room`, or for every room. Resolves to false if it did not wait. */
  withdrawKnock(id: ParticipantId, room?: string): Promise<boolean>;
  /**
   * Removes and bans a participant for the life of the room. Resolves to false if it is not in the room. With
   * `withAddress`, also removes everybody of its address who is in or waits, except moderators. The address of this
   * machine does not tell participants apart, so there the ban is for `id` alone.
   */
  ban(room: string, id: ParticipantId, options?: { withAddress?: boolean | undefined }): Promise<boolean>;
  /** The bans of the room, oldest first. */
  bans(room: string): Promise<BanEntry[]>;
  /** Lifts one entry of `bans`. Resolves to false if there is no entry of this id. */
  liftBan(room: string, banId: string): Promise<boolean>;
  /** Whether the room is occupied or remembered. Stored messages may count or not: callers must ask `ChatLog` too. */
  isKept(room: string): Promise<boolean>;
  /** Shows the microphone of `id` as muted by `by`. Resolves to false if `id` is not in the call. */
  mute(room: string, id: ParticipantId, by: ParticipantId): Promise<boolean>;
  /** As `mute`, for everybody in the call except moderators. Resolves to the number of participants it changed. */
  muteAll(room: string, by: ParticipantId): Promise<number>;
  /** Raises or lowers a hand. A raised hand keeps its place. Throws `not-in-room` outside the call. */
  raiseHand(room: string, id: ParticipantId, on: boolean): Promise<void>;
  /**
   * Lowers the hand of `id` or, with null, all hands, also those that are kept for a return. Resolves to the number of
   * hands, or to null if `id` is not in the call.
   */
  lowerHands(room: string, id: ParticipantId | null): Promise<number | null>;
  /**
   * Lets everyone or only moderators do `what`, for as long as the room's lock would hold. Tracks that are not
   * permitted any more end. Resolves to the number of participants whose tracks ended.
   */
  permit(room: string, what: keyof RoomPermissions, who: Permitted): Promise<number>;
  /** The permissions of a room, as far as this process knows. A room that does not exist restricts nobody. */
  permissions(room: string): Awaitable<RoomPermissions>;
  /** Removes everybody from the call. */
  endCall(room: string): Promise<void>;
  /**
   * Removes everybody from the room. Its lock stays for as long as that of any empty room. Its bans stay at least as
   * long, and for `BAN_MS` where grants identify people. Resolves to false if there is no such room.
   */
  end(room: string): Promise<boolean>;
  /**
   * Adds everybody in `from` to `to` and, with `leaving`, removes them from `from`. Capacity does not limit it, because
   * the application decides. Resolves to the participants who were moved or added.
   */
  transfer(from: string, to: string, options: { leaving: boolean }): Promise<ParticipantId[]>;
  /** Numbers a fact and tells it to the whole room. */
  publish<Name extends RoomFactName>(room: string, name: Name, body: RoomFactBody<Name>): Promise<Version>;
  find(room: string, id: ParticipantId): Awaitable<ParticipantInfo | undefined>;
  state(room: string): Promise<RoomState | undefined>;
  version(room: string): Promise<Version>;
  roomsOf(id: ParticipantId): Promise<string[]>;
  /** The number of participants in a room; 0 if no participant of this process is in it. */
  countIn(room: string): number;
  /**
   * The number of participants in all rooms of a participant of this process. A participant who shares two rooms with
   * it counts twice.
   */
  countAround(id: ParticipantId): number;
  /** Every occupied room, including unlisted ones. */
  list(): Promise<(RoomSummary & { unlisted: boolean })[]>;
  close(): Promise<void>;
}
