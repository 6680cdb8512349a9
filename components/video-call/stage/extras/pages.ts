/**
 * Pages of tiles where more people are in a call than a stage can show readably.
 *
 * Owns which page is shown, and how many tiles a page has. The participant who spoke last is on the first page, and
 * large tiles are on every page.
 */
import type { Area, LayoutTile, LayoutWishes } from '../layout.ts';
import { fitSpotlight, pickLarge } from './spotlight.ts';

/** The least area of a tile in which a face is recognised, CSS pixels: 110 by 80. */
const READABLE_PX2 = 110 * 80;
/** The same beside a large picture, where the others only show that they are there. */
const STRIP_PX2 = 64 * 48;

export class Pages {
  #page = 0;
  #count = 1;

  get hasEarlier(): boolean {
    return this.#page > 0;
  }

  get hasLater(): boolean {
    return this.#page < this.#count - 1;
  }

  turn(by: number): void {
    this.#page += by;
  }

  /** The tiles of the page that is shown. */
  pick(area: Area, tiles: readonly LayoutTile[], wishes: LayoutWishes, gap: number): readonly LayoutTile[] {
    const standing = tiles.filter(({ key }) => key !== wishes.floating);
    const large = pickLarge(standing, wishes);
    const rest = standing.filter((tile) => !large.includes(tile));
    const least = large[0] ? STRIP_PX2 : READABLE_PX2;
    const isReadable = (count: number): boolean => {
      const shown = [...large, ...rest.slice(0, count)];
      const boxes = fitSpotlight(area, shown, wishes, gap);
      return shown.every((tile) => {
        const { width, height } = boxes.get(tile.key) ?? { width: 0, height: 0 };
        return large.includes(tile) || width * height >= least;
      });
    };
    let size = rest.length;
    while (size > 1 && !isReadable(size)) size--;
    this.#count = Math.ceil(rest.length / size) || 1;
    this.#page = Math.max(0, Math.min(this.#page, this.#count - 1));
    if (this.#count === 1) return tiles;
    const spoke = rest.findIndex(({ key }) => key === wishes.speaker);
    if (spoke >= size) rest.splice(size - 1, 0, ...rest.splice(spoke, 1));
    const floating = tiles.filter(({ key }) => key === wishes.floating);
    return [...large, ...rest.slice(this.#page * size, (this.#page + 1) * size), ...floating];
  }
}
