/**
 * Messages for one answer: as many as the client asked for, within a bound on their text.
 *
 * Owns that bound, and that little more is read than is sent. Does not own what a room keeps, nor who may see it.
 */
import type { ChatLog, ChatPage, ChatQuery } from './chat-log.ts';
import { LIMITS } from '../protocol.ts';
import type { ChatMessage, ParticipantId } from '../protocol.ts';

/**
 * UTF-16 units of text in one answer, over all rooms in it. A participant may be in fifty rooms full of the longest
 * messages.
 */
export const TEXT_IN_ANSWER = 400_000;

/** UTF-16 units of text in `messages`. */
export const lengthOf = (messages: readonly ChatMessage[]): number =>
  messages.reduce((sum, { text }) => sum + text.length, 0);

/** The latest of `messages` whose texts fit into `budget`, but at least one. */
function newestWithin(messages: readonly ChatMessage[], budget: number): ChatMessage[] {
  let first = messages.length;
  let length = 0;
  for (let message; (message = messages[first - 1]); first--) {
    length += message.text.length;
    if (length > budget && first < messages.length) break;
  }
  return messages.slice(first);
}

/**
 * The latest messages that match `query`, within `budget`. They are read in portions, so that little is read in vain.
 */
export async function readWithin(
  chatLog: ChatLog,
  room: string,
  viewer: ParticipantId,
  { after, before, limit }: ChatQuery,
  budget: number,
): Promise<ChatPage> {
  let messages: ChatMessage[] = [];
  let left = budget;
  for (let oldest = before; ; oldest = messages[0]?.id) {
    const wanted = Math.min(limit - messages.length, LIMITS.messagesPerPage);
    const page = await chatLog.read(room, viewer, { after, before: oldest, limit: wanted });
    const taken =
      messages.length > 0 && (page.messages.at(-1)?.text.length ?? 0) > left ? [] : newestWithin(page.messages, left);
    messages = [...taken, ...messages];
    left -= lengthOf(taken);
    if (taken.length < page.messages.length) return { messages, hasOlder: true };
    if (page.messages.length < wanted || messages.length >= limit) return { messages, hasOlder: page.hasOlder };
  }
}
