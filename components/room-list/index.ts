/** Registers `<room-list>`. Apart from the class, which `define.ts` registers under other names without claiming this one. */
import { defineElement } from '../internal/define.ts';
import { RoomList } from './room-list.ts';
// Who asks for this element alone will show it: its view comes along at once.
import './room-list-view.ts';

export { RoomList };

defineElement('room-list', RoomList);
