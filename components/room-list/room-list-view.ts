/**
 * The visible part of the list: the field, the rooms, and errors.
 *
 * Owns the typed text, how many rooms are drawn, and whether they keep their places. Does not own the list or what a
 * selection does, which belong to the element. It stands apart so that only a page with a list loads it.
 */
import { html, nothing, type ReactiveElement } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { live } from 'lit/directives/live.js';
import { repeat } from 'lit/directives/repeat.js';
import type { ErrorCode } from '../../server/protocol.ts';
import { normalizeRoom, showsNothing, stripUnseen } from '../../server/texts.ts';
import type { RoomDirectorySnapshot } from '../client/room-directory.ts';
import type { LocaleController } from '../controllers/locale-controller.ts';
import { numberFormat } from '../controllers/number-format.ts';
import type { RoomInfo } from '../entities.ts';
import { spareHostPage } from '../internal/host-page.ts';
import { icon } from '../internal/look/icons.ts';
import { isolate } from '../internal/isolate.ts';
import { takeKey } from '../internal/keys.ts';
import { errorTerms } from '../locales/english/errors.ts';
import { listTerms } from '../locales/english/list.ts';
import { addEnglish } from '../locales/index.ts';
import { RoomOrder } from './room-order.ts';
import { RoomSearch } from './room-search.ts';

export { roomListViewStyles } from './room-list-view.styles.ts';

addEnglish({ ...errorTerms, ...listTerms });

/**
 * Rooms drawn at first: more than a screen shows, because the browser lays out and paints each of them again when one
 * above them comes or goes. The button for more doubles the number.
 */
const ROWS = 24;

/** What the view needs of the element. */
export interface RoomListHost extends ReactiveElement {
  readonly rooms: readonly RoomInfo[];
  readonly selected: string;
  readonly noCreate: boolean;
}

export interface RoomListViewOptions {
  readonly onChoose: (room: string) => void;
  /** The typed text is no valid name of a room. */
  readonly onRefuse: () => void;
}

export class RoomListView {
  readonly #host: RoomListHost;
  readonly #locale: LocaleController;
  readonly #options: RoomListViewOptions;
  readonly #order = new RoomOrder();
  readonly #search = new RoomSearch();
  #draft = '';
  #isInvalid = false;
  #limit = ROWS;
  #shown: readonly RoomInfo[] = [];
  /** True while the pointer or the focus is in the list: rooms keep their places. */
  #isHeld = false;

  constructor(host: RoomListHost, locale: LocaleController, options: RoomListViewOptions) {
    this.#host = host;
    this.#locale = locale;
    this.#options = options;
    spareHostPage(host);
  }

  /** @param refusal why there is no list at all */
  render(snapshot: RoomDirectorySnapshot | null, refusal: ErrorCode | null) {
    const locale = this.#locale;
    const isReady = snapshot?.ready ?? false;
    const trouble = snapshot?.error?.code ?? null;
    const isOut = trouble === 'server-unreachable';
    // No alert for `server-unreachable`: the connection tries again by itself, and the known rooms stay on the page.
    const known = isOut ? null : (trouble ?? refusal);
    const code = this.#isInvalid ? 'room-invalid' : known;
    const draft = stripUnseen(this.#draft).trim();
    const rooms = this.#order.sort(this.#host.rooms, this.#isHeld);
    // Twice the rows drawn, because the button for more tells how many it would add: at most as many again.
    const found = this.#search.find(rooms, draft, 2 * this.#limit);
    const selected = normalizeRoom(this.#host.selected, true);
    const isMissing = rooms.length > 0 && found.length === 0;
    const renderWord = () => {
      if (code) return nothing;
      if (isMissing) return locale.term(this.#host.noCreate ? 'listNotFound' : 'listNoMatch', isolate(draft));
      if (isReady) return nothing;
      return locale.term(isOut ? 'server-unreachable' : 'listLoading');
    };
    // The row of a room that did not change is not rendered again, unless the language changed or has been loaded.
    const language = [locale.lang(), locale.term('listLocked')];
    const hint = this.#host.noCreate ? nothing : locale.term('listEmptyHint');
    return html`
      ${this.#host.noCreate ? nothing : this.#renderComposer(rooms)}
      <p class="message" id="message" part="message" role="alert"
        ?hidden=${!code}>${code ? locale.term(code) : nothing}</p>
      <p class="word" part="hint" role="status">${renderWord()}</p>
      <ul class="list ${isOut ? 'dim' : ''}" part="list" aria-busy=${isOut} aria-label=${locale.term('listRooms')}
        ?hidden=${found.length === 0} @keydown=${this.#onKeydown} @focusin=${this.#onHold} @focusout=${this.#onHold}
        @pointerenter=${this.#onHold} @pointerleave=${this.#onHold}>
        ${guard([this.#keepShown(found), selected, ...language], () =>
          repeat(
            this.#shown,
            ({ name }) => name,
            (room) => {
              const isSelected = room.name === selected;
              return guard([room, isSelected, ...language], () => this.#renderRoom(room, isSelected));
            },
          ),
        )}
        ${found.length > this.#limit ? this.#renderMore(found.length - this.#limit) : nothing}
      </ul>
      <div class="empty" part="empty" ?hidden=${!isReady || rooms.length > 0}>
        <slot name="empty">${icon('empty', 'illustration')}<p part="empty-text"><strong
          part="empty-title">${locale.term('listEmpty')}</strong> ${hint}</p></slot>
      </div>`;
  }

  /** Returns the last array again if the same rooms are shown, so that `guard` skips all rows. */
  #keepShown(found: readonly RoomInfo[]): readonly RoomInfo[] {
    const shown = found.slice(0, this.#limit);
    const isSame = shown.length === this.#shown.length && shown.every((room, index) => room === this.#shown[index]);
    if (!isSame) this.#shown = shown;
    return this.#shown;
  }

  #renderMore(leftOut: number) {
    const text = this.#locale.term('listMore', Math.min(this.#limit, leftOut));
    return html`<li><button type="button" class="more" part="more-button"
      @click=${this.#onMore}>${text}</button></li>`;
  }

  #renderComposer(rooms: readonly RoomInfo[]) {
    const locale = this.#locale;
    const wanted = normalizeRoom(this.#draft, true);
    const isOpen = wanted !== null && rooms.some(({ name }) => name === wanted);
    return html`<form class="composer" part="composer" @submit=${this.#onSubmit}>
      <input class="input" part="input" dir="auto" autocomplete="off" enterkeyhint="go"
        placeholder=${locale.term('listInput')} aria-label=${locale.term('listInput')}
        aria-invalid=${this.#isInvalid} aria-describedby="message" .value=${live(this.#draft)} @input=${this.#onInput}>
      <button type="submit" class="primary" part="create-button"
        @click=${this.#onSubmit}>${locale.term(isOpen ? 'listEnter' : 'listCreate')}</button>
    </form>`;
  }

  #renderRoom({ name, participantCount, inCallCount, locked }: RoomInfo, isSelected: boolean) {
    const locale = this.#locale;
    const numbers = numberFormat(locale.lang());
    const count = (glyph: 'people' | 'call', value: number, text: string) =>
      html`<span class="count ${glyph}" part="count" title=${text}>${icon(glyph)}<span
        aria-hidden="true">${numbers.format(value)}</span><span class="visually-hidden">${text}</span></span>`;
    return html`<li><button type="button" class="item ${inCallCount ? 'lit' : ''}"
      part="item ${isSelected ? 'item-selected' : ''} ${inCallCount ? 'item-in-call' : ''} ${
        locked ? 'item-locked' : ''
      }"
      aria-current=${isSelected ? 'true' : nothing} @click=${() => this.#choose(name)}>
      ${icon('room', inCallCount ? 'item-icon item-icon-in-call' : 'item-icon')}
      <span class="name" part="name" title=${name}><bdi>${name}</bdi></span>
      ${
        locked
          ? html`<span class="lock" part="lock" title=${locale.term('listLocked')}>${icon('lock')}<span
            class="visually-hidden">${locale.term('listLocked')}</span></span>`
          : nothing
      }
      ${inCallCount ? count('call', inCallCount, locale.term('listInCall', inCallCount)) : nothing}
      ${count('people', participantCount, locale.term('listPeople', participantCount))}
    </button></li>`;
  }

  #choose(room: string): void {
    this.#type('');
    this.#options.onChoose(room);
  }

  #type(draft: string): void {
    this.#draft = draft;
    this.#isInvalid = false;
    this.#limit = ROWS;
    this.#host.requestUpdate();
  }

  readonly #onSubmit = (event: Event): void => {
    event.preventDefault();
    // An empty field is no error: focus it.
    if (showsNothing(this.#draft)) return this.#host.renderRoot.querySelector<HTMLElement>('.input')?.focus();
    const room = normalizeRoom(this.#draft, true);
    if (room !== null) return this.#choose(room);
    this.#isInvalid = true;
    this.#host.requestUpdate();
    this.#options.onRefuse();
  };

  readonly #onInput = ({ target }: Event): void => this.#type((target as HTMLInputElement).value);

  readonly #onMore = (): void => {
    this.#limit *= 2;
    this.#host.requestUpdate();
  };

  readonly #onHold = ({ currentTarget, type }: Event): void => {
    this.#isHeld = type === 'focusin' || (currentTarget as HTMLElement).matches(':hover, :focus-within');
    this.#host.requestUpdate();
  };

  /** Arrow keys move between rooms. */
  readonly #onKeydown = (event: KeyboardEvent): void => {
    const items = [...(event.currentTarget as HTMLElement).querySelectorAll('button')];
    const index = items.indexOf(event.target as HTMLButtonElement);
    if (index < 0) return;
    const focus = (next: number): void => items[next]?.focus();
    takeKey(event, {
      ArrowDown: () => focus(index + 1),
      ArrowUp: () => focus(index - 1),
      Home: () => focus(0),
      End: () => focus(items.length - 1),
    });
  };
}
