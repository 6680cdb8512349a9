/**
 * The order rooms are shown in: those with a call first, then the fuller ones, then by name. Owns holding it
 * still while somebody is about to choose: what is under the pointer must not change under it.
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

  /** @param held keeps each known room in its place; new ones come last */
  sort(rooms: readonly RoomInfo[], held: boolean): readonly RoomInfo[] {
    if (rooms === this.#from && (held || this.#ordered)) return this.#sorted;
    // From the order before, which is nearly the new one: sorting thousands anew at each change would be felt.
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
