/**
 * The card of a participant who shares the own screen: what others see, small, and the button that stops it. The screen
 * at full size would show itself, again and again.
 *
 * Owns the card and its picture. Does not own the card's place, which the stage gives like that of a tile.
 */
import { html, render } from 'lit';
import { ignore } from '../../../internal/ignore.ts';
import { icon } from './stage-icons.ts';
import { PRESENTING, type StageScene } from '../stage-scene.ts';

/** The widest picture, in pixels. */
const WIDTH_PX = 320;
const PAUSE_MS = 500;

export class Presenting {
  readonly #scene: StageScene;
  #card: HTMLElement | null = null;
  #video: HTMLVideoElement | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(scene: StageScene) {
    this.#scene = scene;
  }

  /** The box around the small picture; `null` without a card. */
  get picture(): HTMLElement | null {
    return this.#card?.querySelector<HTMLElement>('.glance') ?? null;
  }

  /**
   * @param stream the own screen; `null` while none is shared
   * @param pointing the switch that lets others point at it, once it is loaded
   */
  handleScreen(stream: MediaStream | null, pointing: unknown): void {
    if (!stream) return this.close();
    const { element, host } = this.#scene;
    if (!this.#card) {
      this.#card = host.ownerDocument.createElement('div');
      this.#card.className = 'presenting';
      this.#card.part.add('presenting');
      this.#card.dataset.key = PRESENTING;
      this.#card.hidden = true;
      this.#video = host.ownerDocument.createElement('video');
      this.#video.muted = true;
      this.#timer = setInterval(() => this.#draw(), PAUSE_MS);
      element?.append(this.#card);
      queueMicrotask(() => this.#scene.place());
    }
    if (this.#video!.srcObject !== stream) {
      this.#video!.srcObject = stream;
      this.#video!.play().catch(ignore);
    }
    const { term } = this.#scene.view!;
    const stop = (): void => void host.toggleScreenShare(false).catch(ignore);
    const card = html`
      <div class="glance">
        <canvas part="presenting-picture" width="0" height="0" aria-hidden="true"></canvas>
      </div>
      <p part="presenting-text">${term('callPresenting')}</p>
      <div class="actions">
      <button type="button" class="danger" part="stop-sharing-button" title=${term('callStopSharing')} @click=${stop}
        >${icon('stop')}<span>${term('callStopSharing')}</span></button>
      ${pointing}
      </div>
    `;
    render(card, this.#card);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#card?.remove();
    this.#card = null;
    if (this.#video) this.#video.srcObject = null;
    this.#video = null;
  }

  #draw(): void {
    const { videoWidth = 0, videoHeight = 0 } = this.#video ?? {};
    const canvas = this.#card?.querySelector('canvas');
    if (!canvas || !videoWidth || this.#card!.ownerDocument.visibilityState === 'hidden') return;
    const width = Math.min(WIDTH_PX, videoWidth);
    const height = Math.round((width * videoHeight) / videoWidth);
    if (canvas.width !== width || canvas.height !== height) {
      Object.assign(canvas, { width, height });
      canvas.parentElement!.style.setProperty('--_aspect', `${width / height}`);
    }
    canvas.getContext('2d')?.drawImage(this.#video!, 0, 0, width, height);
  }
}
