/**
 * Pointing at a shared screen, and looking at it closely: loaded when somebody shares a screen.
 *
 * Owns which tile the person points at, who is drawn on which picture, and whether the sharer lets others point. Names
 * and colours come from the roster and never from a message. Does not own how a picture is enlarged (`ScreenTile`), how
 * pointers are drawn (`PointerLayer`), or how messages travel (`Application`).
 */
import { html, type CSSResult } from 'lit';
import type { ParticipantInfo } from '../../../server/protocol.ts';
import { applicationOf } from '../../controllers/call/application.ts';
import { createIcons } from '../../internal/look/icon-set.ts';
import { pointingTerms } from '../../locales/english/pointing.ts';
import { addEnglish } from '../../locales/index.ts';
import type { Application } from '../../rtc/application.ts';
import type { Item } from '../stage/extras/tile-menu.ts';
import type { SceneTile, StageScene } from '../stage/stage-scene.ts';
import type { VideoTile } from '../stage/video-tile.ts';
import { formatPointer, parsePointer, type PointerMessage, type Spot } from './pointer-message.ts';
import { PointerLayer } from './pointer-layer.ts';
import { pointerStyles, screenStyles } from './pointing.styles.ts';
import { ScreenTile } from './screen-tile.ts';
import { SentPointer } from './sent-pointer.ts';

addEnglish(pointingTerms);

const icon = createIcons({
  point: 'M5 3.5l13.5 7-5.75 1.75L10 18.5Z',
  'zoom-in': 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.25 15.25l5 5M10.5 7.75v5.5M7.75 10.5h5.5',
  'zoom-out': 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.25 15.25l5 5M7.75 10.5h5.5',
});

export interface ShownScreen {
  readonly tile: SceneTile;
  readonly element: VideoTile;
}

/** How often a sharer who lets nobody point says so again, and how long others believe it, in milliseconds. */
const REFUSAL_MS = 1_000;
const BELIEVED_MS = 3_500;
/** How much a press in the menu of a tile enlarges. */
const MENU_ZOOM = 2;

export class ScreenPointing {
  readonly #scene: StageScene;
  readonly #onZoom: (tile: VideoTile, zoom: number) => void;
  readonly #tiles = new Map<VideoTile, ScreenTile>();
  readonly #sent = new SentPointer((message, isAgain) => this.#tell(message, isAgain));
  /** The sharers who let nobody point, and the timers after which that is not believed any more. */
  readonly #refusing = new Map<string, ReturnType<typeof setTimeout>>();
  #application: Application | null = null;
  #ends: (() => void)[] = [];
  #card: PointerLayer | null = null;
  /** The id of the sharer on whose tile pointing is on. */
  #sharer: string | null = null;
  /** True while this person points by keys, which show no place themselves. */
  #isByKeys = false;
  readonly #dressed = new WeakSet<object>();
  /** Set while this person shares a screen and lets nobody point. */
  #refusal: ReturnType<typeof setInterval> | undefined;

  /** @param onZoom told how much a tile is enlarged, so that its sender sends enough */
  constructor(scene: StageScene, onZoom: (tile: VideoTile, zoom: number) => void) {
    this.#scene = scene;
    this.#onZoom = onZoom;
  }

  /** Called each time the tiles have been put on their places. @param picture on the card of the own screen */
  handleScreens(screens: readonly ShownScreen[], picture: HTMLElement | null): void {
    this.#listen(screens.length > 0 || picture !== null);
    for (const [element, screen] of this.#tiles) {
      if (screens.some((one) => one.element === element)) continue;
      screen.close();
      this.#tiles.delete(element);
    }
    for (const { tile, element } of screens) {
      (this.#tiles.get(element) ?? this.#add(tile, element))?.handleShape();
      element.toggleAttribute('pointing', this.#isOn(tile));
    }
    if (this.#sharer && !screens.some(({ tile }) => this.#isOn(tile))) this.#turn(null);
    if (this.#card?.element.parentNode !== picture) this.#equipCard(picture);
    const here = new Set(this.#scene.view?.participants.map(({ id }) => id));
    for (const layer of this.#layers()) layer.keep(here);
  }

  /** The switch on the tile of a shared screen; nothing for a viewer, and where the sharer lets nobody point. */
  renderSwitch(tile: SceneTile) {
    const { view, call } = this.#scene;
    if (call.role === 'viewer' || this.#isRefusing(tile.participant.id)) return null;
    const isOn = this.#isOn(tile);
    const label = view!.term('callPoint');
    const press = (): void => {
      this.#turn(isOn ? null : tile.participant.id);
      this.#scene.place();
    };
    return html`<button part="point-button" type="button" aria-pressed=${isOn} title=${view!.term('callPointHint')}
      @click=${press}>${icon('point')}<span>${label}</span></button>`;
  }

  /** Lines for the menu of the tile of a shared screen. */
  lookItems({ key }: SceneTile): Item[] {
    const { view } = this.#scene;
    const element = this.#scene.tileOf(key);
    const screen = element && this.#tiles.get(element);
    if (!screen || !view) return [];
    const items: Item[] = [];
    if (screen.canZoomIn)
      items.push({ label: view.term('callZoomIn'), icon: icon('zoom-in'), onChoose: () => screen.zoom(MENU_ZOOM) });
    if (screen.isZoomed)
      items.push({ label: view.term('callWholeScreen'), icon: icon('zoom-out'), onChoose: () => screen.zoom(0) });
    return items;
  }

  /** The switch on the card of the own screen: lets others point at it. */
  renderCardSwitch() {
    const label = this.#scene.view!.term('callPointAllow');
    const press = (): void => {
      this.#refuse(!this.#refusal);
      this.#scene.place();
    };
    return html`<button part="point-button" class="outline" type="button" aria-pressed=${!this.#refusal} title=${label}
      @click=${press}>${icon('point')}<span>${label}</span></button>`;
  }

  close(): void {
    this.#turn(null);
    clearInterval(this.#refusal);
    this.#refusal = undefined;
    for (const timer of this.#refusing.values()) clearTimeout(timer);
    this.#refusing.clear();
    for (const end of this.#ends.splice(0)) end();
    this.#application = null;
    for (const screen of this.#tiles.values()) screen.close();
    this.#tiles.clear();
    this.#card?.close();
    this.#card = null;
  }

  /** A call that was left and joined again is a new one. @param isShared false while nobody shares a screen */
  #listen(isShared: boolean): void {
    const application = isShared ? applicationOf(this.#scene.call.shared) : null;
    if (application === this.#application) return;
    for (const end of this.#ends.splice(0)) end();
    this.#application = application;
    if (!application) return;
    this.#ends = [
      application.on('pointer', (from, message) => {
        const pointer = parsePointer(message);
        if (pointer) this.#onPointer(from, pointer);
        return pointer !== null;
      }),
      application.on('pointing', ({ id }, { allowed }) => {
        if (typeof allowed === 'boolean') this.#onPointing(id, allowed);
        return typeof allowed === 'boolean';
      }),
    ];
  }

  #add(tile: SceneTile, element: VideoTile): ScreenTile | null {
    const frame = element.renderRoot.querySelector<HTMLElement>('.frame');
    // A new tile has not rendered yet.
    if (!frame) return null;
    this.#dress(element, pointerStyles, screenStyles);
    const { id } = tile.participant;
    const screen = new ScreenTile(element, frame, {
      isPointing: () => this.#sharer === id,
      onPoint: (spot, stroke, byKeys) => this.#point(id, spot, stroke, byKeys),
      onLift: () => this.#lift(),
      onLook: ({ zoom }) => this.#onZoom(element, zoom),
    });
    this.#tiles.set(element, screen);
    return screen;
  }

  #dress(one: Pick<StageScene, 'dressing'>, ...styles: CSSResult[]): void {
    if (this.#dressed.has(one)) return;
    this.#dressed.add(one);
    for (const style of styles) one.dressing.add(style);
  }

  #equipCard(picture: HTMLElement | null): void {
    this.#card?.close();
    this.#card = picture && new PointerLayer(picture);
    // The next screen that the person shares can be pointed at again.
    if (!picture && this.#refusal) this.#refuse(false);
    if (picture) this.#dress(this.#scene, pointerStyles);
  }

  #isOn({ participant }: SceneTile): boolean {
    return this.#sharer === participant.id;
  }

  #turn(sharer: string | null): void {
    this.#lift();
    this.#sharer = sharer;
  }

  #lift(): void {
    this.#sent.lift();
    this.#layerOf(this.#sharer ?? '')?.hide(this.#own?.id ?? '');
  }

  *#layers(): Generator<PointerLayer> {
    for (const { layer } of this.#tiles.values()) yield layer;
    if (this.#card) yield this.#card;
  }

  get #own() {
    return this.#scene.view?.participants[0];
  }

  #point(sharer: string, spot: Spot, stroke: boolean, byKeys: boolean): void {
    const own = this.#own;
    if (!own || own.role === 'viewer') return;
    const message = { ...spot, stroke, screen: sharer };
    this.#isByKeys = byKeys;
    this.#showOwn(message);
    this.#sent.move(message);
  }

  /** @param isAgain true while the pointer rests: the person sees it as long as others do */
  #tell(message: PointerMessage, isAgain: boolean): void {
    this.#application?.send(formatPointer(message));
    if (isAgain) this.#showOwn(message);
  }

  #showOwn({ screen, stroke, ...spot }: PointerMessage): void {
    const own = this.#own;
    if (!own || screen === null) return;
    const name = this.#scene.view!.term('callSelf', own.displayName);
    // The mouse shows the place itself.
    this.#layerOf(screen)?.show({ id: own.id, name, isHidden: !this.#isByKeys }, spot, stroke);
  }

  #layerOf(sharer: string): PointerLayer | null {
    if (this.#own?.id === sharer) return this.#card;
    const element = this.#scene.tileOf(`${sharer}:screen`);
    return (element && this.#tiles.get(element)?.layer) ?? null;
  }

  #onPointer({ id, role }: ParticipantInfo, pointer: PointerMessage): void {
    const people = this.#scene.view?.participants ?? [];
    const person = people.find((one) => one.id === id);
    // In a mesh, only the receivers can hold a viewer to its role.
    if (!person || role === 'viewer') return;
    const sharers = people.filter(({ screen }) => screen);
    const sharer = pointer.screen ?? (sharers.length === 1 ? sharers[0]!.id : null);
    if (sharer === null || !sharers.some((one) => one.id === sharer) || this.#isRefusing(sharer)) return;
    this.#layerOf(sharer)?.show({ id, name: person.displayName }, pointer, pointer.stroke);
  }

  /** A sharer says whether others may point at its screen. */
  #onPointing(id: string, allowed: boolean): void {
    const { participants = [] } = this.#scene.view ?? {};
    // The end of a refusal also counts when its sharer has left the call.
    if (!allowed && !participants.some((one) => one.id === id)) return;
    const wasRefusing = this.#isRefusing(id);
    clearTimeout(this.#refusing.get(id));
    this.#refusing.delete(id);
    // The message that ends it may be lost.
    const end = (): void => this.#onPointing(id, true);
    if (!allowed) this.#refusing.set(id, setTimeout(end, BELIEVED_MS));
    if (wasRefusing === !allowed) return;
    if (!allowed) this.#layerOf(id)?.clear();
    if (!allowed && this.#sharer === id) this.#turn(null);
    this.#scene.place();
  }

  #isRefusing(sharer: string): boolean {
    if (sharer === this.#own?.id) return this.#refusal !== undefined;
    return this.#refusing.has(sharer);
  }

  /** @param on true lets nobody point at the own screen */
  #refuse(on: boolean): void {
    clearInterval(this.#refusal);
    const tell = (): void => this.#application?.send({ topic: 'pointing', allowed: !on });
    // Messages may be lost, and somebody may enter the call.
    this.#refusal = on ? setInterval(tell, REFUSAL_MS) : undefined;
    tell();
    if (on) this.#card?.clear();
  }
}
