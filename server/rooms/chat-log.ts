/**
 * The messages of rooms: appended once, read back.
 *
 * Owns messages, their ids and their order, and that a message is kept once even if its sender sends it again with the
 * same `clientId`. Does not own sockets nor memberships; callers have checked them. It is an interface because memory,
 * a database on disk or Redis can be behind it. One suite of tests holds all three to the same contract.
 */
import type { ChatMessage, ParticipantId } from '../protocol.ts';
import { Refusal } from '../refusal.ts';

/** A message without its id and time. */
export type ChatDraft = Pick<ChatMessage, 'clientId' | 'from' | 'text' | 'to' | 'kind'>;

export interface ChatPage {
  /** Oldest first, and only those that `viewer` may see. */
  messages: ChatMessage[];
  /** Whether there are messages older than the first of `messages`. */
  hasOlder: boolean;
}

export interface ChatQuery {
  /** Only messages newer than this id. */
  after?: string | undefined;
  /** Only messages older than this id. */
  before?: string | undefined;
  limit: number;
}

/** The participant who edits or deletes a message. */
export interface ChatEditor {
  id: ParticipantId;
  isModerator: boolean;
}

/** Changes that a participant missed while it was away, of messages that it may see. */
export interface ChatChanges {
  /** Oldest first, in their current form. */
  edited: ChatMessage[];
  /** Ids of deleted messages. */
  deleted: string[];
}

export interface ChatLog {
  /**
   * Keeps a message. `fresh` is false if the sender had already appended this `clientId`; `message` is then the first
   * one, in its current form. Throws `payload-invalid` if that one has been deleted. `subject` is the subject of the
   * author's grant. It is kept beside the message and told to nobody.
   */
  append(room: string, draft: ChatDraft, subject?: string | null): Promise<{ message: ChatMessage; fresh: boolean }>;
  /** What the sender has appended under this `clientId`, in its current form; null for nothing. Throws as `append`. */
  sent(room: string, sender: ParticipantId, clientId: string): Promise<ChatMessage | null>;
  /** The latest `limit` of the messages that match. */
  read(room: string, viewer: ParticipantId, query: ChatQuery): Promise<ChatPage>;
  /**
   * Replaces the text of a message of the editor's own. `fresh` is false if the text did not change. Throws
   * `payload-invalid` if the editor may see no such message or its kind is not `text`, and `not-allowed` if somebody
   * else wrote it.
   */
  edit(
    room: string,
    id: string,
    editor: ParticipantId,
    text: string,
  ): Promise<{ message: ChatMessage; fresh: boolean }>;
  /**
   * Deletes a message of the editor's own or, for a moderator, any message to the whole room. Resolves to what it was;
   * null if the editor may see no such message. Throws `not-allowed`.
   */
  delete(room: string, id: string, editor: ChatEditor): Promise<ChatMessage | null>;
  /**
   * Edits and deletions that were made while `after` was the latest message of the room, or later. Earlier changes may
   * be among them, which does no harm. Edits are only of messages up to `after`, because newer messages are read
   * anyway. Deletions are of messages of any age. Resolves to null if more than `limit` of the room's messages changed,
   * including those that the viewer may not see. The viewer must then read its messages again.
   */
  changes(room: string, viewer: ParticipantId, after: string, limit: number): Promise<ChatChanges | null>;
  /** The latest `limit` messages of a room, direct messages included. */
  readAll(room: string, query: ChatQuery): Promise<ChatPage>;
  /** Rooms in which messages of `subject` are kept. */
  roomsOf(subject: string): Promise<string[]>;
  /** All messages of `subject` that a room keeps, oldest first. */
  readOf(room: string, subject: string): Promise<ChatMessage[]>;
  /**
   * Deletes up to `PURGE_PORTION` messages of a room, shown or not; only those of `subject` if it is not null. Resolves
   * to what they were, and to an empty list if none is left. As with `delete`, repeated sendings of them are still
   * recognised.
   */
  purge(room: string, subject: string | null): Promise<ChatMessage[]>;
  /** Forgets a room that ended. */
  drop(room: string): Promise<void>;
  close(): Promise<void>;
}

/** The id that follows `last` in a room. Ids ascend as strings even if the clock stands still or goes back. */
export function followingId(last: string | null, now: number): string {
  const [time = '', sequence = ''] = last?.split('-') ?? [];
  const lastTime = time === '' ? -1 : Number.parseInt(time, 36);
  const next = now > lastTime ? ([now, 0] as const) : ([lastTime, Number.parseInt(sequence, 36) + 1] as const);
  return `${next[0].toString(36).padStart(9, '0')}-${next[1].toString(36).padStart(5, '0')}`;
}

/** An id above all ids given up to `time` (milliseconds since 1970), and below all later ones. */
export function idBefore(time: number): string {
  return `${Math.max(0, time).toString(36).padStart(9, '0')}~`;
}

/** Ascends with every edit, so that a reader can tell which edit is the later one. */
export const editedAtAfter = ({ editedAt = 0 }: ChatMessage, now: number): number => Math.max(now, editedAt + 1);

/** Whether `viewer` may see a message. Only the sender and the receiver may see a direct one. */
export const isSeenBy = ({ from, to }: Pick<ChatMessage, 'from' | 'to'>, viewer: ParticipantId): boolean =>
  to === undefined || to === viewer || from.id === viewer;

/** Throws as `ChatLog.edit`. */
export function assertEditable(message: ChatMessage | undefined, editor: ParticipantId): asserts message {
  if (!message || !isSeenBy(message, editor)) throw new Refusal('payload-invalid');
  if (message.from.id !== editor) throw new Refusal('not-allowed');
  if (message.kind !== 'text') throw new Refusal('payload-invalid');
}

/** False if `editor` may see no such message. Throws as `ChatLog.delete`. */
export function isDeletable(message: ChatMessage | undefined, editor: ChatEditor): message is ChatMessage {
  if (!message || !isSeenBy(message, editor.id)) return false;
  if (message.from.id !== editor.id && !(editor.isModerator && message.to === undefined))
    throw new Refusal('not-allowed');
  return true;
}
