import { LitElement, html, nothing, type PropertyValues } from 'lit';
import { property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { normalizeRoom, type ErrorCode } from '../../server/protocol.ts';
import { DirectoryController } from '../controllers/directory-controller.ts';
import { LocaleController } from '../controllers/locale-controller.ts';
import type { RoomInfo } from '../entities.ts';
import { CallErrorEvent, RoomSelectEvent, RoomsChangeEvent } from '../events.ts';
import { findForTargets } from '../internal/for-targets.ts';
import { icon } from '../internal/icons.ts';
import { themeStyles } from '../internal/styles.ts';
import { roomListStyles } from './room-list.styles.ts';
import { RoomOrder } from './room-order.ts';

/** Rows drawn at first, and added on reaching the end. */
const ROWS = 60;
const NO_ROOMS: readonly RoomInfo[] = [];

/** Names are found whatever their case and the way their letters are put together. */
const fold = (text: string): string => text.normalize('NFKC').toLowerCase();

/**
 * The rooms that are open, kept live, and a field to find one or to open another.
 *
 * @tagname room-list
 *
 * @slot empty - shown while no room is open
 *
 * @fires {RoomSelectEvent} room-select - request: somebody chose or named a room; unless cancelled, it becomes `selected` and the `room` of every element named by `for`
 * @fires {RoomsChangeEvent} rooms-change - the open rooms are others
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
 * @cssprop [--sarangbang-radius=0.75rem] - roundness of corners
 * @cssprop --sarangbang-font - font family
 * @cssprop [--sarangbang-font-size=0.9375rem] - size of text
 */
export class RoomList extends LitElement {
  static override styles = [themeStyles, roomListStyles];

  /** URL of the server; by default the one these modules came from. */
  @property() server = '';
  /** Signed grant, where the server asks for one. */
  @property() token = '';
  /** Ids of the elements whose `room` is set by a choice, separated by spaces. */
  @property() for = '';
  /** Name of the chosen room. Setting it marks the room and fires nothing. */
  @property({ reflect: true }) selected = '';
  /** Leaves out the field and button. */
  @property({ type: Boolean, attribute: 'no-create' }) noCreate = false;

  /** What is typed into the field. */
  @state() private draft = '';
  @state() private isInvalid = false;
  @state() private limit = ROWS;
  /** Somebody points at the list or moves in it: rooms keep their places. */
  @state() private held = false;

  readonly #locale = new LocaleController(this);
  readonly #order = new RoomOrder();
  readonly #directory = new DirectoryController(this, {
    onRooms: (rooms) => this.dispatchEvent(new RoomsChangeEvent(rooms)),
    onError: ({ code }, fatal) => this.#onError(code, fatal),
  });
  /** Why there is no list at all. */
  #refusal: ErrorCode | null = null;
  #following = new AbortController();

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

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('server')) this.#refusal = null;
    if (changed.has('draft')) this.limit = ROWS;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('for') || changed.has('selected')) this.#follow();
  }

  protected override render() {
    const locale = this.#locale;
    const snapshot = this.#directory.snapshot;
    const code = this.isInvalid ? 'room-invalid' : (snapshot?.error?.code ?? this.#refusal);
    const wanted = fold(this.draft.trim());
    const rooms = this.#order.sort(this.rooms, this.held);
    const found = wanted ? rooms.filter(({ name }) => fold(name).includes(wanted)) : rooms;
    const isReady = snapshot?.ready ?? false;
    const word = isReady ? (rooms.length > 0 && found.length === 0 ? locale.term('listNoMatch') : '') : code ? '' : locale.term('listLoading');
    return html`<div class="base" part="base" lang=${locale.textLang}>
      ${this.noCreate ? nothing : this.#renderComposer(rooms.some(({ name }) => name === normalizeRoom(this.draft)))}
      <p class="message" id="message" part="message" role="alert" ?hidden=${!code}>${code ? locale.term(code) : nothing}</p>
      <p class="word" role="status">${word}</p>
      <ul class="list" part="list" aria-label=${locale.term('listRooms')} ?hidden=${found.length === 0}
        @pointerenter=${this.#onHold} @pointerleave=${this.#onRelease} @focusin=${this.#onHold} @focusout=${this.#onRelease} @keydown=${this.#onKeydown}>
        ${repeat(found.slice(0, this.limit), ({ name }) => name, (room) => this.#renderRoom(room))}
        ${found.length > this.limit
          ? html`<li><button type="button" class="more" part="more-button" @click=${() => (this.limit *= 2)}>
              ${locale.term('listMore', Math.min(this.limit, found.length - this.limit))}</button></li>`
          : nothing}
      </ul>
      <div class="empty" ?hidden=${!isReady || rooms.length > 0}>
        <slot name="empty">${icon('window')}<p><strong>${locale.term('listEmpty')}</strong> ${this.noCreate ? nothing : locale.term('listEmptyHint')}</p></slot>
      </div>
    </div>`;
  }

  #renderComposer(isOpen: boolean) {
    const locale = this.#locale;
    return html`<form class="composer" part="composer" @submit=${this.#onSubmit}>
      <input class="input" part="input" dir="auto" autocomplete="off" enterkeyhint="go" placeholder=${locale.term('listInput')} aria-label=${locale.term('listInput')}
        aria-invalid=${this.isInvalid} aria-describedby="message" .value=${this.draft} @input=${this.#onInput}>
      <button type="submit" class="primary" part="create-button">${locale.term(isOpen ? 'listEnter' : 'listCreate')}</button>
    </form>`;
  }

  #renderRoom({ name, participantCount, inCallCount, locked }: RoomInfo) {
    const locale = this.#locale;
    const isSelected = name === this.selected;
    const count = (glyph: 'people' | 'call', value: number, text: string) =>
      html`<span class="count ${glyph}" part="count" title=${text}>${icon(glyph)}<span aria-hidden="true">${locale.number(value)}</span><span class="visually-hidden">${text}</span></span>`;
    return html`<li><button type="button" class="item ${inCallCount ? 'lit' : ''}" part="item ${isSelected ? 'item-selected' : ''}"
      aria-current=${isSelected ? 'true' : nothing} @click=${() => this.#choose(name)}>
      ${icon('pane')}
      <span class="name" part="name"><bdi>${name}</bdi></span>
      ${locked ? html`<span class="lock" title=${locale.term('listLocked')}>${icon('lock')}<span class="visually-hidden">${locale.term('listLocked')}</span></span>` : nothing}
      ${inCallCount ? count('call', inCallCount, locale.term('listInCall', inCallCount)) : nothing}
      ${count('people', participantCount, locale.term('listPeople', participantCount))}
    </button></li>`;
  }

  /** Asks for the room, and unless somebody says no, carries it out. */
  #choose(room: string): void {
    if (!this.dispatchEvent(new RoomSelectEvent(room))) return;
    this.selected = room;
    this.draft = '';
    // A target that is not upgraded yet takes its own property over when it is.
    for (const target of findForTargets(this, this.for)) Object.assign(target, { room });
  }

  /** Where the server moves a target, the mark goes with it. */
  #follow(): void {
    this.#following.abort();
    this.#following = new AbortController();
    const { signal } = this.#following;
    for (const target of findForTargets(this, this.for)) target.addEventListener('room-change', ({ room }) => (this.selected = room), { signal });
  }

  #onError(code: ErrorCode, fatal: boolean): void {
    if (!this.#directory.snapshot) this.#refusal = code;
    this.dispatchEvent(new CallErrorEvent(code, this.#locale.term(code), fatal));
  }

  #onSubmit(event: SubmitEvent): void {
    event.preventDefault();
    const room = normalizeRoom(this.draft);
    this.isInvalid = room === null;
    if (room !== null) this.#choose(room);
    else this.#onError('room-invalid', false);
  }

  #onInput({ target }: Event): void {
    this.draft = (target as HTMLInputElement).value;
    this.isInvalid = false;
  }

  #onHold(): void {
    this.held = true;
  }

  #onRelease({ currentTarget }: Event): void {
    this.held = (currentTarget as HTMLElement).matches(':hover, :focus-within');
  }

  /** Arrows go from room to room, as in any list. */
  #onKeydown(event: KeyboardEvent): void {
    const items = [...this.renderRoot.querySelectorAll<HTMLElement>('.list button')];
    const index = items.indexOf(event.target as HTMLElement);
    const next = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: items.length - 1 }[event.key];
    if (next === undefined || index < 0) return;
    event.preventDefault();
    items[next]?.focus();
  }
}
