/**
 * How large a page shows the pictures of one participant.
 *
 * A receiver tells it to each sender, which then sends no more than that. Values of other pages are untrusted: no value
 * makes a sender send more than its budget.
 */

/** Width and height in device pixels. A size below one pixel means that the picture is not shown. */
export type Size = readonly [width: number, height: number];

export type VideoSource = 'camera' | 'screen';

/** A source that is missing counts as shown at its full size. */
export type Shown = Readonly<Partial<Record<VideoSource, Size>>>;

export const VIDEO_SOURCES = ['camera', 'screen'] as const satisfies VideoSource[];

/** Written so that `NaN` counts as hidden. A missing size does not. */
export const isHidden = (size: Size | undefined): boolean => size !== undefined && !(size[0] >= 1 && size[1] >= 1);

export const isSameShown = (a: Shown, b: Shown): boolean =>
  VIDEO_SOURCES.every((source) => a[source]?.join() === b[source]?.join());

const isSize = (value: unknown): value is Size =>
  Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === 'number' && Number.isFinite(one));

/** Returns `null` if the value is malformed. */
export function parseShown(value: Readonly<Record<string, unknown>>): Shown | null {
  const shown: Partial<Record<VideoSource, Size>> = {};
  for (const source of VIDEO_SOURCES) {
    const size = value[source];
    if (size === undefined) continue;
    if (!isSize(size)) return null;
    shown[source] = size;
  }
  return shown;
}
