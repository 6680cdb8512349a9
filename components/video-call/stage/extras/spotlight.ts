/**
 * Large tiles beside a filmstrip: a shared screen, a pinned tile, or the participant who spoke last.
 *
 * Owns which tiles are large, and their arithmetic. Does not own that of equal tiles (`layout.ts`).
 */
import { NARROWEST, fitEqually, fitGrid } from '../layout.ts';
import type { Area, Box, FitStanding, LayoutTile, LayoutWishes } from '../layout.ts';

/** The shape of the area for a shared screen. Every usual screen fits into it well. */
const SCREEN_ASPECT = 5 / 4;

function shift(boxes: Box[], start: number, top: number): Box[] {
  return boxes.map((box) => ({ ...box, start: box.start + start, top: box.top + top }));
}

/** Some tiles large, the others in a filmstrip: at the inline end of a wide stage, below on a tall one. */
function fitBeside(area: Area, large: readonly LayoutTile[], rest: readonly LayoutTile[], gap: number): [Box[], Box[]] {
  if (!rest[0]) return [fitGrid(area, large, gap), []];
  if (area.width >= area.height * 1.1) {
    const width = Math.min(Math.max(area.width * 0.2, 96), 260);
    const main = { width: area.width - width - gap, height: area.height };
    const strip = fitGrid({ width, height: area.height }, rest, gap);
    return [fitGrid(main, large, gap), shift(strip, main.width + gap, 0)];
  }
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
