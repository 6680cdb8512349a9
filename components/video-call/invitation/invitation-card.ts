import { LitElement, css, html, nothing, svg } from 'lit';
import { property, state } from 'lit/decorators.js';
import { LocaleController } from '../../controllers/locale-controller.ts';
import { defineElement } from '../../internal/define.ts';
import { isAllowed } from '../../controllers/call/allowed.ts';
import { ignore } from '../../internal/ignore.ts';
import { dress } from '../../internal/look/document-styles.ts';
import { controls } from '../../internal/look/styles.ts';
import { windowOf } from '../../internal/platform.ts';
import { invitationTerms } from '../../locales/english/invitation.ts';
import { addEnglish } from '../../locales/index.ts';
import { codeOf } from './code.ts';

addEnglish(invitationTerms);

/** How long the button says that the link was copied, in milliseconds. */
const COPIED_MS = 2_500;

/**
 * The invitation to a call: the link to copy or to share, and as a QR code. An inner element of `<video-call>`, on the
 * seat of a participant who is alone.
 */
export class InvitationCard extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: grid;
        justify-items: center;
        gap: 0.6em;
        margin-block-start: 0.6em;
        max-inline-size: 100%;
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        justify-content: center;
        gap: 0.534em;
      }
      p {
        margin: 0;
      }
      .address {
        max-inline-size: min(100%, 26em);
        font-size: 0.8125em;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        -webkit-user-select: all;
        user-select: all;
      }
      /* Dark on white in every scheme, because many readers take nothing else. */
      .code {
        inline-size: 9.6em;
        border-radius: 0.5em;
        background: #fff;
        fill: #14120f;
        shape-rendering: crispEdges;
      }
      /* The container is the box of the call. A dialog is as large as the window lets it. */
      /* An upright box has the seat below the own picture, and half a code leads nowhere. */
      @container (max-height: 32em) or ((max-aspect-ratio: 6 / 5) and ((max-height: 76em) or (max-width: 34em))) {
        :host(:not(.large)) .code {
          display: none;
        }
      }
      @container (max-height: 24em) {
        :host(:not(.large)) .address {
          display: none;
        }
      }
      /* The toolbar lies on the seat: a press beside the link would leave the call. The menu opens the dialog. */
      @container (max-height: 18em) {
        :host(.covered) {
          display: none;
        }
      }
      @media (forced-colors: active) {
        .code {
          forced-color-adjust: none;
        }
      }
    `,
  ];

  @property() address = '';
  /** The name of the room, the title of what is shared. */
  @property() room = '';
  @state() private outcome: 'copied' | 'failed' | null = null;

  readonly #locale = new LocaleController(this);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    dress(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.outcome = null;
  }

  override render() {
    const { navigator, document } = windowOf(this);
    const term: LocaleController['term'] = (...args) => this.#locale.term(...args);
    const { path, size } = codeOf(this.address);
    const isCopied = this.outcome === 'copied';
    return html`
      <div class="buttons">
        ${
          // Only a secure page has a clipboard, and a frame needs leave. On others the address can be selected.
          'clipboard' in navigator && isAllowed(document, 'clipboard-write')
            ? html`<button class="primary" part="invite-button" type="button" @click=${this.#onCopy}
              >${term(isCopied ? 'callInviteCopied' : 'callInviteCopy')}</button>`
            : nothing
        }
        ${
          'share' in navigator && isAllowed(document, 'web-share')
            ? html`<button class="outline" part="invite-button" type="button" @click=${this.#onShare}
              >${term('callInviteShare')}</button>`
            : nothing
        }
      </div>
      <p class="visually-hidden" role="status">${isCopied ? term('callInviteCopied') : nothing}</p>
      ${this.outcome === 'failed' ? html`<p part="invite-text" role="alert">${term('callInviteFailed')}</p>` : nothing}
      <p class="address" part="invite-text" dir="ltr">${this.address.replace(/^https?:\/\//, '')}</p>
      ${
        size > 0
          ? html`<svg class="code" part="invite-code" role="img" aria-label=${term('callInviteCode')}
            viewBox="0 0 ${size} ${size}">${svg`<path d=${path}></path>`}</svg>`
          : nothing
      }
    `;
  }

  readonly #onCopy = async (): Promise<void> => {
    try {
      await windowOf(this).navigator.clipboard.writeText(this.address);
      this.outcome = 'copied';
    } catch {
      this.outcome = 'failed';
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.outcome = null), COPIED_MS);
  };

  readonly #onShare = (): void => {
    // Rejects as well if the person changes their mind.
    windowOf(this).navigator.share({ title: this.room, url: this.address }).catch(ignore);
  };
}

defineElement('sarangbang-invitation', InvitationCard);
