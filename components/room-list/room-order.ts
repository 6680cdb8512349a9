/**
 * The order of rooms: rooms with a call first, then by number of participants, then by name.
 *
 * Owns that rooms keep their places while a person is about to select, because the room under the pointer must not
 * change. Inserts a few changes into the last order, because sorting thousands of rooms takes longer than a frame.
 */
import type { RoomInfo } from '../entities.ts';

/** With more changes than this at once, sorting everything is faster. */
const FEW = 64;

const names = new Intl.Collator(undefined, { numeric: true });

const compare = (a: RoomInfo, b: RoomInfo): number =>
  Number(b.inCallCount > 0) - Number(a.inCallCount > 0) ||
  b.participantCount - a.participantCount ||
  names.compare(a.name, b.name);

interface Changes {
  /** Each changed room, before and after. */
  readonly changed: readonly (readonly [RoomInfo, RoomInfo])[];
  readonly removed: readonly RoomInfo[];
  readonly added: readonly RoomInfo[];
}

/**
 * Finds what changed from `before` to `now`; `null` for more than `FEW` added rooms, for more than `FEW` others that
 * changed or went, or if known rooms changed places.
 */
function findChanges(before: readonly RoomInfo[], now: readonly RoomInfo[]): Changes | null {
  const changed: [RoomInfo, RoomInfo][] = [];
  const removed: RoomInfo[] = [];
  let next = 0;
  for (const old of before) {
    const room = now[next];
    // Nearly all rooms are the same objects as before, and their names need not be compared.
    if (room === old) {
      next++;
      continue;
    }
    if (room?.name === old.name) {
      changed.push([old, room]);
      next++;
    } else removed.push(old);
    if (changed.length + removed.length > FEW) return null;
  }
  if (now.length - next > FEW) return null;
  const added = now.slice(next);
  const isMoved = removed.some(({ name }) => added.some((room) => room.name === name));
  return isMoved ? null : { changed, removed, added };
}

/** The index at which `room` belongs in a sorted list. */
function placeOf(room: RoomInfo, sorted: readonly RoomInfo[]): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (compare(sorted[middle]!, room) <= 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

export class RoomOrder {
  #sorted: readonly RoomInfo[] = [];
  #from: readonly RoomInfo[] = [];
  #ordered = true;

  /** @param held true keeps each known room in its place; new rooms come last */
  sort(rooms: readonly RoomInfo[], held: boolean): readonly RoomInfo[] {
    if (rooms === this.#from && (held || this.#ordered)) return this.#sorted;
    const changes = held || this.#ordered ? findChanges(this.#from, rooms) : null;
    this.#sorted = changes ? this.#take(changes, held) : this.#sortAll(rooms, held);
    this.#from = rooms;
    this.#ordered = !held;
    return this.#sorted;
  }

  #take({ changed, removed, added }: Changes, held: boolean): readonly RoomInfo[] {
    const sorted = this.#sorted.slice();
    for (const old of removed) sorted.splice(sorted.indexOf(old), 1);
    if (held) {
      for (const [before, after] of changed) sorted[sorted.indexOf(before)] = after;
      sorted.push(...added);
      return sorted;
    }
    for (const [before] of changed) sorted.splice(sorted.indexOf(before), 1);
    for (const room of [...changed.map(([, after]) => after), ...added]) sorted.splice(placeOf(room, sorted), 0, room);
    return sorted;
  }

  /** Starts from the last order, which is nearly the new one. */
  #sortAll(rooms: readonly RoomInfo[], held: boolean): readonly RoomInfo[] {
    const rest = new Map(rooms.map((room) => [room.name, room]));
    const kept = this.#sorted.flatMap(({ name }) => {
      const room = rest.get(name);
      rest.delete(name);
      return room ?? [];
    });
    const next = [...kept, ...rest.values()];
    return held ? next : next.toSorted(compare);
  }
}
