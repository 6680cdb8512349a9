import { LitElement, html, nothing } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { ErrorCode } from '../../server/protocol.ts';
import type { RoomSession } from '../client/room/room-session.ts';
import { LocaleController } from '../controllers/locale-controller.ts';
import { CodedError } from '../internal/coded-error.ts';
import { defineElement } from '../internal/define.ts';
import { dress } from '../internal/look/document-styles.ts';
import { handFocusOn, hasFocus } from '../internal/hand-focus-on.ts';
import { renderKnockRow, type KnockAnswer } from '../internal/knock-row.ts';
import { controls } from '../internal/look/styles.ts';
import { moderationTerms } from '../locales/english/moderation.ts';
import { addEnglish } from '../locales/index.ts';
import { knockListStyles } from './knock-list.styles.ts';
import { avatarStyles } from '../internal/look/avatar.styles.ts';

addEnglish(moderationTerms);

/**
 * The people who knock, shown to a moderator who uses the chat and is not in the call. An inner element of
 * `<chat-room>`, loaded when a person knocks.
 *
 * @csspart knock - One of them.
 * @csspart knock-text - The sentence about that person.
 * @csspart avatar - The initials of that person.
 * @csspart admit-button - Lets a person in.
 * @csspart refuse-button - Refuses a person.
 * @csspart knock-error - Why an answer failed.
 */
export class KnockList extends LitElement {
  static override styles = [controls, avatarStyles, knockListStyles];

  /** The session that answers the people. */
  @property({ attribute: false }) session!: RoomSession;
  /** The people who knock, from the session's snapshot. */
  @property({ attribute: false }) waiting: readonly { readonly id: string; readonly displayName: string }[] = [];

  @state() private trouble: ErrorCode | null = null;

  readonly #locale = new LocaleController(this);
  readonly #term: LocaleController['term'] = (...args) => this.#locale.term(...args);
  /** Ids of people who were answered and may still be shown. */
  readonly #answered = new Set<string>();
  #hadFocus = false;

  constructor() {
    super();
    dress(this);
  }

  protected override willUpdate(): void {
    this.#hadFocus = hasFocus(this);
  }

  protected override updated(): void {
    // The row with the focused button is gone: focus the next person's button.
    handFocusOn(this, this.#hadFocus, '.primary');
  }

  override render() {
    const term = this.#term;
    return html`
      <ul aria-label=${term('callWaiting')}>${this.waiting.map((person) => this.#renderRow(person))}</ul>
      <p class="trouble" part="knock-error" role="status">${this.trouble ? term(this.trouble) : nothing}</p>
    `;
  }

  #renderRow(person: KnockList['waiting'][number]) {
    return renderKnockRow({
      person,
      answered: this.#answered.has(person.id),
      term: this.#term,
      onAnswer: (answer) => void this.#answer(person.id, answer),
    });
  }

  async #answer(id: string, answer: KnockAnswer): Promise<void> {
    if (this.#answered.has(id)) return;
    this.#answered.add(id);
    this.trouble = null;
    this.requestUpdate();
    try {
      await this.session.moderate(`room:${answer}`, { participantId: id });
    } catch (thrown) {
      const { code } = CodedError.from(thrown);
      // The person gave up, or another moderator answered first.
      if (code !== 'participant-gone') this.trouble = code;
    }
    this.#answered.delete(id);
    this.requestUpdate();
  }
}

defineElement('sarangbang-knock-list', KnockList);
