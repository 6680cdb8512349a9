/** A `RoomController` with messages. It stands apart so that a page with only a call does not load that code. */
import { createConversation } from '../client/room/conversation.ts';
import { RoomController, type RoomControllerOptions, type RoomHost } from './room-controller.ts';

export function createChatController(host: RoomHost, options: RoomControllerOptions): RoomController {
  return new RoomController(host, { ...options, converse: createConversation });
}
