/**
 * The people who knock, for a moderator outside the call. In the call, `<video-call>` shows them, so that nobody is
 * shown or read out twice. Owns when the list is loaded, and the text for screen readers.
 */
import { html, nothing, type ReactiveElement } from 'lit';
import type { RoomSession, RoomSessionSnapshot } from '../client/room/room-session.ts';
import type { LocaleController } from '../controllers/locale-controller.ts';
import { Capability } from '../internal/capability.ts';
import { isolate } from '../internal/isolate.ts';

/** The people to show here. */
function knocksOf({ role, state, waiting, participants, selfId }: RoomSessionSnapshot): RoomSessionSnapshot['waiting'] {
  const inside = state === 'joined' || state === 'reconnecting';
  return inside && role === 'moderator' && !participants.find(({ id }) => id === selfId)?.call ? waiting : [];
}

const knockList = new Capability((_at) => import('../knock-list/knock-list.ts'));

export class Knocks {
  readonly #host: ReactiveElement;
  readonly #locale: LocaleController;
  /** Ids of the people in the last rendering, and the name of the latest person. */
  #shown: readonly string[] = [];
  #newest = '';

  constructor(host: ReactiveElement, locale: LocaleController) {
    this.#host = host;
    this.#locale = locale;
  }

  render(session: RoomSession | null) {
    const waiting = session ? knocksOf(session.store.get()) : [];
    // If the list cannot be loaded, a later change of the room tries again.
    if (waiting.length) knockList.want(() => this.#host.requestUpdate());
    const people = knockList.loaded ? waiting : [];
    const newest = people.findLast(({ id }) => !this.#shown.includes(id));
    if (newest) this.#newest = newest.displayName;
    if (this.#shown.length && !people.length) this.#keepFocus();
    this.#shown = people.map(({ id }) => id);
    const sentence = people.length ? this.#locale.term('callKnocks', isolate(this.#newest)) : nothing;
    // Always rendered: screen readers read only a live region that was there before.
    return html`<p class="visually-hidden" role="status">${sentence}</p>
      ${
        people.length
          ? html`<sarangbang-knock-list part="waiting" exportparts="knock, knock-text, knock-error, avatar,
            admit-button, refuse-button"
            .session=${session} .waiting=${people}></sarangbang-knock-list>`
          : nothing
      }`;
  }

  /** If the focus is in the list that is about to disappear, moves it to the chat. */
  #keepFocus(): void {
    const root = this.#host.renderRoot as ShadowRoot;
    if (root.activeElement?.localName !== 'sarangbang-knock-list') return;
    const find = (selector: string): HTMLElement | null => root.querySelector<HTMLElement>(selector);
    void this.#host.updateComplete.then(
      () => root.activeElement ?? (find('.composer textarea') ?? find('.log'))?.focus(),
    );
  }
}
