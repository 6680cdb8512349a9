/**
 * The whole house: registers the four elements, and exports their classes, their events and what they hand out.
 * What is seen of a list or a chat is loaded when the first one stands in the page.
 */
import { ChatRoom } from './chat-room/chat-room.ts';
import { defineElement } from './internal/define.ts';
import { RoomList } from './room-list/room-list.ts';

export { DevicePicker } from './device-picker/index.ts';
export { VideoCall } from './video-call/index.ts';
export { ChatRoom, RoomList };
export { define } from './define.ts';
export * from './events.ts';
export type * from './entities.ts';
export type { ErrorCode, Role } from '../server/protocol.ts';

defineElement('chat-room', ChatRoom);
defineElement('room-list', RoomList);
