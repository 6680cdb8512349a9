/**
 * The types of what one room shows and of what happens in it.
 *
 * Owns no behaviour: `RoomSession`, `RoomState` and `Conversation` fill these types. They stand apart because the
 * room's state and the conversation write into one store, and neither should import the other.
 */
import type {
  Announcement,
  Facts,
  LeaveReason,
  ParticipantInfo,
  Role,
  RoomPermissions,
  SignalBody,
} from '../../../server/protocol.ts';
import type { Message } from '../../entities.ts';
import type { CodedError } from '../../internal/coded-error.ts';

/** Facts about the conversation, which `RoomState` passes on to it. */
export type ChatFactName = 'chat:posted' | 'chat:edited' | 'chat:deleted' | 'chat:typed';

/**
 * `joining → joined ⇄ reconnecting → left`, or `knocking`, or `failed`. `locked` is outside a locked room, without a
 * knock. After `left` or `failed`, `join()` starts again; after `locked` it knocks.
 */
export type RoomSessionState = 'joining' | 'locked' | 'knocking' | 'joined' | 'reconnecting' | 'left' | 'failed';

export interface RoomSessionSnapshot {
  /** Canonical name. */
  readonly room: string;
  readonly state: RoomSessionState;
  /** Why the session failed or ended, or what currently prevents it from joining. */
  readonly error: CodedError | null;
  readonly selfId: string | null;
  readonly role: Role;
  /** Everybody in the room, this participant included, in the order in which they were first seen. */
  readonly participants: readonly ParticipantInfo[];
  /** Oldest first. This participant's pending messages stand at the end. */
  readonly messages: readonly Message[];
  readonly locked: boolean;
  /** Permissions to speak, show a camera, share a screen and write. Missing before joining, and of an older server. */
  readonly permissions?: RoomPermissions | undefined;
  /** Ids of the participants who are typing. */
  readonly typing: readonly string[];
  /** People who ask to join the locked room. Only moderators receive them. */
  readonly waiting: readonly { readonly id: string; readonly displayName: string }[];
  /** True if the room has messages older than the first one here. */
  readonly hasOlder: boolean;
}

export interface RoomSessionEvents {
  'participant-joined': ParticipantInfo;
  'participant-left': { participant: ParticipantInfo; reason: LeaveReason };
  'participant-changed': ParticipantInfo;
  /**
   * Another participant's message, a notice or an announcement. Each is emitted once, including those missed while
   * away.
   */
  message: Message;
  /** An announcement to the room or to everybody, in a session without a conversation that could show it. */
  announcement: Announcement;
  /** A moderator or operator moved this participant to another room. `ended` follows. */
  moved: { to: string };
  ended: { reason: LeaveReason };
  signal: { from: string; link: string; signal: SignalBody };
  /** The call ended although this participant did not leave it. `error` is set if it could not be entered again. */
  'call-ended': { reason: 'ended' | 'removed' | 'token-expired'; error?: CodedError };
  /** The session is in the room again after a lost connection. The participants are already up to date. */
  resumed: void;
  /** The page goes away, perhaps into the back-forward cache, and has left the call. `resumed` may follow. */
  suspended: void;
  knock: { id: string; displayName: string };
  'knock-end': { id: string; displayName: string };
  /** A participant of the call, perhaps this one, showed an emoji. */
  reaction: Facts['call:reacted'];
}
