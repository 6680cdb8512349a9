import { LitElement, type PropertyValues } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { Role } from '../../server/protocol.ts';
import { CallController } from '../controllers/call-controller.ts';
import { LocaleController } from '../controllers/locale-controller.ts';
import type { Moderation } from '../controllers/moderation.ts';
import type { CallParticipant, CallState } from '../entities.ts';
import { BeforeJoinEvent, BeforeLeaveEvent, type CallLeaveReason } from '../events.ts';
import { boolean } from '../internal/properties/boolean-property.ts';
import { CodedError } from '../internal/coded-error.ts';
import { handFocusOn, hasFocus } from '../internal/hand-focus-on.ts';
import { dress } from '../internal/look/document-styles.ts';
import { whenFree } from '../internal/render-hold.ts';
import { ignore } from '../internal/ignore.ts';
import { statesOf } from '../internal/platform.ts';
import { acceptGiven, takeGiven } from '../internal/properties/given-values.ts';
import { themeStyles } from '../internal/look/styles.ts';
import { setTextAttribute, text } from '../internal/properties/text-property.ts';
import type { LinkFigures } from '../rtc/link/link-stats.ts';
import { Banner } from './banner.ts';
import { renderCall } from './call-view.ts';
import { extras, moderation, more } from './capabilities.ts';
import { fireEvents, readOut, tellError } from './dom-events.ts';
import type { LayoutMode } from './stage/layout.ts';
import type { More } from './more/more.ts';
import { Playback } from './stage/playback.ts';
import { UserActions, type Dialog } from './user-actions.ts';
import { farewellOf, situationOf, tellStatesBeside } from './situation.ts';
import { Stage } from './stage/stage.ts';
import type { SelfView } from './stage/stage-scene.ts';
import type { MirrorMode } from './stage/tile-states.ts';
import { prejoinStyles } from './prejoin.styles.ts';
import { hasLateButtons } from './toolbar.ts';
import { toolbarStyles } from './toolbar.styles.ts';
import { videoCallStyles } from './video-call.styles.ts';

const NOBODY: readonly never[] = [];
/**
 * A video call between the participants of a room who join it.
 *
 * @slot prejoin - Text beside the camera preview, before the call.
 * @slot empty - Shown while the participant is alone in the call.
 * @slot controls - More buttons for the toolbar.
 *
 * @fires {BeforeJoinEvent} before-join - Fired before joining. Call `preventDefault()` to stop it.
 * @fires {BeforeLeaveEvent} before-leave - Fired before leaving. Call `preventDefault()` to stop it.
 * @fires {CallJoinEvent} call-join - The participant joined the call of `room`.
 * @fires {CallLeaveEvent} call-leave - The participant left the call of `room`; `reason` says why.
 * @fires {StateChangeEvent} state-change - `state` changed.
 * @fires {RoomChangeEvent} room-change - The server moved the participant into `room`.
 * @fires {ParticipantJoinEvent} participant-join - Another participant joined the call.
 * @fires {ParticipantLeaveEvent} participant-leave - Another participant left the call.
 * @fires {ParticipantChangeEvent} participant-change - A participant's name, role or media changed.
 * @fires {MicrophoneChangeEvent} microphone-change - The participant's own microphone was turned on or off.
 * @fires {CameraChangeEvent} camera-change - The participant's own camera was turned on or off.
 * @fires {ScreenShareChangeEvent} screen-share-change - The participant started or stopped sharing the screen.
 * @fires {DevicesChangeEvent} devices-change - Devices were plugged in or out, or their names became known.
 * @fires {PinChangeEvent} pin-change - A tile of `participant` was pinned; `null` if none is any more.
 * @fires {SpeakerChangeEvent} speaker-change - `participant` spoke last of all others; `null` after that one left.
 * @fires {KnockEvent} knock - For moderators: a person asks to be let into the locked room.
 * @fires {KnockEndEvent} knock-end - For moderators: a person no longer asks to be let in.
 * @fires {TokenExpireEvent} token-expire - The token expires in `inMs` milliseconds. Fired 60 s before.
 * @fires {CallErrorEvent} call-error - An error for which no promise was returned.
 *
 * @csspart base - The wrapper around everything.
 * @csspart banner - The line that tells what is going on.
 * @csspart stage - The area of the tiles.
 * @csspart tile - One participant's picture.
 * @csspart tile-self - The participant's own tile.
 * @csspart tile-screen - The tile of another participant's shared screen.
 * @csspart tile-speaking - The tile of a participant who speaks.
 * @csspart tile-muted - The tile of a participant whose microphone is off.
 * @csspart tile-weak - The tile of a participant with a weak connection.
 * @csspart tile-lost - The tile of a participant whose connection is lost.
 * @csspart tile-pinned - The pinned tile.
 * @csspart tile-floating - The own picture that floats over the others.
 * @csspart video - The video in a tile.
 * @csspart avatar - The initials, shown while there is no picture.
 * @csspart name - The name on a tile.
 * @csspart badge - A mark on a tile: microphone off, connection weak or lost.
 * @csspart plate - The background of a name.
 * @csspart icon - Each icon.
 * @csspart pin-button - Pins a tile.
 * @csspart tile-menu-button - Opens the menu of a tile.
 * @csspart self-view-button - Shows the own picture again.
 * @csspart page-button - Turns the page of tiles.
 * @csspart seat - The place beside a participant who is alone in the call.
 * @csspart presenting - The card of a participant who shares the own screen.
 * @csspart stop-sharing-button - Stops sharing the own screen.
 * @csspart controls - The toolbar.
 * @csspart button - Each round button.
 * @csspart microphone-button - Turns the microphone on and off.
 * @csspart camera-button - Turns the camera on and off.
 * @csspart screen-button - Starts and stops sharing the screen.
 * @csspart settings-button - Opens the settings.
 * @csspart moderation-button - For moderators: opens the moderation dialog.
 * @csspart fullscreen-button - Shows the call on the whole screen.
 * @csspart more-button - Opens the menu; in a low lobby, what is not needed to join.
 * @csspart menu - The menu of what is not on the toolbar, and that of a tile.
 * @csspart menu-item - Each line of a menu. Has the part of its button as well.
 * @csspart waiting - For moderators: the people who knock.
 * @csspart leave-button - Leaves the call.
 * @csspart prejoin - The view before and after the call.
 * @csspart preview - The camera preview in that view.
 * @csspart join-button - Joins the call, or joins it again.
 * @csspart cancel-button - Stops knocking or joining.
 * @csspart dialog - The settings dialog.
 * @csspart device-field - In the settings: one kind of device.
 * @csspart device-label - In the settings: the label of a device field.
 * @csspart device-select - In the settings: the select of a device field.
 * @csspart device-meter - In the settings: the microphone level.
 * @csspart device-preview - In the settings: the camera preview.
 * @csspart device-message - In the settings: a message about the devices.
 *
 * @cssprop --sarangbang-accent - Buttons, focus, and the ring around a participant who speaks.
 * @cssprop --sarangbang-on-accent - Text on the accent colour.
 * @cssprop --sarangbang-surface - The background.
 * @cssprop --sarangbang-surface-raised - The background of buttons, fields and the banner.
 * @cssprop --sarangbang-surface-sunken - The background around a shared screen.
 * @cssprop --sarangbang-text - Text.
 * @cssprop --sarangbang-text-muted - Labels and hints.
 * @cssprop --sarangbang-line - Thin lines between areas.
 * @cssprop --sarangbang-danger - Errors, and the button that leaves the call.
 * @cssprop [--sarangbang-radius=max(0.75rem, 12px)] - The radius of corners.
 * @cssprop --sarangbang-font - The font family.
 * @cssprop [--sarangbang-font-size=max(0.9375rem, 15px)] - The font size.
 *
 * @cssstate idle - In no room.
 * @cssstate prejoin - In the lobby, before the call.
 * @cssstate knocking - Waiting to be let in.
 * @cssstate joining - Joining the call.
 * @cssstate joined - In the call.
 * @cssstate reconnecting - In the call, while the server cannot be reached.
 * @cssstate left - Out of the call, after leaving it.
 * @cssstate failed - The call could not be joined, or was lost.
 * @cssstate alone - In the call, without others.
 * @cssstate sharing - The own screen is shared.
 * @cssstate compact - Beside one of the others: the box is too low for a toolbar below the pictures.
 */
export class VideoCall extends LitElement {
  static override styles = [themeStyles, videoCallStyles, toolbarStyles, prejoinStyles];

  /** Name of the room whose call this is; empty for no room. */
  @text @property({ useDefault: true }) room = '';
  /** URL of the server; by default the server that this module came from. */
  @text @property({ useDefault: true }) server = '';
  /** Nickname, cut at 64 code points; by default a friendly generated name that the browser remembers. */
  @text @property({ attribute: 'display-name', useDefault: true }) displayName = '';
  /** Signed grant, if the server requires one. */
  @text @property({ useDefault: true }) token = '';
  /** Keeps a room that this element opens out of the public list. */
  @boolean @property() unlisted = false;
  /** Joins as soon as `room` is set, without a lobby. */
  @boolean @property() autojoin = false;
  /** Starts the call with the microphone off. */
  @boolean @property() muted = false;
  /** Starts the call with the camera off, without asking for permission. */
  @boolean @property({ attribute: 'camera-off' }) cameraOff = false;
  /** Neither sends nor receives video. */
  @boolean @property({ attribute: 'audio-only' }) audioOnly = false;
  /** Hides the toolbar. */
  @boolean @property({ attribute: 'no-controls' }) noControls = false;
  /** Buttons on the toolbar, in this order; what it does not name is in the menu. Unknown names are ignored. */
  @text @property({ useDefault: true }) buttons = 'microphone camera screen hand more leave';
  /** Which tiles are large. `grid`: none. `auto`: shared screens. `spotlight`: these, or else the last speaker. */
  @text @property({ useDefault: true }) layout: LayoutMode = 'auto';
  /** Where the own picture stands. `auto` floats it in a call of two, and makes it a tile otherwise. */
  @text @property({ attribute: 'self-view', useDefault: true }) selfView: SelfView = 'auto';
  /** Mirrors the own picture, for the person only. `auto`: unless the camera faces away. */
  @text @property({ useDefault: true }) mirror: MirrorMode = 'auto';
  /** Uses TURN relays only, so that other participants never see this participant's IP address. */
  @boolean @property({ attribute: 'relay-only' }) relayOnly = false;
  /** What to capture; by default 640×360 at 30 frames a second, and audio for speech. */
  @property({ attribute: false }) constraints: MediaStreamConstraints | undefined;

  /** The last sentence for screen readers. */
  @state() private announcement = '';
  @state() private dialog: Dialog | null = null;

  readonly #dressing = dress(this);
  readonly #states = statesOf(this);
  readonly #locale = new LocaleController(this);
  readonly #term: LocaleController['term'] = (...args) => this.#locale.term(...args);
  readonly #call = new CallController(this);
  readonly #playback = new Playback(this, this.#locale);
  readonly #banner = new Banner(this, this.#term, this.#playback.onPlay);
  readonly #stage = new Stage(this, this.#call, this.#dressing);
  readonly #actions = new UserActions(this, {
    locale: this.#locale,
    onAction: () => this.#banner.handleAction(),
    onMore: () => Promise.all([this.#loadMore(), extras.load()]),
    onDialog: (name) => (this.dialog = this.dialog === name ? null : name),
  });
  #leaveReason: CallLeaveReason = 'left';
  /** True while the stage is shown instead of the lobby. Stays as it is while joining: an empty stage says nothing. */
  #inside = false;
  #hadFocus = false;
  /** Present once it is loaded. */
  #more: More | undefined;

  constructor() {
    super();
    const { events } = this.#call;
    this.#states.add(this.state);
    events.on('state', (state) => this.#onState(state));
    events.on('leave', ({ reason }) => (this.#leaveReason = reason));
    events.on('announcement', ({ text }) => this.#banner.handleAnnouncement(text));
    readOut(events, this.#term, (text) => (this.announcement = text));
    fireEvents(this, events);
    events.on('error', ({ error, fatal }) => tellError(this, this.#locale, error.code, fatal));
    takeGiven(this);
  }

  /** `idle → prejoin → (knocking →) joining → joined ⇄ reconnecting → left`, or `failed`. */
  get state(): CallState {
    return this.#call.state;
  }

  /** The participant's role: `participant`, `moderator` or `viewer`. */
  override get role(): Role {
    return this.#call.role;
  }

  /** Sets the ARIA role, as on any element. */
  override set role(role: string | null) {
    setTextAttribute(this, 'role', role);
  }

  /** Everybody in the call, this participant first; empty outside the call. */
  get participants(): readonly CallParticipant[] {
    return this.#call.given;
  }

  /** For moderators: the people who knock, as `{ id, displayName }`. */
  get waiting(): readonly { readonly id: string; readonly displayName: string }[] {
    return this.#call.room.snapshot?.waiting ?? NOBODY;
  }

  /** Joins the call. @throws {CodedError} the reason; `cancelled` if a listener prevented `before-join` */
  async join(): Promise<void> {
    if (!this.dispatchEvent(new BeforeJoinEvent(this.room))) throw new CodedError('cancelled');
    await this.#call.join();
  }

  /** Leaves the call, not the chat. @throws {CodedError} `cancelled` if a listener prevented `before-leave` */
  async leave(): Promise<void> {
    if (!this.dispatchEvent(new BeforeLeaveEvent(this.room))) throw new CodedError('cancelled');
    await this.#call.leave();
  }

  /** Turns the microphone on or off. @param on toggles if absent @returns whether it is on now @throws {CodedError} */
  toggleMicrophone(on?: boolean): Promise<boolean> {
    return this.#call.toggleMicrophone(on);
  }

  /** Turns the camera on or off. @param on toggles if absent @returns whether it is on now @throws {CodedError} */
  toggleCamera(on?: boolean): Promise<boolean> {
    return this.#call.toggleCamera(on);
  }

  /** Shares the screen or stops it. @param on toggles if absent @returns whether it is shared @throws {CodedError} */
  toggleScreenShare(on?: boolean): Promise<boolean> {
    return this.#call.toggleScreenShare(on);
  }

  /** Switches devices. @param kind of device @param deviceId of the new one @throws {CodedError} the old one stays */
  setDevice(kind: MediaDeviceKind, deviceId: string): Promise<void> {
    return this.#call.setDevice(kind, deviceId);
  }

  /** Measures the connections. @returns figures of the last second by participant id */
  getStats(): Promise<Map<string, LinkFigures>> {
    return this.#call.getStats();
  }

  /** Pins the tile of a participant: it is large in every layout. @param id of the participant; `null` unpins */
  pin(id: string | null): void {
    this.#stage.pin(id && `${id}:camera`);
  }

  /** For moderators: makes new people ask to join. @param on toggles if absent @returns whether the room is locked */
  lockRoom(on?: boolean): Promise<boolean> {
    return this.#moderate((moderation) => moderation.lock(on));
  }

  /** For moderators: lets in a person from `waiting`. @param id of the person */
  admit(id: string): Promise<void> {
    return this.#moderate((moderation) => moderation.admit(id));
  }

  /** For moderators: refuses a person from `waiting`. @param id of the person */
  refuse(id: string): Promise<void> {
    return this.#moderate((moderation) => moderation.refuse(id));
  }

  /** For moderators: removes a participant for as long as the room exists. @param id of the participant */
  removeParticipant(id: string): Promise<void> {
    return this.#moderate((moderation) => moderation.remove(id));
  }

  /** For moderators: also removes everybody else at the same address except moderators. @param id of the participant */
  removeWithAddress(id: string): Promise<void> {
    return this.#moderate((moderation) => moderation.remove(id, true));
  }

  /** For moderators: mutes a microphone; only its owner can turn it on again. @param id of the participant */
  muteParticipant(id: string): Promise<void> {
    return this.#moderate((moderation) => moderation.mute(id));
  }

  /** For moderators: ends the call for everybody. */
  endCall(): Promise<void> {
    return this.#moderate((moderation) => moderation.endCall());
  }

  /** For moderators: sends an announcement to the room. @param text to send @returns how many participants got it */
  announce(text: string): Promise<number> {
    return this.#moderate((moderation) => moderation.announce(text));
  }

  protected override scheduleUpdate(): void | Promise<unknown> {
    if (!this.hasUpdated) this.#call.enter();
    return whenFree(() => super.scheduleUpdate());
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    this.#hadFocus = hasFocus(this);
    if (!changed.has('room')) return;
    this.#actions.trouble = null;
    this.#banner.reset();
  }

  protected override updated(): void {
    tellStatesBeside(this.#states, this.#call, this.#inside);
    // With the extras, because a press of the button may come while the server cannot be reached.
    if (extras.loaded || hasLateButtons(this.buttons) || this.waiting[0]) this.#wantMore();
    // Here and not on `knock`, because a person may have knocked before this participant entered the call.
    if (this.waiting[0]) moderation.want(() => this.requestUpdate());
    this.#banner.tellOnOwnTile(this.#call.mediaErrors);
    handFocusOn(this, this.#hadFocus, '.controls .tool, .join, .cancel, [tabindex]');
  }

  override render() {
    return renderCall({
      element: this,
      call: this.#call,
      locale: this.#locale,
      term: this.#term,
      situation: situationOf(this.#call, this.#actions.trouble, this.#playback.blocked, this.#leaveReason),
      inside: this.#inside,
      dialog: this.dialog,
      announcement: this.announcement,
      more: this.#more,
      onSmall: this.#wantMore,
      banner: this.#banner,
      stage: this.#stage,
      playback: this.#playback,
      actions: this.#actions,
      onDialogClose: () => (this.dialog = null),
    });
  }

  async #moderate<T>(ask: (moderation: Moderation) => Promise<T>): Promise<T> {
    const { Moderation } = await moderation.load();
    return ask(new Moderation(this.#call.room.session));
  }

  /** Without it, the call does without. */
  readonly #wantMore = (): void => void (this.#more ?? this.#loadMore().catch(ignore));

  readonly #loadMore = (): Promise<unknown> =>
    more.load().then(({ More }) => (this.#more ??= new More(this, this.#dressing, this.#states)));

  #onState(state: CallState): void {
    this.#states.clear();
    this.#states.add(state);
    this.#more?.tellState();
    this.#banner.handleAction();
    if (state !== 'joining') this.#inside = state === 'joined' || state === 'reconnecting';
    if (state === 'prejoin') void this.#call.startPreview();
    if (state !== 'left' && state !== 'failed') {
      // The call began or is back after a loss: an older failure no longer matters.
      this.#actions.trouble = null;
      return;
    }
    this.#playback.blocked = false;
    const situation = situationOf(this.#call, this.#actions.trouble, false, this.#leaveReason);
    this.#locale.say(farewellOf(situation), (text) => (this.announcement = text));
  }
}

acceptGiven(VideoCall);

declare global {
  interface HTMLElementTagNameMap {
    'video-call': VideoCall;
  }
}
