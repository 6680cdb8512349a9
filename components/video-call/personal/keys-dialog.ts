import { LitElement, css, html } from 'lit';
import { property } from 'lit/decorators.js';
import { LocaleController } from '../../controllers/locale-controller.ts';
import { defineElement } from '../../internal/define.ts';
import { dress } from '../../internal/look/document-styles.ts';
import { controls } from '../../internal/look/styles.ts';
import { dialogStyles } from '../dialogs/dialog.styles.ts';
import { ShownDialog } from '../dialogs/shown-dialog.ts';

/** A key, and what it does. */
export type KeyRow = readonly [key: string, text: string];

/** The keys of a call, as a list in a dialog: an inner element of `<video-call>`, there while it is open. */
export class KeysDialog extends LitElement {
  static override styles = [
    controls,
    dialogStyles,
    css`
      dialog {
        inline-size: min(26em, calc(100vw - 2.134em));
      }
      dl {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        align-items: center;
        gap: 0.667em 1.067em;
        margin: 0;
        padding: 0.534em 1.334em 0;
      }
      dd {
        margin: 0;
      }
      dt {
        justify-self: start;
        min-inline-size: 2.134em;
        padding: 0.134em 0.534em;
        border: 1px solid var(--_edge);
        border-radius: calc(var(--_radius) * 0.5);
        background: var(--_raised);
        text-align: center;
      }
      p {
        margin: 0;
        padding: 0.8em 1.334em 1.334em;
        color: var(--_muted);
        font-size: 0.9em;
      }
    `,
  ];

  @property({ attribute: false }) rows: readonly KeyRow[] = [];

  readonly #locale = new LocaleController(this);
  readonly #dialog = new ShownDialog(this, this.#locale);

  constructor() {
    super();
    dress(this);
  }

  override render() {
    return this.#dialog.render(
      this.#locale.term('callKeys'),
      html`
        <dl>${this.rows.map(
          ([key, text]) => html`<dt part="key" dir="ltr">${key}</dt><dd part="dialog-text">${text}</dd>`,
        )}</dl>
        <p part="dialog-text">${this.#locale.term('callKeysHint')}</p>
      `,
    );
  }
}

defineElement('sarangbang-keys-dialog', KeysDialog);
