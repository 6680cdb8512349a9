import type { Channels } from './channels.ts';
import type { ChatDraft, ChatLog } from './chat-log.ts';
import type { ChatMessage } from './protocol.ts';
import { Refusal } from './refusal.ts';
import type { Rooms } from './rooms.ts';

/** Keeps a message and tells it to whom it is for, once however often it is sent. Throws `participant-gone`, `not-in-room`. */
export type PostMessage = (room: string, draft: ChatDraft) => Promise<ChatMessage>;

/** One step after the other, which is enough where the process that keeps is the one that tells. */
export function createPostMessage({ rooms, chatLog, channels }: { rooms: Rooms; chatLog: ChatLog; channels: Channels }): PostMessage {
  return async (room, draft) => {
    const { to, from } = draft;
    if (to !== undefined && !(await rooms.find(room, to))) throw new Refusal('participant-gone');
    const { message, fresh } = await chatLog.append(room, draft);
    if (!fresh) return message;
    if (to === undefined) {
      await rooms.publish(room, 'chat:posted', { message });
    } else {
      const fact = { room, ...(await rooms.version(room)), message };
      for (const end of new Set([from.id, to])) await channels.tellParticipant(end, 'chat:posted', fact);
    }
    return message;
  };
}
