/**
 * Finds rooms by a part of their name.
 *
 * Owns the last result, which is only filtered when the person types more. Stops as soon as there are enough rooms for
 * the page, and goes on from there when more are wanted: searching thousands of names at each key press would take
 * longer than a frame.
 */
import type { RoomInfo } from '../entities.ts';

/** The search ignores case and Unicode composition. */
const fold = (text: string): string => text.normalize('NFKC').toLowerCase();

export class RoomSearch {
  /** The folded name of each room, so that each is folded only once. */
  readonly #folded = new WeakMap<RoomInfo, string>();
  #rooms: readonly RoomInfo[] = [];
  #wanted = '';
  #found: RoomInfo[] = [];
  /** Index of the first room that was not searched yet. */
  #next = 0;

  /**
   * Returns the rooms whose name contains `text`, in the order given; all for an empty text.
   * @param enough the search stops at this number of rooms
   */
  find(rooms: readonly RoomInfo[], text: string, enough = Infinity): readonly RoomInfo[] {
    const wanted = fold(text);
    const isKnown = rooms === this.#rooms && this.#wanted !== '' && wanted.includes(this.#wanted);
    if (!isKnown) {
      this.#found = [];
      this.#next = 0;
    } else if (wanted !== this.#wanted) this.#found = this.#found.filter((room) => this.#nameOf(room).includes(wanted));
    this.#rooms = rooms;
    this.#wanted = wanted;
    if (wanted === '') return rooms;
    while (this.#found.length < enough && this.#next < rooms.length) {
      const room = rooms[this.#next++]!;
      if (this.#nameOf(room).includes(wanted)) this.#found.push(room);
    }
    return this.#found;
  }

  #nameOf(room: RoomInfo): string {
    let name = this.#folded.get(room);
    if (name === undefined) this.#folded.set(room, (name = fold(room.name)));
    return name;
  }
}
