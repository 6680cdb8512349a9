/**
 * The field for a message, and the select for its receiver. Owns the draft of each room and why the last attempt was
 * refused. Does not own sending. The field keeps its own text, because a binding would disturb an input method.
 */
import { html, nothing, type ReactiveController, type ReactiveElement, type TemplateResult } from 'lit';
import { LIMITS, type ErrorCode } from '../../server/protocol.ts';
import { codePointLength, showsNothing } from '../../server/texts.ts';
import type { LocaleController } from '../controllers/locale-controller.ts';
import type { RoomParticipant } from '../entities.ts';
import { CodedError } from '../internal/coded-error.ts';
import { icon } from '../internal/look/icons.ts';
import { takeKey } from '../internal/keys.ts';

/** The counter appears when fewer characters than this are left. */
const COUNT_FROM = 400;

/** Stands for a participant's id in the select. No id contains a blank. */
const ANNOUNCEMENT = 'an announcement';

/** A text, and the id of its receiver; '' for everybody. */
interface Draft {
  readonly text: string;
  readonly to: string;
}

const NOTHING: Draft = { text: '', to: '' };

/** Why a message was refused: an error code, or because it contains files. */
type Refusal = ErrorCode | 'chatNoFiles';

/** How the line above the field and the form show the receiver of the draft. */
function toneOf(announces: boolean, to: string) {
  if (announces) return { label: 'loud', form: 'to-all', glyph: icon('announcement') };
  if (to) return { label: 'privacy', form: 'to-one', glyph: icon('lock') };
  return { label: '', form: '', glyph: nothing };
}

export interface ComposerOptions {
  readonly locale: LocaleController;
  /** Sends the message. @throws CodedError */
  readonly onSend: (text: string, to: string | undefined) => void;
  /** Sends an announcement. Rejects with a CodedError. */
  readonly onAnnounce: (text: string) => Promise<unknown>;
  readonly onTyping: () => void;
  /** The arrow up was pressed in an empty field. Returns false to leave the key to other listeners. */
  readonly onUp: () => boolean;
}

export interface ComposerView {
  readonly participants: readonly RoomParticipant[];
  readonly nameOf: (id: string) => string | undefined;
  readonly moderates: boolean;
  /** True while only moderators may write, and this participant is none. A text that was begun stays. */
  readonly isClosed: boolean;
  /** Rendered at the end of the line above the field. */
  readonly aside: unknown;
}

export class Composer implements ReactiveController {
  readonly #host: ReactiveElement;
  readonly #options: ComposerOptions;
  readonly #drafts = new Map<string, Draft>();
  #room = '';
  #draft = NOTHING;
  #refusal: Refusal | null = null;
  #isClosed = false;

  constructor(host: ReactiveElement, options: ComposerOptions) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  hostUpdated(): void {
    const field = this.#field;
    if (!field || field.value === this.#draft.text) return;
    field.value = this.#draft.text;
    this.#grow(field);
  }

  /** Keeps the draft of the old room and shows the draft of the new one. */
  handleRoom(room: string): void {
    if (room === this.#room) return;
    this.#drafts.set(this.#room, this.#draft);
    this.#room = room;
    this.#change(this.#drafts.get(room) ?? NOTHING);
  }

  /** Selects the receiver by id; '' for everybody. */
  address(to: string): void {
    this.#change({ ...this.#draft, to });
    this.#field?.focus();
  }

  /** Shows why a message was refused, until the person types or selects again. */
  refuse(refusal: Refusal): void {
    this.#refusal = refusal;
    this.#host.requestUpdate();
  }

  render({ participants, nameOf, moderates, isClosed, aside }: ComposerView): TemplateResult {
    const { locale } = this.#options;
    this.#isClosed = isClosed;
    // An announcement begun by a participant who is no longer a moderator goes to everybody as a message.
    if (this.#draft.to === ANNOUNCEMENT && !moderates) this.#draft = { ...this.#draft, to: '' };
    const { text, to } = this.#draft;
    const others = participants.filter(({ isSelf }) => !isSelf);
    const announces = to === ANNOUNCEMENT;
    const isGone = to !== '' && !announces && !others.some(({ id }) => id === to);
    // Counting code points of a long text at every key press would be slow.
    const left =
      text.length > LIMITS.messageCodePoints - COUNT_FROM ? LIMITS.messageCodePoints - codePointLength(text) : Infinity;
    const tone = toneOf(announces, to);
    const receiver = to && !announces ? nameOf(to) : undefined;
    return html`<div class="line">
        <label part="recipient-label" ?hidden=${!others.length && !to}
          class=${tone.label}>${tone.glyph}${locale.term('chatTo')}
          <select part="recipient" dir="auto" title=${receiver ?? nothing} @change=${this.#onRecipient}>
            <option value="" .selected=${!to}>${locale.term('chatEveryone')}</option>
            ${
              moderates
                ? html`<option value=${ANNOUNCEMENT} .selected=${announces}>${locale.term('chatAnnounce')}</option>`
                : nothing
            }
            ${others.map(
              ({ id, displayName }) => html`<option value=${id} .selected=${id === to}>${displayName}</option>`,
            )}
            ${
              isGone
                ? html`<option value=${to} .selected=${true}>${nameOf(to) ?? locale.term('chatSomebody')}</option>`
                : nothing
            }
          </select>
        </label>
        ${aside}
      </div>
      <form class="composer ${tone.form}" part="composer" @submit=${this.#onSubmit}>
        <textarea class="input" part="input" rows="1" dir="auto" enterkeyhint="send"
          aria-label=${locale.term('chatInput')} aria-describedby="hint"
          aria-invalid=${left < 0 || this.#refusal !== null} placeholder=${locale.term('chatInput')}
          ?readonly=${isClosed}
          @input=${this.#onInput} @keydown=${this.#onKeydown} @paste=${this.#onPaste}></textarea>
        <button type="submit" class="primary icon-only" part="send-button" ?disabled=${isClosed}
          @click=${this.#onSubmit}
          aria-label=${locale.term('chatSend')} title=${locale.term('chatSend')}>${icon('send')}</button>
      </form>
      <p class="hint" id="hint" part="counter" ?hidden=${left > COUNT_FROM && !this.#refusal && !isClosed}>
        ${isClosed ? locale.term('chatModeratorsOnly') : this.#renderCount(left)}
        <span role="alert" part="error">${this.#refusal ? locale.term(this.#refusal) : nothing}</span>
      </p>`;
  }

  /** Says how many characters are left or too many; nothing while many are left. */
  #renderCount(left: number) {
    const { locale } = this.#options;
    if (left < 0) return locale.term('chatTooMany', -left);
    return left <= COUNT_FROM ? locale.term('chatLeftOver', left) : nothing;
  }

  #change(draft: Draft): void {
    this.#draft = draft;
    this.#refusal = null;
    this.#host.requestUpdate();
  }

  readonly #onRecipient = (event: Event): void => this.address((event.target as HTMLSelectElement).value);

  readonly #onInput = ({ target }: Event): void => {
    const field = target as HTMLTextAreaElement;
    this.#grow(field);
    this.#change({ ...this.#draft, text: field.value });
    if (!showsNothing(field.value)) this.#options.onTyping();
  };

  readonly #onKeydown = (event: KeyboardEvent): void =>
    takeKey(event, {
      ArrowUp: () => !this.#draft.text && this.#options.onUp(),
      Enter: () => !event.shiftKey && this.#onSubmit(event),
    });

  /** Says that files cannot be sent, except if the clipboard has text as well: then the person meant the text. */
  readonly #onPaste = ({ clipboardData }: ClipboardEvent): void => {
    if (clipboardData?.files.length && !clipboardData.types.includes('text/plain')) this.refuse('chatNoFiles');
  };

  readonly #onSubmit = (event: Event): void => {
    event.preventDefault();
    const text = this.#draft.text.trim();
    if (showsNothing(text) || this.#isClosed) return;
    if (this.#draft.to === ANNOUNCEMENT) return void this.#announce(text);
    try {
      this.#options.onSend(text, this.#draft.to || undefined);
      this.#change({ ...this.#draft, text: '' });
    } catch (error) {
      const { code } = CodedError.from(error);
      // A listener of the page stopped it and knows why; the text stays.
      this.#refusal = code === 'cancelled' ? null : code;
      this.#host.requestUpdate();
    }
  };

  /** Keeps the text in the field until it was sent. The next text is a message again. */
  async #announce(text: string): Promise<void> {
    const before = this.#draft;
    try {
      await this.#options.onAnnounce(text);
      if (this.#draft === before) this.#change(NOTHING);
    } catch (error) {
      this.#refusal = CodedError.from(error).code;
      this.#host.requestUpdate();
    }
  }

  /** Makes the field as high as its text; the stylesheet limits the height. */
  #grow(field: HTMLTextAreaElement): void {
    field.style.blockSize = '';
    if (field.value) field.style.blockSize = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
  }

  get #field(): HTMLTextAreaElement | null {
    return (this.#host.renderRoot as ParentNode | undefined)?.querySelector<HTMLTextAreaElement>('.input') ?? null;
  }
}
