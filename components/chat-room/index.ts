/** Registers `<chat-room>`. The class stands apart, so that `define.ts` can register it under other names. */
import { defineElement } from '../internal/define.ts';
import { ChatRoom } from './chat-room.ts';
// A page that loads only this element will show it, so the view comes along at once.
import './chat-view.ts';

export { ChatRoom };

defineElement('chat-room', ChatRoom);
