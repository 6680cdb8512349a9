/** Registers `<room-list>`. Apart from the class, which `define.ts` registers under other names without claiming this one. */
import { defineElement } from '../internal/define.ts';
import { RoomList } from './room-list.ts';

export { RoomList };

defineElement('room-list', RoomList);

declare global {
  interface HTMLElementTagNameMap {
    'room-list': RoomList;
  }
}
