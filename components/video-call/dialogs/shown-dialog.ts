/**
 * A dialog that is open for as long as its element is there.
 *
 * Owns how it opens and ends, and its head. Does not own what it shows.
 */
import { html, type LitElement, type ReactiveController } from 'lit';
import type { LocaleController } from '../../controllers/locale-controller.ts';
import { icon } from '../icons.ts';
import { Modal } from './modal.ts';

export class ShownDialog implements ReactiveController {
  readonly #host: LitElement;
  readonly #locale: LocaleController;
  readonly #modal: Modal;
  #isShown = false;

  constructor(host: LitElement, locale: LocaleController) {
    this.#host = host;
    this.#locale = locale;
    this.#modal = new Modal(host);
    // After the modal, which finds its dialog first.
    host.addController(this);
  }

  hostUpdated(): void {
    if (this.#isShown) return;
    this.#isShown = true;
    this.#modal.show();
  }

  hostDisconnected(): void {
    // A dialog that was moved with its call is not shown again.
    this.#host.remove();
  }

  render(title: string, content: unknown) {
    return html`
      <dialog part="dialog" aria-labelledby="title" @close=${() => this.#host.remove()}>
        <header role="none">
          <h2 id="title" part="dialog-title">${title}</h2>
          <button class="icon-only" part="close-button" type="button" aria-label=${this.#locale.term('callClose')}
            @click=${() => this.#modal.close()}>${icon('close')}</button>
        </header>
        ${content}
      </dialog>
    `;
  }
}
