/**
 * One tile with a shared screen: what a mouse, fingers, the wheel and keys do on it.
 *
 * Owns the enlargement of the picture, for this person only, and tells where the person points. Does not own whether
 * pointing is on (`ScreenPointing`) or the arithmetic (`magnifier.ts`). While pointing is on, the mouse and one finger
 * point, and two fingers, the wheel and the arrow keys move the picture. While it is off, dragging moves it.
 */
import type { VideoTile } from '../stage/video-tile.ts';
import { MOST_ZOOM, WHOLE, fitOf, isSameLook, panBy, zoomBy, type Fit, type Look, type Place } from './magnifier.ts';
import { PointerLayer } from './pointer-layer.ts';
import type { Spot } from './pointer-message.ts';

export interface ScreenTileOptions {
  isPointing(): boolean;
  /** @param stroke true while the person draws @param byKeys true if no mouse shows the place */
  onPoint(spot: Spot, stroke: boolean, byKeys: boolean): void;
  /** The person stopped pointing. */
  onLift(): void;
  onLook(look: Look): void;
}

/** How much a press of a key enlarges, moves the picture, and moves the pointer, in fractions of the tile. */
const KEY_ZOOM = 1.5;
const KEY_PAN = 0.1;
const KEY_POINT = 0.02;
/** How far the wheel turns for an enlargement by e, in pixels. */
const WHEEL_PX = 300;
/** The height of a line, for wheels that count lines, in pixels. */
const LINE_PX = 16;

const ARROWS: Readonly<Record<string, Place>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};
const ZOOM_KEYS: Readonly<Record<string, number>> = {
  '+': KEY_ZOOM,
  '=': KEY_ZOOM,
  '-': 1 / KEY_ZOOM,
  _: 1 / KEY_ZOOM,
  '0': 0,
};

const isOnButton = (event: Event): boolean => event.composedPath().some((one) => one instanceof HTMLButtonElement);

export class ScreenTile {
  readonly layer: PointerLayer;
  readonly #tile: VideoTile;
  readonly #frame: HTMLElement;
  readonly #options: ScreenTileOptions;
  readonly #ending = new AbortController();
  /** Where each finger, or the mouse, holds the tile, in CSS pixels. */
  readonly #holds = new Map<number, Place>();
  /** True from the second finger on until all are lifted. */
  #isMoving = false;
  #look: Look = WHOLE;
  #spot: Spot = { x: 0.5, y: 0.5 };
  #isByKeys = false;
  #aspect = 0;

  /** @param frame inside the tile: the box that shows the picture whole */
  constructor(tile: VideoTile, frame: HTMLElement, options: ScreenTileOptions) {
    this.#tile = tile;
    this.#frame = frame;
    this.#options = options;
    this.layer = new PointerLayer(frame);
    const { signal } = this.#ending;
    tile.addEventListener('pointerdown', this.#onDown, { signal });
    tile.addEventListener('pointermove', this.#onMove, { signal });
    for (const type of ['pointerup', 'pointercancel'] as const) tile.addEventListener(type, this.#onUp, { signal });
    tile.addEventListener('pointerleave', () => this.#lift(), { signal });
    tile.addEventListener('focusout', () => this.#isByKeys && this.#lift(), { signal });
    // A person who looks at something else does not point. In the document of a page that has an image of that name,
    // `addEventListener` is the image.
    const { addEventListener } = EventTarget.prototype;
    addEventListener.call(tile.ownerDocument, 'visibilitychange', () => this.#lift(), { signal });
    tile.addEventListener('wheel', this.#onWheel, { signal, passive: false });
    tile.addEventListener('keydown', this.#onKey, { signal });
    this.handleShape();
  }

  /** The picture has a new shape. */
  handleShape(): void {
    const { aspect } = this.#tile;
    if ((aspect ?? 1) === this.#aspect) return;
    this.#aspect = aspect ?? 1;
    this.#frame.style.setProperty('--_aspect', `${this.#aspect}`);
    // The edges of an enlarged picture are elsewhere now.
    if (this.#look.zoom > 1) this.#show(panBy(this.#look, { x: 0, y: 0 }, this.#measure().fit));
  }

  get isZoomed(): boolean {
    return this.#look.zoom > 1;
  }

  get canZoomIn(): boolean {
    return this.#look.zoom < MOST_ZOOM;
  }

  /** Enlarges around the middle of what is seen. @param factor 0 shows the whole picture. Returns false at the end */
  zoom(factor: number): boolean {
    return this.#show(zoomBy(this.#look, factor, { x: 0, y: 0 }, this.#measure().fit));
  }

  close(): void {
    this.#ending.abort();
    this.layer.close();
    this.#show(WHOLE);
  }

  #show(look: Look): boolean {
    if (isSameLook(look, this.#look)) return false;
    this.#look = look;
    const { style } = this.#frame;
    style.setProperty('--_zoom', `${look.zoom}`);
    style.setProperty('--_pan-x', `${look.x}`);
    style.setProperty('--_pan-y', `${look.y}`);
    // A transform for ever would keep a layer of the compositor for each picture.
    this.#tile.toggleAttribute('zoomed', look.zoom > 1);
    this.#options.onLook(look);
    return true;
  }

  /** Read at a press or a turn of the wheel, when the layout is known. */
  #measure(): { box: DOMRect; fit: Fit } {
    const box = this.#frame.getBoundingClientRect();
    return { box, fit: fitOf(box, this.#tile.aspect ?? 0) };
  }

  /** In fractions of the tile from its centre. */
  #placeIn(box: DOMRect, { x, y }: Place): Place {
    return { x: (x - box.left) / box.width - 0.5, y: (y - box.top) / box.height - 0.5 };
  }

  /** `null` beside the picture. The layer lies over the picture, however that is enlarged. */
  #spotAt({ x, y }: Place): Spot | null {
    const { left, top, width, height } = this.layer.element.getBoundingClientRect();
    const spot = { x: (x - left) / width, y: (y - top) / height };
    return spot.x >= 0 && spot.x <= 1 && spot.y >= 0 && spot.y <= 1 ? spot : null;
  }

  #point(at: Place, stroke: boolean): void {
    const spot = this.#spotAt(at);
    if (!spot) return this.#lift();
    this.#spot = spot;
    this.#isByKeys = false;
    this.#options.onPoint(spot, stroke, false);
  }

  #lift(): void {
    this.#isByKeys = false;
    this.#options.onLift();
  }

  /** How far a spot is outside the tile, in fractions of it; 0 for what is seen. */
  #beyond({ x, y }: Spot): Place {
    const { left, top, width, height } = this.layer.element.getBoundingClientRect();
    const box = this.#frame.getBoundingClientRect();
    const place = this.#placeIn(box, { x: left + x * width, y: top + y * height });
    const over = (at: number): number => Math.sign(at) * Math.max(0, Math.abs(at) - 0.5);
    return { x: over(place.x), y: over(place.y) };
  }

  /** Moves the pointer by keys. It begins where it was, or in the middle of what is seen. The picture follows it. */
  #pointByKeys(arrow: Place): void {
    const { box, fit } = this.#measure();
    const isSeen = ({ x, y }: Place): boolean => x === 0 && y === 0;
    if (!this.#isByKeys && !isSeen(this.#beyond(this.#spot)))
      this.#spot = this.#spotAt({ x: box.left + box.width / 2, y: box.top + box.height / 2 }) ?? this.#spot;
    const step = KEY_POINT / this.#look.zoom;
    const move = (from: number, by: number): number => Math.min(Math.max(from + by * step, 0), 1);
    this.#spot = { x: move(this.#spot.x, arrow.x), y: move(this.#spot.y, arrow.y) };
    const { x, y } = this.#beyond(this.#spot);
    this.#show(panBy(this.#look, { x: -x, y: -y }, fit));
    this.#isByKeys = true;
    this.#options.onPoint(this.#spot, false, true);
  }

  readonly #onDown = (event: PointerEvent): void => {
    if (event.button !== 0 || isOnButton(event)) return;
    const at = { x: event.clientX, y: event.clientY };
    this.#holds.set(event.pointerId, at);
    this.#tile.setPointerCapture(event.pointerId);
    this.#isMoving = this.#holds.size > 1;
    if (!this.#options.isPointing()) return;
    // A second finger moves the picture, so the first one points no more.
    if (this.#isMoving) this.#lift();
    else this.#point(at, true);
  };

  readonly #onMove = (event: PointerEvent): void => {
    const at = { x: event.clientX, y: event.clientY };
    const before = this.#holds.get(event.pointerId);
    const isPointing = this.#options.isPointing();
    if (!before) {
      if (isPointing && event.pointerType !== 'touch' && !isOnButton(event)) this.#point(at, false);
      return;
    }
    if (isPointing && !this.#isMoving) {
      this.#holds.set(event.pointerId, at);
      return this.#point(at, true);
    }
    const { box, fit } = this.#measure();
    const held = [...this.#holds.values()];
    this.#holds.set(event.pointerId, at);
    const holds = [...this.#holds.values()];
    const middle = middleOf(holds);
    const was = middleOf(held);
    const moved = panBy(this.#look, { x: (middle.x - was.x) / box.width, y: (middle.y - was.y) / box.height }, fit);
    const factor = holds[1] ? spreadOf(holds) / spreadOf(held) : 1;
    this.#show(factor === 1 ? moved : zoomBy(moved, factor, this.#placeIn(box, middle), fit));
  };

  readonly #onUp = (event: PointerEvent): void => {
    const held = this.#holds.delete(event.pointerId);
    if (!held || this.#holds.size > 0 || this.#isMoving || !this.#options.isPointing()) return;
    if (event.pointerType === 'touch' || event.type === 'pointercancel') this.#lift();
    else this.#point({ x: event.clientX, y: event.clientY }, false);
  };

  /** With Ctrl, which a pinch on a touchpad sets, the wheel enlarges. The page has it where it would change nothing. */
  readonly #onWheel = (event: WheelEvent): void => {
    const { box, fit } = this.#measure();
    const unit = event.deltaMode === event.DOM_DELTA_LINE ? LINE_PX : 1;
    const by = { x: (-event.deltaX * unit) / box.width, y: (-event.deltaY * unit) / box.height };
    const isZoom = event.ctrlKey || event.metaKey;
    const factor = Math.exp((-event.deltaY * unit) / WHEEL_PX);
    const at = this.#placeIn(box, { x: event.clientX, y: event.clientY });
    const hasChanged = this.#show(isZoom ? zoomBy(this.#look, factor, at, fit) : panBy(this.#look, by, fit));
    // The browser would enlarge the whole page at the end of the enlargement.
    if (!hasChanged && !isZoom) return;
    event.preventDefault();
    event.stopPropagation();
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    const { key, altKey, ctrlKey, metaKey, shiftKey, isComposing, keyCode, defaultPrevented } = event;
    if (defaultPrevented || isComposing || keyCode === 229 || altKey || ctrlKey || metaKey) return;
    if (!this.#press(key, shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  /** Returns false where the key does nothing, so that the page has it. */
  #press(key: string, shiftKey: boolean): boolean {
    const factor = Object.hasOwn(ZOOM_KEYS, key) ? ZOOM_KEYS[key] : undefined;
    const arrow = Object.hasOwn(ARROWS, key) ? ARROWS[key] : undefined;
    if (factor !== undefined) return this.zoom(factor);
    if (!arrow) return false;
    if (!shiftKey)
      return this.#show(panBy(this.#look, { x: -arrow.x * KEY_PAN, y: -arrow.y * KEY_PAN }, this.#measure().fit));
    if (!this.#options.isPointing()) return false;
    this.#pointByKeys(arrow);
    return true;
  }
}

function middleOf(places: readonly Place[]): Place {
  const [a, b = a] = places as [Place, Place?];
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

/** The distance between two fingers. */
function spreadOf([a, b]: readonly Place[]): number {
  return Math.hypot(a!.x - b!.x, a!.y - b!.y) || 1;
}
