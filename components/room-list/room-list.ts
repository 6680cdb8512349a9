import { LitElement, html, type PropertyValues } from 'lit';
import { property } from 'lit/decorators.js';
import { normalizeRoom, type ErrorCode } from '../../server/protocol.ts';
import { DirectoryController } from '../controllers/directory-controller.ts';
import { LateView } from '../controllers/late-view.ts';
import { LocaleController } from '../controllers/locale-controller.ts';
import { tellFact } from '../controllers/removal-grace.ts';
import type { RoomInfo } from '../entities.ts';
import { CallErrorEvent, RoomSelectEvent, RoomsChangeEvent, TokenExpireEvent } from '../events.ts';
import { boolean } from '../internal/properties/boolean-property.ts';
import { findForTargets } from '../internal/for-targets.ts';
import { dress } from '../internal/document-styles.ts';
import { acceptGiven, takeGiven } from '../internal/properties/given-values.ts';
import { Capability } from '../internal/capability.ts';
import { themeStyles } from '../internal/styles.ts';
import { text, toText } from '../internal/properties/text-property.ts';
import type { RoomListView } from './room-list-view.ts';

const viewPart = new Capability((_at) => import('./room-list-view.ts'));

const NO_ROOMS: readonly RoomInfo[] = [];

/**
 * The rooms that are open, kept live, and a field to find one or to open another.
 *
 * @tagname room-list
 *
 * @slot empty - shown while no room is open
 *
 * @fires {RoomSelectEvent} room-select - request: somebody chose or named a room; unless cancelled, it becomes `selected` and the `room` of every element named by `for`
 * @fires {RoomsChangeEvent} rooms-change - the open rooms are others
 * @fires {TokenExpireEvent} token-expire - the token ends in `inMs`: 60 s before
 * @fires {CallErrorEvent} call-error - something went wrong
 *
 * @csspart base - everything
 * @csspart composer - the form with field and button
 * @csspart input - the field for a room's name; finds rooms as one types
 * @csspart create-button - enters the room of that name, opening it where there is none
 * @csspart message - says what is wrong
 * @csspart list - the rooms
 * @csspart item - a room; pressing it chooses it
 * @csspart item-selected - the room that is chosen
 * @csspart name - its name
 * @csspart count - how many are in it, and in its call
 * @csspart more-button - shows more rooms
 *
 * @cssprop --sarangbang-accent - what can be done: buttons, focus, the chosen room
 * @cssprop --sarangbang-on-accent - text on the accent
 * @cssprop --sarangbang-surface - the ground
 * @cssprop --sarangbang-surface-raised - fields
 * @cssprop --sarangbang-text - text
 * @cssprop --sarangbang-text-muted - counts, hints
 * @cssprop --sarangbang-line - quiet lines between things
 * @cssprop --sarangbang-danger - what went wrong
 * @cssprop [--sarangbang-radius=max(0.75rem, 12px)] - roundness of corners
 * @cssprop --sarangbang-font - font family
 * @cssprop [--sarangbang-font-size=max(0.9375rem, 15px)] - size of text
 */
export class RoomList extends LitElement {
  static override styles = themeStyles;

  /** URL of the server; by default the one these modules came from. */
  @text @property({ useDefault: true }) server = '';
  /** Signed grant, where the server asks for one. */
  @text @property({ useDefault: true }) token = '';
  /** Ids of the elements whose `room` is set by a choice, separated by spaces. */
  @text @property({ useDefault: true }) for = '';
  /** Name of the chosen room. Setting it marks the room and fires nothing. */
  @text @property({ reflect: true, useDefault: true }) selected = '';
  /** Leaves out the field and button. */
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

  /** The open public rooms. */
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
    // A page that is morphed takes the attribute away, which it never wrote: the room of the targets is still chosen.
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

  /** Asks for the room and, unless somebody says no, carries it out. */
  #choose(room: string): void {
    if (!this.dispatchEvent(new RoomSelectEvent(room))) return;
    this.selected = room;
    // A target that is not upgraded yet takes its own property over when it is.
    for (const target of findForTargets(this, this.for)) Object.assign(target, { room });
  }

  #roomOfTargets(): string {
    const targets = findForTargets(this, this.for) as { room?: unknown }[];
    return targets.map(({ room }) => normalizeRoom(toText(room) ?? '')).find(Boolean) ?? '';
  }

  /** Where the server moves a target, the mark goes with it. */
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
