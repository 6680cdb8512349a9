/** Registers `<room-list>`. The class stands apart, so that `define.ts` can register it under other names. */
import { defineElement } from '../internal/define.ts';
import { RoomList } from './room-list.ts';
// A page that loads only this element will show it, so the view comes along at once.
import './room-list-view.ts';

export { RoomList };

defineElement('room-list', RoomList);
