/**
 * Editing a message in place, and deleting it after a question.
 *
 * Owns which message is edited or about to be deleted, the text so far, why it was refused, and the focus among the
 * buttons (one Tab stop for all rows; arrow keys move between rows). Does not own permissions: the server decides.
 */
import { html, nothing, type ReactiveElement, type TemplateResult } from 'lit';
import type { ErrorCode } from '../../../server/protocol.ts';
import { showsNothing } from '../../../server/texts.ts';
import type { LocaleController } from '../../controllers/locale-controller.ts';
import type { Message } from '../../entities.ts';
import { CodedError } from '../../internal/coded-error.ts';
import { icon } from '../../internal/look/icons.ts';
import { isolate } from '../../internal/isolate.ts';
import { takeKey } from '../../internal/keys.ts';

export interface MessageActionsOptions {
  readonly locale: LocaleController;
  /** Both reject with a CodedError. */
  readonly onEdit: (id: string, text: string) => Promise<unknown>;
  readonly onDelete: (id: string) => Promise<unknown>;
}

/** What the participant may do. Outside the room, and for a viewer, nothing. */
export interface Powers {
  readonly canWrite: boolean;
  /** True while the room leaves writing to moderators: an edit would be refused, a deletion would not. */
  readonly isClosed: boolean;
  readonly moderates: boolean;
}

interface Underway {
  readonly id: string;
  readonly what: 'edit' | 'delete';
  readonly text: string;
  readonly busy: boolean;
  readonly refusal: ErrorCode | null;
}

export class MessageActions {
  readonly #host: ReactiveElement;
  readonly #options: MessageActionsOptions;
  #powers: Powers = { canWrite: false, isClosed: false, moderates: false };
  #underway: Underway | null = null;
  /** Id of the message whose buttons are the Tab stop; '' for the last message with buttons. */
  #stop = '';
  #lastId = '';

  constructor(host: ReactiveElement, options: MessageActionsOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Values for `guard`: one of them differs whenever at least one row must be drawn again. */
  get state(): readonly unknown[] {
    return [this.#underway, this.#stop, ...this.powers];
  }

  /** Values for `guard`: one of them differs whenever all rows must be drawn again. */
  get powers(): readonly unknown[] {
    return [this.#powers.canWrite, this.#powers.isClosed, this.#powers.moderates];
  }

  /** Values for `guard`: one of them differs whenever the row of this message must be drawn again. */
  stateOf({ id }: Message): readonly unknown[] {
    return [this.#isStop(id), this.#underway?.id === id && this.#underway];
  }

  /** The room changed. */
  reset(): void {
    this.#underway = null;
    this.#stop = '';
  }

  handlePowers(powers: Powers): void {
    this.#powers = powers;
  }

  /** Edits the participant's last message, as the arrow up does in an empty field. @returns whether there is one */
  editLast(messages: readonly Message[]): boolean {
    const message = messages.findLast((shown) => this.#canEdit(shown));
    if (message) this.#begin(message, 'edit');
    return message !== undefined;
  }

  /** Called before the rows are drawn, with the messages that get a row. */
  handleRows(messages: readonly Message[]): void {
    const able = (message: Message): boolean => this.#canEdit(message) || this.#canDelete(message);
    this.#lastId = messages.findLast(able)?.id ?? '';
    if (!messages.some((message) => message.id === this.#stop && able(message))) this.#stop = '';
    if (this.#underway && !messages.some(({ id }) => id === this.#underway!.id)) this.#forget();
  }

  /** True while the text of the message is edited. */
  isEdited({ id }: Message): boolean {
    return this.#underway?.what === 'edit' && this.#underway.id === id;
  }

  /** The buttons beside a message. */
  renderButtons(message: Message): TemplateResult | typeof nothing {
    const canEdit = this.#canEdit(message);
    if (!canEdit && !this.#canDelete(message)) return nothing;
    const { locale } = this.#options;
    const tabbable = this.#isStop(message.id);
    const renderButton = (what: 'edit' | 'delete', first: boolean) => {
      const label = locale.term(what === 'edit' ? 'chatEdit' : 'chatDelete');
      return html`<button type="button" class="icon-only ${what}" part="${what}-button"
        tabindex=${tabbable && first ? 0 : -1} aria-label=${label} title=${label}
        @click=${() => this.#begin(message, what)}>${icon(what)}</button>`;
    };
    return html`<span class="actions" role="group" aria-label=${locale.term('chatActions')}
      @keydown=${this.#onArrow} @focusin=${() => this.#stopAt(message.id)}>
      ${canEdit ? renderButton('edit', true) : nothing}${renderButton('delete', !canEdit)}
    </span>`;
  }

  /** The field that replaces the text of a message. */
  renderEditor({ id }: Message): TemplateResult {
    const { locale } = this.#options;
    const { text, busy, refusal } = this.#underway!;
    return html`<form class="editor" part="editor" @submit=${this.#onSubmit} @keydown=${this.#onKeydown}>
      <textarea part="edit-input" rows="1" dir="auto" aria-label=${locale.term('chatEdit')}
        aria-describedby="edit-${id}" aria-invalid=${refusal !== null}
        .value=${text} ?readonly=${busy} @input=${this.#onInput}></textarea>
      <p class="row-end" id="edit-${id}"><span class="hint" part="edit-hint">${locale.term('chatEditHint')}</span>
        <button type="button" part="cancel-button" @click=${() => this.#end()}>${locale.term('chatCancel')}</button>
        <button type="submit" class="primary" part="save-button" @click=${this.#onSubmit}
          ?disabled=${showsNothing(text)}>${locale.term('chatSave')}</button></p>
      ${this.#renderRefusal()}
    </form>`;
  }

  /** The question below a message that is about to be deleted. */
  renderQuestion({ id, isSelf, from }: Message): TemplateResult | typeof nothing {
    if (this.#underway?.what !== 'delete' || this.#underway.id !== id) return nothing;
    const { locale } = this.#options;
    const text = isSelf ? locale.term('chatDeleteAsk') : locale.term('chatDeleteAskOf', isolate(from.displayName));
    return html`<div class="question" part="question" role="group" aria-label=${text} @keydown=${this.#onKeydown}>
      <span part="question-text">${text}</span>
      <button type="button" class="danger" part="delete-confirm-button"
        @click=${() => void this.#carryOut()}>${locale.term('chatDelete')}</button>
      <button type="button" class="outline no" part="cancel-button"
        @click=${() => this.#end()}>${locale.term('chatCancel')}</button>
      ${this.#renderRefusal()}
    </div>`;
  }

  #renderRefusal() {
    const { refusal } = this.#underway!;
    return html`<span role="alert" class="refusal"
      part="error">${refusal ? this.#options.locale.term(refusal) : nothing}</span>`;
  }

  #isStop(id: string): boolean {
    return id === (this.#stop || this.#lastId);
  }

  #canEdit({ isSelf, kind, state }: Message): boolean {
    const { canWrite, isClosed } = this.#powers;
    return canWrite && !isClosed && isSelf && kind === 'text' && state === 'sent';
  }

  #canDelete({ isSelf, kind, state, to }: Message): boolean {
    return (
      this.#powers.canWrite &&
      kind === 'text' &&
      state !== 'pending' &&
      (isSelf || (this.#powers.moderates && to === undefined))
    );
  }

  #begin({ id, text }: Message, what: Underway['what']): void {
    this.#change({ id, what, text, busy: false, refusal: null });
    this.#stop = id;
    void this.#host.updateComplete.then(() => {
      const root = this.#host.renderRoot;
      const field = root.querySelector<HTMLTextAreaElement>('.editor textarea');
      if (field) this.#grow(field);
      field?.setSelectionRange(text.length, text.length);
      // Focuses the harmless answer, so that one more Enter does not delete for everybody.
      (field ?? root.querySelector<HTMLElement>('.question .no'))?.focus();
      root.querySelector('.editor, .question')?.scrollIntoView({ block: 'nearest' });
    });
  }

  /** Ends editing and focuses the button that started it. */
  #end(): void {
    const { id, what } = this.#underway!;
    this.#change(null);
    void this.#host.updateComplete.then(() => {
      const root = this.#host.renderRoot;
      root.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"] .${what}`)?.focus();
    });
  }

  /** The message is gone: moves the focus to the field for a new message. */
  #forget(): void {
    this.#underway = null;
    const root = this.#host.renderRoot as ShadowRoot;
    if (!root.activeElement?.closest('.editor, .question')) return;
    void this.#host.updateComplete.then(() => root.activeElement ?? root.querySelector<HTMLElement>('.input')?.focus());
  }

  #change(underway: Underway | null): void {
    this.#underway = underway;
    this.#host.requestUpdate();
  }

  async #carryOut(): Promise<void> {
    const underway = this.#underway;
    // No button is disabled meanwhile, because a disabled button loses the focus.
    if (!underway || underway.busy) return;
    const { id, what, text } = underway;
    const busy = { ...underway, busy: true, refusal: null };
    this.#change(busy);
    try {
      await (what === 'edit' ? this.#options.onEdit(id, text.trim()) : this.#options.onDelete(id));
      if (this.#underway === busy) this.#end();
    } catch (error) {
      if (this.#underway === busy) this.#change({ ...busy, busy: false, refusal: CodedError.from(error).code });
    }
  }

  #stopAt(id: string): void {
    if (id === this.#stop) return;
    this.#stop = id;
    this.#host.requestUpdate();
  }

  #grow(field: HTMLTextAreaElement): void {
    field.style.blockSize = '';
    field.style.blockSize = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
  }

  readonly #onInput = ({ target }: Event): void => {
    const field = target as HTMLTextAreaElement;
    this.#grow(field);
    this.#change({ ...this.#underway!, text: field.value, refusal: null });
  };

  readonly #onSubmit = (event: Event): void => {
    event.preventDefault();
    if (this.#underway && !showsNothing(this.#underway.text)) void this.#carryOut();
  };

  readonly #onKeydown = (event: KeyboardEvent): void =>
    takeKey(event, {
      Escape: () => this.#end(),
      Enter: () => {
        // On a button, Enter activates the button.
        if (event.shiftKey || !(event.target instanceof HTMLTextAreaElement)) return false;
        return this.#onSubmit(event);
      },
    });

  /** Up and down move to the same button of a different row, left and right to the other button of this row. */
  readonly #onArrow = (event: KeyboardEvent): void => {
    const button = event.target as HTMLElement;
    const group = event.currentTarget as Element;
    const toRow = (step: number): boolean => {
      const rows = [...this.#host.renderRoot.querySelectorAll('.actions')];
      const next = rows[rows.indexOf(group) + step];
      const same = next?.querySelector<HTMLElement>(`.${button.classList.contains('edit') ? 'edit' : 'delete'}`);
      (same ?? (next?.lastElementChild as HTMLElement | null | undefined))?.focus();
      return next !== undefined;
    };
    const toOther = (): void => {
      const { firstElementChild: first, lastElementChild: last } = group;
      ((button === first ? last : first) as HTMLElement).focus();
    };
    takeKey(event, { ArrowUp: () => toRow(-1), ArrowDown: () => toRow(1), ArrowLeft: toOther, ArrowRight: toOther });
  };
}
