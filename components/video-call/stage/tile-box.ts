/** Writes where a tile stands. It stands apart so that the glide to a place, which loads late, writes the same. */
import type { Box } from './layout.ts';

/** Whole pixels, because half a pixel would show as a gap between picture and corner. */
export function roundBox({ start, top, width, height }: Box): Box {
  const left = Math.round(start);
  const above = Math.round(top);
  return { start: left, top: above, width: Math.round(start + width) - left, height: Math.round(top + height) - above };
}

export function writeBox({ style }: HTMLElement, { start, top, width, height }: Box): void {
  // CSSOM instead of style attributes, which a content security policy may forbid.
  style.setProperty('inset-inline-start', `${start}px`);
  style.setProperty('inset-block-start', `${top}px`);
  style.setProperty('inline-size', `${width}px`);
  style.setProperty('block-size', `${height}px`);
}
