/**
 * Where those who knock are in sight of a moderator: here, while one is not in the call. In the call `<video-call>`
 * has them, and nobody is to be shown, or read out, twice. Owns when the list is loaded and what is read out of it.
 */
import { html, nothing, type ReactiveElement } from 'lit';
import type { RoomSession, RoomSessionSnapshot } from '../client/room/room-session.ts';
import type { LocaleController } from '../controllers/locale-controller.ts';
import { lazy } from '../internal/capability.ts';
import { isolate } from './log/message-rows.ts';

/** Who is to be shown here. */
function knocksOf({ role, state, waiting, participants, selfId }: RoomSessionSnapshot): RoomSessionSnapshot['waiting'] {
  const inside = state === 'joined' || state === 'reconnecting';
  return inside && role === 'moderator' && !participants.find(({ id }) => id === selfId)?.call ? waiting : [];
}

const loadList = lazy((_at) => import('../knock-list/knock-list.ts'));

export class Knocks {
  readonly #host: ReactiveElement;
  readonly #locale: LocaleController;
  #list: 'none' | 'loading' | 'loaded' = 'none';
  /** Ids of those who were shown when last drawn, and the name of the one who came last. */
  #shown: readonly string[] = [];
  #newest = '';

  constructor(host: ReactiveElement, locale: LocaleController) {
    this.#host = host;
    this.#locale = locale;
  }

  render(session: RoomSession | null) {
    const waiting = session ? knocksOf(session.store.get()) : [];
    if (waiting.length && this.#list === 'none') void this.#load();
    const people = this.#list === 'loaded' ? waiting : [];
    const newest = people.findLast(({ id }) => !this.#shown.includes(id));
    if (newest) this.#newest = newest.displayName;
    if (this.#shown.length && !people.length) this.#keepFocus();
    this.#shown = people.map(({ id }) => id);
    // The region is there before it has something to say, or it would not be read out.
    return html`<p class="visually-hidden" role="status">${people.length ? this.#locale.term('callKnocks', isolate(this.#newest)) : nothing}</p>
      ${
        people.length
          ? html`<sarangbang-knock-list exportparts="waiting, admit-button, refuse-button" .session=${session} .waiting=${people}></sarangbang-knock-list>`
          : nothing
      }`;
  }

  /** The last one is answered, and the list goes: the keyboard goes on in the conversation. */
  #keepFocus(): void {
    const root = this.#host.renderRoot as ShadowRoot;
    if (root.activeElement?.localName !== 'sarangbang-knock-list') return;
    const find = (selector: string): HTMLElement | null => root.querySelector<HTMLElement>(selector);
    void this.#host.updateComplete.then(
      () => root.activeElement ?? (find('.composer textarea') ?? find('.log'))?.focus(),
    );
  }

  async #load(): Promise<void> {
    this.#list = 'loading';
    // Where it does not come, the next knock asks again.
    this.#list = await loadList().then(
      () => 'loaded' as const,
      () => 'none' as const,
    );
    if (this.#list === 'loaded') this.#host.requestUpdate();
  }
}
