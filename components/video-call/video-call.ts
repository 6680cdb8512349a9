import { LitElement, html, nothing, type PropertyValues } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { ErrorCode, Role } from '../../server/protocol.ts';
import { CallController } from '../controllers/call-controller.ts';
import { LocaleController } from '../controllers/locale-controller.ts';
import type { CallParticipant, CallState } from '../entities.ts';
import { BeforeJoinEvent, BeforeLeaveEvent, type CallLeaveReason, type DeviceSelectEvent } from '../events.ts';
import { CodedError } from '../internal/coded-error.ts';
import { defineElement } from '../internal/define.ts';
import { themeStyles } from '../internal/styles.ts';
import type { LinkFigures } from '../rtc/link-stats.ts';
import { COMMANDS } from './commands.ts';
import { farewellOf, renderBanner, sayingOf, tellOnOwnTile, type Situation } from './banner.ts';
import { renderDoor } from './door.ts';
import { fireFacts, tellError } from './facts.ts';
import type { LayoutMode } from './layout.ts';
import { loadSettings, renderSettings } from './settings.ts';
import { Stage } from './stage.ts';
import { renderToolbar, type ToolbarAction } from './toolbar.ts';
import { videoCallStyles } from './video-call.styles.ts';
import { VideoTile } from './video-tile.ts';

defineElement('sarangbang-video-tile', VideoTile);

/**
 * A video call of everybody in a room who wants to be in it.
 *
 * @slot prejoin - Text over the preview, before the call.
 * @slot empty - Shown while one is alone in the call.
 * @slot controls - More buttons for the toolbar.
 *
 * @fires {BeforeJoinEvent} before-join - Request: about to join; `preventDefault()` keeps it from it.
 * @fires {BeforeLeaveEvent} before-leave - Request: about to leave; `preventDefault()` keeps it from it.
 * @fires {CallJoinEvent} call-join - In the call of `room`.
 * @fires {CallLeaveEvent} call-leave - No longer in the call of `room`, and why.
 * @fires {StateChangeEvent} state-change - `state` is another one.
 * @fires {RoomChangeEvent} room-change - The server moved this participant into `room`.
 * @fires {ParticipantJoinEvent} participant-join - Somebody came into the call.
 * @fires {ParticipantLeaveEvent} participant-leave - Somebody left the call.
 * @fires {ParticipantChangeEvent} participant-change - A name, a role, or what somebody sends is another.
 * @fires {MicrophoneChangeEvent} microphone-change - The own microphone is on or off.
 * @fires {CameraChangeEvent} camera-change - The own camera is on or off.
 * @fires {ScreenShareChangeEvent} screen-share-change - The own screen is shared, or no longer.
 * @fires {DevicesChangeEvent} devices-change - Devices were plugged in or out, or named.
 * @fires {CallErrorEvent} call-error - Something went wrong that no promise was returned for.
 *
 * @csspart base - The whole.
 * @csspart banner - The line that says what is going on.
 * @csspart stage - Where the tiles stand.
 * @csspart tile - One participant's picture.
 * @csspart tile-self - One's own tile.
 * @csspart tile-screen - The tile of a shared screen.
 * @csspart video - The picture itself.
 * @csspart avatar - The seal with the initials, while there is no picture.
 * @csspart name - The name on a tile.
 * @csspart badge - A mark on a tile: microphone off, connection weak or lost.
 * @csspart pin-button - Makes a tile large.
 * @csspart controls - The toolbar.
 * @csspart button - Each round button.
 * @csspart microphone-button - Microphone on and off.
 * @csspart camera-button - Camera on and off.
 * @csspart screen-button - Screen share on and off.
 * @csspart settings-button - Opens the settings.
 * @csspart leave-button - Leaves the call.
 * @csspart prejoin - The view before and after the call.
 * @csspart preview - The own picture in it.
 * @csspart join-button - Joins the call, also anew.
 * @csspart dialog - The settings.
 * @csspart device-field - In the settings: one kind of device.
 * @csspart device-label - In the settings: its name.
 * @csspart device-select - In the settings: the choice.
 * @csspart device-meter - In the settings: the microphone's level.
 * @csspart device-preview - In the settings: the own picture.
 * @csspart device-message - In the settings: what is to be said about devices.
 *
 * @cssprop --sarangbang-accent - What can be done: buttons, focus, the ring of who speaks.
 * @cssprop --sarangbang-on-accent - Text on the accent.
 * @cssprop --sarangbang-surface - The ground.
 * @cssprop --sarangbang-surface-raised - Buttons, fields, the banner.
 * @cssprop --sarangbang-surface-sunken - What lies deeper than the ground: around a shared screen.
 * @cssprop --sarangbang-text - Text.
 * @cssprop --sarangbang-text-muted - Labels and hints.
 * @cssprop --sarangbang-line - Quiet lines between things.
 * @cssprop --sarangbang-danger - What failed, and the way out.
 * @cssprop [--sarangbang-radius=0.75rem] - Roundness of corners.
 * @cssprop --sarangbang-font - Font family.
 * @cssprop [--sarangbang-font-size=0.9375rem] - Size of text.
 *
 * @cssstate idle - In no room.
 * @cssstate prejoin - Before the call.
 * @cssstate knocking - Waits to be let in.
 * @cssstate joining - On the way in.
 * @cssstate joined - In the call.
 * @cssstate reconnecting - In the call, the server out of reach.
 * @cssstate left - Left the call.
 * @cssstate failed - Could not join or stay.
 */
export class VideoCall extends LitElement {
  static override styles = [themeStyles, videoCallStyles];

  /** Name of the room whose call this is; empty = in no room. */
  @property({ useDefault: true }) room = '';
  /** Where the server is; default: where this module came from. */
  @property({ useDefault: true }) server = '';
  /** The nickname; default: a friendly one that is kept. */
  @property({ attribute: 'display-name', useDefault: true }) displayName = '';
  /** A signed grant, where the server asks for one. */
  @property({ useDefault: true }) token = '';
  /** Keeps a room made by this entry out of the public list. */
  @property({ type: Boolean }) unlisted = false;
  /** Joins as soon as `room` is set, without the view before the call. */
  @property({ type: Boolean }) autojoin = false;
  /** Begins the call with the microphone off. */
  @property({ type: Boolean }) muted = false;
  /** Begins the call with the camera off, without asking for one. */
  @property({ type: Boolean, attribute: 'camera-off' }) cameraOff = false;
  /** No video either way. */
  @property({ type: Boolean, attribute: 'audio-only' }) audioOnly = false;
  /** Shows no toolbar: tiles alone. */
  @property({ type: Boolean, attribute: 'no-controls' }) noControls = false;
  /** How tiles are arranged: `auto` gives the stage to shared screens, `spotlight` to who speaks, `grid` to all alike. */
  @property({ useDefault: true }) layout: LayoutMode = 'auto';
  /** Uses TURN alone: the other side never sees this address. */
  @property({ type: Boolean, attribute: 'relay-only' }) relayOnly = false;
  /** What to capture; default: 640×360 at 30 frames a second, and speech. */
  @property({ attribute: false }) constraints: MediaStreamConstraints | undefined;

  @state() private playbackBlocked = false;
  /** Why something a person pressed did not work. */
  @state() private trouble: ErrorCode | null = null;
  @state() private dismissed: string | null = null;
  @state() private announcement = '';
  @state() private settings = false;

  readonly #internals = this.attachInternals();
  readonly #locale = new LocaleController(this);
  readonly #term: LocaleController['term'] = (...args) => this.#locale.term(...args);
  readonly #call = new CallController(this);
  readonly #stage = new Stage(this);
  #leaveReason: CallLeaveReason = 'left';
  #hadFocus = false;

  constructor() {
    super();
    const { events } = this.#call;
    this.#internals.states.add(this.state);
    events.on('state', (state) => this.#onState(state));
    events.on('leave', ({ reason }) => (this.#leaveReason = reason));
    events.on('participant-join', ({ displayName }) => (this.announcement = this.#locale.term('callCame', displayName)));
    events.on('participant-leave', ({ displayName }) => (this.announcement = this.#locale.term('callGone', displayName)));
    fireFacts(this, events);
    events.on('error', ({ error, fatal }) => tellError(this, this.#locale, error.code, fatal));
    this.addEventListener('command', this.#onCommand);
    this.addEventListener('device-select', this.#onDeviceSelect);
  }

  /** `idle → prejoin → (knocking →) joining → joined ⇄ reconnecting → left`, or `failed`. */
  get state(): CallState {
    return this.#call.state;
  }

  /** What this participant may do: `participant`, `moderator`, `viewer`. */
  override get role(): Role {
    return this.#call.role;
  }

  /** Those in the call, oneself first; empty outside the call. */
  get participants(): readonly CallParticipant[] {
    return this.#call.participants;
  }

  /** Joins the call. @throws {CodedError} why not; `cancelled` where `before-join` was prevented */
  async join(): Promise<void> {
    if (!this.dispatchEvent(new BeforeJoinEvent(this.room))) throw new CodedError('cancelled');
    // A room that was set just now is taken in first.
    await this.updateComplete;
    await this.#call.join();
  }

  /** Leaves the call; the room's chat goes on. @throws {CodedError} `cancelled` where `before-leave` was prevented */
  async leave(): Promise<void> {
    if (!this.dispatchEvent(new BeforeLeaveEvent(this.room))) throw new CodedError('cancelled');
    await this.#call.leave();
  }

  /** Turns the microphone on or off, or to the other of the two; resolves to the new state. @throws {CodedError} */
  toggleMicrophone(on?: boolean): Promise<boolean> {
    return this.#call.toggleMicrophone(on);
  }

  /** Turns the camera on or off, or to the other of the two; resolves to the new state. @throws {CodedError} */
  toggleCamera(on?: boolean): Promise<boolean> {
    return this.#call.toggleCamera(on);
  }

  /** Shares the screen, or no longer; resolves to the new state. @throws {CodedError} `cancelled` where nothing was chosen */
  toggleScreenShare(on?: boolean): Promise<boolean> {
    return this.#call.toggleScreenShare(on);
  }

  /** Switches to another device without renegotiation. @throws {CodedError} the old device then goes on */
  setDevice(kind: MediaDeviceKind, deviceId: string): Promise<void> {
    return this.#call.setDevice(kind, deviceId);
  }

  /** Figures of the last second by participant id. */
  getStats(): Promise<Map<string, LinkFigures>> {
    return this.#call.getStats();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    this.#hadFocus = this.shadowRoot?.activeElement != null;
    if (changed.has('room')) this.trouble = null;
  }

  protected override updated(): void {
    tellOnOwnTile(this.renderRoot.querySelector<VideoTile>('[part~="tile-self"]'), this.#call.mediaErrors, this.dismissed);
    // The button that was pressed went with its view: the keyboard goes on where the next one begins.
    if (this.#hadFocus && !this.shadowRoot?.activeElement) this.renderRoot.querySelector<HTMLElement>('.controls .tool, .join')?.focus();
  }

  override render() {
    const { state } = this;
    const inside = state === 'knocking' || state === 'joining' || state === 'joined' || state === 'reconnecting';
    const situation = this.#situation();
    const said = sayingOf(situation);
    const saying = said?.term === this.dismissed ? null : said;
    const { microphone, camera, screen, canShareScreen, preview, displayName, room } = this.#call;
    const term = this.#term;
    return html`
      <div part="base" class="base ${inside ? 'inside' : 'outside'}" lang=${this.#locale.textLang}>
        ${renderBanner({ saying, term, onPlay: this.#onPlay, onDismiss: () => (this.dismissed = saying!.term) })}
        ${this.#stage.render({
          participants: this.participants, mode: this.layout, inside, settled: state === 'joined' || state === 'reconnecting',
          speakerId: this.#call.speakerId, isReconnecting: (id) => this.#call.isReconnecting(id),
          term, onPlaybackBlocked: this.#onPlaybackBlocked,
        })}
        ${renderDoor({
          situation, preview, displayName, hidden: inside, room: this.room, selfId: room.snapshot?.selfId ?? '', audioOnly: this.audioOnly,
          term, onAction: this.#onAction, onJoin: this.#onJoin, onName: (name) => (this.displayName = name),
        })}
        ${renderToolbar({
          microphone, camera, screen, canShareScreen, hidden: !inside || this.noControls, title: this.room, audioOnly: this.audioOnly, term, onAction: this.#onAction,
        })}
        <p class="visually-hidden" role="status">${this.announcement}</p>
        ${this.settings ? renderSettings({ audioOnly: this.audioOnly, preview: camera, onClose: () => (this.settings = false) }) : nothing}
      </div>
    `;
  }

  #situation(): Situation {
    const { state, error, mediaErrors, microphoneSilent } = this.#call;
    return {
      state, mediaErrors, microphoneSilent, error: this.trouble ?? error?.code ?? null,
      playbackBlocked: this.playbackBlocked, leaveReason: this.#leaveReason,
    };
  }

  /** What a person pressed: nobody holds its promise, so a failure is told by the banner and by `call-error`. */
  #press(action: () => Promise<unknown>): void {
    this.trouble = this.dismissed = null;
    action().catch((reason: unknown) => {
      const { code } = CodedError.from(reason);
      if (code === 'cancelled') return;
      this.trouble = code;
      tellError(this, this.#locale, code, this.state === 'failed');
    });
  }

  #onAction = (action: ToolbarAction): void => {
    const actions: Record<ToolbarAction, () => Promise<unknown>> = {
      microphone: () => this.toggleMicrophone(),
      camera: () => this.toggleCamera(),
      screen: () => this.toggleScreenShare(),
      settings: () => loadSettings().then(() => void (this.settings = true)),
      leave: () => this.leave(),
    };
    this.#press(actions[action]);
  };

  #onJoin = (): void => this.#press(() => this.join());

  #onState(state: CallState): void {
    this.#internals.states.clear();
    this.#internals.states.add(state);
    this.dismissed = null;
    if (state === 'joining' || state === 'prejoin') this.trouble = null;
    if (state === 'prejoin') void this.#call.startPreview();
    if (state === 'left' || state === 'failed') {
      this.playbackBlocked = false;
      this.#locale.say(farewellOf(this.#situation()), (text) => (this.announcement = text));
    }
  }

  #onPlaybackBlocked = (): void => {
    if (!this.playbackBlocked) tellError(this, this.#locale, 'playback-blocked', false);
    this.playbackBlocked = true;
  };

  #onPlay = (): void => {
    this.playbackBlocked = false;
    for (const tile of this.renderRoot.querySelectorAll<VideoTile>('.stage .tile')) tile.play();
  };

  #onCommand = (event: Event): void => {
    const command = COMMANDS.get((event as CommandEvent).command);
    if (command) this.#press(() => command(this));
  };

  #onDeviceSelect = (event: DeviceSelectEvent): void => {
    // Once everybody has heard it, for whoever hears it may prevent it.
    queueMicrotask(() => event.defaultPrevented || this.#press(() => this.setDevice(event.kind, event.deviceId)));
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'video-call': VideoCall;
  }
}
