/**
 * Rooms: who is in which room and in which call, and where each room's history stands.
 *
 * Owns memberships, roles, names as rooms know them, calls, the lock, and the numbering `(epoch, n)` of
 * everything that is told to a room. Owns no sockets: what happens goes out as changes, in the order of
 * `n`, and `channels.ts` carries them. It stands apart, asynchronous, so that one process's memory or a
 * store shared by several can be behind it. Methods throw `Refusal`.
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
  Role,
  RoomSummary,
  Version,
} from '../protocol.ts';

/** A room as those in it may see it. */
export interface RoomState extends Version {
  room: string;
  /** In the order of their coming. */
  participants: ParticipantInfo[];
  locked: boolean;
  unlisted: boolean;
  /** Those who wait before the locked room; for its moderators alone. */
  waiting: Person[];
}

export interface Person {
  id: ParticipantId;
  displayName: string;
}

/** Somebody who wants in. */
export interface Entrant extends Person {
  /** What its grant makes of it; null where the first in a room moderates it. */
  role: Role | null;
  /** Of its grant; null where nobody says who it is. */
  subject: string | null;
  /** Where it comes from; '' where that is not known. */
  address: string;
  /** Which arrival of the participant asks for it, where a later one may have come; it enters nothing then. */
  arrival?: number;
}

/** Somebody put out for the room's life: its subject or, where nobody said who it is, its id and its address. */
export interface Ban extends Pick<Entrant, 'id' | 'subject' | 'address'> {
  /** Who was in the room at the time, perhaps at the same address. */
  except: ParticipantId[];
}

/** What keeps somebody out of a room: one of the three is not null. */
export interface BanEntry {
  /** By which it is lifted. */
  id: string;
  subject: string | null;
  participantId: ParticipantId | null;
  address: string | null;
}

/** How a knock was answered: let in, or the code that says why not. */
export type KnockOutcome = 'admitted' | 'knock-refused' | 'room-locked' | 'removed';

/** What a room must remember over a restart of the server. Plain JSON. */
export interface RoomMemory extends Version {
  room: string;
  locked: boolean;
  unlisted: boolean;
  /** Roles of those who are in it, by who they are; `memberKey` in `room-gate.ts` makes the keys. */
  members: Record<string, Role>;
  bans: Ban[];
  /** Until when its bans stay though the room ends; absent where they end with it. */
  bansUntil?: number | undefined;
  /** Nothing but its bans is left. */
  over?: boolean | undefined;
}

/** Where rooms are remembered. Synchronous, because entering a room is one step; a slow one may write later. */
export interface RoomMemories {
  /** Of a room that is made now, perhaps again. */
  recall(room: string): RoomMemory | null;
  /** Something of it is another. `read` gives what is so when it is called. */
  keep(room: string, read: () => RoomMemory): void;
  /** Its life is over. */
  forget(room: string): void;
  /** When all of that outlives the process. */
  saved(): Promise<void>;
}

/** Of a key under which stores keep it: `s:` and a subject, `i:` and a participant, `a:` and an address. */
export function banEntryOf(key: string): BanEntry {
  const [kind, name] = [key.slice(0, 2), key.slice(2)];
  const only = (wanted: string) => (kind === wanted ? name : null);
  return { id: entryIdOf(key), subject: only('s:'), participantId: only('i:'), address: only('a:') };
}

/** Facts that are numbered and go to all of a room. */
export type RoomFactName = {
  [Name in FactName]: Facts[Name] extends Version & { room: string } ? Name : never;
}[FactName];

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
  /** Somebody waits before `room`, or no longer does; for `to` alone. */
  knocked: [change: { to: ParticipantId[]; fact: Facts['participant:knocked'] }];
  fact: [name: RoomFactName, fact: Facts[RoomFactName]];
  /** A public room's line changed; null when it is no longer to be shown. */
  listed: [name: string, summary: RoomSummary | null];
  /** The room and its memory ended. */
  ended: [room: string];
}

export interface Rooms {
  readonly changes: EventEmitter<RoomChanges>;
  /** Into all of `rooms` or none; harmless where already in. Throws `limit-reached`, `room-full`, `removed`, `replaced`, and `room-locked`: it waits to be let in then. */
  enter(entrant: Entrant, rooms: readonly string[], options: { unlisted: boolean }): Promise<RoomState[]>;
  /** False where the participant was not in the room. */
  leave(room: string, id: ParticipantId, reason: LeaveReason): Promise<boolean>;
  rename(id: ParticipantId, displayName: string): Promise<void>;
  /** Shown as lost, in all rooms, until `enter` says otherwise for each. */
  markLost(id: ParticipantId): Promise<void>;
  /** Throws `not-in-room`, `call-full`. */
  enterCall(room: string, id: ParticipantId, presence: CallPresence): Promise<RoomState>;
  updateCall(room: string, id: ParticipantId, fields: Partial<Omit<CallPresence, 'joinId'>>): Promise<void>;
  leaveCall(room: string, id: ParticipantId): Promise<void>;
  setRole(room: string, id: ParticipantId, role: Role): Promise<void>;
  /** While locked, only moderators and those let in since then may enter; unlocking lets in those who wait. False where there is no such room. */
  lock(room: string, locked: boolean): Promise<boolean>;
  /** Lets somebody who waits in, for as long as a lost participant has to come back, or turns it away. False where it does not wait. */
  answerKnock(room: string, id: ParticipantId, admitted: boolean): Promise<boolean>;
  /** `id` waits no longer, in `room` or anywhere. False where it did not. */
  withdrawKnock(id: ParticipantId, room?: string): Promise<boolean>;
  /**
   * Out of the room, for its life. False where `id` is not in it. With `withAddress` also everybody of its address who is in
   * or waits, moderators excepted. An address of this machine tells nobody apart, so there it is `id` alone.
   */
  ban(room: string, id: ParticipantId, options?: { withAddress?: boolean | undefined }): Promise<boolean>;
  /** What keeps people out of the room, in the order of its coming. */
  bans(room: string): Promise<BanEntry[]>;
  /** Lets those come in again whom one entry of `bans` keeps out. False where there is none of this id. */
  liftBan(room: string, banId: string): Promise<boolean>;
  /** Whether anything of the room is kept here: somebody is in it, or it is remembered. What was said in it is the chat log's. */
  isKept(room: string): Promise<boolean>;
  /** Shows the microphone of `id` as muted by `by`. False where `id` is not in the call. */
  mute(room: string, id: ParticipantId, by: ParticipantId): Promise<boolean>;
  /** Everybody out of the call. */
  endCall(room: string): Promise<void>;
  /**
   * Everybody out. Its lock stays for as long as that of any empty room, its bans at least so long, and for `BAN_MS` where
   * grants say who somebody is. False where there is no such room.
   */
  end(room: string): Promise<boolean>;
  /** Everybody of `from` also into `to`, or, with `leaving`, out of `from`. Capacity does not hold: the application decides. Answers who was. */
  transfer(from: string, to: string, options: { leaving: boolean }): Promise<ParticipantId[]>;
  /** Numbers a fact and tells it to all of the room. */
  publish<Name extends RoomFactName>(room: string, name: Name, body: RoomFactBody<Name>): Promise<Version>;
  find(room: string, id: ParticipantId): Awaitable<ParticipantInfo | undefined>;
  state(room: string): Promise<RoomState | undefined>;
  version(room: string): Promise<Version>;
  roomsOf(id: ParticipantId): Promise<string[]>;
  /** How many people are in a room; 0 where no participant of this process is. */
  countIn(room: string): number;
  /** How many people are in all rooms of a participant of this process; those who share two rooms with it count twice. */
  countAround(id: ParticipantId): number;
  /** Every room that somebody is in, unlisted ones too. */
  list(): Promise<(RoomSummary & { unlisted: boolean })[]>;
  close(): Promise<void>;
}
