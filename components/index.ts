/** The whole house: registers the four elements, and exports their classes, their events and what they hand out. */
export { ChatRoom } from './chat-room/index.ts';
export { DevicePicker } from './device-picker/index.ts';
export { RoomList } from './room-list/index.ts';
export { VideoCall } from './video-call/index.ts';
export { define } from './define.ts';
export * from './events.ts';
export type * from './entities.ts';
export type { ErrorCode, Role } from '../server/protocol.ts';
