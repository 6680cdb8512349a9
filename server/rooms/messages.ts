import type { Channels } from './channels.ts';
import type { ChatDraft, ChatEditor, ChatLog } from './chat-log.ts';
import type { ChatMessage, FactName, Facts, ParticipantId, Version } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import type { RoomFactBody, RoomFactName, Rooms } from './rooms.ts';

/**
 * Keeps messages, edits and deletions, and tells them to their receivers: the whole room, or the two ends of a direct
 * message.
 */
export interface Messages {
  /**
   * Posts a message once, however often it is sent. Throws `participant-gone`, `not-in-room`, and as `ChatLog.append`.
   */
  post(room: string, draft: ChatDraft, subject?: string | null): Promise<ChatMessage>;
  /** Throws as `ChatLog.edit`. */
  edit(room: string, id: string, editor: ParticipantId, text: string): Promise<ChatMessage>;
  /** Throws as `ChatLog.delete`. */
  delete(room: string, id: string, editor: ChatEditor): Promise<void>;
  /** Deletes a room's messages, or only those of `subject` if it is not null. Resolves to their number. */
  purge(room: string, subject: string | null): Promise<number>;
}

const deletionOf = ({ id, to }: ChatMessage) => ({ id, ...(to !== undefined && { to }) });

/** A room that ended has no participants to tell. */
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof Refusal)) throw error;
}

/** Keeps a message and then tells it, in two steps. This is enough in one process; Redis does both in one step. */
export function createMessages({
  rooms,
  chatLog,
  channels,
}: {
  rooms: Rooms;
  chatLog: ChatLog;
  channels: Channels;
}): Messages {
  async function tell<Name extends RoomFactName & FactName>(
    room: string,
    { from, to }: ChatMessage,
    name: Name,
    body: RoomFactBody<Name>,
  ): Promise<void> {
    if (to === undefined) {
      await rooms.publish(room, name, body);
      return;
    }
    const version: Version = await rooms.version(room);
    const fact = { room, ...version, ...body } as unknown as Facts[Name];
    for (const end of new Set([from.id, to])) await channels.tellParticipant(end, name, fact);
  }

  return {
    async post(room, draft, subject = null) {
      if (draft.to !== undefined && !(await rooms.find(room, draft.to))) {
        // The message may have been sent before the receiver left. A repeated sending gets the same answer as the
        // first.
        const first = await chatLog.sent(room, draft.from.id, draft.clientId);
        if (!first) throw new Refusal('participant-gone');
        return first;
      }
      const { message, fresh } = await chatLog.append(room, draft, subject);
      if (fresh) await tell(room, message, 'chat:posted', { message });
      return message;
    },
    async edit(room, id, editor, text) {
      const { message, fresh } = await chatLog.edit(room, id, editor, text);
      if (fresh) await tell(room, message, 'chat:edited', { message });
      return message;
    },
    async delete(room, id, editor) {
      const message = await chatLog.delete(room, id, editor);
      if (message) await tell(room, message, 'chat:deleted', deletionOf(message));
    },
    async purge(room, subject) {
      let count = 0;
      for (let taken; (taken = await chatLog.purge(room, subject)).length > 0; count += taken.length) {
        for (const message of taken)
          await tell(room, message, 'chat:deleted', deletionOf(message)).catch(ignoreRefusal);
      }
      return count;
    },
  };
}
