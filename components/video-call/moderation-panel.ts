import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import type { RoomSessionSnapshot } from '../client/room-session.ts';
import { LocaleController } from '../controllers/locale-controller.ts';
import type { CallParticipant } from '../entities.ts';
import { defineElement } from '../internal/define.ts';
import { controls } from '../internal/styles.ts';
import { addEnglish } from '../locales/index.ts';
import { moderationTerms } from '../locales/english/moderation.ts';
import { icon } from './icons.ts';

export { Moderation } from '../controllers/moderation.ts';

addEnglish(moderationTerms);

/** What the dialog asks of its call. */
export interface ModeratedCall {
  readonly participants: readonly CallParticipant[];
  lockRoom(on: boolean): Promise<boolean>;
  admit(id: string): Promise<void>;
  refuse(id: string): Promise<void>;
  removeParticipant(id: string): Promise<void>;
  muteParticipant(id: string): Promise<void>;
  endCall(): Promise<void>;
  announce(text: string): Promise<number>;
}

export interface ModerationView {
  readonly snapshot: Pick<RoomSessionSnapshot, 'locked' | 'waiting'>;
  /** Whether the dialog is to be open. */
  readonly open: boolean;
  readonly call: ModeratedCall;
  /** Carries out what was pressed. */
  readonly carryOut: (action: () => Promise<unknown>) => void;
}

/** What asks once more before it is done: the end of the call, or somebody's removal. */
type Question = 'end' | { readonly remove: string };

/**
 * What a moderator has beside the others: those who knock, in sight, and a dialog with the rest. An inner
 * element of `<video-call>`, loaded when a moderator asks for it or somebody knocks.
 *
 * @fires {Event} close - the dialog is closed
 *
 * @csspart dialog - lock, participants, announcement, end
 * @csspart waiting - those who knock
 */
export class ModerationPanel extends LitElement {
  static override styles = [
    controls,
    css`
      :host { display: contents; }
      p, h2, ul { margin: 0; padding: 0; list-style: none; }
      /* Over the stage, above the toolbar: in sight without moving a tile. */
      .waiting { position: absolute; z-index: 2; inset-inline: 0.75rem; inset-block-end: 5rem; display: grid; gap: 0.375rem; justify-content: center; max-block-size: 40%; overflow: auto; }
      .waiting:empty { display: none; }
      .waiting li, .row { display: flex; align-items: center; gap: 0.5rem; }
      .waiting li { padding: 0.375rem 0.375rem 0.375rem 1rem; border: 1px solid var(--_line); border-radius: 1.375rem; background: var(--_raised); box-shadow: var(--_shadow); }
      .waiting p, .row > :first-child { flex: 1; min-inline-size: 0; overflow-wrap: anywhere; }
      dialog { inline-size: min(30rem, calc(100vw - 2rem)); max-block-size: calc(100dvh - 2rem); padding: 0 1.25rem 1.25rem; overflow: auto; border: 1px solid var(--_line);
        border-radius: calc(var(--_radius) * 1.35); background: var(--_surface); color: var(--_text); box-shadow: var(--_shadow); }
      dialog::backdrop { background: rgb(24 20 16 / 0.5); }
      header { display: flex; align-items: center; justify-content: space-between; padding-block: 0.75rem; margin-inline-end: -0.5rem; }
      h2 { font-size: 1.25em; font-weight: 600; }
      .body { display: grid; gap: 1rem; }
      ul.people { display: grid; gap: 0.5rem; }
      .hint { color: var(--_muted); }
    `,
  ];

  @property({ attribute: false }) view!: ModerationView;

  @state() private question: Question | null = null;
  /** Who knocked last, read out. */
  @state() private announcement = '';
  @query('dialog') private dialog!: HTMLDialogElement;
  @query('input') private input!: HTMLInputElement;

  readonly #locale = new LocaleController(this);

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // Who is out of the call, or no moderator any more, does not find it open on coming back.
    this.#onClose();
  }

  protected override updated(changed: PropertyValues<this>): void {
    const { snapshot: { waiting }, open } = this.view;
    if (open && !this.dialog.open) this.dialog.showModal();
    else if (!open) this.dialog.close();
    const before = changed.get('view')?.snapshot.waiting ?? [];
    const newcomer = waiting.findLast(({ id }) => !before.some((other) => other.id === id));
    if (newcomer && changed.has('view')) this.announcement = this.#locale.term('callKnocks', newcomer.displayName);
  }

  override render() {
    const { call, snapshot: { locked, waiting } } = this.view;
    const term: LocaleController['term'] = (...args) => this.#locale.term(...args);
    return html`
      <p class="visually-hidden" role="status">${this.announcement}</p>
      <ul class="waiting" part="waiting" aria-label=${term('callWaiting')}>${waiting.map(({ id, displayName }) => html`<li>
        <p>${term('callKnocks', displayName)}</p>
        <button type="button" class="primary" @click=${() => this.#do(() => call.admit(id))}>${term('callAdmit')}</button>
        <button type="button" class="outline" @click=${() => this.#do(() => call.refuse(id))}>${term('callRefuse')}</button>
      </li>`)}</ul>
      <dialog part="dialog" aria-labelledby="title" @close=${this.#onClose}>
        <header>
          <h2 id="title">${term('callModerate')}</h2>
          <button class="icon-only" type="button" aria-label=${term('callClose')} @click=${() => this.dialog.close()}>${icon('close')}</button>
        </header>
        <div class="body">
          <div class="row">
            <p id="lock-hint">${term(locked ? 'callLocked' : 'callUnlocked')}</p>
            <button type="button" class="outline lock" aria-pressed=${locked} @click=${() => this.#do(() => call.lockRoom(!locked))}>${term('callLock')}</button>
          </div>
          ${this.#renderPeople(term)}
          <form class="row" @submit=${this.#onAnnounce}>
            <input aria-label=${term('callAnnouncement')} placeholder=${term('callAnnouncement')} dir="auto" required>
            <button type="submit" class="outline">${term('callAnnounce')}</button>
          </form>
          ${this.question === 'end'
            ? this.#renderQuestion(term('callEndAsk'), term('callEndForAll'), () => call.endCall())
            : html`<button type="button" class="danger end" @click=${() => (this.question = 'end')}>${term('callEndForAll')}</button>`}
        </div>
      </dialog>
    `;
  }

  #renderPeople(term: LocaleController['term']) {
    const { question, view: { call } } = this;
    const others = call.participants.filter(({ isSelf }) => !isSelf);
    if (others.length === 0) return html`<p class="hint">${term('callAlone')}</p>`;
    return html`<ul class="people" aria-label=${term('callParticipants')}>${others.map(({ id, displayName, microphone }) => html`<li>${
      typeof question === 'object' && question?.remove === id
        ? this.#renderQuestion(term('callRemoveAsk', displayName), term('callRemove'), () => call.removeParticipant(id))
        : html`<div class="row">
            <bdi>${displayName}</bdi>
            ${microphone
              ? html`<button type="button" class="outline mute" aria-label=${term('callMuteName', displayName)} @click=${() => this.#do(() => call.muteParticipant(id))}>${term('callMute')}</button>`
              : nothing}
            <button type="button" class="outline remove" aria-label=${term('callRemoveName', displayName)} @click=${() => (this.question = { remove: id })}>${term('callRemove')}</button>
          </div>`
    }</li>`)}</ul>`;
  }

  #renderQuestion(text: string, yes: string, action: () => Promise<unknown>) {
    return html`<div class="row question" role="group" aria-label=${text}>
      <p>${text}</p>
      <button type="button" class="danger yes" @click=${() => this.#do(action)}>${yes}</button>
      <button type="button" class="outline" @click=${() => (this.question = null)}>${this.#locale.term('callKeep')}</button>
    </div>`;
  }

  #do(action: () => Promise<unknown>): void {
    this.question = null;
    this.view.carryOut(action);
  }

  #onClose = (): void => {
    this.question = null;
    this.dispatchEvent(new Event('close'));
  };

  #onAnnounce = (event: SubmitEvent): void => {
    event.preventDefault();
    const text = this.input.value;
    this.#do(async () => {
      await this.view.call.announce(text);
      this.input.value = '';
    });
  };
}

defineElement('sarangbang-moderation', ModerationPanel);
