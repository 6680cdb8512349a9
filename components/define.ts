/**
 * Registers the four under names of one's own, for pages where another script owns ours. Imports the
 * classes alone, so that loading this module claims none of the usual names.
 */
import { ChatRoom } from './chat-room/chat-room.ts';
import { DevicePicker } from './device-picker/device-picker.ts';
import { defineElement } from './internal/define.ts';
import { RoomList } from './room-list/room-list.ts';
import { VideoCall } from './video-call/video-call.ts';

/**
 * `define('my')` registers `<my-room-list>`, `<my-chat-room>`, `<my-video-call>` and `<my-device-picker>`.
 * @param prefix lower-case letters, digits and hyphens, a letter first
 * @throws DOMException where that makes no valid name of an element
 */
export function define(prefix: string): void {
  // A class can have one name only, and may have its usual one already.
  defineElement(`${prefix}-room-list`, class extends RoomList {});
  defineElement(`${prefix}-chat-room`, class extends ChatRoom {});
  defineElement(`${prefix}-video-call`, class extends VideoCall {});
  defineElement(`${prefix}-device-picker`, class extends DevicePicker {});
}
