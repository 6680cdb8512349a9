import { LitElement, html, type PropertyValues } from 'lit';
import { property } from 'lit/decorators.js';
import { LIMITS, type ErrorCode, type ParticipantInfo, type RoomPermissions } from '../../server/protocol.ts';
import { codePointLength, showsNothing } from '../../server/texts.ts';
import type { RoomSession } from '../client/room/room-session.ts';
import { createChatController } from '../controllers/chat-controller.ts';
import { LateView } from '../controllers/late-view.ts';
import { LocaleController } from '../controllers/locale-controller.ts';
import { tellFact } from '../controllers/removal-grace.ts';
import { roomParticipants, toRoomParticipant } from '../controllers/room-participants.ts';
import { permissionsOf } from '../controllers/call/room-permissions.ts';
import type { CallState, Message, RoomParticipant } from '../entities.ts';
import {
  CallErrorEvent,
  ParticipantChangeEvent,
  ParticipantJoinEvent,
  ParticipantLeaveEvent,
  RoomChangeEvent,
  StateChangeEvent,
  TokenExpireEvent,
} from '../events/shared.ts';
import { MessageReceiveEvent, MessageSendEvent, UnreadChangeEvent } from '../events/chat.ts';
import { boolean } from '../internal/properties/boolean-property.ts';
import { CodedError } from '../internal/coded-error.ts';
import { dress } from '../internal/look/document-styles.ts';
import { internalsOf } from '../internal/platform.ts';
import { acceptGiven, takeGiven } from '../internal/properties/given-values.ts';
import { Capability } from '../internal/capability.ts';
import { whenFree } from '../internal/render-hold.ts';
import { themeStyles } from '../internal/look/styles.ts';
import { text } from '../internal/properties/text-property.ts';
import type { ChatView } from './chat-view.ts';

const viewPart = new Capability((_at) => import('./chat-view.ts'));

const NO_MESSAGES: readonly Message[] = [];

/**
 * The chat of a room: messages, participants, and a field to write.
 *
 * @tagname chat-room
 *
 * @slot empty - Shown while the room has no messages.
 *
 * @fires {MessageSendEvent} message-send - Fired before sending. Call `preventDefault()` to stop it.
 * @fires {MessageReceiveEvent} message-receive - A message of another participant, a notice or an announcement arrived.
 * @fires {UnreadChangeEvent} unread-change - `unreadCount` changed.
 * @fires {StateChangeEvent} state-change - `state` changed.
 * @fires {RoomChangeEvent} room-change - The server moved the participant into `room`.
 * @fires {ParticipantJoinEvent} participant-join - Another participant entered the room.
 * @fires {ParticipantLeaveEvent} participant-leave - Another participant left the room.
 * @fires {ParticipantChangeEvent} participant-change - A name, a role, or the presence in the call changed.
 * @fires {TokenExpireEvent} token-expire - The token expires in `inMs` milliseconds. Fired 60 s before.
 * @fires {CallErrorEvent} call-error - An error for which no promise was returned.
 *
 * @cssprop --sarangbang-accent - Buttons, focus, and the participant's own messages.
 * @cssprop --sarangbang-on-accent - Text on the accent colour.
 * @cssprop --sarangbang-surface - The background.
 * @cssprop --sarangbang-surface-raised - The background of fields and of other participants' messages.
 * @cssprop --sarangbang-surface-sunken - The background of what lies behind the surface.
 * @cssprop --sarangbang-text - Text.
 * @cssprop --sarangbang-text-muted - Times, notices and hints.
 * @cssprop --sarangbang-line - Thin lines between areas.
 * @cssprop --sarangbang-danger - Errors.
 * @cssprop --sarangbang-private - Private messages.
 * @cssprop [--sarangbang-radius=max(0.75rem, 12px)] - The radius of corners.
 * @cssprop --sarangbang-icon-NAME - An image whose shape replaces an icon.
 * @cssprop --sarangbang-font - The font family.
 * @cssprop [--sarangbang-font-size=max(0.9375rem, 15px)] - The font size.
 *
 * @cssstate idle - In no room.
 * @cssstate joining - Entering the room.
 * @cssstate locked - Before a locked room, without asking to be let in.
 * @cssstate knocking - Waiting to be let into a locked room.
 * @cssstate joined - In the room.
 * @cssstate reconnecting - In the room, while the server cannot be reached.
 * @cssstate left - Out of the room.
 * @cssstate failed - The room could not be entered.
 */
export class ChatRoom extends LitElement {
  static override styles = themeStyles;

  /** Name of the room; empty for no room. A new name leaves the old room first. */
  @text @property({ useDefault: true }) room = '';
  /** URL of the server; by default the server that this module came from. */
  @text @property({ useDefault: true }) server = '';
  /** Nickname, cut at 64 code points; by default a friendly generated name that the browser remembers. */
  @text @property({ attribute: 'display-name', useDefault: true }) displayName = '';
  /** Signed grant, if the server requires one. */
  @text @property({ useDefault: true }) token = '';
  /** Keeps a room that this element opens out of the public list. */
  @boolean @property() unlisted = false;
  /** Shows the messages without the field to write. */
  @boolean @property() readonly = false;

  readonly #internals = internalsOf(this);
  readonly #states = this.#internals.states;
  readonly #styles = dress(this);
  readonly #locale = new LocaleController(this);
  readonly #controller = createChatController(this, {
    onSession: (session) => this.#onSession(session),
    onError: (error, fatal) => this.#onError(error, fatal),
    onTokenExpire: (inMs) => tellFact(this, new TokenExpireEvent(inMs)),
    onMoved: (room) => tellFact(this, new RoomChangeEvent(room, 'moved')),
  });
  readonly #lateView = new LateView(
    this,
    () => this.#load(),
    (error) => this.#report(error),
  );
  /** Why there is no session although a room is named. */
  #refusal: CodedError | null = null;
  #shownState: CallState | null = null;
  #unsubscribe: (() => void)[] = [];

  constructor() {
    super();
    Object.assign(this.#internals, { role: 'region' });
    this.#showState();
    takeGiven(this);
  }

  /** `idle → joining → joined ⇄ reconnecting → left`, or `failed`; `locked` and `knocking` before a locked room. */
  get state(): Exclude<CallState, 'prejoin'> {
    return this.#controller.snapshot?.state ?? (this.#refusal ? 'failed' : 'idle');
  }

  /** Everybody in the room, this participant first. */
  get participants(): readonly RoomParticipant[] {
    return roomParticipants(this.#controller.snapshot);
  }

  /** The messages, oldest first. */
  get messages(): readonly Message[] {
    return this.#controller.snapshot?.messages ?? NO_MESSAGES;
  }

  /** Permissions to speak, show a camera, share a screen and write: each `everyone` or `moderators`. */
  get permissions(): RoomPermissions {
    return permissionsOf(this.#controller.snapshot);
  }

  /**
   * Number of messages of others, and of announcements, that arrived while the end of the log could not be seen:
   * scrolled up, out of view, or in a hidden page.
   */
  get unreadCount(): number {
    return this.#view?.unreadCount ?? 0;
  }

  protected override scheduleUpdate(): void | Promise<unknown> {
    return whenFree(() => super.scheduleUpdate());
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    // The controller updates after this and reports the refusal again if it still holds.
    if (changed.has('room') || changed.has('server')) this.#refusal = null;
  }

  protected override updated(): void {
    this.#showState();
    if (this.#view) this.#internals.ariaLabel = this.#locale.term('chatRegion', this.room);
  }

  protected override async getUpdateComplete(): Promise<boolean> {
    await this.#lateView.loading;
    return super.getUpdateComplete();
  }

  /**
   * Sends a text of at most 4,000 code points, to everybody or to one participant.
   * @param text of the message
   * @param options `to`: the id of the only receiver
   * @returns the message, once the server has it
   * @throws Error with `code`: `cancelled` (a listener prevented `message-send`), `message-too-long`, `payload-invalid`
   *   (empty), `not-in-room`, `participant-gone` …
   */
  async sendMessage(text: string, options: { to?: string } = {}): Promise<Message> {
    return this.#post(text, options.to);
  }

  /**
   * Sends a failed message again. The server never posts it twice.
   * @param clientId of the message
   * @returns the message, once the server has it
   * @throws Error with `code`, as `sendMessage`
   */
  async retryMessage(clientId: string): Promise<Message> {
    return this.#session.retryMessage(clientId);
  }

  /**
   * Replaces the text of one of the participant's own messages.
   * @param id of the message @param text the new text
   * @returns the message, once the server has it
   * @throws Error with `code`: `message-too-long`, `payload-invalid` (empty, or the message is gone), `not-allowed`
   *   (another participant's message), `server-unreachable` …
   */
  async editMessage(id: string, text: string): Promise<Message> {
    this.#assertSendable(text);
    return this.#session.editMessage(id, text);
  }

  /**
   * Deletes a message for everybody: one of the participant's own, or for moderators any message to everybody.
   * @param id of the message
   * @throws Error with `code`: `not-allowed`, `server-unreachable` …
   */
  async deleteMessage(id: string): Promise<void> {
    return this.#session.deleteMessage(id);
  }

  /**
   * Loads a page of at most 100 older messages, as scrolling up does.
   * @returns the number of messages loaded
   * @throws Error with `code`: `not-in-room`, `server-unreachable` …
   */
  async loadOlder(): Promise<number> {
    return this.#session.loadOlder();
  }

  /**
   * For moderators: sends an announcement to the room.
   * @param text of the announcement
   * @returns the number of participants who received it
   * @throws Error with `code`: `not-allowed`, `message-too-long`, `payload-invalid` …
   */
  async announce(text: string): Promise<number> {
    this.#assertSendable(text);
    return (await this.#session.moderate('announcement:send', { text })).count;
  }

  protected override render() {
    return html`<div class="base" part="base" lang=${this.#locale.textLang}>${
      this.#view?.render(this.#refusal) ?? this.#lateView.renderMissing(this.#locale)
    }</div>`;
  }

  get #view(): ChatView | null {
    return this.#lateView.view;
  }

  async #load(): Promise<ChatView> {
    const { ChatView, chatViewStyles } = await viewPart.load();
    this.#styles.add(...chatViewStyles);
    return new ChatView(this, this.#controller, this.#locale, {
      onSend: (text, to) => this.#onSend(text, to),
      onRetry: (clientId) => void this.retryMessage(clientId).catch(this.#report),
      onRename: (name) => this.#onRename(name),
      onUnread: (count) => tellFact(this, new UnreadChangeEvent(count)),
    });
  }

  /** Sends the text, or throws at once. */
  #post(text: string, to: string | undefined): Promise<Message> {
    const session = this.#session;
    this.#assertSendable(text);
    if (!this.dispatchEvent(new MessageSendEvent(text, to))) throw this.#error('cancelled');
    return session.sendMessage(text, to === undefined ? {} : { to });
  }

  get #session(): RoomSession {
    const { session } = this.#controller;
    if (!session || session.isOver || this.state === 'locked') throw this.#error('not-in-room');
    return session;
  }

  #assertSendable(text: string): void {
    if (showsNothing(text)) throw this.#error('payload-invalid');
    if (codePointLength(text) > LIMITS.messageCodePoints) throw this.#error('message-too-long');
  }

  #error(code: ErrorCode): CodedError {
    return new CodedError(code, this.#locale.term(code));
  }

  #showState(): void {
    const { state: current } = this;
    if (current === this.#shownState) return;
    const isFirst = this.#shownState === null;
    this.#shownState = current;
    if (current === 'joined') this.#lateView.retry();
    this.#states.clear();
    this.#states.add(current);
    if (!isFirst) tellFact(this, new StateChangeEvent(current));
  }

  #onSession(session: RoomSession | null): void {
    for (const end of this.#unsubscribe.splice(0)) end();
    this.#view?.handleSession();
    if (!session) return;
    const { events, store } = session;
    const toParticipant = (info: ParticipantInfo) => toRoomParticipant(info, store.get().selfId);
    this.#unsubscribe = [
      events.on('message', (message) => {
        this.#view?.handleMessage(message);
        tellFact(this, new MessageReceiveEvent(message));
      }),
      events.on('participant-joined', (info) => tellFact(this, new ParticipantJoinEvent(toParticipant(info)))),
      events.on('participant-left', ({ participant }) =>
        tellFact(this, new ParticipantLeaveEvent(toParticipant(participant))),
      ),
      events.on('participant-changed', (info) => tellFact(this, new ParticipantChangeEvent(toParticipant(info)))),
    ];
  }

  #onError(error: CodedError, fatal: boolean): void {
    if (!this.#controller.session) this.#refusal = error;
    this.#report(error, fatal);
  }

  readonly #report = ({ code }: CodedError, fatal = false): void => {
    if (code !== 'cancelled')
      this.#locale.say(code, (sentence) => tellFact(this, new CallErrorEvent(code, sentence, fatal)));
  };

  #onSend(text: string, to: string | undefined): void {
    try {
      this.#post(text, to).catch(this.#report);
    } catch (error) {
      this.#report(CodedError.from(error));
      throw error;
    }
  }

  #onRename(name: string): void {
    this.displayName = name;
    // Set directly, because the property may be unchanged while another element of the room set a different name.
    this.#controller.connection?.setDisplayName(name);
  }
}

acceptGiven(ChatRoom);

declare global {
  interface HTMLElementTagNameMap {
    'chat-room': ChatRoom;
  }
}
