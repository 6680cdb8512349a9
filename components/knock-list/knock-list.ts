import { LitElement, html, nothing } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { ErrorCode } from '../../server/protocol.ts';
import type { RoomSession } from '../client/room/room-session.ts';
import { LocaleController } from '../controllers/locale-controller.ts';
import { CodedError } from '../internal/coded-error.ts';
import { defineElement } from '../internal/define.ts';
import { dress } from '../internal/document-styles.ts';
import { initialsOf } from '../internal/initials.ts';
import { participantHue } from '../internal/participant-hue.ts';
import { controls } from '../internal/styles.ts';
import { moderationTerms } from '../locales/english/moderation.ts';
import { addEnglish } from '../locales/index.ts';
import { knockListStyles } from './knock-list.styles.ts';
import { sealStyles } from '../internal/avatar.styles.ts';

addEnglish(moderationTerms);

/** Isolated, so that a name does not turn a sentence's direction around. */
const isolate = (name: string): string => `\u2068${name}\u2069`;

/**
 * Those who knock, for a moderator who has the chat and is not in the call: each a quiet line with a button to let
 * in and one to refuse. An inner element of `<chat-room>`, loaded when somebody knocks.
 *
 * @csspart waiting - those who knock
 * @csspart admit-button - lets somebody in
 * @csspart refuse-button - turns somebody away
 */
export class KnockList extends LitElement {
  static override styles = [controls, sealStyles, knockListStyles];

  /** Whose `waiting` is shown, and who is asked. */
  @property({ attribute: false }) session!: RoomSession;
  /** A snapshot's. */
  @property({ attribute: false }) waiting: readonly { readonly id: string; readonly displayName: string }[] = [];

  @state() private trouble: ErrorCode | null = null;

  readonly #locale = new LocaleController(this);
  /** Who was answered and may still be shown. */
  readonly #answered = new Set<string>();
  #hadFocus = false;

  constructor() {
    super();
    dress(this);
  }

  protected override willUpdate(): void {
    this.#hadFocus = this.shadowRoot?.activeElement != null;
  }

  protected override updated(): void {
    // What was pressed went with who was answered: the keyboard goes on with the next one.
    if (this.#hadFocus && !this.shadowRoot?.activeElement)
      this.renderRoot.querySelector<HTMLElement>('.primary')?.focus();
  }

  override render() {
    const locale = this.#locale;
    return html`
      <ul part="waiting" aria-label=${locale.term('callWaiting')}>${this.waiting.map((person) => this.#renderKnock(person))}</ul>
      <p class="trouble" role="status">${this.trouble ? locale.term(this.trouble) : nothing}</p>
    `;
  }

  #renderKnock({ id, displayName }: { id: string; displayName: string }) {
    const term: LocaleController['term'] = (...args) => this.#locale.term(...args);
    const answered = this.#answered.has(id);
    return html`<li>
      <span class="seal" aria-hidden="true" .style=${`--_hue: ${participantHue(id)}`}>${initialsOf(displayName)}</span>
      <p class="who">${term('callKnocks', isolate(displayName))}</p>
      <span class="answers">
        <button type="button" class="primary" part="admit-button" aria-label=${term('callAdmitName', displayName)} aria-disabled=${answered}
          @click=${() => void this.#answer(id, 'room:admit')}>${term('callAdmit')}</button>
        <button type="button" class="outline" part="refuse-button" aria-label=${term('callRefuseName', displayName)} aria-disabled=${answered}
          @click=${() => void this.#answer(id, 'room:refuse')}>${term('callRefuse')}</button>
      </span>
    </li>`;
  }

  async #answer(id: string, command: 'room:admit' | 'room:refuse'): Promise<void> {
    if (this.#answered.has(id)) return;
    this.#answered.add(id);
    this.trouble = null;
    this.requestUpdate();
    try {
      await this.session.moderate(command, { participantId: id });
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
