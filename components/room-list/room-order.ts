/**
 * The order of rooms: rooms with a call first, then by number of participants, then by name. Owns keeping that order
 * while a person is about to select, because the room under the pointer must not change.
 */
import type { RoomInfo } from '../entities.ts';

const names = new Intl.Collator(undefined, { numeric: true });

const compare = (a: RoomInfo, b: RoomInfo): number =>
  Number(b.inCallCount > 0) - Number(a.inCallCount > 0) ||
  b.participantCount - a.participantCount ||
  names.compare(a.name, b.name);

export class RoomOrder {
  #sorted: readonly RoomInfo[] = [];
  #from: readonly RoomInfo[] = [];
  #ordered = true;

  /** @param held true keeps each known room in its place; new rooms come last */
  sort(rooms: readonly RoomInfo[], held: boolean): readonly RoomInfo[] {
    if (rooms === this.#from && (held || this.#ordered)) return this.#sorted;
    // Starts from the last order, which is nearly the new one: sorting thousands of rooms from scratch is slow.
    const rest = new Map(rooms.map((room) => [room.name, room]));
    const kept = this.#sorted.flatMap(({ name }) => {
      const room = rest.get(name);
      rest.delete(name);
      return room ?? [];
    });
    const next = [...kept, ...rest.values()];
    this.#from = rooms;
    this.#ordered = !held;
    this.#sorted = held ? next : next.toSorted(compare);
    return this.#sorted;
  }
}
