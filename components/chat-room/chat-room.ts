import { LitElement, html, type PropertyValues } from 'lit';
import { property } from 'lit/decorators.js';
import { LIMITS, codePointLength, showsNothing, type ErrorCode, type ParticipantInfo } from '../../server/protocol.ts';
import type { RoomSession } from '../client/room/room-session.ts';
import { createChatController } from '../controllers/chat-controller.ts';
import { LateView } from '../controllers/late-view.ts';
import { LocaleController } from '../controllers/locale-controller.ts';
import { tellFact } from '../controllers/removal-grace.ts';
import { roomParticipants, toRoomParticipant } from '../controllers/room-participants.ts';
import type { CallState, Message, RoomParticipant } from '../entities.ts';
import {
  CallErrorEvent,
  MessageReceiveEvent,
  MessageSendEvent,
  ParticipantChangeEvent,
  ParticipantJoinEvent,
  ParticipantLeaveEvent,
  RoomChangeEvent,
  StateChangeEvent,
  TokenExpireEvent,
  UnreadChangeEvent,
} from '../events.ts';
import { boolean } from '../internal/properties/boolean-property.ts';
import { CodedError } from '../internal/coded-error.ts';
import { dress } from '../internal/document-styles.ts';
import { statesOf } from '../internal/platform.ts';
import { acceptGiven, takeGiven } from '../internal/properties/given-values.ts';
import { Capability } from '../internal/capability.ts';
import { themeStyles } from '../internal/styles.ts';
import { text } from '../internal/properties/text-property.ts';
import type { ChatView } from './chat-view.ts';

const viewPart = new Capability((_at) => import('./chat-view.ts'));

const NO_MESSAGES: readonly Message[] = [];

/**
 * The conversation of a room: what was said, who is there, and a field to say something.
 *
 * @tagname chat-room
 *
 * @slot empty - shown while nothing has been said in the room
 *
 * @fires {MessageSendEvent} message-send - request: a text is about to be sent; cancel it to keep it from being sent
 * @fires {MessageReceiveEvent} message-receive - a message of somebody else, a notice or an announcement came
 * @fires {UnreadChangeEvent} unread-change - `unreadCount` is another
 * @fires {StateChangeEvent} state-change - `state` is another
 * @fires {RoomChangeEvent} room-change - the server moved this participant, and the element followed
 * @fires {ParticipantJoinEvent} participant-join - somebody came into the room
 * @fires {ParticipantLeaveEvent} participant-leave - somebody left the room
 * @fires {ParticipantChangeEvent} participant-change - a name or a role is another, or somebody entered or left the call
 * @fires {TokenExpireEvent} token-expire - the token ends in `inMs`: 60 s before
 * @fires {CallErrorEvent} call-error - something went wrong that no promise was returned for
 *
 * @csspart base - everything
 * @csspart header - the line with the room's name and people
 * @csspart room - the room's name
 * @csspart roster - the names below it
 * @csspart participants-button - shows and hides the list of people
 * @csspart participants - the list of people
 * @csspart participant - somebody in that list; pressing it writes to them alone
 * @csspart waiting - for moderators who are not in the call: those who knock
 * @csspart admit-button - lets somebody in
 * @csspart refuse-button - turns somebody away
 * @csspart banner - says that the connection was lost, or why one is out
 * @csspart join-button - enters the room again
 * @csspart log - the messages; scrolls
 * @csspart message - a message
 * @csspart message-self - a message of one's own
 * @csspart message-private - a message between two
 * @csspart message-failed - a message that the server did not take
 * @csspart author - who wrote it
 * @csspart time - when
 * @csspart body - its text
 * @csspart show-more-button - below a long text: shows all of it, or less again
 * @csspart edited - says that it was edited
 * @csspart edit-button - beside a message of one's own: opens its text in a field
 * @csspart delete-button - beside it, for moderators beside anybody's: asks, then takes it away
 * @csspart delete-confirm-button - takes it away
 * @csspart editor - the form in place of a text that is being edited
 * @csspart edit-input - its field
 * @csspart save-button - takes the text
 * @csspart cancel-button - keeps what was; before a locked room: waits no longer
 * @csspart older-button - above the first message: adds older ones
 * @csspart retry-button - sends a failed message again
 * @csspart everyone-button - sends a message whose receiver is gone to everybody instead
 * @csspart notice - "came", "left", and announcements
 * @csspart announcement - a word to everybody
 * @csspart newest-button - goes to the newest message
 * @csspart typing - who is typing
 * @csspart recipient - the choice of whom to write to
 * @csspart name - one's own name; pressing it opens a field
 * @csspart name-input - that field
 * @csspart name-save-button - takes the new name
 * @csspart name-cancel-button - keeps the old one
 * @csspart composer - the form with field and button
 * @csspart input - the field for a message
 * @csspart send-button - sends it
 * @csspart counter - how many characters are left, or why it was refused
 *
 * @cssprop --sarangbang-accent - what can be done: buttons, focus, own messages
 * @cssprop --sarangbang-on-accent - text on the accent
 * @cssprop --sarangbang-surface - the ground
 * @cssprop --sarangbang-surface-raised - fields, messages of others
 * @cssprop --sarangbang-surface-sunken - what lies deeper than the ground
 * @cssprop --sarangbang-text - text
 * @cssprop --sarangbang-text-muted - times, notices, hints
 * @cssprop --sarangbang-line - quiet lines between things
 * @cssprop --sarangbang-danger - what failed
 * @cssprop --sarangbang-private - messages between two
 * @cssprop [--sarangbang-radius=max(0.75rem, 12px)] - roundness of corners
 * @cssprop --sarangbang-font - font family
 * @cssprop [--sarangbang-font-size=max(0.9375rem, 15px)] - size of text
 *
 * @cssstate idle - in no room
 * @cssstate joining - entering
 * @cssstate knocking - waiting before a locked room
 * @cssstate joined - in the room
 * @cssstate reconnecting - the connection was lost; it comes back by itself
 * @cssstate left - out of the room
 * @cssstate failed - the room could not be entered
 */
export class ChatRoom extends LitElement {
  static override styles = themeStyles;

  /** Name of the room; empty for none. May change at any time: the old room is left first. */
  @text @property({ useDefault: true }) room = '';
  /** URL of the server; by default the one these modules came from. */
  @text @property({ useDefault: true }) server = '';
  /** One's own nickname, cut at 64 code points; by default a friendly generated one. */
  @text @property({ attribute: 'display-name', useDefault: true }) displayName = '';
  /** Signed grant, where the server asks for one. */
  @text @property({ useDefault: true }) token = '';
  /** Keeps a room that is made by this entry out of the public list. */
  @boolean @property() unlisted = false;
  /** Shows the conversation without anything to write with. */
  @boolean @property() readonly = false;

  readonly #states = statesOf(this);
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
  /** Why there is no session though a room is named. */
  #refusal: CodedError | null = null;
  #shownState: CallState | null = null;
  #unsubscribe: (() => void)[] = [];

  constructor() {
    super();
    this.#showState();
    takeGiven(this);
  }

  /** `idle → joining → joined ⇄ reconnecting → left`, or `failed`; `knocking` before a locked room. Also as `:state(…)`. */
  get state(): Exclude<CallState, 'prejoin'> {
    return this.#controller.snapshot?.state ?? (this.#refusal ? 'failed' : 'idle');
  }

  /** Everybody in the room, oneself first. */
  get participants(): readonly RoomParticipant[] {
    return roomParticipants(this.#controller.snapshot);
  }

  /** The messages, oldest first. */
  get messages(): readonly Message[] {
    return this.#controller.snapshot?.messages ?? NO_MESSAGES;
  }

  /** How many messages of others came while this was hidden or scrolled up. */
  get unreadCount(): number {
    return this.#view?.unreadCount ?? 0;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    // The controller, which is asked after this, says so again where it is still so.
    if (changed.has('room') || changed.has('server')) this.#refusal = null;
  }

  protected override updated(): void {
    this.#showState();
  }

  protected override async getUpdateComplete(): Promise<boolean> {
    await this.#lateView.loading;
    return super.getUpdateComplete();
  }

  /**
   * Sends a text, at most 4,000 code points long, to everybody or with `to` to one participant by id.
   * @param text of the message
   * @param options `to`: the id of the participant who alone receives it
   * @returns the message, once the server has it
   * @throws Error with `code`: `cancelled` (a listener of `message-send` said no), `message-too-long`, `payload-invalid` (empty), `not-in-room`, `participant-gone` …
   */
  async sendMessage(text: string, options: { to?: string } = {}): Promise<Message> {
    return this.#post(text, options.to);
  }

  /**
   * Sends a failed message again; it cannot be posted twice.
   * @param clientId of the message
   * @returns the message, once the server has it
   * @throws Error with `code`, as `sendMessage`
   */
  async retryMessage(clientId: string): Promise<Message> {
    return this.#session.retryMessage(clientId);
  }

  /**
   * Replaces the text of a message of one's own.
   * @param id of the message @param text that it has from now on
   * @returns the message, once the server has it
   * @throws Error with `code`: `message-too-long`, `payload-invalid` (empty, or no such text any more), `not-allowed` (another's), `server-unreachable` …
   */
  async editMessage(id: string, text: string): Promise<Message> {
    this.#assertSendable(text);
    return this.#session.editMessage(id, text);
  }

  /**
   * Takes a message of one's own away from everybody; a moderator anybody's that went to all.
   * @param id of the message
   * @throws Error with `code`: `not-allowed`, `server-unreachable` …
   */
  async deleteMessage(id: string): Promise<void> {
    return this.#session.deleteMessage(id);
  }

  /**
   * Adds a page of at most 100 older messages, as scrolling up does.
   * @returns how many came
   * @throws Error with `code`: `not-in-room`, `server-unreachable` …
   */
  async loadOlder(): Promise<number> {
    return this.#session.loadOlder();
  }

  /**
   * Moderators: tells the room by an announcement.
   * @param text of the announcement
   * @returns how many were told
   * @throws Error with `code`: `not-allowed`, `message-too-long`, `payload-invalid` …
   */
  async announce(text: string): Promise<number> {
    this.#assertSendable(text);
    return (await this.#session.moderate('announcement:send', { text })).count;
  }

  protected override render() {
    return html`<div class="base" part="base" lang=${this.#locale.textLang}>${this.#view?.render(this.#refusal) ?? this.#lateView.renderMissing(this.#locale)}</div>`;
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

  /** Hands the text on, or throws at once why not. */
  #post(text: string, to: string | undefined): Promise<Message> {
    const session = this.#session;
    this.#assertSendable(text);
    if (!this.dispatchEvent(new MessageSendEvent(text, to))) throw this.#error('cancelled');
    return session.sendMessage(text, to === undefined ? {} : { to });
  }

  get #session(): RoomSession {
    const { session } = this.#controller;
    if (!session || this.state === 'left' || this.state === 'failed') throw this.#error('not-in-room');
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
    // Another element of the room may have said something else since this one last did.
    this.#controller.connection?.setDisplayName(name);
  }
}

acceptGiven(ChatRoom);

declare global {
  interface HTMLElementTagNameMap {
    'chat-room': ChatRoom;
  }
}
