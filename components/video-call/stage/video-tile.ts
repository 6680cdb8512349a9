import { LitElement, html, nothing } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { LocaleController } from '../../controllers/locale-controller.ts';
import { defineElement } from '../../internal/define.ts';
import { dress } from '../../internal/look/document-styles.ts';
import { participantHue } from '../../internal/look/participant-hue.ts';
import { controls } from '../../internal/look/styles.ts';
import type { CallParticipant } from '../../entities.ts';
import { icon } from '../icons.ts';
import { initialsOf } from '../../internal/look/initials.ts';
import { ignore } from '../../internal/ignore.ts';
import type { DeviceSentence } from '../situation.ts';
import { showStates } from './tile-states.ts';
import type { StageScene } from './stage-scene.ts';
import { videoTileStyles } from './video-tile.styles.ts';

/**
 * One participant's picture and sound, or a shared screen: an inner element of `<video-call>`.
 *
 * @fires playback-blocked - The browser blocked the sound.
 * @fires tile-shape - The picture has a different shape.
 *
 * @csspart video - The picture.
 * @csspart avatar - The initials, shown while there is no picture.
 * @csspart name - The name.
 * @csspart badge - A mark beside the name: microphone off, connection weak or lost.
 * @csspart plate - The background of the name.
 * @csspart icon - The icon of a mark.
 * @csspart ring - The line around a participant who speaks.
 */
export class VideoTile extends LitElement {
  static override styles = [controls, videoTileStyles];

  @property({ attribute: false }) participant!: CallParticipant;
  /** Shows the participant's screen instead of the camera. */
  @property({ type: Boolean }) screen = false;
  /** Plays no sound: for a tile of the person at this page, because people must not hear themselves. */
  @property({ type: Boolean }) silent = false;
  /** True if the person pinned this tile. */
  @property({ type: Boolean }) pinned = false;
  /** True while this participant's media do not arrive, or while its own connection to the server is lost. */
  @property({ attribute: false }) reconnecting = false;
  /** Shows the picture as a mirror does. */
  @property({ type: Boolean }) mirrored = false;
  /** The problem with the participant's own devices. */
  @property({ attribute: false }) trouble: DeviceSentence | null = null;
  /** Output device for the sound; empty for the system's choice. */
  @property({ attribute: false }) speakerId = '';

  @state() private hasPicture = false;
  @query('video') private video!: HTMLVideoElement;

  /** Takes the styles of parts that load late. */
  readonly dressing: StageScene['dressing'] = dress(this);
  readonly #locale = new LocaleController(this);
  #stream: MediaStream | null = null;
  /** The last stream that had a picture. */
  #pictured: MediaStream | null = null;
  #speakerId = '';
  #aspect = 0;

  /**
   * Width by height of the picture; `undefined` before the first. Reading it causes no layout. Senders round the sides
   * of small pictures, and if that counted, two layouts could take turns for ever.
   */
  get aspect(): number | undefined {
    const video = this.video as HTMLVideoElement | null;
    if (!video?.videoWidth) return undefined;
    const aspect = video.videoWidth / video.videoHeight;
    // 5:4 and 4:3 count as the same, 3:2 and 4:3 do not.
    if (Math.abs(aspect - this.#aspect) > 0.1) this.#aspect = aspect;
    return this.#aspect;
  }

  /** True once the stream has shown a picture, even if the picture is paused since. */
  get hadPicture(): boolean {
    // The video knows its first picture before the listeners of this tile are called.
    if (this.video.videoWidth > 0) return true;
    return this.#pictured !== null && this.#pictured === (this.#stream ?? this.#pictured);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // A video that leaves the document is paused. Back in the document, it stays paused until `play()`.
    if (this.#stream) this.play();
  }

  protected override updated(): void {
    // Through CSSOM: a content security policy may forbid style attributes.
    this.style.setProperty('--_hue', `${participantHue(this.participant.id)}`);
    this.showStates();
    // `srcObject` is set only if it changed: a binding would set it at each rendering, which reloads the video.
    const stream = this.screen ? this.participant.screenStream : this.participant.stream;
    if (stream !== this.#stream) {
      this.#stream = stream;
      this.video.srcObject = stream;
      if (stream) this.play();
      else this.hasPicture = false;
    }
    if (this.speakerId !== this.#speakerId && 'setSinkId' in this.video) {
      this.#speakerId = this.speakerId;
      this.video.setSinkId(this.speakerId).catch(() => (this.#speakerId = ''));
    }
  }

  /** Tells the states of the tile. Also called when `speaking` changes, which causes no rendering. */
  showStates(): void {
    const { participant, screen, pinned } = this;
    showStates(this, {
      speaking: participant.speaking && !screen,
      muted: !participant.microphone && !screen,
      weak: participant.quality === 'poor' && !this.#isLost,
      lost: this.#isLost,
      pinned,
    });
  }

  get #isLost(): boolean {
    return this.reconnecting || this.participant.quality === 'lost';
  }

  /** Plays picture and sound. Fires `playback-blocked` if the browser blocks the sound. */
  play(): void {
    const { video } = this;
    video.muted = this.silent;
    video.play().catch((error: unknown) => {
      if ((error as Error).name !== 'NotAllowedError') return;
      // Plays the picture without sound until the person presses the button.
      video.muted = true;
      video.play().catch(ignore);
      this.dispatchEvent(new Event('playback-blocked'));
    });
  }

  override render() {
    const { participant, screen } = this;
    const { displayName, isSelf, quality } = participant;
    const shows = this.hasPicture && (screen ? participant.screen : participant.camera);
    const name = isSelf ? this.#locale.term('callSelf', displayName) : displayName;
    const lost = this.#isLost;
    const title = screen ? this.#locale.term('callScreenOf', name) : name;
    return html`
      <div role="group" aria-label=${title}
        class="frame ${screen ? 'screen' : ''} ${shows ? 'shows' : ''} ${lost ? 'lost' : ''}">
        <video part="video" autoplay playsinline aria-hidden="true" .muted=${this.silent}
          class=${this.mirrored ? 'mirrored' : ''}
          @loadeddata=${this.#onPicture} @resize=${this.#onPicture} @emptied=${this.#onPicture}></video>
        ${
          screen
            ? nothing
            : html`<div part="avatar" aria-hidden="true" ?hidden=${shows}>${initialsOf(displayName)}</div>`
        }
        <div class="foot">
          ${this.trouble ? html`<span part="badge" class="trouble">${this.#locale.term(this.trouble)}</span>` : nothing}
          ${lost || quality === 'poor' ? this.#renderQuality(lost) : nothing}
          <div part="plate" class="plate">
            ${this.#renderMark()}
            <span part="name" dir="auto" title=${title}>${title}</span>
          </div>
        </div>
        <div part="ring"></div>
      </div>
    `;
  }

  #renderQuality(lost: boolean) {
    const text = this.#locale.term(lost ? 'reconnecting' : 'callTilePoor');
    return html`<span part="badge" class="quality"><span class="saying">${text}</span></span>`;
  }

  /** The mark before the name: a screen, or a microphone that is off. */
  #renderMark() {
    if (this.screen) return html`<span part="badge">${icon('screen')}</span>`;
    if (this.participant.microphone) return nothing;
    return html`<span part="badge" class="muted" role="img" aria-label=${this.#locale.term('callMicrophoneIsOff')}>
      ${icon('microphone-off')}
    </span>`;
  }

  #onPicture = (): void => {
    this.hasPicture = this.video.videoWidth > 0;
    if (!this.hasPicture) return;
    this.#pictured = this.#stream;
    this.dispatchEvent(new Event('tile-shape'));
  };
}

defineElement('sarangbang-video-tile', VideoTile);
