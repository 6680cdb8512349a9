import { LitElement, css, html } from 'lit';
import { property } from 'lit/decorators.js';
import { LocaleController } from '../../controllers/locale-controller.ts';
import { defineElement } from '../../internal/define.ts';
import { dress } from '../../internal/look/document-styles.ts';
import { controls } from '../../internal/look/styles.ts';
import { dialogStyles } from '../dialogs/dialog.styles.ts';
import { ShownDialog } from '../dialogs/shown-dialog.ts';
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
  readonly #dialog = new ShownDialog(this, this.#locale);

  constructor() {
    super();
    dress(this);
  }

  override render() {
    return this.#dialog.render(
      this.#locale.term('callInvite'),
      html`<sarangbang-invitation class="large" .address=${this.address} .room=${this.room}
        exportparts="invite-button, invite-code, invite-text"></sarangbang-invitation>`,
    );
  }
}

defineElement('sarangbang-invite-dialog', InviteDialog);
