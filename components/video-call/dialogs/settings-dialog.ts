import { LitElement, css, html } from 'lit';
import { property, query } from 'lit/decorators.js';
import { LocaleController } from '../../controllers/locale-controller.ts';
import { DevicePicker } from '../../device-picker/device-picker.ts';
import { defineElement } from '../../internal/define.ts';
import { dress } from '../../internal/look/document-styles.ts';
import { controls } from '../../internal/look/styles.ts';
import { dialogStyles } from './dialog.styles.ts';
import { icon } from '../icons.ts';
import { Modal } from './modal.ts';
import type { Personal } from '../personal/personal.ts';

/** An inner name, so that a page with only a call does not find `device-picker` registered. */
defineElement('sarangbang-device-picker', class extends DevicePicker {});

/**
 * The settings of a call: an inner element of `<video-call>`, loaded when the person opens them. A selection bubbles as
 * `device-select`, which the call handles.
 *
 * @fires close - The dialog was closed.
 */
export class SettingsDialog extends LitElement {
  static override styles = [
    controls,
    dialogStyles,
    css`
      dialog {
        inline-size: min(46em, calc(100vw - 2.134em));
      }
      sarangbang-device-picker {
        padding: 0 0.267em 0.267em;
      }
      /* On a short or wide screen the picture takes a third, beside the fields. */
      @media (min-width: 40em) or ((max-height: 40em) and (min-width: 26em)) {
        .pictured::part(base) {
          grid-template-columns: minmax(0, 1fr) minmax(0, 2fr);
        }
        .pictured::part(preview) {
          grid-row: 1 / span 3;
        }
        .pictured::part(field),
        .pictured::part(message) {
          grid-column: 2;
        }
      }
    `,
  ];

  @property({ attribute: false }) kinds = '';
  /** Shows the camera preview. True only while the camera is on, because opening the settings turns nothing on. */
  @property({ type: Boolean }) preview = false;

  /** What the person sets for oneself. Absent until it is loaded. */
  @property({ attribute: false }) own: Personal | undefined;

  @query('sarangbang-device-picker') private picker!: DevicePicker;

  readonly #locale = new LocaleController(this);
  readonly #modal = new Modal(this);
  readonly #dressing = dress(this);

  override connectedCallback(): void {
    super.connectedCallback();
    // A dialog that was removed from the document left the top layer.
    if (this.hasUpdated) void this.#show();
  }

  protected override willUpdate(): void {
    if (this.own) this.#dressing.add(this.own.preferenceStyles);
  }

  protected override firstUpdated(): void {
    void this.#show();
  }

  override render() {
    return html`
      <dialog part="dialog" aria-labelledby="title" @close=${this.#onClose}>
        <header>
          <h2 id="title" part="dialog-title">${this.#locale.term('callSettings')}</h2>
          <button class="icon-only" part="close-button" type="button" aria-label=${this.#locale.term('callClose')}
            @click=${() => this.#modal.close()}>${icon('close')}</button>
        </header>
        <sarangbang-device-picker class=${this.preview && this.kinds.includes('video') ? 'pictured' : ''}
          .kinds=${this.kinds} .preview=${this.preview}
          exportparts="base: device-base, field: device-field, label: device-label, select: device-select,
            meter: device-meter, preview: device-preview, message: device-message, level-meter, level-track, level-fill,
            test-button, allow-button, icon"
        ></sarangbang-device-picker>
        ${this.own?.renderPreferences(this)}
      </dialog>
    `;
  }

  async #show(): Promise<void> {
    // The picker may still be loading: shown at once, the dialog would grow visibly.
    await this.picker.updateComplete;
    if (this.isConnected) this.#modal.show();
  }

  #onClose = (): void => {
    this.dispatchEvent(new Event('close'));
  };
}

defineElement('sarangbang-settings-dialog', SettingsDialog);
