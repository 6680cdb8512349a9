/** Finds rooms by a part of their name. Owns the last result, in which a longer text is searched. */
import type { RoomInfo } from '../entities.ts';

/** The search ignores case and Unicode composition. */
const fold = (text: string): string => text.normalize('NFKC').toLowerCase();

export class RoomSearch {
  /** Normalising thousands of names at each key would take longer than a frame. */
  readonly #folded = new WeakMap<RoomInfo, string>();
  #rooms: readonly RoomInfo[] = [];
  #wanted = '';
  #found: readonly RoomInfo[] = [];

  /** Returns the rooms whose name contains `text`, in the order given; all for an empty text. */
  find(rooms: readonly RoomInfo[], text: string): readonly RoomInfo[] {
    const wanted = fold(text);
    const isSameList = rooms === this.#rooms;
    if (isSameList && wanted === this.#wanted) return this.#found;
    const narrows = isSameList && wanted.includes(this.#wanted);
    const searched = narrows ? this.#found : rooms;
    this.#rooms = rooms;
    this.#wanted = wanted;
    this.#found = wanted ? searched.filter((room) => this.#nameOf(room).includes(wanted)) : rooms;
    return this.#found;
  }

  #nameOf(room: RoomInfo): string {
    let name = this.#folded.get(room);
    if (name === undefined) this.#folded.set(room, (name = fold(room.name)));
    return name;
  }
}
