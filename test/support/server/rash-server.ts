/**
 * The server with a store that acknowledges a message before it writes it, to show that the durability tests can fail.
 */
import { followingId } from '../../../server/rooms/chat-log.ts';
import { DiskChatLog } from '../../../server/disk/disk-chat-log.ts';

const { append } = DiskChatLog.prototype;
let lastId: string | null = null;

DiskChatLog.prototype.append = async function (room, draft) {
  const at = Date.now();
  lastId = followingId(lastId, at);
  setTimeout(() => void append.call(this, room, draft), 50);
  return { message: { id: lastId, at, ...draft }, fresh: true };
};

await import('../../../server/index.ts');
