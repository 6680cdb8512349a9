/**
 * What a call can do without at first: what stands only in its menu, and what a small box needs. Loaded when the box is
 * small, when the page has buttons of its own or orders many, when the person opens the menu, when somebody waits, and
 * otherwise with the extras, which contain the menu itself.
 *
 * Owns the observers of the box and of the page's own buttons, and which tools stay on the toolbar: it never has a
 * second row, and what there is no room for is in the menu. Does not own how things look at a size, which is a matter
 * of container queries.
 */
import { html, type ReactiveController, type ReactiveElement } from 'lit';
import type { dress } from '../../internal/look/document-styles.ts';
import { createIcons } from '../../internal/look/icon-set.ts';
import { observersOf, windowOf, type Internals } from '../../internal/platform.ts';
import { menuTerms } from '../../locales/english/menu.ts';
import { addEnglish } from '../../locales/index.ts';
import { invitation, pip } from '../capabilities.ts';
import { icon } from '../icons.ts';
import { invitationAddress } from '../invitation/address.ts';
import type { Term, Tool, ToolbarAction, ToolbarView } from '../toolbar.ts';
import type { MenuView } from './menu.ts';
import { moreStyles } from './more.styles.ts';
import { placesIn, type Size } from './places.ts';

addEnglish(menuTerms);

const ownIcon = createIcons({
  invite:
    'M9 11.5a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5ZM3 19c.4-3 2.8-4.8 6-4.8s5.6 1.8 6 4.8M18.5 8v6M15.5 11h6',
  pip: 'M4.5 5.5h15v13h-15ZM12 12h4.5v3.5H12Z',
  fullscreen: 'M14 4.5h5.5V10M10 19.5H4.5V14M4.5 10V4.5H10M19.5 14v5.5H14',
  moderation:
    'M9 11.5a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5ZM3 19c.4-3 2.8-4.8 6-4.8s5.6 1.8 6 4.8' +
    'M15.5 5.3a3.25 3.25 0 0 1 0 5.9M17.5 14.7c2 .7 3.2 2.2 3.5 4.3',
});

/** These stay on the toolbar however narrow it is. */
const KEPT: readonly ToolbarAction[] = ['microphone', 'camera', 'more', 'leave'];

export class More implements ReactiveController {
  /** How many buttons there is room for; none in a low box. */
  #places = Infinity;
  readonly #host: ReactiveElement;
  readonly #states: Internals['states'];
  #observer: ResizeObserver | undefined;
  /** The box, and the buttons of the page. They stay the same for as long as the host lives. */
  readonly #elements: readonly Element[];
  readonly #sizes = new Map<Element, Size>();

  constructor(host: ReactiveElement, styles: ReturnType<typeof dress>, states: Internals['states']) {
    this.#host = host;
    this.#states = states;
    this.#elements = [...host.renderRoot.querySelectorAll('.box, .extra')];
    styles.add(moreStyles);
    // Calls `hostConnected`.
    host.addController(this);
    host.requestUpdate();
  }

  hostConnected(): void {
    this.#observer = new (observersOf(this.#host).ResizeObserver)((entries) => {
      for (const { target, contentRect } of entries) this.#sizes.set(target, contentRect);
      this.#measure();
    });
    for (const element of this.#elements) this.#observer.observe(element);
  }

  hostDisconnected(): void {
    this.#observer?.disconnect();
  }

  /** Called when the other states were cleared. */
  tellState(): void {
    if (!this.#places) this.#states.add('compact');
  }

  /** The tools that stay on the toolbar. The last ones go first. `menu` comes if one went. */
  fit(named: readonly Tool[], menu: Tool): readonly Tool[] {
    const shown = [...named];
    for (let at = shown.length - 1; at >= 0 && shown.length > this.#places; at--)
      if (!KEPT.includes(shown[at]!.action)) shown.splice(at, 1);
    // Without the menu, what there is no room for could not be reached.
    if (shown.length < named.length && !shown.includes(menu)) shown.splice(-1, 0, menu);
    return shown;
  }

  /** The tools that are on the toolbar only if the page wants it. */
  tools({ element, moderates, term }: ToolbarView): Tool[] {
    const fullscreen: Tool = {
      action: 'fullscreen',
      label: term('callFullscreen'),
      icon: ownIcon('fullscreen'),
      on: isFullscreen(element),
      press: () => toggleFullscreen(element),
    };
    const isOut = pip.loaded?.isOut(element) ?? false;
    const small: Tool = {
      action: 'pip',
      label: term('callPip'),
      icon: ownIcon('pip'),
      on: isOut,
      press: () => (isOut ? element.exitPictureInPicture() : element.requestPictureInPicture()),
    };
    const moderation: Tool = {
      action: 'moderation',
      label: term('callModerate'),
      icon: ownIcon('moderation'),
      count: element.waiting.length,
    };
    const invite: Tool = {
      action: 'invite',
      label: term('callInvite'),
      icon: ownIcon('invite'),
      press: () => invitation.load().then(({ openInvitation }) => openInvitation(element)),
    };
    return [
      ...(invitationAddress(element.invitation, element.ownerDocument.URL) === null ? [] : [invite]),
      // False in a frame that may not, and on an iPhone.
      ...(element.ownerDocument.fullscreenEnabled ? [fullscreen] : []),
      ...(hasSmallWindow(windowOf(element)) ? [small] : []),
      ...(moderates ? [moderation] : []),
      { action: 'settings', label: term('callSettings'), icon: icon('settings') },
    ];
  }

  /** Only once the menu is loaded, which is a part of the extras. */
  renderMenu(view: MenuView) {
    return html`<sarangbang-menu .view=${view} exportparts="menu, menu-item, count, icon, button-on, button-off,
      microphone-button, camera-button, screen-button, fullscreen-button, pip-button, invite-button, moderation-button,
      settings-button, leave-button"></sarangbang-menu>`;
  }

  /** The button of a low lobby for what is not needed to join. */
  renderRest(term: Term) {
    const label = term('callMore');
    return html`<button type="button" class="tool more rest" part="button more-button" aria-expanded="false"
      aria-label=${label} title=${label} @click=${onRest}>${icon('more')}</button>`;
  }

  #measure(): void {
    const [box, extra] = this.#elements.map((element) => this.#sizes.get(element));
    // A box that the page hides has no size.
    if (!box?.width) return;
    const em = Number.parseFloat(windowOf(this.#host).getComputedStyle(this.#elements[0]!).fontSize);
    const places = placesIn(box, extra?.width ?? 0, em);
    if (places === this.#places) return;
    this.#places = places;
    this.#states.delete('compact');
    this.tellState();
    this.#host.requestUpdate();
  }
}

/** Only a page that is in no frame has a window for documents. Elsewhere the browser may show a single picture so. */
const hasSmallWindow = (view: Window): boolean =>
  ('documentPictureInPicture' in view && view === view.top) || view.document.pictureInPictureEnabled;

const isFullscreen = (call: Element): boolean => call.matches(':fullscreen');

function toggleFullscreen(call: HTMLElement): Promise<void> {
  return isFullscreen(call) ? call.ownerDocument.exitFullscreen() : call.requestFullscreen();
}

/** Not part of the state, because only the styles care. */
function onRest({ currentTarget }: Event): void {
  const button = currentTarget as Element;
  button.ariaExpanded = `${button.closest('.prejoin')!.classList.toggle('all')}`;
}
