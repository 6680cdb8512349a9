import { LitElement, html, nothing, type PropertyValues } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import type { ParticipantInfo, Permitted, RoomPermissions } from '../../../server/protocol.ts';
import type { RoomSessionSnapshot } from '../../client/room/room-session.ts';
import { LocaleController } from '../../controllers/locale-controller.ts';
import { numberFormat } from '../../controllers/number-format.ts';
import type { CallParticipant } from '../../entities.ts';
import { avatarStyles } from '../../internal/look/avatar.styles.ts';
import { renderAvatar } from '../../internal/look/avatar.ts';
import { defineElement } from '../../internal/define.ts';
import { dress } from '../../internal/look/document-styles.ts';
import { handFocusOn, hasFocus } from '../../internal/hand-focus-on.ts';
import { spareHostPage } from '../../internal/host-page.ts';
import { isolate } from '../../internal/isolate.ts';
import { takeKey } from '../../internal/keys.ts';
import { renderKnockRow } from '../../internal/knock-row.ts';
import { createIcons } from '../../internal/look/icon-set.ts';
import { controls } from '../../internal/look/styles.ts';
import { menuTerms } from '../../locales/english/menu.ts';
import { moderationTerms } from '../../locales/english/moderation.ts';
import { addEnglish } from '../../locales/index.ts';
import { dialogStyles } from './dialog.styles.ts';
import { icon } from '../icons.ts';
import { Modal } from './modal.ts';
import { moderationPanelStyles } from './moderation-panel.styles.ts';
import { renderHands, renderPermissions, type RulesView } from './moderation-rules.ts';

addEnglish({ ...menuTerms, ...moderationTerms });

const ownIcon = createIcons({
  remove:
    'M10 11.5a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5Z' +
    'M3.5 19c.5-3 3-4.8 6.5-4.8 1.2 0 2.3.2 3.2.6M15.5 15.5l5 5M20.5 15.5l-5 5',
});

/** What the dialog needs of its call. */
export interface ModeratedCall {
  readonly participants: readonly CallParticipant[];
  lockRoom(on: boolean): Promise<boolean>;
  admit(id: string): Promise<void>;
  refuse(id: string): Promise<void>;
  removeParticipant(id: string): Promise<void>;
  muteParticipant(id: string): Promise<void>;
  muteAll(): Promise<void>;
  lowerHand(id?: string): Promise<void>;
  setPermission(what: keyof RoomPermissions, who: Permitted): Promise<void>;
  endCall(): Promise<void>;
  announce(text: string): Promise<number>;
}

export interface ModerationView {
  readonly snapshot: Pick<RoomSessionSnapshot, 'locked' | 'waiting' | 'participants' | 'permissions' | 'selfId'>;
  /** True while the dialog is open. */
  readonly open: boolean;
  readonly call: ModeratedCall;
  /** Runs an action and reports its failure. */
  readonly carryOut: (action: () => Promise<unknown>) => void;
}

/** An action that needs a confirmation: ending the call, or removing a participant by id. */
type Question = 'end' | { readonly remove: string };

/**
 * What only a moderator sees: the people who knock, and the moderation dialog. An inner element of `<video-call>`,
 * loaded when a moderator opens the dialog or a person knocks.
 *
 * @fires {Event} close - The dialog was closed.
 *
 * @csspart dialog - The dialog: lock, participants, announcement, end of the call.
 * @csspart waiting - The people who knock.
 */
export class ModerationPanel extends LitElement {
  static override styles = [controls, avatarStyles, dialogStyles, moderationPanelStyles];

  @property({ attribute: false }) view!: ModerationView;

  @state() private question: Question | null = null;
  /** The result of the last announcement, for screen readers. */
  @state() private result = '';
  @query('input') private input!: HTMLInputElement;

  readonly #locale = new LocaleController(this);
  readonly #modal = new Modal(this);
  readonly #term: LocaleController['term'] = (...args) => this.#locale.term(...args);
  #hadFocus = false;
  /** Whether a button that lowers one hand had the focus before the update. */
  #wasLowering = false;
  /** Selector of the button that asked the question, until its answer gave the focus back. */
  #asked = '.close';

  constructor() {
    super();
    dress(this);
    spareHostPage(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // A moderator who left the call, or lost the role, must not find the dialog open on returning.
    this.#onClose();
  }

  protected override willUpdate(): void {
    this.#hadFocus = hasFocus(this);
    this.#wasLowering = this.shadowRoot?.activeElement?.matches('.lower') ?? false;
  }

  protected override updated(changed: PropertyValues): void {
    const { open } = this.view;
    if (open) this.#modal.show();
    else this.#modal.close();
    if (changed.has('question') && this.question) this.renderRoot.querySelector<HTMLElement>('.question .no')?.focus();
    else this.#keepFocus(open ? '.close' : '.knocks .primary');
    // Otherwise the focus would return to *End call for all* when another button goes.
    if (!this.question) this.#asked = '.close';
  }

  /** @param last where the focus goes if nothing closer is left */
  #keepFocus(last: string): void {
    const { activeElement: focused } = this.shadowRoot!;
    // A browser takes the focus from a hidden button only later.
    if (focused instanceof HTMLElement && !focused.checkVisibility()) focused.blur();
    const near = this.#wasLowering ? 'li:last-child > .lower' : this.#asked;
    handFocusOn(this, this.#hadFocus, near, last);
  }

  override render() {
    const {
      call,
      snapshot: { locked },
      open,
    } = this.view;
    const term = this.#term;
    const knocks = this.#renderKnocks();
    return html`
      <ul class="knocks" part="waiting" aria-label=${term('callWaiting')}
        ?hidden=${open || !knocks.length}>${open ? nothing : knocks}</ul>
      <dialog part="dialog" aria-labelledby="title" @close=${this.#onClose}>
        <header>
          <h2 id="title" part="dialog-title">${term('callModerate')}</h2>
          <button class="icon-only close" part="close-button" type="button"
            aria-label=${term('callClose')} title=${term('callClose')}
            @click=${() => this.#modal.close()}>${icon('close')}</button>
        </header>
        <div class="sections">
          <section part="dialog-section" ?hidden=${!knocks.length}>
            <h3 id="waiting" part="dialog-heading">${term('callWaiting')}</h3>
            <ul class="people" aria-labelledby="waiting">${open ? knocks : nothing}</ul>
          </section>
          ${renderHands(this.#rules)}
          <section class="row" part="dialog-section">
            <p class="who"><label part="dialog-heading" for="lock">${term('callLock')}</label><br><span
              class="hint" part="dialog-text" id="lock-hint">${term(locked ? 'callLocked' : 'callUnlocked')}</span></p>
            <button type="button" class="lock" part="lock-switch" id="lock" role="switch" aria-checked=${locked}
              aria-describedby="lock-hint" @click=${() => this.#do(() => call.lockRoom(!locked))}></button>
          </section>
          ${this.#renderPeople()}
          ${renderPermissions(this.#rules)}
          <section part="dialog-section">
            <h3 id="announcement" part="dialog-heading">${term('callAnnouncement')}</h3>
            <form class="row" @submit=${this.#onAnnounce}>
              <input part="announce-input" aria-label=${term('callAnnouncement')} aria-describedby="result" dir="auto"
                autocomplete="off" required>
              <button type="submit" class="outline" part="announce-button"
                @click=${this.#onAnnounce}>${term('callAnnounce')}</button>
            </form>
            <p class="hint" part="dialog-text" id="result" role="status">${this.result}</p>
          </section>
          <section part="dialog-section">
            ${
              this.question === 'end'
                ? this.#renderQuestion(term('callEndAsk'), term('callEndForAll'), () => call.endCall())
                : html`<button type="button" class="end" part="end-button"
                  @click=${() => this.#ask('end', '.end')}>${icon('leave')}${term('callEndForAll')}</button>`
            }
          </section>
        </div>
      </dialog>
    `;
  }

  /** What the sections about hands and permissions need. */
  get #rules(): RulesView {
    const { call, snapshot } = this.view;
    return { call, snapshot, term: this.#term, onAction: (action) => this.#do(action) };
  }

  #renderKnocks() {
    const {
      call,
      snapshot: { waiting },
    } = this.view;
    return waiting.map((person) =>
      renderKnockRow({
        person,
        term: this.#term,
        onAnswer: (answer) => this.#do(() => call[answer](person.id)),
      }),
    );
  }

  #renderPeople() {
    const {
      question,
      view: {
        call,
        snapshot: { participants, selfId },
      },
    } = this;
    const term = this.#term;
    const others = participants.filter(({ id }) => id !== selfId);
    const count = numberFormat(this.#locale.lang()).format(participants.length);
    return html`<section part="dialog-section">
      <div class="row">
        <h3 id="people" class="who" part="dialog-heading">${term('callPeople')}<span
          class="count" part="count">${count}</span></h3>
        <button type="button" class="outline mute-all" part="mute-all-button"
          ?hidden=${!call.participants.some(({ microphone, role }) => microphone && role !== 'moderator')}
          @click=${() => this.#do(() => call.muteAll())}>${icon('microphone-off')}${term('callMuteAll')}</button>
      </div>
      ${
        others.length
          ? html`<ul class="people" aria-labelledby="people">${others.map(
              (person) =>
                html`<li>${
                  typeof question === 'object' && question?.remove === person.id
                    ? this.#renderQuestion(term('callRemoveAsk', isolate(person.displayName)), term('callRemove'), () =>
                        call.removeParticipant(person.id),
                      )
                    : this.#renderPerson(person)
                }</li>`,
            )}</ul>`
          : html`<p class="hint" part="dialog-text">${term('callNobodyElse')}</p>`
      }
    </section>`;
  }

  #renderPerson(person: ParticipantInfo) {
    const { id, displayName } = person;
    const notes = this.#notesOn(person);
    const hint = notes.length ? html`<br><span class="hint" part="role">${notes.join(' · ')}</span>` : nothing;
    const label = this.#term('callRemoveName', displayName);
    return html`<div class="row" part="participant" data-id=${id}>
      ${renderAvatar(person)}
      <p class="who"><bdi part="name">${displayName}</bdi>${hint}</p>
      ${this.#renderMicrophone(person)}
      <button type="button" class="icon-only remove" part="remove-button" aria-label=${label} title=${label}
        @click=${() => this.#ask({ remove: id }, `[data-id="${CSS.escape(id)}"] .remove`)}>${ownIcon('remove')}</button>
    </div>`;
  }

  /** What stands below a name: a role other than the usual one, and that the participant is not in the call. */
  #notesOn({ role, call }: ParticipantInfo): string[] {
    const notes: string[] = [];
    if (role !== 'participant') notes.push(this.#term(role === 'viewer' ? 'callViewer' : 'callModerator'));
    if (!call) notes.push(this.#term('callOutside'));
    return notes;
  }

  /** The button that mutes a participant, or a mark if the microphone is already off. */
  #renderMicrophone({ id, displayName, role }: ParticipantInfo) {
    const { call } = this.view;
    const speaker = call.participants.find((participant) => participant.id === id);
    if (speaker?.microphone) {
      const label = this.#term('callMuteName', displayName);
      return html`<button type="button" class="icon-only mute" part="mute-button" aria-label=${label} title=${label}
        @click=${() => this.#do(() => call.muteParticipant(id))}>${icon('microphone')}</button>`;
    }
    if (!speaker || role === 'viewer') return nothing;
    const label = this.#term('callMicrophoneIsOff');
    return html`<span class="silent" part="badge" role="img" aria-label=${label}>${icon('microphone-off')}</span>`;
  }

  #renderQuestion(text: string, yes: string, action: () => Promise<unknown>) {
    return html`<div class="row question" part="question" role="group" aria-label=${text}
      @keydown=${this.#onQuestionKey}>
      <p part="question-text">${text}</p>
      <button type="button" class="danger yes" part="confirm-button" @click=${() => this.#do(action)}>${yes}</button>
      <button type="button" class="outline no" part="cancel-button"
        @click=${() => (this.question = null)}>${this.#term('callCancel')}</button>
    </div>`;
  }

  #ask(question: Question, button: string): void {
    this.question = question;
    this.#asked = button;
  }

  #do(action: () => Promise<unknown>): void {
    this.question = null;
    this.result = '';
    this.view.carryOut(action);
  }

  #onQuestionKey = (event: KeyboardEvent): void => takeKey(event, { Escape: () => (this.question = null) });

  #onClose = (): void => {
    this.question = null;
    this.result = '';
    this.dispatchEvent(new Event('close'));
  };

  #onAnnounce = (event: Event): void => {
    event.preventDefault();
    if (!this.input.reportValidity()) return;
    const text = this.input.value;
    this.#do(async () => {
      const count = await this.view.call.announce(text);
      // Another one may be typed meanwhile.
      if (this.input.value === text) this.input.value = '';
      this.result = this.#term('callAnnounced', count);
    });
  };
}

defineElement('sarangbang-moderation', ModerationPanel);
