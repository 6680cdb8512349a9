import { LitElement, css, html, nothing } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import type { RoomSessionSnapshot } from '../client/room-session.ts';
import { LocaleController } from '../controllers/locale-controller.ts';
import type { Moderation } from '../controllers/moderation.ts';
import type { CallParticipant } from '../entities.ts';
import { defineElement } from '../internal/define.ts';
import { icon as sharedIcon } from '../internal/icons.ts';
import { controls } from '../internal/styles.ts';
import { addEnglish } from '../locales/index.ts';
import { moderationTerms } from '../locales/english/moderation.ts';
import { icon } from './icons.ts';

addEnglish(moderationTerms);

/** What asks once more before it is done: the end of the call, or somebody's removal. */
type Question = 'end' | { readonly remove: string };

/**
 * What a moderator has beside the others: those who knock, in sight, and a dialog with the rest. An inner
 * element of `<video-call>`, loaded when somebody is a moderator.
 *
 * @csspart button - a round button
 * @csspart moderation-button - opens the dialog
 * @csspart dialog - lock, participants, announcement, end
 * @csspart waiting - those who knock
 */
export class ModerationPanel extends LitElement {
  static override styles = [
    controls,
    css`
      :host { display: contents; }
      p, h2, ul { margin: 0; padding: 0; list-style: none; }
      .tool { inline-size: 3rem; block-size: 3rem; padding: 0; border: 1px solid var(--_line); border-radius: 50%; background: var(--_raised); font-size: 1.0625rem; }
      .tool:hover { background: color-mix(in oklab, var(--_text) 8%, var(--_raised)); }
      .locked { border-color: transparent; background: var(--_accent); color: var(--_on-accent); }
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

  @property({ attribute: false }) locked = false;
  @property({ attribute: false }) waiting: RoomSessionSnapshot['waiting'] = [];
  @property({ attribute: false }) participants: readonly CallParticipant[] = [];
  @property({ attribute: false }) moderation!: Moderation;
  @property({ attribute: false }) carryOut!: (action: () => Promise<unknown>) => void;

  @state() private question: Question | null = null;
  @query('dialog') private dialog!: HTMLDialogElement;
  @query('input') private input!: HTMLInputElement;

  readonly #locale = new LocaleController(this);

  override render() {
    const { locked, waiting, moderation } = this;
    const term: LocaleController['term'] = (...args) => this.#locale.term(...args);
    return html`
      <button type="button" class="tool ${locked ? 'locked' : ''}" part="button moderation-button" aria-haspopup="dialog"
        aria-label=${term('callModerate')} title=${term('callModerate')} @click=${this.#onOpen}>${sharedIcon(locked ? 'lock' : 'people')}</button>
      <ul class="waiting" part="waiting" aria-label=${term('callWaiting')}>${waiting.map(({ id, displayName }) => html`<li>
        <p>${term('callKnocks', displayName)}</p>
        <button type="button" class="primary" @click=${() => this.#do(() => moderation.admit(id))}>${term('callAdmit')}</button>
        <button type="button" class="outline" @click=${() => this.#do(() => moderation.refuse(id))}>${term('callRefuse')}</button>
      </li>`)}</ul>
      <dialog part="dialog" aria-labelledby="title" @close=${() => (this.question = null)}>
        <header>
          <h2 id="title">${term('callModerate')}</h2>
          <button class="icon-only" type="button" aria-label=${term('callClose')} @click=${() => this.dialog.close()}>${icon('close')}</button>
        </header>
        <div class="body">
          <div class="row">
            <p id="lock-hint">${term(locked ? 'callLocked' : 'callUnlocked')}</p>
            <button type="button" class="outline lock" aria-pressed=${locked} @click=${() => this.#do(() => moderation.lock(!locked))}>${term('callLock')}</button>
          </div>
          ${this.#renderPeople(term)}
          <form class="row" @submit=${this.#onAnnounce}>
            <input aria-label=${term('callAnnouncement')} placeholder=${term('callAnnouncement')} dir="auto" required>
            <button type="submit" class="outline">${term('callAnnounce')}</button>
          </form>
          ${this.question === 'end'
            ? this.#renderQuestion(term('callEndAsk'), term('callEndForAll'), () => moderation.endCall())
            : html`<button type="button" class="danger end" @click=${() => (this.question = 'end')}>${term('callEndForAll')}</button>`}
        </div>
      </dialog>
    `;
  }

  #renderPeople(term: LocaleController['term']) {
    const others = this.participants.filter(({ isSelf }) => !isSelf);
    if (others.length === 0) return html`<p class="hint">${term('callAlone')}</p>`;
    const { question, moderation } = this;
    return html`<ul class="people" aria-label=${term('callParticipants')}>${others.map(({ id, displayName, microphone }) => html`<li>${
      typeof question === 'object' && question?.remove === id
        ? this.#renderQuestion(term('callRemoveAsk', displayName), term('callRemove'), () => moderation.remove(id))
        : html`<div class="row">
            <bdi>${displayName}</bdi>
            ${microphone
              ? html`<button type="button" class="outline mute" aria-label=${term('callMuteName', displayName)} @click=${() => this.#do(() => moderation.mute(id))}>${term('callMute')}</button>`
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
    this.carryOut(action);
  }

  #onOpen = (): void => this.dialog.showModal();

  #onAnnounce = (event: SubmitEvent): void => {
    event.preventDefault();
    const text = this.input.value;
    this.#do(async () => {
      await this.moderation.announce(text);
      this.input.value = '';
    });
  };
}

defineElement('sarangbang-moderation', ModerationPanel);
