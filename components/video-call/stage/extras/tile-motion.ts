/**
 * Puts tiles on their places, and lets them glide there.
 *
 * Owns where each tile stands and its running animation. Each change writes size and place once, and reads no layout:
 * the glide is a transform, which the compositor animates. A transition of sizes would lay out every tile in every
 * frame.
 */
import type { Box } from '../layout.ts';
import { roundBox, writeBox } from '../tile-box.ts';

const GLIDE: KeyframeAnimationOptions = { duration: 224, easing: 'ease' };

interface Standing {
  readonly box: Box;
  readonly from: Box;
  readonly glide: Animation | null;
}

export interface Glide {
  readonly rightToLeft: boolean;
}

const isSame = (a: Box, b: Box): boolean =>
  a.start === b.start && a.top === b.top && a.width === b.width && a.height === b.height;

/** The box in which a tile is seen now, perhaps in the middle of a glide. */
function seenBox({ box, from, glide }: Standing): Box {
  const progress = glide?.effect?.getComputedTiming().progress ?? 1;
  const between = (side: keyof Box): number => from[side] + (box[side] - from[side]) * progress;
  return { start: between('start'), top: between('top'), width: between('width'), height: between('height') };
}

export class TileMotion {
  readonly #standing = new WeakMap<HTMLElement, Standing>();

  /** @param glide `null` moves the tile at once */
  place(tile: HTMLElement, wanted: Box, glide: Glide | null): void {
    const box = roundBox(wanted);
    const before = this.#standing.get(tile);
    if (before && isSame(before.box, box)) return;
    const from = before && glide ? seenBox(before) : box;
    before?.glide?.cancel();
    writeBox(tile, box);
    const glides = glide && !isSame(from, box) && box.width > 0 && box.height > 0;
    this.#standing.set(tile, { box, from, glide: glides ? startGlide(tile, from, box, glide) : null });
  }

  /** The person dragged the tile to `box`: the next glide starts there. */
  handleDrag(tile: HTMLElement, box: Box): void {
    this.#standing.set(tile, { box, from: box, glide: null });
  }
}

function startGlide(tile: HTMLElement, from: Box, box: Box, { rightToLeft }: Glide): Animation {
  const aside = (from.start - box.start) * (rightToLeft ? -1 : 1);
  const scale = `scale(${from.width / box.width}, ${from.height / box.height})`;
  const transform = [`translate(${aside}px, ${from.top - box.top}px) ${scale}`, 'translate(0, 0) scale(1, 1)'];
  return tile.animate({ transform }, GLIDE);
}
