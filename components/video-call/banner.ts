/**
 * The banner of a call: what is going on, as one sentence at a time, and announcements before it.
 *
 * Owns what the person dismissed, and the announcements that were not closed yet. Does not own how the call stands
 * (`Situation`).
 */
import { html, nothing, type LitElement, type TemplateResult } from 'lit';
import { reloadPage } from '../internal/capability.ts';
import { icon } from './icons.ts';
import { sayingOf, type Saying, type Situation } from './situation.ts';
import type { VideoTile } from './stage/video-tile.ts';
import type { Term } from './toolbar.ts';

/** The most UTF-16 units of announcements that are kept; the oldest are cut off. */
const ANNOUNCED_CHARACTERS = 8_000;

export class Banner {
  readonly #host: LitElement;
  readonly #term: Term;
  readonly #onPlay: () => void;
  /** Key of the sentence that the person dismissed. */
  #dismissed: string | null = null;
  /** Announcements that were not closed yet, the newest first. */
  #announced = '';

  constructor(host: LitElement, term: Term, onPlay: () => void) {
    this.#host = host;
    this.#term = term;
    this.#onPlay = onPlay;
  }

  handleAnnouncement(text: string): void {
    this.#announced = `${text}\n${this.#announced}`.slice(0, ANNOUNCED_CHARACTERS);
    this.#host.requestUpdate();
  }

  /** After an action of the person or a new state, a dismissed sentence may be news again. */
  handleAction(): void {
    this.#dismissed = null;
    this.#host.requestUpdate();
  }

  /** Called when the room changes. */
  reset(): void {
    this.#announced = '';
  }

  /** A problem with the person's own devices is also told on the own tile, until it is dismissed. */
  tellOnOwnTile({ camera, microphone }: Situation['mediaErrors']): void {
    const tile = this.#host.renderRoot.querySelector<VideoTile>('[part~="tile-self"]');
    const trouble = camera ?? microphone ?? null;
    if (tile) tile.trouble = trouble === this.#dismissed ? null : trouble;
  }

  /** Always rendered, even without a sentence: screen readers read only a live region that was there before. */
  render(situation: Situation): TemplateResult {
    const term = this.#term;
    const announced = this.#announced;
    const said = sayingOf(situation);
    const saying = said?.term === this.#dismissed ? null : said;
    const tone = announced ? 'announcement' : (saying?.tone ?? 'quiet');
    const key = announced ? 'announcement' : saying?.term;
    const canDismiss = announced || (tone === 'warning' && saying?.term !== 'playback-blocked');
    return html`<div part="banner" class="banner ${tone}" role="status">
      ${key ? html`<p part="banner-text">${term(key)}${announced && `\n${announced}`}</p>` : nothing}
      ${this.#renderRemedy(saying)}
      ${
        canDismiss
          ? html`<button type="button" class="icon-only" part="banner-button"
            aria-label=${term('callClose')} title=${term('callClose')}
            @click=${() => this.#dismiss(saying)}>${icon('close')}</button>`
          : nothing
      }
    </div>`;
  }

  /** The button for a sentence. Also shown beside an announcement, because without it the sound stays blocked. */
  #renderRemedy(saying: Saying | null) {
    const isBlocked = saying?.term === 'playback-blocked';
    if (!isBlocked && saying?.term !== 'version-mismatch') return nothing;
    const label = this.#term(isBlocked ? 'callPlay' : 'reload');
    return html`<button type="button" class="primary" part="banner-button"
      @click=${isBlocked ? this.#onPlay : reloadPage}>${label}</button>`;
  }

  #dismiss(saying: Saying | null): void {
    if (!this.#announced) this.#dismissed = saying?.term ?? null;
    this.#announced = '';
    this.#host.requestUpdate();
  }
}
