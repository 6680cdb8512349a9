/** The server with a store that acknowledges what it is only about to write: what durability must not be. */
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
