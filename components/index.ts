/**
 * Registers the four elements, and exports their classes, events and public types.
 * The views of `<room-list>`, `<chat-room>` and `<device-picker>` load when a page contains the first such element.
 */
import { ChatRoom } from './chat-room/chat-room.ts';
import { DevicePicker } from './device-picker/device-picker.ts';
import { defineElement } from './internal/define.ts';
import { RoomList } from './room-list/room-list.ts';
import { VideoCall } from './video-call/video-call.ts';

export { ChatRoom, DevicePicker, RoomList, VideoCall };
export { define } from './define.ts';
export * from './events.ts';
export type * from './entities.ts';
export type { ErrorCode, Permitted, Role, RoomPermissions } from '../server/protocol.ts';
export type { DeviceValue } from './device-picker/device-picker.ts';
export type { LinkFigures } from './rtc/link/link-stats.ts';
export type { LayoutMode } from './video-call/stage/layout.ts';

defineElement('room-list', RoomList);
defineElement('chat-room', ChatRoom);
defineElement('video-call', VideoCall);
defineElement('device-picker', DevicePicker);
