/**
 * The types of what is shown of one room, and of what happens there.
 *
 * Owns no behaviour: `RoomSession`, `RoomState` and `Conversation` write these. The types stand apart because the room's
 * state hands facts on to the conversation while both write into one store; neither file needs the other for that.
 */
import type { Announcement, LeaveReason, ParticipantInfo, Role, SignalBody } from '../../../server/protocol.ts';
import type { Message } from '../../entities.ts';
import type { CodedError } from '../../internal/coded-error.ts';

/** Facts about the conversation, which `RoomState` hands on to it. */
export type ChatFactName = 'chat:posted' | 'chat:edited' | 'chat:deleted' | 'chat:typed';

/** `joining → joined ⇄ reconnecting → left`, or `failed`; from `left` and `failed`, `join()` begins again. */
export type RoomSessionState = 'joining' | 'knocking' | 'joined' | 'reconnecting' | 'left' | 'failed';

export interface RoomSessionSnapshot {
  /** Canonical name. */
  readonly room: string;
  readonly state: RoomSessionState;
  /** Why it failed or ended, or, while it still tries, what stands in the way. */
  readonly error: CodedError | null;
  readonly selfId: string | null;
  readonly role: Role;
  /** Everybody in the room, oneself included, in the order of first being seen. */
  readonly participants: readonly ParticipantInfo[];
  /** Oldest first; own messages that the server does not have yet stand at the end. */
  readonly messages: readonly Message[];
  readonly locked: boolean;
  /** Ids of those who are typing. */
  readonly typing: readonly string[];
  /** Those who wait before a locked room, told to moderators. */
  readonly waiting: readonly { readonly id: string; readonly displayName: string }[];
  /** True when the room has messages older than the first one here. */
  readonly hasOlder: boolean;
}

export interface RoomSessionEvents {
  'participant-joined': ParticipantInfo;
  'participant-left': { participant: ParticipantInfo; reason: LeaveReason };
  'participant-changed': ParticipantInfo;
  /** Somebody else's message, a notice or an announcement; each once, those missed while away included. */
  message: Message;
  /** A word to the room or to everybody, in a session without a conversation, which would show it among its messages. */
  announcement: Announcement;
  /** The server took this participant to another room; `ended` follows. */
  moved: { to: string };
  ended: { reason: LeaveReason };
  signal: { from: string; link: string; signal: SignalBody };
  /** Out of the call without having asked for it; with `error` when it could not be entered again after a loss. */
  'call-ended': { reason: 'ended' | 'removed' | 'token-expired'; error?: CodedError };
  /** In the room again after a loss; the roster is already the fresh one. */
  resumed: void;
  /** The page goes away, perhaps into the back-forward cache: the call was left. `resumed` may follow. */
  suspended: void;
  knock: { id: string; displayName: string };
  'knock-end': { id: string; displayName: string };
}
