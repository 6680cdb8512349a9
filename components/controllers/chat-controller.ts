/** The room's controller for an element that shows what is said there. It stands apart so that a call's page does without the conversation. */
import { createConversation } from '../client/room/conversation.ts';
import { RoomController, type RoomControllerOptions, type RoomHost } from './room-controller.ts';

export function createChatController(host: RoomHost, options: RoomControllerOptions): RoomController {
  return new RoomController(host, { ...options, converse: createConversation });
}
