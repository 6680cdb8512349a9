/**
 * Computes the box of each tile from the size of the stage and the shapes of the pictures.
 *
 * Owns the arithmetic of the grid and of the floating picture. Does not own large tiles (`extras/spotlight.ts`), nor
 * elements or styles, so that every size and count can be tested as plain numbers. Boxes count from the inline start,
 * so that a right-to-left page is mirrored without further code.
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
  readonly isScreen: boolean;
  /** Width by height of the picture. Absent for what fits into any box: a shared screen, which is shown whole. */
  readonly aspect?: number;
}

export type LayoutMode = 'auto' | 'grid' | 'spotlight';

/** The shape of a picture that has not arrived yet. */
export const USUAL_ASPECT = 16 / 9;
/** A picture of which a tile would show less than this share is shown whole instead of filling the tile. */
const LEAST_SHARE = 0.6;
/** The narrowest and the widest tile, by the shape of its picture. A tile rather cuts off the sides than the chin. */
export const NARROWEST = 0.65;
const WIDEST = 1.25;

const shapeOf = ({ width, height }: Area): number => width / height;

/** The share of a picture that is seen if the picture fills the tile. */
function shareSeen(tile: Area, { aspect = shapeOf(tile) }: LayoutTile): number {
  const ratio = shapeOf(tile) / aspect;
  return Math.min(ratio, 1 / ratio);
}

/** True if the picture would lose too much by filling the tile, so that the tile shows it whole. */
export const isShownWhole = (tile: Area, picture: LayoutTile): boolean => shareSeen(tile, picture) < LEAST_SHARE;

function fitCell(cell: Area, { aspect = shapeOf(cell) }: LayoutTile): Area {
  const { width, height } = cell;
  if (shapeOf(cell) > aspect * WIDEST) return { width: height * aspect * WIDEST, height };
  if (shapeOf(cell) < aspect * NARROWEST) return { width, height: width / (aspect * NARROWEST) };
  return cell;
}

/** How good a tile is for a picture: the area that the picture takes, a little less for each part that is cut off. */
export function worth(tile: Area, picture: LayoutTile): number {
  const share = shareSeen(tile, picture);
  return tile.width * tile.height * (share < LEAST_SHARE ? share : share ** 0.25);
}

interface Grid {
  readonly columns: number;
  readonly tile: Area;
  readonly worth: number;
}

/** The equal tiles that show the most of these pictures. Every number of columns and every shape is tried. */
function bestGrid(area: Area, tiles: readonly LayoutTile[], gap: number): Grid {
  const count = tiles.length;
  const shapes = new Map(tiles.map((tile) => [tile.aspect, tile]));
  let best: Grid = { columns: 1, tile: { width: 0, height: 0 }, worth: -1 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const width = (area.width - gap * (columns - 1)) / columns;
    const height = (area.height - gap * (rows - 1)) / rows;
    if (width <= 0 || height <= 0) continue;
    for (const shape of shapes.values()) {
      const tile = fitCell({ width, height }, shape);
      const sum = tiles.reduce((before, picture) => before + worth(tile, picture), 0);
      if (sum > best.worth) best = { columns, tile, worth: sum };
    }
  }
  return best;
}

/** The grid of equal tiles that shows the most of their pictures. A last row that is not full is centred. */
export function fitGrid(area: Area, tiles: readonly LayoutTile[], gap: number): Box[] {
  if (area.width <= 0 || area.height <= 0) return [];
  const count = tiles.length;
  const { columns, tile } = bestGrid(area, tiles, gap);
  const rows = Math.ceil(count / columns);
  const top = (area.height - rows * tile.height - gap * (rows - 1)) / 2;
  return tiles.map((_, index) => {
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

/** A corner of the stage. */
export interface Corner {
  readonly atStart: boolean;
  readonly atTop: boolean;
}

/** The least area of the floating picture on a large stage, CSS pixels. As wide as a thumb is long. */
const FLOATING_PX2 = 200 * 112;

/** The box of the floating picture: in a corner, at most a ninth of the stage. */
export function fitFloating(area: Area, aspect: number, gap: number, { atStart, atTop }: Corner): Box {
  const stage = area.width * area.height;
  const size = Math.min(stage / 9, Math.max(FLOATING_PX2, stage / 40));
  const width = Math.min(Math.sqrt(size * aspect), area.width / 2);
  const height = Math.min(width / aspect, area.height / 2);
  return {
    start: atStart ? gap : area.width - width - gap,
    top: atTop ? gap : area.height - height - gap,
    width,
    height,
  };
}

export interface LayoutWishes {
  readonly mode: LayoutMode;
  /** The tile that the person pinned: large in every mode. */
  readonly chosen: string | null;
  /** The tile of the participant who spoke last: large in `spotlight` while nobody shares a screen. */
  readonly speaker: string | null;
  /** The tile that floats over the others, and its corner. */
  readonly floating: string | null;
  readonly corner: Corner;
}

/** Gives each tile on the stage its box, by key. */
export type FitStanding = (
  area: Area,
  tiles: readonly LayoutTile[],
  wishes: LayoutWishes,
  gap: number,
) => Map<string, Box>;

/** All of them equal. */
export const fitEqually: FitStanding = (area, tiles, _wishes, gap) =>
  new Map(fitGrid(area, tiles, gap).map((box, index) => [tiles[index]!.key, box]));

/**
 * The box of every tile, by key.
 * @param fitStanding arranges the tiles that do not float. What makes some of them large loads late
 */
export function arrangeTiles(
  area: Area,
  tiles: readonly LayoutTile[],
  wishes: LayoutWishes,
  gap: number,
  fitStanding = fitEqually,
): Map<string, Box> {
  const floating = tiles.find(({ key }) => key === wishes.floating);
  const standing = tiles.filter((tile) => tile !== floating);
  const boxes = fitStanding(area, standing, wishes, gap);
  if (floating && boxes.size > 0) boxes.set(floating.key, fitFloating(area, floating.aspect!, gap, wishes.corner));
  return boxes;
}
