import { LitElement, type PropertyValues } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { Permitted, Role, RoomPermissions } from '../../server/protocol.ts';
import { CallController } from '../controllers/call-controller.ts';
import { LocaleController } from '../controllers/locale-controller.ts';
import type { Moderation } from '../controllers/moderation.ts';
import { permissionsOf } from '../controllers/call/room-permissions.ts';
import type { CallParticipant, CallState, ConnectionCheck } from '../entities.ts';
import { BeforeJoinEvent, BeforeLeaveEvent } from '../events/call.ts';
import { boolean } from '../internal/properties/boolean-property.ts';
import { CodedError } from '../internal/coded-error.ts';
import { handFocusOn, hasFocus } from '../internal/hand-focus-on.ts';
import { dress } from '../internal/look/document-styles.ts';
import { whenFree } from '../internal/render-hold.ts';
import { internalsOf } from '../internal/platform.ts';
import { acceptGiven, takeGiven } from '../internal/properties/given-values.ts';
import { themeStyles } from '../internal/look/styles.ts';
import { oneOf, setTextAttribute, text } from '../internal/properties/text-property.ts';
import type { LinkFigures } from '../rtc/link/link-stats.ts';
import { Banner } from './banner.ts';
import { renderCall, type CallParts } from './call-view.ts';
import { Course } from './course.ts';
import { extras, invitation, moderation } from './capabilities.ts';
import { fireEvents, readOut } from './dom-events.ts';
import type { AskDevices } from './lobby/early-devices.ts';
import type { LayoutMode } from './stage/layout.ts';
import { Playback } from './stage/playback.ts';
import { UserActions, type Dialog } from './user-actions.ts';
import { tellStatesBeside } from './situation.ts';
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
 * @slot left - After the call: the page's way on.
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
 * @fires {HandChangeEvent} hand-change - A participant, perhaps the own one, raised a hand or no longer raises it.
 * @fires {ReactionReceiveEvent} reaction-receive - A participant, perhaps the own one, reacted with `emoji`.
 * @fires {PermissionsChangeEvent} permissions-change - `permissions` changed.
 * @fires {CheckCompleteEvent} check-complete - A check of devices and network is complete.
 * @fires {PictureInPictureChangeEvent} picture-in-picture-change - The call went to a small window, or came back.
 * @fires {KnockEvent} knock - For moderators: a person asks to be let into the locked room.
 * @fires {KnockEndEvent} knock-end - For moderators: a person no longer asks to be let in.
 * @fires {TokenExpireEvent} token-expire - The token expires in `inMs` milliseconds. Fired 60 s before.
 * @fires {CallErrorEvent} call-error - An error for which no promise was returned.
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
 * @cssprop --sarangbang-icon-NAME - An image whose shape replaces an icon.
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
  /** When devices are opened. `load`: at once. `join`: on joining. `auto`: at once if allowed, else on a press. */
  @oneOf('auto', 'load', 'join')
  @property({ attribute: 'ask-devices', useDefault: true })
  askDevices: AskDevices = 'auto';
  /** Neither sends nor receives video. */
  @boolean @property({ attribute: 'audio-only' }) audioOnly = false;
  /** Hides the toolbar. */
  @boolean @property({ attribute: 'no-controls' }) noControls = false;
  /** Buttons on the toolbar, in this order; what it does not name is in the menu. Unknown names are ignored. */
  @text @property({ useDefault: true }) buttons = 'microphone camera screen hand more leave';
  /** Which tiles are large. `grid`: none. `auto`: shared screens. `spotlight`: these, or else the last speaker. */
  @oneOf('auto', 'grid', 'spotlight') @property({ useDefault: true }) layout: LayoutMode = 'auto';
  /** Where the own picture stands. `auto` floats it in a call of two, and makes it a tile otherwise. */
  @oneOf('auto', 'tile', 'floating', 'hidden')
  @property({ attribute: 'self-view', useDefault: true })
  selfView: SelfView = 'auto';
  /** Mirrors the own picture, for the person only. `auto`: unless the camera faces away. */
  @oneOf('auto', 'on', 'off') @property({ useDefault: true }) mirror: MirrorMode = 'auto';
  /** Address that the empty seat offers to copy, to share and as a QR code; empty for that of the page. */
  @property({ useDefault: true }) invitation: string | null = null;
  /** Short sounds when participants join or leave, knock or raise a hand. */
  @boolean @property() sounds = false;
  /** The microphone is on only while the space bar or its button is held. */
  @boolean @property({ attribute: 'push-to-talk' }) pushToTalk = false;
  /** No keys of its own: neither letters nor the space bar. */
  @boolean @property({ attribute: 'no-shortcuts' }) noShortcuts = false;
  /** Receives small pictures, and a larger one of the participant who speaks. People can change it in the settings. */
  @boolean @property({ attribute: 'save-data' }) saveData = false;
  /** Uses TURN relays only, so that other participants never see this participant's IP address. */
  @boolean @property({ attribute: 'relay-only' }) relayOnly = false;
  /** What to capture; by default 640×360 at 30 frames a second, and audio for speech. */
  @property({ attribute: false }) constraints: MediaStreamConstraints | undefined;

  /** The last sentence for screen readers. */
  @state() private announcement = '';
  @state() private dialog: Dialog | null = null;

  readonly #dressing = dress(this);
  readonly #internals = internalsOf(this);
  readonly #states = this.#internals.states;
  readonly #locale = new LocaleController(this);
  readonly #term: LocaleController['term'] = (...args) => this.#locale.term(...args);
  readonly #call = new CallController(this);
  readonly #playback = new Playback(this, this.#locale);
  readonly #banner = new Banner(this, this.#term, this.#playback.onPlay);
  readonly #stage = new Stage(this, this.#call, this.#dressing);
  readonly #actions = new UserActions(this, {
    locale: this.#locale,
    onAction: () => this.#banner.handleAction(),
    onMore: () => Promise.all([this.#course.loadMore(), extras.load()]),
    onDialog: (name) => (this.dialog = this.dialog === name ? null : name),
  });
  readonly #parts: CallParts = {
    element: this,
    call: this.#call,
    locale: this.#locale,
    term: this.#term,
    banner: this.#banner,
    stage: this.#stage,
    playback: this.#playback,
    actions: this.#actions,
    say: (text) => (this.announcement = text),
    onDialogClose: (name) => (this.dialog = this.dialog === name ? null : this.dialog),
  };
  readonly #course = new Course(this.#parts, this.#dressing, this.#states);
  #hadFocus = false;

  constructor() {
    super();
    const { events } = this.#call;
    Object.assign(this.#internals, { role: 'region' });
    events.on('announcement', ({ text }) => this.#banner.handleAnnouncement(text));
    readOut(events, this.#term, this.#parts.say);
    fireEvents(this, this.#locale, events);
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

  /** Permissions to speak, show a camera, share a screen and write: each `everyone` or `moderators`. */
  get permissions(): RoomPermissions {
    return permissionsOf(this.#call.room.snapshot);
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

  /** Sets how loud a participant is played. @param id of the participant @param volume 0 to 1 @throws {CodedError} */
  setVolume(id: string, volume: number): void {
    if (!this.participants.some((one) => one.id === id && !one.isSelf)) throw new CodedError('participant-gone');
    this.#call.shared!.setVolume(id, volume);
  }

  /** Checks devices and network, and fires `check-complete`. @returns what was found @throws {CodedError} */
  async checkConnection(): Promise<ConnectionCheck> {
    return (await this.#course.loadMore()).checkConnection();
  }

  /** Describes the call for a request for support. @returns text without names, addresses and tokens */
  async diagnostics(): Promise<string> {
    return (await this.#course.loadMore()).diagnostics();
  }

  /** Measures the connections. @returns figures of the last second by participant id */
  getStats(): Promise<Map<string, LinkFigures>> {
    return this.#call.getStats();
  }

  /** Pins a participant's picture: it is large in every layout. @param id `null` unpins; an unknown one is ignored */
  pin(id: string | null): void {
    if (id == null || this.participants.some((one) => one.id === id)) this.#stage.pin(id ? `${id}:camera` : null);
  }

  /** Raises the own hand or lowers it. @param on toggles if absent @returns whether it is up @throws {CodedError} */
  async raiseHand(on?: boolean): Promise<boolean> {
    return (await this.#course.loadMore()).raiseHand(on);
  }

  /** Shows an emoji at the own tile to everybody, for some seconds. @param emoji one emoji @throws {CodedError} */
  async react(emoji: string): Promise<void> {
    return (await this.#course.loadMore()).react(emoji);
  }

  /** For moderators: lowers a hand. @param id of the participant; lowers all hands if absent */
  lowerHand(id?: string): Promise<void> {
    return this.#moderate((moderation) => moderation.lowerHand(id));
  }

  /** For moderators: mutes everybody except moderators. */
  muteAll(): Promise<void> {
    return this.#moderate((moderation) => moderation.muteAll());
  }

  /** For moderators: lets everyone or only moderators do something. @param what to permit @param who may do it */
  setPermission(what: keyof RoomPermissions, who: Permitted): Promise<void> {
    return this.#moderate((moderation) => moderation.setPermission(what, who));
  }

  /** Shows the call in a small window that stays in front. Needs a press of the person. @throws {CodedError} */
  async requestPictureInPicture(): Promise<void> {
    await (await this.#course.loadMore()).goOut();
  }

  /** Brings the call back from the small window. */
  async exitPictureInPicture(): Promise<void> {
    (await this.#course.loadMore()).comeBack();
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
    this.#course.handleRoom();
  }

  protected override updated(): void {
    this.#internals.ariaLabel = this.#term('callRegion', this.room);
    tellStatesBeside(this.#states, this.#call, this.#course.inside);
    this.#course.handleUpdate();
    // With the extras, because a press of the button may come while the server cannot be reached.
    if (extras.loaded || this.pushToTalk || hasLateButtons(this.buttons) || this.waiting[0]) this.#course.wantMore();
    if (this.invitation != null && this.#call.participants.length === 1) invitation.want(() => this.requestUpdate());
    // Here and not on `knock`, because a person may have knocked before this participant entered the call.
    if (this.waiting[0]) moderation.want(() => this.requestUpdate());
    this.#banner.tellOnOwnTile(this.#course.situation.mediaErrors);
    handFocusOn(this, this.#hadFocus, '.controls .tool, .join, .cancel, p[tabindex]');
  }

  override render() {
    return renderCall({ ...this.#parts, course: this.#course, dialog: this.dialog, announcement: this.announcement });
  }

  async #moderate<T>(ask: (moderation: Moderation) => Promise<T>): Promise<T> {
    // Of this moment: the page may change the room meanwhile.
    const { session } = this.#call.room;
    return ask(new (await moderation.load()).Moderation(session));
  }
}

acceptGiven(VideoCall);

declare global {
  interface HTMLElementTagNameMap {
    'video-call': VideoCall;
  }
}
