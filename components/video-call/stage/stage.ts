/**
 * The stage of a call: its tiles and their places.
 *
 * Owns the size of the stage, the pinned tile, the last speaker, and where the own picture stands. Does not own the
 * arithmetic (`layout.ts`), what a tile shows (`video-tile.ts`), or what loads late (`extras/`). It is a controller
 * instead of an inner element, so that tiles stay in the shadow root of `<video-call>`, where a page can style their
 * parts.
 */
import { html, render, type ReactiveController } from 'lit';
import type { CallController } from '../../controllers/call-controller.ts';
import type { CallParticipant } from '../../entities.ts';
import { observersOf } from '../../internal/platform.ts';
import { extras } from '../capabilities.ts';
import type { Extras } from './extras/extras.ts';
import { arrangeTiles, isShownWhole, USUAL_ASPECT, type Area, type Corner, type LayoutTile } from './layout.ts';
import { PRESENTING, SEAT, type SceneTile, type SelfView, type StageHost } from './stage-scene.ts';
import type { SavedSizes, StageScene, StageView } from './stage-scene.ts';
import { roundBox, writeBox } from './tile-box.ts';
import { isMirrored, showStates } from './tile-states.ts';
import type { VideoTile } from './video-tile.ts';
import type { ShownReport } from './extras/watching.ts';
import './video-tile.ts';

/** A tile, and the fragment it was rendered into before it was put on the stage. */
interface DrawnTile {
  readonly origin: DocumentFragment;
  element: VideoTile | null;
}

type StagedCall = Pick<CallController, 'events' | 'given' | 'handlePinned' | 'handleShown' | 'role' | 'shared'>;

/** How long what loads late leaves the network and the page to the first picture, in milliseconds. */
const SETTLED_MS = 500;
const GAP_PX = 10;
const SMALL_GAP_PX = 6;
/** How long what loads late waits for the pictures of others, in milliseconds. */
const FIRST_PICTURE_MS = 2_000;

export class Stage implements ReactiveController, StageScene {
  readonly host: StageHost;
  readonly call: StagedCall;
  readonly dressing: StageScene['dressing'];
  element: HTMLElement | null = null;
  view: StageView | null = null;
  area: Area = { width: 0, height: 0 };
  shown: readonly SceneTile[] = [];
  pinned: string | null = null;
  speaker: string | null = null;
  floating: string | null = null;
  wish: SelfView | null = null;
  declare saving?: SavedSizes | null;
  corner: Corner = { atStart: false, atTop: false };
  #patience: ReturnType<typeof setTimeout> | undefined;
  #settled: ReturnType<typeof setTimeout> | undefined;
  #extras: Extras | null = null;
  #observer: ResizeObserver | undefined;
  /** What has a place on the stage now. */
  #placed: readonly LayoutTile[] = [];
  readonly #drawn = new Map<string, DrawnTile>();

  constructor(host: StageHost, call: StagedCall, dressing: StageScene['dressing']) {
    this.host = host;
    this.call = call;
    this.dressing = dressing;
    host.addController(this);
    call.events.on('speaking', () => this.#onSpeaking());
  }

  get people(): readonly CallParticipant[] {
    return this.call.given;
  }

  handleShown(shown: ShownReport): void {
    this.call.handleShown(shown);
  }

  tileOf(key: string): VideoTile | null {
    return this.#drawn.get(key)?.element ?? null;
  }

  hostConnected(): void {
    this.#observer = new (observersOf(this.host).ResizeObserver)(([entry]) => this.#onResize(entry!.contentRect));
    if (this.element) this.#observer.observe(this.element);
    if (this.shown[0]) this.host.requestUpdate();
  }

  hostDisconnected(): void {
    this.#observer?.disconnect();
    clearTimeout(this.#patience);
    this.#patience = undefined;
    this.#extras?.close();
  }

  hostUpdated(): void {
    const element = this.host.renderRoot.querySelector<HTMLElement>('.stage');
    if (element !== this.element) {
      this.#observer?.disconnect();
      this.element = element;
      if (element) this.#observer?.observe(element);
    }
    this.#drawTiles();
    this.place();
  }

  render(view: StageView) {
    const { participants, inside, underway, term } = view;
    const tiles = inside ? tilesOf(participants) : [];
    // While nobody else is in the call, a tile is reserved for the hint.
    const alone = underway && participants.length < 2;
    this.view = view;
    this.shown = tiles;
    const selfView = this.wish ?? view.selfView;
    const placed: LayoutTile[] = selfView === 'hidden' ? tiles.slice(1) : [...tiles];
    if (tiles[0]?.participant.screen) placed.push({ key: PRESENTING, isScreen: false });
    if (alone) placed.push({ key: SEAT, isScreen: false });
    this.#placed = placed;
    // With a shared screen there are more than two tiles.
    const floats = selfView === 'floating' || (selfView !== 'tile' && !alone && placed.length === 2);
    this.floating = floats && tiles[0] && tiles[0].key !== this.pinned ? tiles[0].key : null;
    this.#listen();
    this.call.handlePinned(this.pinned);
    return html`
      <div part="stage" class="stage" role="group" aria-label=${term('callParticipants')} ?hidden=${!inside}>
        <div class="seat" part="seat" data-key=${SEAT} ?hidden=${!alone}>
          <slot name="empty">
            <span class="cushion" part="illustration"></span>
            <p class="heading" part="seat-title">${term('callAlone')}</p>
            <p part="seat-text">${term('callAloneHint')}</p>
          </slot>
          ${view.invitation}
        </div>
      </div>
    `;
  }

  /** @param key of the tile; `null` pins nobody */
  pin(key: string | null): void {
    this.pinned = key;
    this.host.requestUpdate();
  }

  /** @param glides false moves the tiles at once, so that they follow the edge of a window that is resized */
  place(glides = true): void {
    const { element, view, area, floating, corner } = this;
    if (!element || !view) return;
    const late = this.#late();
    const gap = Math.min(area.width, area.height) < 480 ? SMALL_GAP_PX : GAP_PX;
    const wishes = { mode: view.mode, chosen: this.pinned, speaker: this.speaker, floating, corner };
    const all = this.#placed.map((tile) => ({ ...tile, aspect: this.#aspectOf(tile) }));
    const tiles = late?.pick(area, all, wishes, gap) ?? all;
    const boxes = arrangeTiles(area, tiles, wishes, gap, late?.fitStanding);
    for (const one of element.children as HTMLCollectionOf<HTMLElement>) {
      const key = one.dataset.key!;
      const box = boxes.get(key);
      // The tile stays in the document, so that its picture is there at once when the tile is shown again.
      if (boxes.size > 0) one.hidden = !box;
      if (!box) continue;
      if (late) late.place(one, box, glides);
      else writeBox(one, roundBox(box));
      const picture = tiles.find((tile) => tile.key === key)!;
      one.toggleAttribute('whole', isShownWhole(box, picture));
      showStates(one, { floating: key === floating });
    }
    late?.handlePlaces(boxes);
  }

  /** Renders each tile separately: a list would move tiles in the document, and a video that is moved stops playing. */
  #drawTiles(): void {
    const keys = new Set(this.shown.map(({ key }) => key));
    for (const [key, { element }] of this.#drawn) {
      if (keys.has(key)) continue;
      element?.remove();
      this.#drawn.delete(key);
    }
    let before: Element | null = null;
    for (const tile of this.shown) {
      const drawn: DrawnTile = this.#drawn.get(tile.key) ?? { origin: new DocumentFragment(), element: null };
      this.#drawn.set(tile.key, drawn);
      render(this.#renderTile(tile, this.view!), drawn.origin);
      if (!drawn.element) {
        drawn.element = drawn.origin.firstElementChild as VideoTile;
        if (before) before.after(drawn.element);
        else this.element?.prepend(drawn.element);
      }
      before = drawn.element;
    }
  }

  #renderTile({ key, isScreen, participant }: SceneTile, view: StageView) {
    const { mirror, speakerId, isReconnecting, onPlaybackBlocked } = view;
    return html`
      <sarangbang-video-tile data-key=${key} class="tile"
        part="tile ${isScreen ? 'tile-screen' : ''} ${participant.isSelf ? 'tile-self' : ''}"
        exportparts="video, avatar, name, badge, plate, icon, ring, ground"
        .participant=${participant} .screen=${isScreen} .silent=${participant.isSelf} .speakerId=${speakerId}
        .mirrored=${!isScreen && isMirrored(participant, mirror)}
        .pinned=${key === this.pinned} .reconnecting=${isReconnecting(participant.id)}
        @tile-shape=${() => this.place()}
        @playback-blocked=${onPlaybackBlocked}></sarangbang-video-tile>
    `;
  }

  /**
   * What loads late: a moment after the pictures of the others are there or late, with the card of a screen, and at
   * once where a tile should be large.
   */
  #late(): Extras | null {
    const others = this.shown.filter(({ participant }) => !participant.isSelf);
    const hasPicture = ({ key }: SceneTile): boolean => Boolean(this.tileOf(key)?.aspect);
    // Others whose camera is off may only be about to turn it on.
    const isReady = others.some(hasPicture) && others.every((one) => !one.participant.camera || hasPicture(one));
    if (!extras.loaded && (others[0] ?? this.view?.participants[0]?.screen))
      if (this.pinned || this.view?.mode === 'spotlight' || others.some(({ isScreen }) => isScreen)) this.#want();
      else if (!isReady) this.#patience ??= setTimeout(this.#want, FIRST_PICTURE_MS);
      else if (!this.#settled) this.#settled = setTimeout(this.#want, SETTLED_MS);
    if (!extras.loaded || !this.host.isConnected) return null;
    return (this.#extras ??= new extras.loaded.Extras(this));
  }

  /** Called again while a part that did not load is missed. */
  readonly #want = (): void => {
    this.#settled = undefined;
    extras.want(() => this.host.requestUpdate());
  };

  /** Keeps the last speaker until a different participant speaks and the last speaker is silent. */
  #listen(): void {
    const voices = this.shown.filter(
      ({ participant, isScreen }) => participant.speaking && !participant.isSelf && !isScreen,
    );
    if (!voices.some(({ key }) => key === this.speaker)) this.speaker = voices[0]?.key ?? this.speaker;
  }

  /** Marks the tiles of participants who speak. Nothing is rendered, because somebody speaks all the time. */
  #onSpeaking(): void {
    for (const { element } of this.#drawn.values()) element?.showStates();
    const before = this.speaker;
    this.#listen();
    if (this.speaker !== before) this.place();
  }

  #onResize({ width, height }: Area): void {
    this.area = { width, height };
    this.#extras?.handleResize();
    this.place(false);
  }

  #aspectOf({ key, isScreen }: LayoutTile): number | undefined {
    return isScreen ? undefined : (this.tileOf(key)?.aspect ?? USUAL_ASPECT);
  }
}

/** The own shared screen has no tile: it would show itself, again and again. */
function tilesOf(participants: readonly CallParticipant[]): SceneTile[] {
  return participants.flatMap((participant) => {
    const { id, isSelf, screen } = participant;
    const camera = { key: `${id}:camera`, isScreen: false, participant };
    return screen && !isSelf ? [camera, { key: `${id}:screen`, isScreen: true, participant }] : [camera];
  });
}
