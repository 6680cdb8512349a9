import { LitElement, html, type PropertyValues } from 'lit';
import { property } from 'lit/decorators.js';
import type { ErrorCode } from '../../server/protocol.ts';
import { normalizeRoom } from '../../server/texts.ts';
import { DirectoryController } from '../controllers/directory-controller.ts';
import { LateView } from '../controllers/late-view.ts';
import { LocaleController } from '../controllers/locale-controller.ts';
import { tellFact } from '../controllers/removal-grace.ts';
import type { RoomInfo } from '../entities.ts';
import { CallErrorEvent, TokenExpireEvent } from '../events/shared.ts';
import { RoomSelectEvent, RoomsChangeEvent } from '../events/list.ts';
import { boolean } from '../internal/properties/boolean-property.ts';
import { findForTargets } from '../internal/for-targets.ts';
import { dress } from '../internal/look/document-styles.ts';
import { acceptGiven, takeGiven } from '../internal/properties/given-values.ts';
import { Capability } from '../internal/capability.ts';
import { themeStyles } from '../internal/look/styles.ts';
import { text, toText } from '../internal/properties/text-property.ts';
import type { RoomListView } from './room-list-view.ts';

const viewPart = new Capability((_at) => import('./room-list-view.ts'));

const NO_ROOMS: readonly RoomInfo[] = [];

/**
 * A live list of the public rooms, with a field to find a room or to open a new one.
 *
 * @tagname room-list
 *
 * @slot empty - Shown while no public room is open.
 *
 * @fires {RoomSelectEvent} room-select - Fired before selecting a room. Call `preventDefault()` to stop it.
 * @fires {RoomsChangeEvent} rooms-change - `rooms` changed.
 * @fires {TokenExpireEvent} token-expire - The token expires in `inMs` milliseconds. Fired 60 s before.
 * @fires {CallErrorEvent} call-error - The list or a room's name was refused, or the server cannot be reached.
 *
 * @csspart base - The wrapper around everything.
 * @csspart composer - The form with the field and the button.
 * @csspart input - The field for a room's name; filters the list while the person types.
 * @csspart create-button - Enters the room of that name, and opens it if it does not exist.
 * @csspart message - Tells what is wrong.
 * @csspart hint - Tells that the list is loading, or that no room has the typed name.
 * @csspart empty - Shown while no public room is open.
 * @csspart illustration - The drawn picture there.
 * @csspart empty-title - The first words there.
 * @csspart empty-text - What else stands there.
 * @csspart list - The list of rooms.
 * @csspart item - A room; a click selects it.
 * @csspart item-selected - The selected room.
 * @csspart item-in-call - A room with a call.
 * @csspart item-locked - A locked room.
 * @csspart item-icon - The icon of a room.
 * @csspart item-icon-in-call - The icon of a room with a call.
 * @csspart icon - Each icon.
 * @csspart name - The name of a room.
 * @csspart lock - The mark of a locked room.
 * @csspart count - The number of participants in a room, and in its call.
 * @csspart more-button - Shows more rooms.
 * @csspart missing - Tells that the view did not load.
 * @csspart retry-button - Loads the view again.
 *
 * @cssprop --sarangbang-accent - Buttons, focus, and the selected room.
 * @cssprop --sarangbang-on-accent - Text on the accent colour.
 * @cssprop --sarangbang-surface - The background.
 * @cssprop --sarangbang-surface-raised - The background of fields.
 * @cssprop --sarangbang-text - Text.
 * @cssprop --sarangbang-text-muted - Counts and hints.
 * @cssprop --sarangbang-line - Thin lines between areas.
 * @cssprop --sarangbang-danger - Errors.
 * @cssprop [--sarangbang-radius=max(0.75rem, 12px)] - The radius of corners.
 * @cssprop --sarangbang-icon-NAME - An image whose shape replaces an icon.
 * @cssprop --sarangbang-font - The font family.
 * @cssprop [--sarangbang-font-size=max(0.9375rem, 15px)] - The font size.
 */
export class RoomList extends LitElement {
  static override styles = themeStyles;

  /** URL of the server; by default the server that this module came from. */
  @text @property({ useDefault: true }) server = '';
  /** Signed grant, if the server requires one. */
  @text @property({ useDefault: true }) token = '';
  /** Ids of the elements whose `room` is set when a room is selected, separated by spaces. */
  @text @property({ useDefault: true }) for = '';
  /** Name of the selected room. Setting it marks the room and fires no event. */
  @text @property({ reflect: true, useDefault: true }) selected = '';
  /** Hides the field and the button. */
  @boolean @property({ attribute: 'no-create' }) noCreate = false;

  readonly #styles = dress(this);
  readonly #locale = new LocaleController(this);
  readonly #directory = new DirectoryController(this, {
    onRooms: (rooms) => {
      this.#lateView.retry();
      tellFact(this, new RoomsChangeEvent(rooms));
    },
    onError: ({ code }, fatal) => this.#onError(code, fatal),
    onTokenExpire: (inMs) => tellFact(this, new TokenExpireEvent(inMs)),
  });
  readonly #lateView = new LateView(
    this,
    () => this.#load(),
    ({ code }) => this.#report(code, false),
  );
  /** Why there is no list at all. */
  #refusal: ErrorCode | null = null;
  #following = new AbortController();

  constructor() {
    super();
    takeGiven(this);
  }

  /** The public rooms. */
  get rooms(): readonly RoomInfo[] {
    return this.#directory.snapshot?.rooms ?? NO_ROOMS;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.#follow();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#following.abort();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('server')) this.#refusal = null;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('for') || changed.has('selected')) this.#follow();
    // A library that morphs the page (as Turbo does) removes `selected`, which the page's markup does not have. The
    // room is still selected.
    if (!this.selected && !this.hasAttribute('selected')) this.selected = this.#roomOfTargets();
  }

  protected override async getUpdateComplete(): Promise<boolean> {
    await this.#lateView.loading;
    return super.getUpdateComplete();
  }

  protected override render() {
    const view =
      this.#lateView.view?.render(this.#directory.snapshot, this.#refusal) ??
      this.#lateView.renderMissing(this.#locale);
    return html`<div class="base" part="base" lang=${this.#locale.textLang}>${view}</div>`;
  }

  async #load(): Promise<RoomListView> {
    const { RoomListView, roomListViewStyles } = await viewPart.load();
    this.#styles.add(roomListViewStyles);
    return new RoomListView(this, this.#locale, {
      onChoose: (room) => this.#choose(room),
      onRefuse: () => this.#report('room-invalid', false),
    });
  }

  /** Asks by an event, then selects the room unless a listener prevented it. */
  #choose(room: string): void {
    if (!this.dispatchEvent(new RoomSelectEvent(room))) return;
    this.selected = room;
    // A target that is not upgraded yet takes the property over when it is.
    for (const target of findForTargets(this, this.for)) Object.assign(target, { room });
  }

  #roomOfTargets(): string {
    const targets = findForTargets(this, this.for) as { room?: unknown }[];
    return targets.map(({ room }) => normalizeRoom(toText(room) ?? '')).find(Boolean) ?? '';
  }

  /** If the server moves a target to a different room, that room becomes the selected one. */
  #follow(): void {
    this.#following.abort();
    this.#following = new AbortController();
    const { signal } = this.#following;
    for (const target of findForTargets(this, this.for))
      target.addEventListener('room-change', ({ room }) => (this.selected = room), { signal });
  }

  #onError(code: ErrorCode, fatal: boolean): void {
    if (!this.#directory.snapshot) this.#refusal = code;
    this.#report(code, fatal);
    this.requestUpdate();
  }

  #report(code: ErrorCode, fatal: boolean): void {
    this.#locale.say(code, (sentence) => tellFact(this, new CallErrorEvent(code, sentence, fatal)));
  }
}

acceptGiven(RoomList);

declare global {
  interface HTMLElementTagNameMap {
    'room-list': RoomList;
  }
}
