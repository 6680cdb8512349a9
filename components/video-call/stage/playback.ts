import type { LitElement } from 'lit';
import type { LocaleController } from '../../controllers/locale-controller.ts';
import { tellError } from '../dom-events.ts';
import type { VideoTile } from './video-tile.ts';

/** Knows whether the browser blocked the sound, and plays it again when the person presses the button. */
export class Playback {
  blocked = false;
  readonly #host: LitElement;
  readonly #locale: LocaleController;

  constructor(host: LitElement, locale: LocaleController) {
    this.#host = host;
    this.#locale = locale;
  }

  readonly onBlocked = (): void => {
    if (this.blocked) return;
    this.blocked = true;
    this.#host.requestUpdate();
    tellError(this.#host, this.#locale, 'playback-blocked', false);
  };

  readonly onPlay = (): void => {
    this.blocked = false;
    this.#host.requestUpdate();
    for (const tile of this.#host.renderRoot.querySelectorAll<VideoTile>('.stage .tile')) tile.play();
  };
}
