/**
 * The ground of pictures that are shown whole: a still of the picture, so small that its pixels melt when the browser
 * scales it up.
 *
 * Owns the canvases and when they are drawn. A filter over a moving picture would cost a share of a core instead.
 */
import type { VideoTile } from '../video-tile.ts';

/** The longer side of a still, in pixels. */
const SIDE_PX = 32;
const PAUSE_MS = 1_000;

export class Ground {
  readonly #canvases = new Map<VideoTile, HTMLCanvasElement>();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Takes the tiles that are seen now. */
  handleTiles(tiles: readonly VideoTile[]): void {
    for (const [tile, canvas] of this.#canvases) {
      if (tiles.includes(tile)) continue;
      canvas.remove();
      this.#canvases.delete(tile);
    }
    for (const tile of tiles) if (!this.#canvases.has(tile)) this.#add(tile);
    if (tiles.length === 0) this.close();
    else this.#timer ??= setInterval(() => this.#draw(), PAUSE_MS);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #add(tile: VideoTile): void {
    const video = tile.renderRoot.querySelector('video');
    if (!video) return;
    const canvas = document.createElement('canvas');
    canvas.className = 'ground';
    canvas.part.add('ground');
    canvas.ariaHidden = 'true';
    video.before(canvas);
    this.#canvases.set(tile, canvas);
    drawStill(canvas, video);
  }

  #draw(): void {
    for (const [tile, canvas] of this.#canvases) {
      const { visibilityState } = tile.ownerDocument;
      const video = tile.renderRoot.querySelector('video');
      if (video && !video.paused && visibilityState === 'visible') drawStill(canvas, video);
    }
  }
}

function drawStill(canvas: HTMLCanvasElement, video: HTMLVideoElement): void {
  const { videoWidth, videoHeight } = video;
  if (!videoWidth) return;
  const scale = SIDE_PX / Math.max(videoWidth, videoHeight);
  canvas.width = Math.round(videoWidth * scale);
  canvas.height = Math.round(videoHeight * scale);
  const context = canvas.getContext('2d');
  context?.drawImage(video, 0, 0, canvas.width, canvas.height);
}
