/** Registers `<chat-room>`. Apart from the class, which `define.ts` registers under other names without claiming this one. */
import { defineElement } from '../internal/define.ts';
import { ChatRoom } from './chat-room.ts';

export { ChatRoom };

defineElement('chat-room', ChatRoom);

declare global {
  interface HTMLElementTagNameMap {
    'chat-room': ChatRoom;
  }
}
