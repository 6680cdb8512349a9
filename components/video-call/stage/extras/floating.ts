/**
 * The floating picture under a pointer and under the arrow keys. It stays on the stage, because a part outside would
 * make the page scroll, and goes to a corner when it is let go.
 *
 * Owns the drag. Does not own the box of a corner (`layout.ts`) or the glide to it (`TileMotion`).
 */
import { takeKey } from '../../../internal/keys.ts';
import type { Box, Corner } from '../layout.ts';
import type { VideoTile } from '../video-tile.ts';
import type { StageScene } from '../stage-scene.ts';
import type { TileMotion } from './tile-motion.ts';

/** A pointer that moved less than this, in CSS pixels, pressed the picture and did not drag it. */
const PRESS_PX = 4;

interface Drag {
  readonly pointer: number;
  readonly x: number;
  readonly y: number;
  readonly box: Box;
  /** How much larger than its boxes the page shows the stage: a page may scale the call. */
  readonly zoom: number;
  isMoving: boolean;
}

export class Floating {
  readonly #scene: StageScene;
  readonly #motion: TileMotion;
  #tile: VideoTile | null = null;
  #box: Box | null = null;
  #drag: Drag | null = null;
  #isMoved = false;
  #ending = new AbortController();

  constructor(scene: StageScene, motion: TileMotion) {
    this.#scene = scene;
    this.#motion = motion;
  }

  handlePlace(tile: VideoTile | null, box: Box | null): void {
    this.#box = box;
    if (tile === this.#tile) return;
    this.close();
    this.#tile = tile;
    if (!tile) return;
    const { signal } = (this.#ending = new AbortController());
    tile.addEventListener('pointerdown', this.#onDown, { signal });
    tile.addEventListener('pointermove', this.#onMove, { signal });
    tile.addEventListener('pointerup', this.#onUp, { signal });
    tile.addEventListener('pointercancel', this.#onUp, { signal });
    tile.addEventListener('keydown', this.#onKey, { signal });
    // A browser drags a selected text instead, and then tells nothing of the pointer any more.
    tile.addEventListener('dragstart', (event) => event.preventDefault(), { signal });
  }

  /**
   * In a low box the toolbar lies on the lower corners, so the picture stands above until the person moves it.
   * @param isLow true while the box is low
   */
  handleBox(isLow: boolean): void {
    if (!this.#isMoved) this.#scene.corner = { ...this.#scene.corner, atTop: isLow };
  }

  close(): void {
    this.#ending.abort();
    this.#tile?.style.removeProperty('translate');
    this.#tile = null;
    this.#drag = null;
  }

  #onDown = (event: PointerEvent): void => {
    const isOnButton = event.composedPath().some((one) => one instanceof HTMLButtonElement);
    if (!this.#box || event.button !== 0 || isOnButton) return;
    const { pointerId: pointer, clientX: x, clientY: y } = event;
    const { element, area } = this.#scene;
    const zoom = (element?.getBoundingClientRect().width ?? 0) / area.width || 1;
    this.#drag = { pointer, x, y, box: this.#box, zoom, isMoving: false };
    this.#tile!.setPointerCapture(pointer);
  };

  #onMove = (event: PointerEvent): void => {
    const drag = this.#drag;
    if (drag?.pointer !== event.pointerId) return;
    drag.isMoving ||= Math.hypot(event.clientX - drag.x, event.clientY - drag.y) >= PRESS_PX;
    if (!drag.isMoving) return;
    const { start, top } = this.#draggedBox(drag, event);
    this.#tile!.style.translate = `${(start - drag.box.start) * this.#direction()}px ${top - drag.box.top}px`;
  };

  #onUp = (event: PointerEvent): void => {
    const drag = this.#drag;
    if (drag?.pointer !== event.pointerId) return;
    this.#drag = null;
    const tile = this.#tile!;
    tile.style.removeProperty('translate');
    if (!drag.isMoving || event.type === 'pointercancel') return;
    const { area } = this.#scene;
    const box = this.#draggedBox(drag, event);
    this.#motion.handleDrag(tile, box);
    this.#moveTo({
      atStart: box.start + box.width / 2 < area.width / 2,
      atTop: box.top + box.height / 2 < area.height / 2,
    });
  };

  /** 1 where the inline start is on the left, -1 on a right-to-left page. */
  #direction(): number {
    return this.#tile!.matches(':dir(rtl)') ? -1 : 1;
  }

  /** Where the pointer has dragged the picture to, on the stage. */
  #draggedBox({ x, y, box, zoom }: Drag, { clientX, clientY }: PointerEvent): Box {
    const { width, height } = this.#scene.area;
    const start = box.start + ((clientX - x) / zoom) * this.#direction();
    const top = box.top + (clientY - y) / zoom;
    return {
      ...box,
      start: Math.max(0, Math.min(start, width - box.width)),
      top: Math.max(0, Math.min(top, height - box.height)),
    };
  }

  #onKey = (event: KeyboardEvent): void => {
    const { corner } = this.#scene;
    const isRightToLeft = this.#direction() < 0;
    takeKey(event, {
      ArrowLeft: () => this.#moveTo({ ...corner, atStart: !isRightToLeft }),
      ArrowRight: () => this.#moveTo({ ...corner, atStart: isRightToLeft }),
      ArrowUp: () => this.#moveTo({ ...corner, atTop: true }),
      ArrowDown: () => this.#moveTo({ ...corner, atTop: false }),
    });
  };

  #moveTo(corner: Corner): void {
    this.#isMoved = true;
    this.#scene.corner = corner;
    this.#scene.place();
  }
}
