/**
 * What a call can do without at first: what stands only in its menu, and what a small box needs. Loaded when the box is
 * small, when the page has buttons of its own or orders many, when the person opens the menu, when somebody waits, and
 * otherwise with the extras, which contain the menu itself.
 *
 * Owns the observers of the box and of the page's own buttons, and which tools stay on the toolbar: it never has a
 * second row, and what there is no room for is in the menu. Does not own how things look at a size, which is a matter
 * of container queries.
 */
import { html, type ReactiveController } from 'lit';
import { may } from '../../controllers/call/room-permissions.ts';
import type { ConnectionCheck } from '../../entities.ts';
import { ignore } from '../../internal/ignore.ts';
import type { dress } from '../../internal/look/document-styles.ts';
import { createIcons } from '../../internal/look/icon-set.ts';
import { observersOf, windowOf, type Internals } from '../../internal/platform.ts';
import { menuTerms } from '../../locales/english/menu.ts';
import { addEnglish } from '../../locales/index.ts';
import type { CallParts } from '../call-view.ts';
import { extras, invitation, moderation } from '../capabilities.ts';
import type { Hands } from '../hands/hands.ts';
import { icon } from '../icons.ts';
import { invitationAddress } from '../invitation/address.ts';
import type { Personal } from '../personal/personal.ts';
import type { Term, Tool, ToolbarAction, ToolbarView } from '../toolbar.ts';
import { hands, personal, pip } from './capabilities.ts';
import type { MenuView } from './menu.ts';
import { moreStyles } from './more.styles.ts';
import { placesIn, type Size } from './places.ts';
import { RESTRICTED, type Restricted } from './restricted.ts';
import { isOnlyTouched } from './touch.ts';
import { closeWayOut, hasWayOut, requestWayOut } from './way-out.ts';

addEnglish(menuTerms);

const PEOPLE =
  'M9 11.5a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5ZM3 19c.4-3 2.8-4.8 6-4.8s5.6 1.8 6 4.8' +
  'M15.5 5.3a3.25 3.25 0 0 1 0 5.9M17.5 14.7c2 .7 3.2 2.2 3.5 4.3';

const ownIcon = createIcons({
  hand:
    'M8 12.5V6.25a1.25 1.25 0 0 1 2.5 0V11M10.5 10.5V4.75a1.25 1.25 0 0 1 2.5 0v5.75' +
    'M13 10.5V5.75a1.25 1.25 0 0 1 2.5 0V12' +
    'M15.5 11.5V8.25a1.25 1.25 0 0 1 2.5 0V14a6.25 6.25 0 0 1-6.25 6.25c-2.6 0-4-1.2-5.2-3.4' +
    'l-2-3.4a1.3 1.3 0 0 1 2.2-1.4L8 14',
  react: 'M12 20.25a8.25 8.25 0 1 0 0-16.5 8.25 8.25 0 0 0 0 16.5ZM8.5 14a4.25 4.25 0 0 0 7 0M9 9.5v.01M15 9.5v.01',
  check: 'M4.5 12.5h3.25l2.25-5.5 4 11 2.25-5.5h3.25',
  keys: 'M3.5 6.5h17v11h-17ZM7 10v.01M10.5 10v.01M14 10v.01M17.5 10v.01M8.5 14h7',
  invite:
    'M9 11.5a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5ZM3 19c.4-3 2.8-4.8 6-4.8s5.6 1.8 6 4.8M18.5 8v6M15.5 11h6',
  pip: 'M4.5 5.5h15v13h-15ZM12 12h4.5v3.5H12Z',
  fullscreen: 'M14 4.5h5.5V10M10 19.5H4.5V14M4.5 10V4.5H10M19.5 14v5.5H14',
  moderation: PEOPLE,
  people: PEOPLE,
});

/** The reactions to choose from. */
const EMOJI = ['👍', '👏', '❤️', '😂', '😮', '🎉', '🤔', '👋'] as const;

/** These stay on the toolbar however narrow it is. */
const KEPT: readonly ToolbarAction[] = ['microphone', 'camera', 'more', 'leave'];

export class More implements ReactiveController {
  /** How many buttons there is room for; none in a low box. */
  #places = Infinity;
  /** Present once it is loaded. */
  personal: Personal | undefined;
  readonly peopleIcon = ownIcon('people');
  readonly #parts: CallParts;
  readonly #host: CallParts['element'];
  readonly #styles: ReturnType<typeof dress>;
  #hands: Hands | null = null;
  /** While the browser opens the small window, and what fills it is loaded. */
  #goingOut: Promise<void> | null = null;
  readonly #states: Internals['states'];
  #observer: ResizeObserver | undefined;
  /** The box, and the buttons of the page. None before the first rendering; then they stay the same. */
  #elements: readonly Element[] = [];
  readonly #sizes = new Map<Element, Size>();
  /** What the person could do at the last rendering, and how it is done. */
  #view: { readonly tools: readonly Tool[]; readonly onAction: ToolbarView['onAction'] } | undefined;

  constructor(parts: CallParts, styles: ReturnType<typeof dress>, states: Internals['states']) {
    const host = parts.element;
    this.#parts = parts;
    this.#host = host;
    this.#styles = styles;
    this.#states = states;
    styles.add(moreStyles);
    // Calls `hostConnected`.
    host.addController(this);
    host.requestUpdate();
  }

  hostConnected(): void {
    this.#observer = new (observersOf(this.#host).ResizeObserver)((entries) => {
      for (const { target, contentRect } of entries) this.#sizes.set(target, contentRect);
      // A rendering changes the size of what is observed, of which the browser would complain.
      if (this.#places === Infinity) this.#measure();
      else windowOf(this.#host).requestAnimationFrame(() => this.#measure());
    });
    for (const element of this.#elements) this.#observer.observe(element);
    this.#observeBox();
  }

  hostDisconnected(): void {
    this.#observer?.disconnect();
  }

  /**
   * What the person sets for oneself waits for the pictures of others, as the extras do. Push to talk does not, because
   * a press would leave the microphone on.
   */
  hostUpdated(): void {
    this.#observeBox();
    const { state, participants } = this.#parts.call;
    const isDue = this.#host.pushToTalk || extras.loaded || (state === 'joined' && participants.length === 1);
    if (isDue) this.wantPersonal();
    // Where the button is on the toolbar, a press opens no menu before.
    if (isDue && this.#isShown('pip')) pip.want();
    this.#wantHands();
  }

  /** A page may ask for something of this part before it inserts the host, or before the host has rendered. */
  #observeBox(): void {
    if (this.#elements[0]) return;
    this.#elements = [...(this.#host.shadowRoot?.querySelectorAll('.box, .extra') ?? [])];
    for (const element of this.#elements) this.#observer?.observe(element);
  }

  /** With the extras others are there, who may raise a hand. What a room restricts may be known before. */
  #wantHands(): void {
    if (this.#hands || !(extras.loaded || this.#isRestricted)) return;
    if (hands.loaded) void this.#loadHands();
    else hands.want(() => this.#host.requestUpdate());
  }

  /** For something that can do without what the person sets for oneself. */
  wantPersonal(): void {
    if (this.personal) return;
    // Another call of the page may have loaded it.
    if (personal.loaded) void this.loadPersonal();
    else personal.want(() => void this.loadPersonal());
  }

  /** @throws CodedError if it cannot be loaded */
  async loadPersonal(): Promise<Personal> {
    const part = await personal.load();
    // It asks for a rendering itself. One before, where it cannot be made, would ask for the next.
    return (this.personal ??= new part.Personal(this.#parts, this, this.#styles));
  }

  /** @throws CodedError */
  async checkConnection(): Promise<ConnectionCheck> {
    return (await this.loadPersonal()).check();
  }

  /** @throws CodedError if it cannot be loaded */
  async diagnostics(): Promise<string> {
    return (await this.loadPersonal()).diagnose();
  }

  /** Shows the call in a small window. @throws CodedError */
  goOut(): Promise<void> {
    return (this.#goingOut ??= this.#goOut().finally(() => (this.#goingOut = null)));
  }

  /** Brings the call back from there. */
  comeBack(): void {
    if (this.#goingOut) void this.#goingOut.then(() => this.comeBack(), ignore);
    else pip.loaded?.comeBack(this.#host);
  }

  /** The view of the call in a small window; `null` while there is none. */
  get smallView(): HTMLElement | null {
    return pip.loaded?.viewIn(this.#host) ?? null;
  }

  /** Whether the person can do now what the button of this name does. */
  has(action: ToolbarAction): boolean {
    return this.#view?.tools.some((one) => one.action === action) ?? false;
  }

  /** Does what the button of this name does, on the toolbar or in the menu. Returns false if there is none now. */
  press(action: ToolbarAction): boolean {
    const tool = this.#view?.tools.find((one) => one.action === action);
    if (tool) this.#view!.onAction(tool);
    return tool !== undefined;
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

  /** @throws CodedError */
  async raiseHand(on?: boolean): Promise<boolean> {
    return (await this.#loadHands()).raiseHand(on);
  }

  /** @throws CodedError */
  async react(emoji: string): Promise<void> {
    return (await this.#loadHands()).react(emoji);
  }

  async #loadHands(): Promise<Hands> {
    const { Hands } = await hands.load();
    return (this.#hands ??= new Hands({ ...this.#parts, icon: ownIcon('hand'), restricted: RESTRICTED }));
  }

  /** All tools: the given ones, and those that are on the toolbar only if the page wants it. */
  tools({ element, moderates, dialog, term, onAction }: ToolbarView, given: readonly Tool[]): Tool[] {
    const tools = [
      ...given.map((tool) => this.#restrict(tool, term)),
      ...this.#handTools(term, dialog),
      ...this.#lateTools(element, moderates, term),
    ];
    this.#view = { tools, onAction };
    this.personal?.handleTools(tools, term);
    return tools;
  }

  #lateTools(element: ToolbarView['element'], moderates: boolean, term: Term): Tool[] {
    const fullscreen: Tool = {
      action: 'fullscreen',
      label: term('callFullscreen'),
      icon: ownIcon('fullscreen'),
      on: isFullscreen(element),
      press: () => toggleFullscreen(element),
    };
    const small: Tool = {
      action: 'pip',
      label: term('callPip'),
      icon: ownIcon('pip'),
      on: isOut(element),
      press: () => togglePip(element),
    };
    const moderate: Tool = {
      action: 'moderation',
      label: term('callModerate'),
      icon: ownIcon('moderation'),
      popup: 'dialog',
      count: element.waiting.length,
      press: () => moderation.load().then(() => this.#parts.actions.toggle('moderation')),
    };
    const invite: Tool = {
      action: 'invite',
      label: term('callInvite'),
      icon: ownIcon('invite'),
      popup: 'dialog',
      press: () => invitation.load().then(({ openInvitation }) => openInvitation(element)),
    };
    const check: Tool = {
      action: 'check',
      label: term('callCheck'),
      icon: ownIcon('check'),
      popup: 'dialog',
      press: () => this.loadPersonal().then((part) => part.openCheck()),
    };
    const press = () => this.loadPersonal().then((part) => part.openKeys());
    const keys: Tool = { action: 'keys', label: term('callKeys'), icon: ownIcon('keys'), popup: 'dialog', press };
    return [
      ...(invitationAddress(element.invitation, element.ownerDocument.URL) === null ? [] : [invite]),
      // False in a frame that may not, and on an iPhone.
      ...(element.ownerDocument.fullscreenEnabled ? [fullscreen] : []),
      ...(hasWayOut(windowOf(element)) ? [small] : []),
      ...(moderates ? [moderate] : []),
      check,
      ...(element.noShortcuts || isOnlyTouched(element) ? [] : [keys]),
      { action: 'settings', label: term('callSettings'), icon: icon('settings'), popup: 'dialog' },
    ];
  }

  /** Only once the menu is loaded, which is a part of the extras. */
  renderMenu(view: MenuView & Pick<ToolbarView, 'dialog'>) {
    // The next press may be that of the small window.
    if (hasWayOut(windowOf(this.#host))) pip.want();
    const isPalette = view.dialog === 'react';
    const shown: MenuView = isPalette ? { ...view, rest: this.#reactions(), isPalette } : view;
    return html`<sarangbang-menu .view=${shown} exportparts="menu, menu-item, count, icon, button-on, button-off,
      microphone-button, camera-button, screen-button, hand-button, react-button, fullscreen-button, pip-button,
      invite-button, moderation-button, check-button, keys-button, settings-button, leave-button"></sarangbang-menu>`;
  }

  /** The button of a low lobby for what is not needed to join. */
  renderRest(term: Term) {
    const label = term('callMore');
    return html`<button type="button" class="tool more rest" part="button more-button" aria-expanded="false"
      aria-label=${label} title=${label} @click=${onRest}>${icon('more')}</button>`;
  }

  get #isRestricted(): boolean {
    return Object.values(this.#parts.call.room.snapshot?.permissions ?? {}).includes('moderators');
  }

  /** A switch that the room leaves to moderators says so, in place of turning on. */
  #restrict(tool: Tool, term: Term): Tool {
    const { call, actions, element } = this.#parts;
    const device = tool.action as keyof Restricted;
    const sentence = RESTRICTED[device]?.sentence;
    if (!sentence || tool.on || may(device, call.room.snapshot)) return tool;
    const press = async (): Promise<void> => {
      actions.trouble = sentence;
      element.requestUpdate();
    };
    return { ...tool, label: `${tool.label}: ${term(sentence)}`, isBlocked: true, press };
  }

  /** Not on an older server, which knows neither hands nor permissions. */
  #handTools(term: Term, dialog: string | null): Tool[] {
    const { call, actions } = this.#parts;
    if (!call.room.snapshot?.permissions) return [];
    return [
      {
        action: 'hand',
        label: term('callHand'),
        icon: ownIcon('hand'),
        on: this.#hands?.isRaised ?? false,
        press: () => this.raiseHand(),
      },
      {
        action: 'react',
        label: term('callReact'),
        icon: ownIcon('react'),
        popup: 'menu',
        expanded: dialog === 'react',
        press: () => extras.load().then(() => actions.toggle('react')),
      },
    ];
  }

  #reactions(): Tool[] {
    return EMOJI.map((emoji) => ({
      action: 'react',
      label: emoji,
      icon: html``,
      press: () => this.react(emoji),
    }));
  }

  #isShown(action: ToolbarAction): boolean {
    return this.#host.renderRoot.querySelector(`.controls .${action}`) !== null;
  }

  async #goOut(): Promise<void> {
    if (isOut(this.#host)) return;
    const way = await requestWayOut(this.#parts);
    const { goOut } = await pip.load().catch((error: unknown) => {
      closeWayOut(way);
      throw error;
    });
    goOut(this.#parts, this, way);
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

const isOut = (call: object): boolean => pip.loaded?.isOut(call) ?? false;

interface PipCall {
  requestPictureInPicture(): Promise<unknown>;
  exitPictureInPicture(): Promise<unknown>;
}

/** For the command of a page, and for the button. */
export const togglePip = (call: PipCall): Promise<unknown> =>
  isOut(call) ? call.exitPictureInPicture() : call.requestPictureInPicture();

const isFullscreen = (call: Element): boolean => call.matches(':fullscreen');

function toggleFullscreen(call: HTMLElement): Promise<void> {
  return isFullscreen(call) ? call.ownerDocument.exitFullscreen() : call.requestFullscreen();
}

/** Not part of the state, because only the styles care. */
function onRest({ currentTarget }: Event): void {
  const button = currentTarget as Element;
  button.ariaExpanded = `${button.closest('.prejoin')!.classList.toggle('all')}`;
}
