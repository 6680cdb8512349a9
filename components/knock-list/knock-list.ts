import { LitElement, html, nothing } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { ErrorCode } from '../../server/protocol.ts';
import type { RoomSession } from '../client/room/room-session.ts';
import { LocaleController } from '../controllers/locale-controller.ts';
import { CodedError } from '../internal/coded-error.ts';
import { defineElement } from '../internal/define.ts';
import { dress } from '../internal/document-styles.ts';
import { handFocusOn, hasFocus } from '../internal/hand-focus-on.ts';
import { renderKnockRow, type KnockAnswer } from '../internal/knock-row.ts';
import { controls } from '../internal/styles.ts';
import { moderationTerms } from '../locales/english/moderation.ts';
import { addEnglish } from '../locales/index.ts';
import { knockListStyles } from './knock-list.styles.ts';
import { avatarStyles } from '../internal/avatar.styles.ts';

addEnglish(moderationTerms);

/**
 * Those who knock, for a moderator who has the chat and is not in the call: each a quiet line with a button to let
 * in and one to refuse. An inner element of `<chat-room>`, loaded when somebody knocks.
 *
 * @csspart waiting - those who knock
 * @csspart admit-button - lets somebody in
 * @csspart refuse-button - turns somebody away
 */
export class KnockList extends LitElement {
  static override styles = [controls, avatarStyles, knockListStyles];

  /** Whose `waiting` is shown, and who is asked. */
  @property({ attribute: false }) session!: RoomSession;
  /** A snapshot's. */
  @property({ attribute: false }) waiting: readonly { readonly id: string; readonly displayName: string }[] = [];

  @state() private trouble: ErrorCode | null = null;

  readonly #locale = new LocaleController(this);
  readonly #term: LocaleController['term'] = (...args) => this.#locale.term(...args);
  /** Who was answered and may still be shown. */
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
    // What was pressed went with who was answered: the keyboard goes on with the next one.
    handFocusOn(this, this.#hadFocus, '.primary');
  }

  override render() {
    const term = this.#term;
    return html`
      <ul part="waiting" aria-label=${term('callWaiting')}>${this.waiting.map((person) => this.#renderRow(person))}</ul>
      <p class="trouble" role="status">${this.trouble ? term(this.trouble) : nothing}</p>
    `;
  }

  #renderRow(person: KnockList['waiting'][number]) {
    return renderKnockRow({
      person,
      answered: this.#answered.has(person.id),
      hasParts: true,
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
      // Went by itself, or another moderator was quicker.
      if (code !== 'participant-gone') this.trouble = code;
    }
    this.#answered.delete(id);
    this.requestUpdate();
  }
}

defineElement('sarangbang-knock-list', KnockList);
