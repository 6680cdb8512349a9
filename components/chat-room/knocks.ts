/**
 * Where those who knock are in sight of a moderator: here, while one is not in the call. In the call `<video-call>`
 * has them, and nobody is to be shown, or read out, twice. Owns when the list is loaded and what is read out of it.
 */
import { html, nothing, type ReactiveElement } from 'lit';
import type { RoomSession, RoomSessionSnapshot } from '../client/room/room-session.ts';
import type { LocaleController } from '../controllers/locale-controller.ts';
import { Capability } from '../internal/capability.ts';
import { ignore } from '../internal/ignore.ts';
import { isolate } from '../internal/isolate.ts';

/** Who is to be shown here. */
function knocksOf({ role, state, waiting, participants, selfId }: RoomSessionSnapshot): RoomSessionSnapshot['waiting'] {
  const inside = state === 'joined' || state === 'reconnecting';
  return inside && role === 'moderator' && !participants.find(({ id }) => id === selfId)?.call ? waiting : [];
}

const knockList = new Capability((_at) => import('../knock-list/knock-list.ts'));

export class Knocks {
  readonly #host: ReactiveElement;
  readonly #locale: LocaleController;
  /** Ids of those who were shown when last drawn, and the name of the one who came last. */
  #shown: readonly string[] = [];
  #newest = '';

  constructor(host: ReactiveElement, locale: LocaleController) {
    this.#host = host;
    this.#locale = locale;
  }

  render(session: RoomSession | null) {
    const waiting = session ? knocksOf(session.store.get()) : [];
    // Where the list does not come, the next change of the room asks for it again.
    if (waiting.length && !knockList.loaded) knockList.load().then(() => this.#host.requestUpdate(), ignore);
    const people = knockList.loaded ? waiting : [];
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
}
