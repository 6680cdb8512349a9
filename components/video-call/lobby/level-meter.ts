import { LitElement, css, html } from 'lit';
import { property } from 'lit/decorators.js';
import { MicrophoneLevel } from '../../controllers/call/microphone-level.ts';
import { defineElement } from '../../internal/define.ts';
import { dress } from '../../internal/look/document-styles.ts';
import { controls } from '../../internal/look/styles.ts';
import { windowOf } from '../../internal/platform.ts';

/** How often the level is read. The bar glides in between, so that nothing has to run at every frame. */
const READ_EVERY_MS = 100;
/** How often the value for screen readers is set, in reads. */
const SPOKEN_EVERY = 5;

/** The level of the microphone in the lobby: an inner element of `<video-call>`, with an audio graph of its own. */
class LobbyMeter extends LitElement {
  static override styles = [
    controls,
    css`
      .track {
        block-size: 0.4em;
        border-radius: 0.2em;
        background: var(--_line);
        overflow: hidden;
      }
      .fill {
        block-size: 100%;
        border-radius: inherit;
        background: var(--_accent);
        transform: translateX(calc(var(--_level, 0) * 1% - 100%));
        transition: transform 120ms linear;
      }
      .fill:dir(rtl) {
        transform: translateX(calc(100% - var(--_level, 0) * 1%));
      }
      @media (forced-colors: active) {
        .track {
          border: 1px solid CanvasText;
        }
        .fill {
          forced-color-adjust: none;
          background: Highlight;
        }
      }
    `,
  ];

  @property({ attribute: false }) stream: MediaStream | null = null;
  @property() label = '';

  readonly #level = new MicrophoneLevel();
  /** Kept, because an element that moves to another document is disconnected in the new one. */
  #view: Window | undefined;
  #timer: number | undefined;
  #reads = 0;

  constructor() {
    super();
    dress(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#view = windowOf(this);
    this.#timer = this.#view.setInterval(this.#onRead, READ_EVERY_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#view?.clearInterval(this.#timer);
    this.#level.close();
  }

  override render() {
    return html`<div class="track" part="level-meter level-track" role="meter" aria-label=${this.label}
      aria-valuemin="0" aria-valuemax="100" aria-valuenow="0"><div class="fill" part="level-fill"></div></div>`;
  }

  readonly #onRead = (): void => {
    // On this scale a whisper is at a quarter, and a person close to the microphone at three quarters.
    const shown = Math.round(Math.sqrt(Math.min(this.#level.read(this.stream), 1)) * 100);
    this.style.setProperty('--_level', `${shown}`);
    if (this.#reads++ % SPOKEN_EVERY === 0)
      this.renderRoot.querySelector('.track')?.setAttribute('aria-valuenow', `${shown}`);
  };
}

defineElement('sarangbang-lobby-meter', LobbyMeter);
