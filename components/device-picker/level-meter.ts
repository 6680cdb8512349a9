import { LitElement, html } from 'lit';
import { property } from 'lit/decorators.js';
import { dress } from '../internal/look/document-styles.ts';
import { windowOf } from '../internal/platform.ts';
import { controls } from '../internal/look/styles.ts';
import { levelMeterStyles } from './device-picker.styles.ts';

/** How often the value for screen readers is set, because sixty numbers a second would be too many. */
const SPOKEN_EVERY_MS = 500;

/**
 * Shows the level of the microphone: an inner element of `<device-picker>`. It draws each frame by itself, so that the
 * picker around it is not rendered sixty times a second.
 */
export class LevelMeter extends LitElement {
  static override styles = [controls, levelMeterStyles];

  /** Returns the current level, 0 to 1; called at every frame. */
  @property({ attribute: false }) read: () => number = () => 0;
  @property() label = '';

  #window: Window = window;
  #frame = 0;
  #spokenAt = 0;

  constructor() {
    super();
    dress(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#window = windowOf(this);
    this.#frame = this.#window.requestAnimationFrame(this.#onFrame);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#window.cancelAnimationFrame(this.#frame);
  }

  override render() {
    return html`<div class="track" part="level-track" role="meter" aria-label=${this.label}
      aria-valuemin="0" aria-valuemax="100" aria-valuenow="0">
      <div class="fill" part="level-fill"></div>
    </div>`;
  }

  #onFrame = (time: number): void => {
    this.#frame = this.#window.requestAnimationFrame(this.#onFrame);
    const level = Math.min(Math.max(this.read(), 0), 1);
    // On this scale a whisper is at a quarter, and a person close to the microphone at three quarters.
    const shown = level ** 0.5;
    this.style.setProperty('--_level', `${Math.round(shown * 100)}%`);
    if (time - this.#spokenAt < SPOKEN_EVERY_MS) return;
    this.#spokenAt = time;
    this.renderRoot.firstElementChild?.setAttribute('aria-valuenow', `${Math.round(shown * 100)}`);
  };
}
