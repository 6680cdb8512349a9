import { LitElement, css, html } from 'lit';
import { property } from 'lit/decorators.js';
import { LocaleController } from '../../controllers/locale-controller.ts';
import { defineElement } from '../../internal/define.ts';
import { dress } from '../../internal/look/document-styles.ts';
import { controls } from '../../internal/look/styles.ts';
import { dialogStyles } from '../dialogs/dialog.styles.ts';
import { Modal } from '../dialogs/modal.ts';
import { icon } from '../icons.ts';
import './invitation-card.ts';

/** The invitation in a dialog, which the menu opens: an inner element of `<video-call>`, there while it is open. */
export class InviteDialog extends LitElement {
  static override styles = [
    controls,
    dialogStyles,
    css`
      sarangbang-invitation {
        padding: 0 1.067em 1.067em;
      }
    `,
  ];

  @property() address = '';
  @property() room = '';

  readonly #locale = new LocaleController(this);
  readonly #modal = new Modal(this);

  constructor() {
    super();
    dress(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // A dialog that was moved with its call is not shown again.
    this.remove();
  }

  protected override firstUpdated(): void {
    // The modal finds its dialog after this.
    void this.updateComplete.then(() => this.isConnected && this.#modal.show());
  }

  override render() {
    return html`
      <dialog part="dialog" aria-labelledby="title" @close=${this.#onClose}>
        <header>
          <h2 id="title" part="dialog-title">${this.#locale.term('callInvite')}</h2>
          <button class="icon-only" part="close-button" type="button" aria-label=${this.#locale.term('callClose')}
            @click=${() => this.#modal.close()}>${icon('close')}</button>
        </header>
        <sarangbang-invitation class="large" .address=${this.address} .room=${this.room}
          exportparts="invite-button, invite-code, invite-text"></sarangbang-invitation>
      </dialog>
    `;
  }

  readonly #onClose = (): void => this.remove();
}

defineElement('sarangbang-invite-dialog', InviteDialog);
