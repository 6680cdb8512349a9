/** Whether something opaque covers an element, judged at nine points of it. */

const PARTS = [0.1, 0.5, 0.9] as const;

/** A colour with an alpha channel below 1 has four numbers, or a slash in newer notations. */
const isOpaqueColour = (colour: string): boolean =>
  colour !== 'transparent' && !colour.startsWith('rgba') && !colour.includes('/');

/** The parent of an element; at the top of a shadow root, its host. */
function parentOf(element: Element): Element | null {
  const { parentNode } = element;
  return parentNode instanceof ShadowRoot ? parentNode.host : element.parentElement;
}

/** True if nothing behind the element shows through at this point. A dialog's backdrop lies outside its box. */
function hides(element: Element, x: number, y: number): boolean {
  const box = element.getBoundingClientRect();
  if (x < box.left || x > box.right || y < box.top || y > box.bottom) return false;
  const { backgroundColor, backgroundClip } = getComputedStyle(element);
  if (!isOpaqueColour(backgroundColor) || backgroundClip === 'text') return false;
  for (let one: Element | null = element; one; one = parentOf(one)) {
    const { opacity, filter, maskImage, clipPath, mixBlendMode } = getComputedStyle(one);
    if (opacity !== '1' || mixBlendMode !== 'normal') return false;
    if ([filter, maskImage, clipPath].some((value) => value && value !== 'none')) return false;
  }
  return true;
}

/** The element itself and the hosts of the shadow roots it is in, with the roots they are found in. */
function* scopesOf(element: Element): Generator<readonly [DocumentOrShadowRoot, Element]> {
  for (let one = element; ;) {
    const root = one.getRootNode() as Document | ShadowRoot;
    yield [root, one];
    if (!(root instanceof ShadowRoot)) return;
    one = root.host;
  }
}

function isCoveredAt(element: Element, x: number, y: number): boolean {
  for (const [root, one] of scopesOf(element)) {
    const stack = root.elementsFromPoint(x, y);
    const place = stack.indexOf(one);
    // The element is out of view or has `pointer-events: none`, so what is above it cannot be told.
    if (place < 0) return false;
    if (stack.slice(0, place).some((above) => !one.contains(above) && hides(above, x, y))) return true;
  }
  return false;
}

/**
 * True if the person cannot see the element: each of nine points is behind something opaque, or its style hides it.
 * Where a point cannot be judged, it counts as seen.
 * @param page the window that the element is in
 */
export function isCovered(element: Element, page: Window): boolean {
  if (element.checkVisibility?.({ opacityProperty: true, visibilityProperty: true }) === false) return true;
  const { left, top, width, height } = element.getBoundingClientRect();
  const { innerWidth, innerHeight } = page;
  const points = PARTS.flatMap((x) => PARTS.map((y) => [left + width * x, top + height * y] as const)).filter(
    ([x, y]) => x >= 0 && y >= 0 && x < innerWidth && y < innerHeight,
  );
  return points.length > 0 && points.every(([x, y]) => isCoveredAt(element, x, y));
}
