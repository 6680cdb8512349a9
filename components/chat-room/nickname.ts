/** The participant's own name, and a field to change it. Owns whether the field is open, but not the name. */
import { html, type ReactiveElement, type TemplateResult } from 'lit';
import { trimDisplayName } from '../../server/texts.ts';
import type { LocaleController } from '../controllers/locale-controller.ts';
import { icon } from '../internal/look/icons.ts';
import { takeKey } from '../internal/keys.ts';

export class Nickname {
  readonly #host: ReactiveElement;
  readonly #locale: LocaleController;
  readonly #onChange: (name: string) => void;
  #open = false;

  constructor(host: ReactiveElement, locale: LocaleController, onChange: (name: string) => void) {
    this.#host = host;
    this.#locale = locale;
    this.#onChange = onChange;
  }

  render(name: string): TemplateResult {
    const locale = this.#locale;
    if (!this.#open) {
      return html`<button type="button" class="name" part="name" title=${locale.term('chatChangeName')}
        @click=${() => this.#toggle(true)}>
        <span class="you-are">${locale.term('chatYouAre')}</span> <bdi
          title=${name}>${name}</bdi>${icon('edit')}</button>`;
    }
    return html`<form class="nickname" part="rename" @submit=${this.#onSubmit} @keydown=${this.#onKeydown}>
      <input part="name-input" name="name" dir="auto" autocomplete="nickname"
        aria-label=${locale.term('chatName')} .value=${name}>
      <button type="submit" class="outline" part="name-save-button"
        @click=${this.#onSubmit}>${locale.term('chatSave')}</button>
      <button type="button" class="icon-only" part="name-cancel-button"
        aria-label=${locale.term('chatCancel')} title=${locale.term('chatCancel')}
        @click=${() => this.#toggle(false)}>${icon('close')}</button>
    </form>`;
  }

  #toggle(open: boolean): void {
    this.#open = open;
    this.#host.requestUpdate();
    void this.#host.updateComplete.then(() => {
      const root = this.#host.renderRoot;
      if (open) root.querySelector<HTMLInputElement>('.nickname input')?.select();
      else root.querySelector<HTMLElement>('.name')?.focus();
    });
  }

  readonly #onSubmit = (event: Event): void => {
    event.preventDefault();
    const name = trimDisplayName(String(new FormData((event.target as Element).closest('form')!).get('name')));
    if (name) this.#onChange(name);
    this.#toggle(false);
  };

  readonly #onKeydown = (event: KeyboardEvent): void => takeKey(event, { Escape: () => this.#toggle(false) });
}
