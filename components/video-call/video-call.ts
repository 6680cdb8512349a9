import { LitElement, html, nothing, type PropertyValues } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { Role } from '../../server/protocol.ts';
import { CallController } from '../controllers/call-controller.ts';
import { LocaleController } from '../controllers/locale-controller.ts';
import type { Moderation } from '../controllers/moderation.ts';
import type { CallParticipant, CallState } from '../entities.ts';
import { BeforeJoinEvent, BeforeLeaveEvent, type CallLeaveReason } from '../events.ts';
import { boolean } from '../internal/properties/boolean-property.ts';
import { CodedError } from '../internal/coded-error.ts';
import { defineElement } from '../internal/define.ts';
import { ignore } from '../internal/ignore.ts';
import { dress } from '../internal/document-styles.ts';
import { statesOf } from '../internal/platform.ts';
import { acceptGiven, takeGiven } from '../internal/properties/given-values.ts';
import { themeStyles } from '../internal/styles.ts';
import { text, toText } from '../internal/properties/text-property.ts';
import type { LinkFigures } from '../rtc/link/link-stats.ts';
import { farewellOf, renderBanner, sayingOf, tellOnOwnTile, type Situation } from './banner.ts';
import { moderation, settings } from './capabilities.ts';
import { renderDoor } from './prejoin.ts';
import { fireFacts, readOut, tellError } from './dom-events.ts';
import type { LayoutMode } from './stage/layout.ts';
import { Playback } from './stage/playback.ts';
import { Presses } from './user-actions.ts';
import { Stage } from './stage/stage.ts';
import { renderToolbar } from './toolbar.ts';
import { videoCallStyles } from './video-call.styles.ts';
import { VideoTile } from './stage/video-tile.ts';

defineElement('sarangbang-video-tile', VideoTile);

const NOBODY: readonly never[] = [];

/** So much of what was announced is kept until it is closed; the oldest gives way. */
const ANNOUNCED = 8_000;

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
 * @fires {KnockEvent} knock - For moderators: somebody waits before the locked room.
 * @fires {KnockEndEvent} knock-end - For moderators: somebody no longer waits.
 * @fires {TokenExpireEvent} token-expire - The token ends in `inMs`: 60 s before.
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
 * @csspart moderation-button - For moderators: opens their dialog.
 * @csspart waiting - For moderators: those who knock.
 * @csspart leave-button - Leaves the call.
 * @csspart prejoin - The view before and after the call.
 * @csspart preview - The own picture in it.
 * @csspart join-button - Joins the call, also anew.
 * @csspart cancel-button - Waits no longer to be let in.
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
 * @cssprop [--sarangbang-radius=max(0.75rem, 12px)] - Roundness of corners.
 * @cssprop --sarangbang-font - Font family.
 * @cssprop [--sarangbang-font-size=max(0.9375rem, 15px)] - Size of text.
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
  @text @property({ useDefault: true }) room = '';
  /** Where the server is; default: where this module came from. */
  @text @property({ useDefault: true }) server = '';
  /** The nickname; default: a friendly one that is kept. */
  @text @property({ attribute: 'display-name', useDefault: true }) displayName = '';
  /** A signed grant, where the server asks for one. */
  @text @property({ useDefault: true }) token = '';
  /** Keeps a room made by this entry out of the public list. */
  @boolean @property() unlisted = false;
  /** Joins as soon as `room` is set, without the view before the call. */
  @boolean @property() autojoin = false;
  /** Begins the call with the microphone off. */
  @boolean @property() muted = false;
  /** Begins the call with the camera off, without asking for one. */
  @boolean @property({ attribute: 'camera-off' }) cameraOff = false;
  /** No video either way. */
  @boolean @property({ attribute: 'audio-only' }) audioOnly = false;
  /** Shows no toolbar: tiles alone. */
  @boolean @property({ attribute: 'no-controls' }) noControls = false;
  /** How tiles are arranged: `auto` gives the stage to shared screens, `spotlight` to who speaks, `grid` to all alike. */
  @text @property({ useDefault: true }) layout: LayoutMode = 'auto';
  /** Uses TURN alone: the other side never sees this address. */
  @boolean @property({ attribute: 'relay-only' }) relayOnly = false;
  /** What to capture; default: 640×360 at 30 frames a second, and speech. */
  @property({ attribute: false }) constraints: MediaStreamConstraints | undefined;

  @state() private dismissed: string | null = null;
  @state() private announcement = '';
  /** What was announced and not closed yet, the newest first. */
  @state() private announced = '';
  @state() private dialog: 'settings' | 'moderation' | null = null;

  readonly #states = statesOf(this);
  readonly #locale = new LocaleController(this);
  readonly #term: LocaleController['term'] = (...args) => this.#locale.term(...args);
  readonly #call = new CallController(this);
  readonly #playback = new Playback(this, this.#locale);
  readonly #stage = new Stage(this);
  readonly #presses = new Presses(this, {
    locale: this.#locale,
    onPress: () => (this.dismissed = null),
    onDialog: (name) => (this.dialog = name),
  });
  #leaveReason: CallLeaveReason = 'left';
  /** The stage is shown, and not the lobby. On the way in what was there stays: an empty stage would say nothing. */
  #inside = false;
  #hadFocus = false;

  constructor() {
    super();
    dress(this);
    const { events } = this.#call;
    this.#states.add(this.state);
    events.on('state', (state) => this.#onState(state));
    events.on('leave', ({ reason }) => (this.#leaveReason = reason));
    events.on('announcement', ({ text }) => (this.announced = `${text}\n${this.announced}`.slice(0, ANNOUNCED)));
    readOut(events, this.#term, (text) => (this.announcement = text));
    fireFacts(this, events);
    events.on('error', ({ error, fatal }) => tellError(this, this.#locale, error.code, fatal));
    takeGiven(this);
  }

  /** `idle → prejoin → (knocking →) joining → joined ⇄ reconnecting → left`, or `failed`. */
  get state(): CallState {
    return this.#call.state;
  }

  /** What this participant may do: `participant`, `moderator`, `viewer`. */
  override get role(): Role {
    return this.#call.role;
  }

  /** Sets the ARIA role, as on any element. */
  override set role(role: string | null) {
    const given = toText(role);
    if (given === undefined) this.removeAttribute('role');
    else this.setAttribute('role', given);
  }

  /** Those in the call, oneself first; empty outside the call. */
  get participants(): readonly CallParticipant[] {
    return this.#call.participants;
  }

  /** Those who knock, for moderators: `{ id, displayName }`. */
  get waiting(): readonly { readonly id: string; readonly displayName: string }[] {
    return this.#call.room.snapshot?.waiting ?? NOBODY;
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

  /**
   * Turns the microphone on or off.
   * @param on absent: to the other of the two
   * @returns whether it is on now
   * @throws {CodedError}
   */
  toggleMicrophone(on?: boolean): Promise<boolean> {
    return this.#call.toggleMicrophone(on);
  }

  /**
   * Turns the camera on or off.
   * @param on absent: to the other of the two
   * @returns whether it is on now
   * @throws {CodedError}
   */
  toggleCamera(on?: boolean): Promise<boolean> {
    return this.#call.toggleCamera(on);
  }

  /**
   * Shares the screen, or no longer.
   * @param on absent: to the other of the two
   * @returns whether it is shared now
   * @throws {CodedError} `cancelled` where nothing was chosen
   */
  toggleScreenShare(on?: boolean): Promise<boolean> {
    return this.#call.toggleScreenShare(on);
  }

  /**
   * Switches to another device without renegotiation.
   * @param kind of the device @param deviceId as the browser lists it
   * @throws {CodedError} the old device then goes on
   */
  setDevice(kind: MediaDeviceKind, deviceId: string): Promise<void> {
    return this.#call.setDevice(kind, deviceId);
  }

  /** How the links to the others are. @returns figures of the last second by participant id */
  getStats(): Promise<Map<string, LinkFigures>> {
    return this.#call.getStats();
  }

  /**
   * Moderators: locks the room, or opens it. New people must ask to join a locked room.
   * @param on absent: to the other of the two
   * @returns whether it is locked now
   * @throws {CodedError} as all of these: `not-allowed`, `not-in-room`
   */
  lockRoom(on?: boolean): Promise<boolean> {
    return this.#moderate((moderation) => moderation.lock(on));
  }

  /** Moderators: lets in somebody who knocks. @param id an entry's of `waiting` */
  admit(id: string): Promise<void> {
    return this.#moderate((moderation) => moderation.admit(id));
  }

  /** Moderators: turns somebody away who knocks. @param id an entry's of `waiting` */
  refuse(id: string): Promise<void> {
    return this.#moderate((moderation) => moderation.refuse(id));
  }

  /** Moderators: puts somebody out of the room, for the room's life. @param id the participant's */
  removeParticipant(id: string): Promise<void> {
    return this.#moderate((moderation) => moderation.remove(id));
  }

  /**
   * Moderators: as `removeParticipant`, and everybody else of that participant's address but moderators.
   * @param id the participant's
   */
  removeWithAddress(id: string): Promise<void> {
    return this.#moderate((moderation) => moderation.remove(id, true));
  }

  /** Moderators: mutes a microphone; only its owner can turn it on again. @param id the participant's */
  muteParticipant(id: string): Promise<void> {
    return this.#moderate((moderation) => moderation.mute(id));
  }

  /** Moderators: ends the call for everybody. */
  endCall(): Promise<void> {
    return this.#moderate((moderation) => moderation.endCall());
  }

  /** Moderators: tells the room. @param text of the announcement @returns how many were told */
  announce(text: string): Promise<number> {
    return this.#moderate((moderation) => moderation.announce(text));
  }

  #moderate = async <T>(ask: (moderation: Moderation) => Promise<T>): Promise<T> =>
    ask(new (await moderation.load()).Moderation(this.#call.room.session));

  protected override willUpdate(changed: PropertyValues<this>): void {
    this.#hadFocus = this.shadowRoot?.activeElement != null;
    if (!changed.has('room')) return;
    this.#presses.trouble = null;
    this.announced = '';
  }

  protected override updated(): void {
    // Also for a knock from before this participant entered the call.
    if (this.waiting[0] && !moderation.loaded) moderation.load().then(() => this.requestUpdate(), ignore);
    tellOnOwnTile(
      this.renderRoot.querySelector<VideoTile>('[part~="tile-self"]'),
      this.#call.mediaErrors,
      this.dismissed,
    );
    // The button that was pressed went with its view: the keyboard goes on where the next one begins.
    if (this.#hadFocus && !this.shadowRoot?.activeElement)
      this.renderRoot.querySelector<HTMLElement>('.controls .tool, .join, .cancel, [tabindex]')?.focus();
  }

  override render() {
    const { state, microphone, camera, screen, canShareScreen, preview, displayName, room } = this.#call;
    const inside = this.#inside;
    const situation = this.#situation();
    const [said, onClose] = [sayingOf(situation), (): void => void (this.dialog = null)];
    const saying = said?.term === this.dismissed ? null : said;
    const { announced } = this;
    const onDismiss = (): void => {
      if (!announced) this.dismissed = saying!.term;
      this.announced = '';
    };
    const [term, { carryOut, onAction, onJoin }, moderates, watches, moderating] = [
      this.#term,
      this.#presses,
      inside && this.role === 'moderator',
      this.role === 'viewer',
      this.dialog === 'moderation',
    ];
    return html`
      <div part="base" class="base ${inside ? 'inside' : 'outside'}" lang=${this.#locale.textLang}>
        ${renderBanner({ saying, announced, term, onPlay: this.#playback.onPlay, onDismiss })}
        ${this.#stage.render({
          participants: this.participants,
          mode: this.layout,
          inside,
          settled: inside && state !== 'joining',
          speakerId: this.#call.speakerId,
          isReconnecting: (id) => this.#call.isReconnecting(id),
          term,
          onPlaybackBlocked: this.#playback.onBlocked,
        })}
        ${renderDoor({
          situation,
          preview,
          displayName,
          hidden: inside,
          canJoin: room.session !== null,
          autojoin: this.autojoin,
          room: this.room,
          selfId: room.snapshot?.selfId ?? '',
          audioOnly: this.audioOnly,
          watches,
          term,
          onAction,
          onJoin,
          onCancel: () => this.#call.withdraw(),
          onName: (name) => (this.displayName = name),
        })}
        ${renderToolbar({
          microphone,
          camera,
          screen,
          canShareScreen,
          hidden: !inside || this.noControls,
          title: this.room,
          audioOnly: this.audioOnly,
          moderates,
          watches,
          term,
          onAction,
        })}
        <p class="visually-hidden" role="status">${this.announcement}</p>
        ${moderates && (moderating || this.waiting[0]) ? moderation.loaded?.renderModeration({ snapshot: room.snapshot!, open: moderating, call: this, carryOut, onClose }) : nothing}
        ${this.dialog === 'settings' ? settings.loaded?.renderSettings({ audioOnly: this.audioOnly, watches, preview: camera, onClose }) : nothing}
      </div>
    `;
  }

  #situation(): Situation {
    const { state, error, room, mediaErrors, microphoneSilent, mutedByOther } = this.#call;
    return {
      state,
      reconnecting: room.snapshot?.state === 'reconnecting',
      mediaErrors,
      microphoneSilent,
      mutedByOther,
      error: error?.code ?? null,
      trouble: this.#presses.trouble,
      playbackBlocked: this.#playback.blocked,
      leaveReason: this.#leaveReason,
    };
  }

  #onState(state: CallState): void {
    this.#states.clear();
    this.#states.add(state);
    this.dismissed = null;
    if (state !== 'joining') this.#inside = state === 'joined' || state === 'reconnecting';
    if (state === 'prejoin') void this.#call.startPreview();
    // What was in the way of a press is past, whether the call began or is back after a loss.
    if (state !== 'left' && state !== 'failed') {
      this.#presses.trouble = null;
      return;
    }
    this.#playback.blocked = false;
    this.#locale.say(farewellOf(this.#situation()), (text) => (this.announcement = text));
  }
}

acceptGiven(VideoCall);

declare global {
  interface HTMLElementTagNameMap {
    'video-call': VideoCall;
  }
}
