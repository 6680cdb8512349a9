/** Registers `<chat-room>`. Apart from the class, which `define.ts` registers under other names without claiming this one. */
import { defineElement } from '../internal/define.ts';
import { ChatRoom } from './chat-room.ts';
// Who asks for this element alone will show it: its view comes along at once.
import './chat-view.ts';

export { ChatRoom };

defineElement('chat-room', ChatRoom);
