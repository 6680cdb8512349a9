/**
 * The floating picture under a pointer and under the arrow keys. It goes to a corner when it is let go.
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
  isMoving: boolean;
}

export class Floating {
  readonly #scene: StageScene;
  readonly #motion: TileMotion;
  #tile: VideoTile | null = null;
  #box: Box | null = null;
  #drag: Drag | null = null;
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
    this.#drag = { pointer, x, y, box: this.#box, isMoving: false };
    this.#tile!.setPointerCapture(pointer);
  };

  #onMove = ({ pointerId, clientX, clientY }: PointerEvent): void => {
    const drag = this.#drag;
    if (drag?.pointer !== pointerId) return;
    const [across, down] = [clientX - drag.x, clientY - drag.y];
    drag.isMoving ||= Math.hypot(across, down) >= PRESS_PX;
    if (drag.isMoving) this.#tile!.style.translate = `${across}px ${down}px`;
  };

  #onUp = ({ type, pointerId, clientX, clientY }: PointerEvent): void => {
    const drag = this.#drag;
    if (drag?.pointer !== pointerId) return;
    this.#drag = null;
    const tile = this.#tile!;
    tile.style.removeProperty('translate');
    if (!drag.isMoving || type === 'pointercancel') return;
    const { area } = this.#scene;
    const across = (clientX - drag.x) * (tile.matches(':dir(rtl)') ? -1 : 1);
    const box = { ...drag.box, start: drag.box.start + across, top: drag.box.top + clientY - drag.y };
    this.#motion.handleDrag(tile, box);
    this.#moveTo({
      atStart: box.start + box.width / 2 < area.width / 2,
      atTop: box.top + box.height / 2 < area.height / 2,
    });
  };

  #onKey = (event: KeyboardEvent): void => {
    const { corner } = this.#scene;
    const isRightToLeft = this.#tile!.matches(':dir(rtl)');
    takeKey(event, {
      ArrowLeft: () => this.#moveTo({ ...corner, atStart: !isRightToLeft }),
      ArrowRight: () => this.#moveTo({ ...corner, atStart: isRightToLeft }),
      ArrowUp: () => this.#moveTo({ ...corner, atTop: true }),
      ArrowDown: () => this.#moveTo({ ...corner, atTop: false }),
    });
  };

  #moveTo(corner: Corner): void {
    this.#scene.corner = corner;
    this.#scene.place();
  }
}
