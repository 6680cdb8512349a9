/**
 * The stage of a call: its tiles and their places.
 *
 * Owns the size of the stage, the pinned tile and the last speaker. Does not own the arithmetic (`layout.ts`) or what a
 * tile shows (`video-tile.ts`). It is a controller instead of an inner element, so that tiles stay in the shadow root
 * of `<video-call>`, where a page can style their parts.
 */
import { html, nothing, render, type ReactiveController, type ReactiveElement } from 'lit';
import type { CallController } from '../../controllers/call-controller.ts';
import type { CallParticipant } from '../../entities.ts';
import { observersOf, windowOf } from '../../internal/platform.ts';
import { watching } from '../capabilities.ts';
import { arrangeTiles, type Area, type LayoutMode, type LayoutTile } from './layout.ts';
import type { Term } from '../toolbar.ts';
import { TileMotion } from './tile-motion.ts';
import type { VideoTile } from './video-tile.ts';
import type { ShownReport, Watching } from './watching.ts';
import './video-tile.ts';

interface Tile extends LayoutTile {
  readonly participant: CallParticipant;
}

/** A tile, and the fragment it was rendered into before it was put on the stage. */
interface DrawnTile {
  readonly origin: DocumentFragment;
  element: VideoTile | null;
}

export interface StageView {
  readonly participants: readonly CallParticipant[];
  readonly mode: LayoutMode;
  readonly speakerId: string;
  /** Outside the call the stage is empty, but still rendered, because its slot must stay. */
  readonly inside: boolean;
  /** True once the call has begun: a participant who is alone then sees a hint. */
  readonly underway: boolean;
  readonly term: Term;
  readonly isReconnecting: (participantId: string) => boolean;
  readonly onPlaybackBlocked: () => void;
}

const SEAT = 'seat';
const GAP_PX = 10;
const SMALL_GAP_PX = 6;
/** How long the code that watches tiles waits for the first picture of another participant, in milliseconds. */
const FIRST_PICTURE_MS = 2_000;

export class Stage implements ReactiveController {
  readonly #host: ReactiveElement;
  readonly #onShown: (shown: ShownReport) => void;
  #watching: Watching | null = null;
  #patience: ReturnType<typeof setTimeout> | undefined;
  /** True once another participant's picture was shown, or did not come in time. */
  #isDue = false;
  #observer: ResizeObserver | undefined;
  #element: Element | null = null;
  #area: Area = { width: 0, height: 0 };
  #rightToLeft = false;
  readonly #motion = new TileMotion();
  #view: StageView | null = null;
  #shown: readonly Tile[] = [];
  #tiles: readonly LayoutTile[] = [];
  readonly #drawn = new Map<string, DrawnTile>();
  #mode: LayoutMode = 'auto';
  #pinned: string | null = null;
  #speaker: string | null = null;

  constructor(host: ReactiveElement, call: Pick<CallController, 'events' | 'handleShown'>) {
    this.#host = host;
    this.#onShown = (shown) => call.handleShown(shown);
    host.addController(this);
    call.events.on('speaking', () => this.#onSpeaking());
  }

  hostConnected(): void {
    this.#observer = new (observersOf(this.#host).ResizeObserver)(([entry]) => this.#onResize(entry!.contentRect));
    if (this.#element) this.#observer.observe(this.#element);
    if (this.#shown.length > 0) this.#host.requestUpdate();
  }

  hostDisconnected(): void {
    this.#observer?.disconnect();
    this.#watching?.close();
    this.#watching = null;
    clearTimeout(this.#patience);
    this.#patience = undefined;
  }

  hostUpdated(): void {
    const element = this.#host.renderRoot.querySelector('.stage');
    if (element !== this.#element) {
      this.#observer?.disconnect();
      this.#element = element;
      if (element) this.#observer?.observe(element);
    }
    this.#drawTiles();
    this.#place();
    this.#watch();
  }

  render(view: StageView) {
    const { participants, mode, inside, underway, term } = view;
    const tiles = inside ? tilesOf(participants) : [];
    // While nobody else is in the call, a tile is reserved for the hint.
    const alone = underway && participants.length < 2;
    this.#view = view;
    this.#shown = tiles;
    this.#mode = mode;
    this.#tiles = alone ? [...tiles, { key: SEAT, isScreen: false }] : tiles;
    this.#listen(tiles);
    return html`
      <div part="stage" class="stage" role="group" aria-label=${term('callParticipants')} ?hidden=${!inside}>
        <div class="seat" data-key=${SEAT} ?hidden=${!alone}>
          <slot name="empty">
            <span class="cushion"></span>
            <p class="heading">${term('callAlone')}</p>
            <p>${term('callAloneHint')}</p>
          </slot>
        </div>
      </div>
    `;
  }

  /** Renders each tile separately: a list would move tiles in the document, and a video that is moved stops playing. */
  #drawTiles(): void {
    const keys = new Set(this.#shown.map(({ key }) => key));
    for (const [key, { element }] of this.#drawn) {
      if (keys.has(key)) continue;
      element?.remove();
      this.#drawn.delete(key);
    }
    let before: Element | null = null;
    for (const tile of this.#shown) {
      const drawn: DrawnTile = this.#drawn.get(tile.key) ?? { origin: new DocumentFragment(), element: null };
      this.#drawn.set(tile.key, drawn);
      render(this.#renderTile(tile, this.#view!), drawn.origin);
      if (!drawn.element) {
        drawn.element = drawn.origin.firstElementChild as VideoTile;
        if (before) before.after(drawn.element);
        else this.#element?.prepend(drawn.element);
      }
      before = drawn.element;
    }
  }

  #renderTile({ key, isScreen, participant }: Tile, { speakerId, isReconnecting, onPlaybackBlocked }: StageView) {
    return html`
      <sarangbang-video-tile data-key=${key} class="tile"
        part="tile ${isScreen ? 'tile-screen' : ''} ${participant.isSelf ? 'tile-self' : ''}"
        exportparts="video, avatar, name, badge, pin-button"
        .participant=${participant} .screen=${isScreen} .silent=${participant.isSelf} .speakerId=${speakerId}
        .pinned=${key === this.#pinned} .noPin=${this.#tiles.length < 2} .reconnecting=${isReconnecting(participant.id)}
        @tile-pin=${() => this.#pin(key)} @tile-picture=${participant.isSelf ? nothing : this.#begin}
        @playback-blocked=${onPlaybackBlocked}></sarangbang-video-tile>
    `;
  }

  /** Watches how large tiles are shown, from the first picture of another participant on. */
  #watch(): void {
    const others = this.#shown.filter(({ participant }) => !participant.isSelf);
    const isWanted = others.some(({ participant: { stream, screenStream } }) => stream ?? screenStream);
    if (isWanted) this.#patience ??= setTimeout(this.#begin, FIRST_PICTURE_MS);
    // If the code cannot be loaded, others send at full size.
    if (isWanted && this.#isDue) watching.want(() => this.#host.requestUpdate());
    if (!watching.loaded || !this.#host.isConnected) return;
    this.#watching ??= new watching.loaded.Watching(windowOf(this.#host), this.#onShown);
    const tiles = others.flatMap(({ key }) => (this.#drawn.get(key)?.element as VideoTile | undefined) ?? []);
    this.#watching.watch(tiles, this.#view?.inside ? this.#view.participants : []);
  }

  /** Nothing that loads late may delay the first picture. */
  readonly #begin = (): void => {
    this.#isDue = true;
    this.#watch();
  };

  /** Keeps the last speaker until a different participant speaks and the last speaker is silent. */
  #listen(tiles: readonly Tile[]): void {
    const voices = tiles.filter(
      ({ participant, isScreen }) => participant.speaking && !participant.isSelf && !isScreen,
    );
    if (!voices.some(({ key }) => key === this.#speaker)) this.#speaker = voices[0]?.key ?? this.#speaker;
  }

  /** Marks the tiles of participants who speak. Nothing is rendered, because somebody speaks all the time. */
  #onSpeaking(): void {
    for (const { element } of this.#drawn.values()) element?.showVoice();
    const before = this.#speaker;
    this.#listen(this.#shown);
    if (this.#speaker !== before) this.#place();
  }

  #pin(key: string): void {
    this.#pinned = this.#pinned === key ? null : key;
    this.#host.requestUpdate();
  }

  #onResize({ width, height }: Area): void {
    this.#area = { width, height };
    // Here the layout is known, so that reading it costs nothing.
    this.#rightToLeft = getComputedStyle(this.#host).direction === 'rtl';
    this.#place(false);
  }

  /** @param glides false moves the tiles at once, so that they follow the edge of a window that is resized */
  #place(glides = true): void {
    if (!this.#element) return;
    const gap = Math.min(this.#area.width, this.#area.height) < 480 ? SMALL_GAP_PX : GAP_PX;
    const wishes = { mode: this.#mode, chosen: this.#pinned, speaker: this.#speaker };
    const boxes = arrangeTiles(this.#area, this.#tiles, wishes, gap);
    const glide = glides && !prefersStillness(this.#host) ? { rightToLeft: this.#rightToLeft } : null;
    for (const tile of this.#element.children as HTMLCollectionOf<HTMLElement>) {
      const box = boxes.get(tile.dataset.key!);
      if (box) this.#motion.place(tile, box, glide);
    }
  }
}

const prefersStillness = (host: Element): boolean =>
  // jsdom has no `matchMedia`.
  (windowOf(host) as Partial<Window>).matchMedia?.('(prefers-reduced-motion: reduce)').matches === true;

function tilesOf(participants: readonly CallParticipant[]): Tile[] {
  return participants.flatMap((participant) => {
    const camera = { key: `${participant.id}:camera`, isScreen: false, participant };
    return participant.screen ? [camera, { key: `${participant.id}:screen`, isScreen: true, participant }] : [camera];
  });
}
