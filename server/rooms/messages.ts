import type { Channels } from './channels.ts';
import type { ChatDraft, ChatEditor, ChatLog } from './chat-log.ts';
import type { ChatMessage, FactName, Facts, ParticipantId, Version } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import type { RoomFactBody, RoomFactName, Rooms } from './rooms.ts';

/** Keeps what is said, edited and deleted, and tells it to whom it is for: all of the room, or a direct message's two ends. */
export interface Messages {
  /** Once however often it is sent. Throws `participant-gone`, `not-in-room`, and as `ChatLog.append`. */
  post(room: string, draft: ChatDraft, subject?: string | null): Promise<ChatMessage>;
  /** Throws as `ChatLog.edit`. */
  edit(room: string, id: string, editor: ParticipantId, text: string): Promise<ChatMessage>;
  /** Throws as `ChatLog.delete`. */
  delete(room: string, id: string, editor: ChatEditor): Promise<void>;
  /** Deletes all that is kept of a room or, where `subject` is not null, what that subject wrote in it. Answers how many. */
  purge(room: string, subject: string | null): Promise<number>;
}

const deletionOf = ({ id, to }: ChatMessage) => ({ id, ...(to !== undefined && { to }) });

/** In a room that is no more nobody is to be told. */
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof Refusal)) throw error;
}

/** One step after the other, which is enough where the process that keeps is the one that tells. */
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
        // Sent before the receiver left: a retry is answered as the first sending was.
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
