/**
 * What a stage can do besides showing people: glide, menus of tiles, pages, the floating picture's moves, the ground of
 * pictures that are shown whole, the card of the own shared screen, and watching how large tiles are shown.
 *
 * It loads late, because nothing of the first picture needs it. Owns one object for each of these. Does not own who
 * stands where (`Stage`).
 */
import { html, nothing, render } from 'lit';
import { tellFact } from '../../../controllers/removal-grace.ts';
import { PinChangeEvent, SpeakerChangeEvent } from '../../../events/stage.ts';
import { windowOf } from '../../../internal/platform.ts';
import { stageTerms } from '../../../locales/english/stage.ts';
import { addEnglish } from '../../../locales/index.ts';
import type { Area, Box, LayoutTile, LayoutWishes } from '../layout.ts';
import type { VideoTile } from '../video-tile.ts';
import { stageExtrasStyles, tileExtrasStyles } from './extras.styles.ts';
import { Floating } from './floating.ts';
import { Ground } from './ground.ts';
import { Pages } from './pages.ts';
import type { ScreenPointing } from '../../pointing/pointing.ts';
import { fitSpotlight } from './spotlight.ts';
import { Presenting } from './presenting.ts';
import { pointing } from './late.ts';
import { icon } from './stage-icons.ts';
import type { Places, SceneTile, StageScene } from '../stage-scene.ts';
import { TileMenu } from './tile-menu.ts';
import { TileMotion } from './tile-motion.ts';
import { renderTools } from './tile-tools.ts';
import { TileWords } from './tile-words.ts';
import { Watching } from './watching.ts';

addEnglish(stageTerms);

/** The height of the row of a tile's name, and of its buttons, in CSS pixels. */
const ROW_PX = 44;
/** The height below which a call is compact, in sizes of its text, as in the container queries. */
const COMPACT_EM = 18;
/** The least width of a banner that stands beside the floating picture instead of over it, in CSS pixels. */
const BANNER_PX = 320;
/** The space between the two, in CSS pixels. */
const BESIDE_PX = 6;

/** What of a tile's parts comes with the extras. */
const PARTS = 'pin-button, tile-menu-button, point-button, pointer, pointer-stroke';

export class Extras {
  readonly #scene: StageScene;
  readonly #motion = new TileMotion();
  readonly #ground = new Ground();
  readonly fitStanding = fitSpotlight;
  readonly #pages = new Pages();
  readonly #words = new TileWords();
  readonly #menu: TileMenu;
  readonly #floating: Floating;
  readonly #presenting: Presenting;
  readonly #dressed = new WeakSet<VideoTile>();
  #overlay: HTMLElement | null = null;
  /** There once somebody has shared a screen. */
  #pointing: ScreenPointing | null = null;
  #watching: Watching | null = null;
  #pinned: string | null = null;
  #speaker: string | null = null;
  #rightToLeft = false;
  /** What the page said of its direction when it was read. */
  #isTurned: boolean | null = null;

  constructor(scene: StageScene) {
    this.#scene = scene;
    this.#menu = new TileMenu(scene, (tile) => this.#pointing?.lookItems(tile) ?? []);
    this.#floating = new Floating(scene, this.#motion);
    this.#presenting = new Presenting(scene);
    scene.dressing.add(stageExtrasStyles);
    this.handleResize();
  }

  /** Read where the layout is known, so that reading it costs nothing. */
  handleResize(): void {
    const { host, element } = this.#scene;
    const { direction, fontSize } = getComputedStyle(element ?? host);
    this.#rightToLeft = direction === 'rtl';
    this.#isTurned = host.matches(':dir(rtl)');
    this.#floating.handleBox(host.clientHeight < COMPACT_EM * parseFloat(fontSize));
    // The button that the menu belongs to moves away.
    this.#menu.close();
  }

  /** The tiles of the page that is shown. A page may turn its direction without a new size of the call. */
  pick(area: Area, tiles: readonly LayoutTile[], wishes: LayoutWishes, gap: number): readonly LayoutTile[] {
    if (this.#scene.host.matches(':dir(rtl)') !== this.#isTurned) this.handleResize();
    return this.#pages.pick(area, tiles, wishes, gap);
  }

  place(tile: HTMLElement, box: Box, glides: boolean): void {
    const isStill = windowOf(tile).matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#motion.place(tile, box, glides && !isStill ? { rightToLeft: this.#rightToLeft } : null);
  }

  /** Called each time the tiles have been put on their places. */
  handlePlaces(places: Places): void {
    const { shown, floating, view } = this.#scene;
    const people = shown.flatMap((tile) => {
      const element = this.#scene.tileOf(tile.key);
      return element ? [{ tile, element }] : [];
    });
    const screens = people.filter(({ tile }) => tile.isScreen);
    const ownScreen = view?.inside ? (view.participants[0]?.screenStream ?? null) : null;
    if (ownScreen ?? screens[0]) this.#loadPointing();
    for (const { tile, element } of people) this.#equip(tile, element);
    for (const { tile, element } of people) this.#stepAside(element, places.get(tile.key), floating, places);
    this.#keepBannerClear(places.get(floating ?? ''));
    const floated = floating === null ? null : this.#scene.tileOf(floating);
    this.#floating.handlePlace(floated, places.get(floating ?? '') ?? null);
    const whole = people.filter(
      ({ tile, element }) => element.hasAttribute('whole') && tile.participant.camera && places.has(tile.key),
    );
    this.#ground.handleTiles(whole.map(({ element }) => element));
    this.#presenting.handleScreen(ownScreen, this.#pointing?.renderCardSwitch());
    this.#pointing?.handleScreens(screens, this.#presenting.picture);
    this.#menu.handlePlaces(places);
    this.#renderOverlay(shown);
    this.#tell();
    const others = people.filter(({ tile }) => !tile.participant.isSelf).map(({ element }) => element);
    this.#watching ??= new Watching(windowOf(this.#scene.host), (report) => this.#scene.handleShown(report));
    this.#watching.watch(others, view?.inside ? view.participants : []);
    const { saving = null } = this.#scene;
    this.#watching.save(saving, saving && this.#front());
  }

  /** The key of the tile whose picture matters most. */
  #front(): string | null {
    const { shown, pinned, speaker } = this.#scene;
    const others = shown.filter(({ participant, isScreen }) => !participant.isSelf && !isScreen);
    return pinned ?? speaker ?? (others.length === 1 ? others[0]!.key : null);
  }

  close(): void {
    this.#watching?.close();
    this.#watching = null;
    this.#floating.close();
    this.#ground.close();
    this.#presenting.close();
    this.#pointing?.close();
    this.#menu.close();
  }

  #equip(tile: SceneTile, element: VideoTile): void {
    if (!this.#dressed.has(element)) {
      this.#dressed.add(element);
      element.dressing.add(tileExtrasStyles);
      element.setAttribute('exportparts', `${element.getAttribute('exportparts')}, ${PARTS}`);
      element.addEventListener('dblclick', (event) => {
        // Somebody who points presses often.
        if (element.hasAttribute('pointing')) return;
        if (!(event.composedPath()[0] instanceof HTMLButtonElement)) this.#togglePin(tile.key);
      });
      // A new tile has not rendered yet.
      void element.updateComplete.then(() => this.#equip(tile, element));
    }
    const scene = this.#scene;
    this.#words.handleTile(element, scene.view!.term);
    const isPinned = scene.pinned === tile.key;
    const { term } = scene.view!;
    this.#sound(tile, element);
    renderTools(element, {
      name: tile.isScreen ? term('callScreenOf', tile.participant.displayName) : tile.participant.displayName,
      isPinned,
      canPin: scene.shown.length > 1,
      pointing: tile.isScreen ? this.#pointing?.renderSwitch(tile) : nothing,
      term,
      onPin: () => this.#togglePin(tile.key),
      onMenu: (opener) => this.#menu.open(tile, opener),
    });
  }

  /** The volume that the person chose. The tile of a participant may be a new one. */
  #sound({ participant }: SceneTile, { renderRoot }: VideoTile): void {
    const video = renderRoot.querySelector('video');
    const { volume = 1 } = this.#scene.people.find(({ id }) => id === participant.id) ?? {};
    if (video && video.volume !== volume) video.volume = volume;
  }

  /** A shared screen can be enlarged and pointed at. */
  #loadPointing(): void {
    if (!pointing.loaded) return pointing.want(() => this.#scene.host.requestUpdate());
    const onZoom = (tile: VideoTile, zoom: number): void => this.#watching?.handleMagnified(tile, zoom);
    this.#pointing ??= new pointing.loaded.ScreenPointing(this.#scene, onZoom);
  }

  #togglePin(key: string): void {
    this.#scene.pin(this.#scene.pinned === key ? null : key);
  }

  /** Keeps the name and the buttons of a tile clear of the floating picture. */
  #stepAside(element: VideoTile, box: Box | undefined, floating: string | null, places: Places): void {
    const over = places.get(floating ?? '');
    const isUnder =
      box && over && box !== over && over.start < box.start + box.width && over.start + over.width > box.start;
    const { atStart, atTop } = this.#scene.corner;
    const isInFoot = isUnder && !atTop && over.top + over.height > box.top + box.height - ROW_PX;
    const isInTools = isUnder && atTop && over.top < box.top + ROW_PX;
    const start = isInFoot && atStart ? over.start + over.width - box.start : 0;
    const end = isUnder && !atStart ? box.start + box.width - over.start : 0;
    element.style.setProperty('--_foot-start', `${start}px`);
    element.style.setProperty('--_foot-end', `${isInFoot ? end : 0}px`);
    element.style.setProperty('--_tools-end', `${isInTools ? end : 0}px`);
  }

  /** Puts the banner, which stands at the lower edge of the stage, beside a floating picture there. */
  #keepBannerClear(over: Box | undefined): void {
    const { area, corner, element } = this.#scene;
    const isBeside = over && !corner.atTop && area.width - over.width >= BANNER_PX;
    const start = isBeside && corner.atStart ? over.start + over.width + BESIDE_PX : 0;
    const end = isBeside && !corner.atStart ? area.width - over.start + BESIDE_PX : 0;
    const { style } = element!.parentElement!;
    style.setProperty('--_banner-start', `${start}px`);
    style.setProperty('--_banner-end', `${end}px`);
  }

  /** The buttons over the stage: pages, and the way back of a hidden own picture. */
  #renderOverlay(shown: readonly SceneTile[]): void {
    const { host, element, view, wish } = this.#scene;
    if (!view || !element) return;
    const isHidden = (wish ?? view.selfView) === 'hidden';
    if (!this.#overlay) {
      this.#overlay = host.ownerDocument.createElement('div');
      this.#overlay.className = 'overlay';
    }
    if (this.#overlay.parentNode !== element.parentNode) element.after(this.#overlay);
    const { term } = view;
    const onTurn = (by: number) => () => {
      this.#pages.turn(by);
      this.#scene.place();
      // On the first and on the last page the button that was pressed is gone, and the focus with it.
      const { activeElement } = element.getRootNode() as ShadowRoot;
      if (!activeElement) this.#overlay!.querySelector('button')?.focus();
    };
    const onShow = async (): Promise<void> => {
      this.#scene.wish = 'auto';
      host.requestUpdate();
      await host.updateComplete;
      const own = this.#scene.tileOf(this.#scene.shown[0]?.key ?? '');
      own?.renderRoot.querySelector<HTMLElement>('[part="tile-menu-button"]')?.focus();
    };
    const pageButton = (name: 'previous' | 'next', label: string, by: number) => html`
      <button type="button" class=${name} part="page-button" aria-label=${label} title=${label}
        @click=${onTurn(by)}>${icon(name)}</button>`;
    const buttons = html`
      ${this.#pages.hasEarlier ? pageButton('previous', term('callPreviousPage'), -1) : nothing}
      ${this.#pages.hasLater ? pageButton('next', term('callNextPage'), 1) : nothing}
      ${
        shown.length > 0 && isHidden
          ? html`<button type="button" class="show" part="self-view-button" @click=${onShow}
            >${icon('show')}${term('callSelfShow')}</button>`
          : nothing
      }
    `;
    render(buttons, this.#overlay);
  }

  /** Tells the page who is pinned and who spoke last, if that changed. */
  #tell(): void {
    const { host, people, pinned, speaker } = this.#scene;
    const personOf = (key: string | null) => people.find(({ id }) => key?.startsWith(`${id}:`)) ?? null;
    const [isPinned, spoke] = [personOf(pinned), personOf(speaker)];
    if ((isPinned?.id ?? null) !== this.#pinned) {
      this.#pinned = isPinned?.id ?? null;
      tellFact(host, new PinChangeEvent(isPinned));
    }
    if ((spoke?.id ?? null) !== this.#speaker) {
      this.#speaker = spoke?.id ?? null;
      tellFact(host, new SpeakerChangeEvent(spoke));
    }
  }
}
