/** The arithmetic of a small box. It stands apart so that tests need no element. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Below this height the toolbar lies on the picture. The container query says the same. In `em`. */
const COMPACT_EM = 18;

/**
 * How many buttons fit beside each other, with the sizes that the styles of the toolbar give them; none in a low box.
 * @param box in pixels @param extra width of the page's own buttons, in pixels @param em in pixels
 */
export function placesIn({ width, height }: Size, extra: number, em: number): number {
  if (height < COMPACT_EM * em) return 0;
  const gap = Math.min(0.534 * em, 0.02 * width);
  const button = Math.max(44, Math.min(3.2 * em, 0.15 * width));
  return Math.floor((width - gap - (extra && extra + gap)) / (button + gap));
}
