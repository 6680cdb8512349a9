/**
 * The menu of a tile: one popover for the whole stage.
 *
 * Owns what the menu offers for a tile, its place and its keys. Does not own what is chosen: the stage does.
 */
import { html, nothing, render, type TemplateResult } from 'lit';
import { takeKey } from '../../../internal/keys.ts';
import { windowOf } from '../../../internal/platform.ts';
import { ignore } from '../../../internal/ignore.ts';
import type { Places, SceneTile, SelfView, StageScene } from '../stage-scene.ts';
import type { VideoTile } from '../video-tile.ts';
import { icon } from './stage-icons.ts';

/** A line of the menu. */
export interface Item {
  readonly label: string;
  readonly icon: TemplateResult;
  readonly onChoose: () => unknown;
}

/** The least distance of the menu from the edges of the window, in CSS pixels. */
const EDGE_PX = 8;

/** Only iPhones show a single video, and no other element, on the whole screen. */
type PhoneVideo = HTMLVideoElement & { webkitEnterFullscreen?: () => void };

export class TileMenu {
  readonly #scene: StageScene;
  readonly #element: HTMLElement;
  #opener: HTMLElement | null = null;
  /** The tile that the menu is open for. */
  #key: string | null = null;
  /** Where the button was when the menu was placed, in pixels. */
  #top = 0;
  readonly #screenItems: (tile: SceneTile) => readonly Item[];
  #ending = new AbortController();

  /** @param screenItems what the menu offers for a shared screen besides */
  constructor(scene: StageScene, screenItems: (tile: SceneTile) => readonly Item[]) {
    this.#scene = scene;
    this.#screenItems = screenItems;
    const element = scene.host.ownerDocument.createElement('div');
    element.className = 'tile-menu';
    element.part.add('menu');
    element.popover = 'auto';
    element.addEventListener('keydown', this.#onKey);
    // A press beside the menu closes it too.
    element.addEventListener('toggle', (event) => {
      const isOpen = (event as ToggleEvent).newState === 'open';
      this.#opener?.setAttribute('aria-expanded', `${isOpen}`);
      if (isOpen) return;
      this.#ending.abort();
      if (element.contains((element.getRootNode() as ShadowRoot).activeElement)) this.#opener?.focus();
      this.#opener = null;
      this.#key = null;
    });
    this.#element = element;
  }

  open(tile: SceneTile, opener: HTMLElement): void {
    const { host, view } = this.#scene;
    if (this.#opener === opener || !view) return this.close();
    const { ownerDocument } = opener;
    // Browsers let nobody use what is outside of an element on the full screen, and the menu is.
    if (this.#scene.tileOf(tile.key)?.matches(':fullscreen')) return void ownerDocument.exitFullscreen().catch(ignore);
    host.renderRoot.querySelector('.base')?.append(this.#element);
    const hasVolume = !tile.participant.isSelf && canSetVolume();
    // A menu may contain no slider, so the menu is then a part of the popover.
    this.#element.role = hasVolume ? 'group' : 'menu';
    this.#element.ariaLabel = opener.ariaLabel;
    const items = this.#renderItems(this.#itemsOf(tile));
    render(hasVolume ? this.#renderWithVolume(items, tile, opener.ariaLabel) : items, this.#element);
    this.#opener = opener;
    this.#key = tile.key;
    this.#element.showPopover();
    this.#stand(opener);
    const page = windowOf(opener);
    this.#ending.abort();
    const { signal } = (this.#ending = new AbortController());
    page.addEventListener('scroll', this.#onScroll, { capture: true, signal });
    page.addEventListener('resize', () => this.close(), { signal });
    this.#element.querySelector('button')?.focus();
  }

  /** A menu without its tile would offer what cannot be done. */
  handlePlaces(places: Places): void {
    if (this.#key === null || places.has(this.#key)) return;
    const { renderRoot } = this.#scene.host;
    const hadFocus = this.#element.contains((renderRoot as ShadowRoot).activeElement);
    this.close();
    // The button that opened it is gone too.
    if (hadFocus) renderRoot.querySelector<HTMLElement>('.controls .tool')?.focus();
  }

  close(): void {
    if (this.#element.isConnected) this.#element.hidePopover();
  }

  #itemsOf(sceneTile: SceneTile): Item[] {
    const { key, participant, isScreen } = sceneTile;
    const scene = this.#scene;
    const { term } = scene.view!;
    const tile = scene.tileOf(key)!;
    const isPinned = scene.pinned === key;
    const items: Item[] = [
      {
        label: term(isPinned ? 'callUnpin' : 'callPin'),
        icon: icon(isPinned ? 'unpin' : 'pin'),
        onChoose: () => scene.pin(isPinned ? null : key),
      },
    ];
    if (isScreen) items.push(...this.#screenItems(sceneTile));
    if (canFill(tile))
      items.push({ label: term('callFullscreen'), icon: icon('fullscreen'), onChoose: () => fillScreen(tile) });
    if (!participant.isSelf || isScreen) return items;
    const wish = (view: SelfView) => () => this.#wish(view);
    return [
      ...items,
      scene.floating === key
        ? { label: term('callSelfTile'), icon: icon('tile'), onChoose: wish('tile') }
        : { label: term('callSelfFloat'), icon: icon('float'), onChoose: wish('floating') },
      { label: term('callSelfHide'), icon: icon('hide'), onChoose: wish('hidden') },
    ];
  }

  async #wish(view: SelfView): Promise<void> {
    const { host } = this.#scene;
    this.#scene.wish = view;
    host.requestUpdate();
    if (view !== 'hidden') return;
    // The tile, whose button has the focus, is gone.
    await host.updateComplete;
    host.renderRoot.querySelector<HTMLElement>('[part="self-view-button"]')?.focus();
  }

  #renderItems(items: readonly Item[]) {
    return html`${items.map(
      (item) => html`<button type="button" part="menu-item" role="menuitem" tabindex="-1"
        @click=${() => this.#choose(item)}>${item.icon}${item.label}</button>`,
    )}${nothing}`;
  }

  #renderWithVolume(items: unknown, { participant: { id, displayName } }: SceneTile, label: string | null) {
    const scene = this.#scene;
    const { term } = scene.view!;
    const { volume = 1 } = scene.people.find((one) => one.id === id) ?? {};
    const onInput = ({ target }: Event): void => {
      const slider = target as HTMLInputElement;
      slider.ariaValueText = `${slider.value} %`;
      // The participant may have left while the menu is open.
      if (scene.people.some((one) => one.id === id)) scene.host.setVolume(id, Number(slider.value) / 100);
    };
    const percent = Math.round(volume * 100);
    return html`<div role="menu" aria-label=${label ?? ''}>${items}</div>
      <label part="menu-item"><span>${term('callVolume')}</span><input type="range" part="volume" tabindex="-1"
        min="0" max="100" step="5" .value=${`${percent}`} aria-valuetext=${`${percent} %`}
        aria-label=${term('callVolumeOf', displayName)} @input=${onInput}></label>`;
  }

  #choose({ onChoose }: Item): void {
    this.close();
    onChoose();
  }

  /** Beside the button, inside the window. Read once, at a press. */
  #stand(opener: HTMLElement): void {
    const { innerWidth, innerHeight } = windowOf(opener);
    const button = opener.getBoundingClientRect();
    this.#top = button.top;
    const { width, height } = this.#element.getBoundingClientRect();
    const isRightToLeft = opener.matches(':dir(rtl)');
    const left = isRightToLeft ? button.left : button.right - width;
    const isAbove = button.bottom + height + EDGE_PX > innerHeight;
    const top = isAbove ? button.top - height : button.bottom;
    this.#element.style.left = `${Math.max(EDGE_PX, Math.min(left, innerWidth - width - EDGE_PX))}px`;
    this.#element.style.top = `${Math.max(EDGE_PX, top)}px`;
  }

  /** The button moves away. The event of a scroll before the menu was placed comes later, and moves nothing. */
  #onScroll = (): void => {
    if (this.#opener?.getBoundingClientRect().top !== this.#top) this.close();
  };

  #onKey = (event: KeyboardEvent): void => {
    const items = [...this.#element.querySelectorAll<HTMLElement>('button, input')];
    const at = items.findIndex((item) => item.matches(':focus'));
    // A slider goes to its ends by these keys.
    const isSlider = items[at]?.localName === 'input';
    takeKey(event, {
      ArrowDown: () => items.at((at + 1) % items.length)?.focus(),
      ArrowUp: () => items.at(at - 1)?.focus(),
      Home: () => !isSlider && items[0]?.focus(),
      End: () => !isSlider && items.at(-1)?.focus(),
      Escape: () => this.close(),
      Tab: () => this.close(),
    });
  };
}

let settable: boolean | undefined;

/** False on iPhones, where only the keys of the phone set a volume. */
function canSetVolume(): boolean {
  if (settable === undefined) {
    const probe = document.createElement('video');
    probe.volume = 0.5;
    settable = probe.volume === 0.5;
  }
  return settable;
}

const canFill = (tile: VideoTile): boolean =>
  tile.ownerDocument.fullscreenEnabled || 'webkitEnterFullscreen' in HTMLVideoElement.prototype;

function fillScreen(tile: VideoTile): void {
  if (tile.ownerDocument.fullscreenEnabled) tile.requestFullscreen().catch(ignore);
  else (tile.renderRoot.querySelector('video') as PhoneVideo | null)?.webkitEnterFullscreen?.();
}
