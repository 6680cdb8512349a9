/**
 * What was said in rooms: appended once, read back.
 *
 * Owns messages, their ids and their order, and that the same sender and `clientId` are never kept
 * twice. Knows no sockets and not who is in a room; whoever calls it has checked that. It stands apart
 * so that memory, a database on disk or Redis can be behind it, all held to one contract.
 */
import type { ChatMessage, ParticipantId } from './protocol.ts';

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

export interface ChatLog {
  /** `fresh` is false where the sender had appended this `clientId` before: `message` is the first one then. */
  append(room: string, draft: ChatDraft): Promise<{ message: ChatMessage; fresh: boolean }>;
  /** The newest `limit` of the messages that match. */
  read(room: string, viewer: ParticipantId, query: ChatQuery): Promise<ChatPage>;
  /** Forget a room that is no more. */
  drop(room: string): Promise<void>;
  close(): Promise<void>;
}
