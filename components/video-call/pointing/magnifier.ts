/**
 * The arithmetic of a shared screen that a person looks at closely. Plain numbers, so that tests need no element.
 *
 * Places are fractions of the tile's box, counted from its centre: the right edge is 0.5.
 */

/** How a person looks at a picture: how often it is enlarged, and where its centre lies. */
export interface Look {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** The part of its box that the picture takes when it is shown whole: 1 in one direction, less in the other. */
export interface Fit {
  readonly width: number;
  readonly height: number;
}

export const WHOLE: Look = { zoom: 1, x: 0, y: 0 };
/** Beyond this a picture has no more to show. */
export const MOST_ZOOM = 8;

/** @param aspect width by height of the picture */
export function fitOf({ width, height }: { readonly width: number; readonly height: number }, aspect: number): Fit {
  if (!width || !height || !aspect) return { width: 1, height: 1 };
  const ratio = (height * aspect) / width;
  return { width: Math.min(1, ratio), height: Math.min(1, 1 / ratio) };
}

const between = (least: number, value: number, most: number): number => Math.min(Math.max(value, least), most);

/** Keeps the picture in its box: an edge of it never comes further in than the edge of the box. */
function keep({ zoom, x, y }: Look, fit: Fit): Look {
  const asideOf = (share: number): number => Math.max(0, (share * zoom - 1) / 2);
  return {
    zoom,
    x: between(-asideOf(fit.width), x, asideOf(fit.width)),
    y: between(-asideOf(fit.height), y, asideOf(fit.height)),
  };
}

/** Enlarges by a factor. What lies at `at` stays there. */
export function zoomBy(look: Look, factor: number, at: Place, fit: Fit): Look {
  const zoom = between(1, look.zoom * factor, MOST_ZOOM);
  if (zoom === 1) return WHOLE;
  const by = zoom / look.zoom;
  return keep({ zoom, x: at.x - (at.x - look.x) * by, y: at.y - (at.y - look.y) * by }, fit);
}

export const panBy = (look: Look, by: Place, fit: Fit): Look =>
  keep({ ...look, x: look.x + by.x, y: look.y + by.y }, fit);

export const isSameLook = (a: Look, b: Look): boolean => a.zoom === b.zoom && a.x === b.x && a.y === b.y;
