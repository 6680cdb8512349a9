/**
 * Finds out how large each tile of a stage is shown, so that senders send no more than that.
 *
 * Owns the observers and the pace of reports. Does not own what senders do (`rtc/uplink`). It loads late, because
 * nothing of the first picture needs it: without a report, senders send at full size. Where it cannot tell, a picture
 * counts as shown.
 */
import type { CallParticipant } from '../../../entities.ts';
import type { Shown, Size } from '../../../rtc/uplink/shown.ts';
import { isCovered } from './covered.ts';
import type { SavedSizes } from '../stage-scene.ts';
import type { VideoTile } from '../video-tile.ts';

/** The least time between two reports, in milliseconds. */
const PACE_MS = 250;
/** The time until another look while no event may tell that a transform or a cover ends, in milliseconds. */
const LOOK_MS = 500;
/**
 * The same while no event may tell that a cover begins, which costs nothing but bandwidth. Under the floating picture a
 * tile is never clear, so such looks go on for as long as the call, and each costs the page a frame.
 */
const SLOW_LOOK_MS = 5_000;
const HIDDEN: Size = [0, 0];
/** The size to report for a hidden tile without a picture so far, so that it has one when the person comes back. */
const FIRST_PICTURE: Size = [16, 16];

/** What the observers told of one tile. */
interface Sight {
  /** CSS pixels, without transforms. */
  width: number;
  height: number;
  /** The factor by which transforms enlarge the tile. */
  zoom: number;
  /** Whether the tile is in the viewport; `null` until the browser tells. */
  inView: boolean | null;
  /** The factor by which the person enlarges the picture in the tile. */
  magnified: number;
  /** False if something may cover it; always true in browsers that cannot tell. */
  isClear: boolean;
}

type PageWindow = Window & typeof globalThis;

export type ShownReport = ReadonlyMap<string, Shown>;

/** `trackVisibility` is not in TypeScript's types. Browsers without it ignore it. */
const IN_VIEW: IntersectionObserverInit & { trackVisibility: boolean; delay: number } = {
  trackVisibility: true,
  delay: PACE_MS,
};

/** True while the picture is outside of its tile: in picture-in-picture or full screen. */
function isApart({ renderRoot }: VideoTile): boolean {
  const { fullscreenElement, pictureInPictureElement } = renderRoot as ShadowRoot;
  return [fullscreenElement, pictureInPictureElement].includes(renderRoot.querySelector('video')!);
}

export class Watching {
  readonly #onShown: (shown: ShownReport) => void;
  readonly #window: PageWindow;
  readonly #resize: ResizeObserver;
  readonly #inView: IntersectionObserver;
  readonly #ending = new AbortController();
  readonly #sights = new Map<VideoTile, Sight & { readonly end: AbortController }>();
  #participants: readonly CallParticipant[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking: ReturnType<typeof setTimeout> | undefined;
  #again = false;
  #saving: SavedSizes | null = null;
  /** The key of the tile that stays larger while the page saves data. */
  #front: string | null = null;

  /**
   * @param page the window that the tiles are in
   * @param onShown is called at most four times a second
   */
  constructor(page: PageWindow, onShown: (shown: ShownReport) => void) {
    this.#onShown = onShown;
    this.#window = page;
    this.#resize = new page.ResizeObserver((entries) => this.#onResize(entries));
    this.#inView = new page.IntersectionObserver((entries) => this.#onInView(entries), IN_VIEW);
    const { signal } = this.#ending;
    // An element of the page may have the name of a member of `document`, and stand in its place.
    EventTarget.prototype.addEventListener.call(page.document, 'visibilitychange', this.#soon, { signal });
    // The event also comes when the window moves to a display with a different `devicePixelRatio`.
    page.addEventListener('resize', this.#soon, { signal });
  }

  /** Replaces the tiles. A participant without a tile is not shown. */
  watch(tiles: readonly VideoTile[], participants: readonly CallParticipant[]): void {
    const isSame = participants.length === this.#participants.length && tiles.length === this.#sights.size;
    const isKnown = participants.every(({ id, screen }, index) => {
      const before = this.#participants[index];
      return before?.id === id && before.screen === screen;
    });
    this.#participants = participants;
    if (isSame && isKnown && tiles.every((tile) => this.#sights.has(tile))) return;
    for (const [tile, { end }] of this.#sights) if (!tiles.includes(tile)) this.#forget(tile, end);
    for (const tile of tiles) if (!this.#sights.has(tile)) this.#observe(tile);
    this.#soon();
  }

  /** @param saving `null` without saving @param front the key of the one tile that stays larger; `null` for none */
  save(saving: SavedSizes | null, front: string | null): void {
    if (saving === this.#saving && front === this.#front) return;
    this.#saving = saving;
    this.#front = front;
    this.#soon();
  }

  /** The person enlarges the picture in a tile. */
  handleMagnified(tile: VideoTile, magnified: number): void {
    const sight = this.#sights.get(tile);
    if (!sight || sight.magnified === magnified) return;
    sight.magnified = magnified;
    this.#soon();
  }

  close(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#looking);
    this.#ending.abort();
    for (const [tile, { end }] of this.#sights) this.#forget(tile, end);
    this.#resize.disconnect();
    this.#inView.disconnect();
  }

  #observe(tile: VideoTile): void {
    const end = new AbortController();
    this.#sights.set(tile, { width: 0, height: 0, zoom: 1, magnified: 1, inView: null, isClear: true, end });
    this.#resize.observe(tile);
    this.#inView.observe(tile);
    const { signal } = end;
    for (const type of ['loadeddata', 'resize', 'enterpictureinpicture', 'leavepictureinpicture', 'fullscreenchange'])
      tile.renderRoot.addEventListener(type, this.#soon, { capture: true, signal });
  }

  /** Makes the browser tell again where each tile is. */
  #lookAgain(): void {
    for (const tile of this.#sights.keys()) {
      this.#inView.unobserve(tile);
      this.#inView.observe(tile);
    }
  }

  #forget(tile: VideoTile, end: AbortController): void {
    end.abort();
    this.#sights.delete(tile);
    this.#resize.unobserve(tile);
    this.#inView.unobserve(tile);
  }

  #onResize(entries: readonly ResizeObserverEntry[]): void {
    for (const { target, contentRect } of entries) {
      const { width, height } = contentRect;
      Object.assign(this.#sights.get(target as VideoTile) ?? {}, { width, height });
    }
    this.#soon();
  }

  #onInView(entries: readonly (IntersectionObserverEntry & { readonly isVisible?: boolean })[]): void {
    for (const { target, isIntersecting, isVisible, boundingClientRect } of entries) {
      const sight = this.#sights.get(target as VideoTile);
      if (!sight) continue;
      sight.inView = isIntersecting;
      sight.isClear = isVisible ?? true;
      // `width` is current: resize observers run earlier in a frame. A gliding tile has a transform only for a moment.
      if (sight.width > 0 && boundingClientRect.width > 0 && target.getAnimations().length === 0)
        sight.zoom = boundingClientRect.width / sight.width;
    }
    this.#soon();
  }

  /** Reports now, or as soon as the last report is old enough. */
  readonly #soon = (): void => {
    this.#again = true;
    if (this.#timer === undefined) this.#report();
  };

  #report(): void {
    this.#again = false;
    clearTimeout(this.#looking);
    let lookMs = Infinity;
    const shown = new Map<string, { camera?: Size; screen?: Size }>();
    for (const { id, isSelf, screen } of this.#participants)
      if (!isSelf) shown.set(id, screen ? { camera: HIDDEN, screen: HIDDEN } : { camera: HIDDEN });
    for (const [tile, sight] of this.#sights) {
      const seen = shown.get(tile.participant.id);
      if (!seen) continue;
      const size = this.#sizeOf(tile, sight);
      const mayGrow = size?.[0] === 0 || Math.round(sight.zoom * 99) !== 99;
      if (sight.inView && mayGrow) lookMs = LOOK_MS;
      else if (sight.inView && !sight.isClear) lookMs = Math.min(lookMs, SLOW_LOOK_MS);
      const source = tile.screen ? 'screen' : 'camera';
      const saved = this.#savedSize(tile, size);
      if (saved) seen[source] = saved;
      else delete seen[source];
    }
    this.#onShown(shown);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#again) this.#report();
      else if (lookMs < Infinity) this.#looking = setTimeout(() => this.#lookAgain(), lookMs - PACE_MS);
    }, PACE_MS);
  }

  /** A shared screen keeps its size, because small text is none. */
  #savedSize(tile: VideoTile, size: Size | null): Size | null {
    if (!this.#saving || tile.screen) return size;
    const { front, others } = this.#saving;
    const [width, height] = tile.dataset['key'] === this.#front ? front : others;
    return size ? [Math.min(size[0], width), Math.min(size[1], height)] : front;
  }

  /** Device pixels; `null` where it cannot be told, so that the picture counts as shown at full size. */
  #sizeOf(tile: VideoTile, { width, height, zoom, magnified, inView, isClear }: Sight): Size | null {
    if (isApart(tile)) return null;
    const { document, devicePixelRatio } = this.#window;
    // Firefox has a picture-in-picture that a page cannot detect, so a hidden page may still show the picture.
    if (document.visibilityState !== 'hidden' || !('pictureInPictureEnabled' in document)) {
      if (inView === null) return null;
      const pixels = zoom * magnified * devicePixelRatio;
      if (inView && (isClear || !isCovered(tile, this.#window)))
        return [Math.ceil(width * pixels), Math.ceil(height * pixels)];
    }
    return tile.hadPicture ? HIDDEN : FIRST_PICTURE;
  }
}
