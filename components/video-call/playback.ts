import type { LitElement } from 'lit';
import { CallErrorEvent } from '../events.ts';
import type { Term } from './toolbar.ts';
import type { VideoTile } from './video-tile.ts';

/** Whether the browser plays the others' sound, and what is done once somebody has pressed something. */
export class Playback {
  blocked = false;
  readonly #host: LitElement;
  readonly #term: Term;

  constructor(host: LitElement, term: Term) {
    this.#host = host;
    this.#term = term;
  }

  readonly onBlocked = (): void => {
    if (this.blocked) return;
    this.blocked = true;
    this.#host.requestUpdate();
    this.#host.dispatchEvent(new CallErrorEvent('playback-blocked', this.#term('playback-blocked'), false));
  };

  readonly onPlay = (): void => {
    this.blocked = false;
    this.#host.requestUpdate();
    for (const tile of this.#host.renderRoot.querySelectorAll<VideoTile>('.stage .tile')) tile.play();
  };
}
