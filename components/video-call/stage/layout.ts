/**
 * Computes the box of each tile from the size of the stage and a list of tiles.
 *
 * Owns the arithmetic of the grid and of the spotlight with its filmstrip. Does not own elements or styles, so that
 * every size and count can be tested as plain numbers. Boxes count from the inline start, so that a right-to-left page
 * is mirrored without further code.
 */

export interface Area {
  readonly width: number;
  readonly height: number;
}

/** A tile's place on the stage, CSS pixels; `start` from the inline start, `top` from the top. */
export interface Box extends Area {
  readonly start: number;
  readonly top: number;
}

export interface LayoutTile {
  readonly key: string;
  /** A shared screen is shown whole, so its box may have any shape. The box of a camera has limits. */
  readonly isScreen: boolean;
}

export type LayoutMode = 'auto' | 'grid' | 'spotlight';

/** The shape of the picture that cameras send. A tile of this shape shows all of it. */
const CAMERA_ASPECT = 16 / 9;
/** The tallest shape of a camera tile. It shows head and shoulders of a person with an upright phone. */
const TALLEST_ASPECT = 5 / 8;
const FILMSTRIP_ASPECT = 4 / 3;
/** The shape of the area for a shared screen. Every usual screen fits into it well. */
const SCREEN_ASPECT = 5 / 4;

interface Proportions {
  readonly min: number;
  readonly max: number;
}

const UNBOUND: Proportions = { min: 0, max: Infinity };

/**
 * The shapes that a camera tile may have. The narrower the stage, the taller a tile may be and the more of the picture
 * is cut.
 */
function cameraProportions(area: Area): Proportions {
  return { min: Math.min(4 / 3, Math.max(TALLEST_ASPECT, area.width / area.height)), max: CAMERA_ASPECT };
}

function fitCell(width: number, height: number, { min, max }: Proportions): Area {
  const aspect = width / height;
  if (aspect > max) return { width: height * max, height };
  if (aspect < min) return { width, height: width / min };
  return { width, height };
}

/** How good a tile is for a camera: its area, reduced by the part of the picture that it cuts off. */
function worth({ width, height }: Area): number {
  const aspect = width / height;
  return width * height * Math.min(aspect / CAMERA_ASPECT, CAMERA_ASPECT / aspect) ** 0.25;
}

/** The best grid of `count` equal tiles. Every number of columns is tried. A last row that is not full is centred. */
export function fitGrid(
  area: Area,
  count: number,
  gap: number,
  proportions: Proportions = cameraProportions(area),
): Box[] {
  if (count === 0 || area.width <= 0 || area.height <= 0) return [];
  let best = { columns: 1, rows: count, tile: { width: 0, height: 0 } as Area, worth: -1 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const width = (area.width - gap * (columns - 1)) / columns;
    const height = (area.height - gap * (rows - 1)) / rows;
    if (width <= 0 || height <= 0) continue;
    const tile = fitCell(width, height, proportions);
    if (worth(tile) > best.worth) best = { columns, rows, tile, worth: worth(tile) };
  }
  const { columns, rows, tile } = best;
  const top = (area.height - rows * tile.height - gap * (rows - 1)) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, count - row * columns);
    const start = (area.width - inRow * tile.width - gap * (inRow - 1)) / 2;
    return {
      start: start + (index - row * columns) * (tile.width + gap),
      top: top + row * (tile.height + gap),
      width: tile.width,
      height: tile.height,
    };
  });
}

function shift(boxes: Box[], start: number, top: number): Box[] {
  return boxes.map((box) => ({ ...box, start: box.start + start, top: box.top + top }));
}

/** Some tiles large, the others in a filmstrip: at the inline end of a wide stage, below on a tall one. */
function fitSpotlight(area: Area, large: readonly LayoutTile[], rest: number, gap: number): [Box[], Box[]] {
  const proportions = large.some((tile) => tile.isScreen) ? UNBOUND : undefined;
  if (rest === 0) return [fitGrid(area, large.length, gap, proportions), []];
  const filmstrip = { min: FILMSTRIP_ASPECT, max: CAMERA_ASPECT };
  if (area.width >= area.height * 1.1) {
    const width = Math.min(Math.max(area.width * 0.2, 96), 260);
    const main = { width: area.width - width - gap, height: area.height };
    const strip = fitGrid({ width, height: area.height }, rest, gap, filmstrip);
    return [fitGrid(main, large.length, gap, proportions), shift(strip, main.width + gap, 0)];
  }
  // On a tall stage, the other tiles get the height that the large picture does not need.
  const shape = proportions ? SCREEN_ASPECT : TALLEST_ASPECT;
  const main = { width: area.width, height: Math.min(area.height * 0.8, area.width / shape) };
  const height = area.height - main.height - gap;
  const strip = fitGrid({ width: area.width, height }, rest, gap, filmstrip);
  return [fitGrid(main, large.length, gap, proportions), shift(strip, 0, main.height + gap)];
}

export interface LayoutWishes {
  readonly mode: LayoutMode;
  /** The tile that the person pinned: large in every mode. */
  readonly chosen: string | null;
  /** The tile of the participant who spoke last: large in `spotlight` while nobody shares a screen. */
  readonly speaker: string | null;
}

/** The large tiles; none in a plain grid. Without a pinned tile, shared screens take precedence over people. */
export function pickLarge(
  tiles: readonly LayoutTile[],
  { mode, chosen, speaker }: LayoutWishes,
): readonly LayoutTile[] {
  const pinned = tiles.find((tile) => tile.key === chosen);
  if (pinned) return [pinned];
  if (mode === 'grid') return [];
  const screens = tiles.filter((tile) => tile.isScreen);
  if (screens.length > 0 || mode !== 'spotlight') return screens;
  const spoke = tiles.find((tile) => tile.key === speaker);
  return spoke ? [spoke] : tiles.slice(-1);
}

/** The box of every tile, by key. */
export function arrangeTiles(
  area: Area,
  tiles: readonly LayoutTile[],
  wishes: LayoutWishes,
  gap: number,
): Map<string, Box> {
  const large = pickLarge(tiles, wishes);
  const rest = tiles.filter((tile) => !large.includes(tile));
  const [main, strip] =
    large.length === 0 ? [[], fitGrid(area, rest.length, gap)] : fitSpotlight(area, large, rest.length, gap);
  return new Map([
    ...main.map((box, index) => [large[index]!.key, box] as const),
    ...strip.map((box, index) => [rest[index]!.key, box] as const),
  ]);
}
