/**
 * What was said in rooms: appended once, read back.
 *
 * Owns messages, their ids and their order, and that the same sender and `clientId` are never kept
 * twice. Knows no sockets and not who is in a room; whoever calls it has checked that. It stands apart
 * so that memory, a database on disk or Redis can be behind it, all held to one contract.
 */
import type { ChatMessage, ParticipantId } from '../protocol.ts';
import { Refusal } from '../refusal.ts';

/** A message before it has an id and a time. */
export type ChatDraft = Pick<ChatMessage, 'clientId' | 'from' | 'text' | 'to' | 'kind'>;

export interface ChatPage {
  /** Oldest first, only those that `viewer` may see. */
  messages: ChatMessage[];
  /** Whether there are older ones than the first of `messages`. */
  hasOlder: boolean;
}

export interface ChatQuery {
  /** Only newer ones than this id. */
  after?: string | undefined;
  /** Only older ones than this id. */
  before?: string | undefined;
  limit: number;
}

/** Who changes a message. */
export interface ChatEditor {
  id: ParticipantId;
  isModerator: boolean;
}

/** What somebody who was away has missed of messages it may see. */
export interface ChatChanges {
  /** Oldest first, as they are now. */
  edited: ChatMessage[];
  /** Ids of messages that are no more. */
  deleted: string[];
}

export interface ChatLog {
  /**
   * `fresh` is false where the sender had appended this `clientId` before: `message` is the first one then, as it is now.
   * Throws `payload-invalid` where that one has been deleted. `subject` is the author's, of its grant: it is kept beside the
   * message and told to nobody.
   */
  append(room: string, draft: ChatDraft, subject?: string | null): Promise<{ message: ChatMessage; fresh: boolean }>;
  /** What the sender has appended under this `clientId`, as it is now; null where nothing was. Throws as `append`. */
  sent(room: string, sender: ParticipantId, clientId: string): Promise<ChatMessage | null>;
  /** The newest `limit` of the messages that match. */
  read(room: string, viewer: ParticipantId, query: ChatQuery): Promise<ChatPage>;
  /**
   * Replaces the text of a message of one's own; `fresh` is false where it said that already.
   * Throws `payload-invalid` where there is none that `editor` may see, or it is not of kind `text`; `not-allowed` where it is another's.
   */
  edit(
    room: string,
    id: string,
    editor: ParticipantId,
    text: string,
  ): Promise<{ message: ChatMessage; fresh: boolean }>;
  /**
   * Takes away a message of one's own, or, for a moderator, anybody's that went to all. Answers what it was;
   * null where there is none (any more) that `editor` may see. Throws `not-allowed`.
   */
  delete(room: string, id: string, editor: ChatEditor): Promise<ChatMessage | null>;
  /**
   * What was edited or deleted since `after` was the newest message of the room, or earlier: telling it again does no
   * harm. Edited ones up to `after` alone, because newer ones are read anyway; deleted ones of any age. Null where more than
   * `limit` of the room's messages were, whoever may see them: no more than that are looked at, and what `viewer` has is to be read anew.
   */
  changes(room: string, viewer: ParticipantId, after: string, limit: number): Promise<ChatChanges | null>;
  /** The newest `limit` of all that is shown in a room, direct messages included. */
  readAll(room: string, query: ChatQuery): Promise<ChatPage>;
  /** Rooms in which messages of `subject` are kept. */
  roomsOf(subject: string): Promise<string[]>;
  /** All that is kept of `subject` in a room, oldest first. */
  readOf(room: string, subject: string): Promise<ChatMessage[]>;
  /**
   * Deletes up to `PURGE_PORTION` of a room's messages, shown or not, of `subject` alone where it is not null. Answers what
   * they were; nothing where none is left. Their sendings stay known, as with `delete`.
   */
  purge(room: string, subject: string | null): Promise<ChatMessage[]>;
  /** Forget a room that is no more. */
  drop(room: string): Promise<void>;
  close(): Promise<void>;
}

/** The id that follows `last` in a room's order: it ascends as a string even where the clock stands still or goes back. */
export function followingId(last: string | null, now: number): string {
  const [time = '', sequence = ''] = last?.split('-') ?? [];
  const lastTime = time === '' ? -1 : Number.parseInt(time, 36);
  const next = now > lastTime ? ([now, 0] as const) : ([lastTime, Number.parseInt(sequence, 36) + 1] as const);
  return `${next[0].toString(36).padStart(9, '0')}-${next[1].toString(36).padStart(5, '0')}`;
}

/** Above every id that was given up to `time`, and below those after it. */
export function idBefore(time: number): string {
  return `${Math.max(0, time).toString(36).padStart(9, '0')}~`;
}

/** Ascends with each edit, by which a reader knows the later one. */
export const editedAtAfter = ({ editedAt = 0 }: ChatMessage, now: number): number => Math.max(now, editedAt + 1);

/** Whether `viewer` may see a message: a direct one is for its two ends. */
export const isSeenBy = ({ from, to }: Pick<ChatMessage, 'from' | 'to'>, viewer: ParticipantId): boolean =>
  to === undefined || to === viewer || from.id === viewer;

/** Throws as `ChatLog.edit`. */
export function assertEditable(message: ChatMessage | undefined, editor: ParticipantId): asserts message {
  if (!message || !isSeenBy(message, editor)) throw new Refusal('payload-invalid');
  if (message.from.id !== editor) throw new Refusal('not-allowed');
  if (message.kind !== 'text') throw new Refusal('payload-invalid');
}

/** False where there is nothing that `editor` may see. Throws as `ChatLog.delete`. */
export function isDeletable(message: ChatMessage | undefined, editor: ChatEditor): message is ChatMessage {
  if (!message || !isSeenBy(message, editor.id)) return false;
  if (message.from.id !== editor.id && !(editor.isModerator && message.to === undefined))
    throw new Refusal('not-allowed');
  return true;
}
