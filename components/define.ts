/**
 * Registers the four elements under names that the page chooses, where another script owns the usual names. Imports
 * only the classes, so that loading this module registers none of the usual names.
 */
import { ChatRoom } from './chat-room/chat-room.ts';
import { DevicePicker } from './device-picker/device-picker.ts';
import { defineElement } from './internal/define.ts';
import { RoomList } from './room-list/room-list.ts';
import { VideoCall } from './video-call/video-call.ts';

/**
 * `define('my')` registers `<my-room-list>`, `<my-chat-room>`, `<my-video-call>` and `<my-device-picker>`.
 * @param prefix lower-case letters, digits and hyphens, a letter first
 * @throws DOMException if that makes no valid element name
 */
export function define(prefix: string): void {
  // A class can have only one name, and may already have its usual one.
  defineElement(`${prefix}-room-list`, class extends RoomList {});
  defineElement(`${prefix}-chat-room`, class extends ChatRoom {});
  defineElement(`${prefix}-video-call`, class extends VideoCall {});
  defineElement(`${prefix}-device-picker`, class extends DevicePicker {});
}
