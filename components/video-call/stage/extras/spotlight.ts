/**
 * Large tiles beside a filmstrip: a shared screen, a pinned tile, or the participant who spoke last.
 *
 * Owns which tiles are large, and their arithmetic. Does not own that of equal tiles (`layout.ts`).
 */
import { NARROWEST, USUAL_ASPECT, fitEqually, fitGrid, worth } from '../layout.ts';
import type { Area, Box, FitStanding, LayoutTile, LayoutWishes } from '../layout.ts';

/** The shape of the area for a shared screen. Every usual screen fits into it well. */
const SCREEN_ASPECT = 5 / 4;

function shift(boxes: Box[], start: number, top: number): Box[] {
  return boxes.map((box) => ({ ...box, start: box.start + start, top: box.top + top }));
}

/** The narrowest filmstrip at the end of a stage, CSS pixels. */
const NARROWEST_STRIP_PX = 96;
/** How much a picture in it counts beside the same area of a large one, because a person is small there. */
const STRIP_WEIGHT = 2;

/** The area of a large picture, which is shown whole. */
function areaSeen({ width, height }: Area, { aspect = USUAL_ASPECT }: LayoutTile): number {
  return Math.min(width, height * aspect) * Math.min(height, width / aspect);
}

/**
 * Fits a filmstrip at the inline end of a wide stage. It is narrower where its pictures then stand whole below each
 * other, as upright ones do: what the strip gives up makes the large picture larger.
 */
function fitAtEnd(area: Area, large: readonly LayoutTile[], rest: readonly LayoutTile[], gap: number): [Box[], Box[]] {
  const { height } = area;
  const tryWidth = (width: number) => {
    const main = fitGrid({ width: area.width - width - gap, height }, large, gap);
    const strip = fitGrid({ width, height }, rest, gap);
    const seen = main.reduce((sum, box, index) => sum + areaSeen(box, large[index]!), 0);
    const people = strip.reduce((sum, box, index) => sum + worth(box, rest[index]!), 0);
    const boxes: [Box[], Box[]] = [main, shift(strip, area.width - width, 0)];
    return { boxes, worth: seen + people * STRIP_WEIGHT };
  };
  const usual = Math.min(Math.max(area.width * 0.2, NARROWEST_STRIP_PX), 260);
  const row = (height - gap * (rest.length - 1)) / rest.length;
  const whole = row * Math.max(...rest.map(({ aspect = USUAL_ASPECT }) => aspect));
  const wide = tryWidth(usual);
  const narrow = tryWidth(Math.min(usual, Math.max(whole, usual * 0.6, NARROWEST_STRIP_PX)));
  return (narrow.worth > wide.worth ? narrow : wide).boxes;
}

/** Some tiles large, the others in a filmstrip: at the inline end of a wide stage, below on a tall one. */
function fitBeside(area: Area, large: readonly LayoutTile[], rest: readonly LayoutTile[], gap: number): [Box[], Box[]] {
  if (!rest[0]) return [fitGrid(area, large, gap), []];
  if (area.width >= area.height * 1.1) return fitAtEnd(area, large, rest, gap);
  // On a tall stage, the other tiles get the height that the large picture does not need.
  const { aspect } = large[0]!;
  const shape = aspect ? aspect * NARROWEST : SCREEN_ASPECT;
  const main = { width: area.width, height: Math.min(area.height * 0.8, area.width / shape) };
  const strip = fitGrid({ width: area.width, height: area.height - main.height - gap }, rest, gap);
  return [fitGrid(main, large, gap), shift(strip, 0, main.height + gap)];
}

/** The large tiles; none in a plain grid. Without a pinned tile, shared screens take precedence over people. */
export function pickLarge(
  tiles: readonly LayoutTile[],
  { mode, chosen, speaker }: Pick<LayoutWishes, 'mode' | 'chosen' | 'speaker'>,
): readonly LayoutTile[] {
  const pinned = tiles.find((tile) => tile.key === chosen);
  if (pinned) return [pinned];
  if (mode === 'grid') return [];
  const screens = tiles.filter((tile) => tile.isScreen);
  if (screens.length > 0 || mode !== 'spotlight') return screens;
  const spoke = tiles.find((tile) => tile.key === speaker);
  return spoke ? [spoke] : tiles.slice(-1);
}

/** The large tiles and their filmstrip, or else equal tiles. */
export const fitSpotlight: FitStanding = (area, tiles, wishes, gap) => {
  const large = pickLarge(tiles, wishes);
  if (!large[0]) return fitEqually(area, tiles, wishes, gap);
  const rest = tiles.filter((tile) => !large.includes(tile));
  const [main, strip] = fitBeside(area, large, rest, gap);
  return new Map([
    ...main.map((box, index) => [large[index]!.key, box] as const),
    ...strip.map((box, index) => [rest[index]!.key, box] as const),
  ]);
};
