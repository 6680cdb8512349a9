import { LitElement, css, html } from 'lit';
import { property, query } from 'lit/decorators.js';
import { LocaleController } from '../../controllers/locale-controller.ts';
import { DevicePicker } from '../../device-picker/device-picker.ts';
import { defineElement } from '../../internal/define.ts';
import { dress } from '../../internal/document-styles.ts';
import { controls } from '../../internal/styles.ts';
import { dialogStyles } from './dialog.styles.ts';
import { icon } from '../icons.ts';
import { Modal } from './modal.ts';

/** A name of its own, so that a page with a call alone does not find `device-picker` taken. */
defineElement('sarangbang-device-picker', class extends DevicePicker {});

/**
 * The settings of a call: an inner element of `<video-call>`, loaded when first asked for. What is chosen
 * in it goes up as `device-select`, which the call carries out.
 *
 * @fires close - it was put away
 */
export class SettingsDialog extends LitElement {
  static override styles = [
    controls,
    dialogStyles,
    css`
      sarangbang-device-picker {
        padding: 0 0.267em 0.267em;
      }
    `,
  ];

  @property({ attribute: false }) kinds = '';
  /** Shows the own picture and level: while they are on, for opening the settings turns nothing on. */
  @property({ type: Boolean }) preview = false;

  @query('sarangbang-device-picker') private picker!: DevicePicker;

  readonly #locale = new LocaleController(this);
  readonly #modal = new Modal(this);

  constructor() {
    super();
    dress(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Out of the document it left the top layer too.
    if (this.hasUpdated) void this.#show();
  }

  protected override firstUpdated(): void {
    void this.#show();
  }

  override render() {
    return html`
      <dialog part="dialog" aria-labelledby="title" @close=${this.#onClose}>
        <header>
          <h2 id="title">${this.#locale.term('callSettings')}</h2>
          <button class="icon-only" type="button" aria-label=${this.#locale.term('callClose')} @click=${() => this.#modal.close()}>${icon('close')}</button>
        </header>
        <sarangbang-device-picker .kinds=${this.kinds} .preview=${this.preview}
          exportparts="field: device-field, label: device-label, select: device-select, meter: device-meter, preview: device-preview, message: device-message"
        ></sarangbang-device-picker>
      </dialog>
    `;
  }

  async #show(): Promise<void> {
    // What is in it may still be on its way: shown at once, the dialog would grow before one's eyes.
    await this.picker.updateComplete;
    if (this.isConnected) this.#modal.show();
  }

  #onClose = (): void => {
    this.dispatchEvent(new Event('close'));
  };
}

defineElement('sarangbang-settings-dialog', SettingsDialog);
