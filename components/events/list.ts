/** The events of `<room-list>` alone. */
import type { RoomInfo } from '../entities.ts';
import { REQUEST, readOnly } from './fields.ts';

/** Request of `<room-list>`: a person selected or named a room. */
export class RoomSelectEvent extends Event {
  static readonly eventName = 'room-select';
  constructor(readonly room: string) {
    super(RoomSelectEvent.eventName, REQUEST);
    readOnly(this);
  }
}

/** Fact of `<room-list>`: the list of public rooms changed. */
export class RoomsChangeEvent extends Event {
  static readonly eventName = 'rooms-change';
  constructor(readonly rooms: readonly RoomInfo[]) {
    super(RoomsChangeEvent.eventName);
    readOnly(this);
  }
}
