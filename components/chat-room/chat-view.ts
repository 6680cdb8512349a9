/**
 * The visible part of a chat: header, messages, and the field to write.
 *
 * Owns what only the view needs: which list is open, the drafts, the scroll position. Does not own the session or the
 * public methods, which belong to the element. It stands apart so that only a page with a chat loads it.
 *
 * @csspart base - The wrapper around everything.
 * @csspart header - The line with the room's name and participants.
 * @csspart room - The room's name.
 * @csspart roster - The names of the participants, below the room's name.
 * @csspart participants-button - Shows and hides the list of participants.
 * @csspart participants - The list of participants.
 * @csspart participant - A participant in that list; a click addresses a private message.
 * @csspart role - In that list: you, moderator, in the call.
 * @csspart avatar - The initials of a participant.
 * @csspart icon - Each icon.
 * @csspart waiting - For moderators who are not in the call: the people who knock.
 * @csspart knock - One of them.
 * @csspart knock-text - The sentence about that person.
 * @csspart knock-error - Why an answer failed.
 * @csspart admit-button - Lets a person in.
 * @csspart refuse-button - Refuses a person.
 * @csspart banner - Tells that the connection is lost, or why the participant is out of the room.
 * @csspart banner-text - The sentence in it.
 * @csspart join-button - Enters the room again, or asks to be let into a locked room.
 * @csspart empty - Shown in place of messages while there are none.
 * @csspart illustration - The drawn picture there.
 * @csspart empty-title - The first words there.
 * @csspart empty-text - What else stands there.
 * @csspart log - The scrolling list of messages.
 * @csspart message - A message.
 * @csspart message-self - A message of the participant's own.
 * @csspart message-private - A message between two participants.
 * @csspart message-failed - A message that the server did not accept.
 * @csspart message-pending - A message that is on its way.
 * @csspart author - The author of a message.
 * @csspart privacy - Tells who reads a private message.
 * @csspart time - The time of a message.
 * @csspart delivery - Below a message: that it is on its way, or why it was not sent.
 * @csspart body - The text of a message.
 * @csspart link - An address in a text.
 * @csspart show-more-button - Below a long text: shows all of it, or less.
 * @csspart edited - Tells that a message was edited.
 * @csspart edit-button - Beside the participant's own message: edits it.
 * @csspart delete-button - Beside a message that the participant may delete: deletes it after a question.
 * @csspart question - The question before deleting.
 * @csspart question-text - Its sentence.
 * @csspart delete-confirm-button - Confirms the deletion.
 * @csspart editor - The form in place of a text that is being edited.
 * @csspart edit-input - The field of that form.
 * @csspart edit-hint - The keys of that form.
 * @csspart save-button - Saves the edited text.
 * @csspart cancel-button - Cancels editing, deleting or knocking.
 * @csspart error - Why editing, deleting or sending was refused.
 * @csspart older-button - Above the first message: loads older messages.
 * @csspart retry-button - Sends a failed message again, or loads the view again.
 * @csspart everyone-button - Sends a message to everybody instead, because its receiver left.
 * @csspart notice - A line about participants who came or left, and an announcement.
 * @csspart day - The line above the first message of a day.
 * @csspart announcement - An announcement.
 * @csspart announcement-title - The word above its text.
 * @csspart newest-button - Scrolls to the newest message.
 * @csspart typing - The names of participants who are typing.
 * @csspart recipient-label - The words before that select.
 * @csspart recipient - The select for the receiver of a message.
 * @csspart name - The participant's own name; a click edits it.
 * @csspart rename - The form for the name.
 * @csspart name-input - The field for the name.
 * @csspart name-save-button - Saves the name.
 * @csspart name-cancel-button - Keeps the old name.
 * @csspart composer - The form with the field and the button.
 * @csspart input - The field for a message.
 * @csspart send-button - Sends the message.
 * @csspart counter - The number of characters left, or why a message was refused.
 * @csspart missing - Tells that the view did not load.
 */
import { html, nothing, type ReactiveElement } from 'lit';
import { guard } from 'lit/directives/guard.js';
import type { ErrorCode } from '../../server/protocol.ts';
import type { RoomSession } from '../client/room/room-session.ts';
import type { LocaleController } from '../controllers/locale-controller.ts';
import type { RoomController } from '../controllers/room-controller.ts';
import { may } from '../controllers/call/room-permissions.ts';
import type { CallState, Message, RoomParticipant } from '../entities.ts';
import type { CodedError } from '../internal/coded-error.ts';
import { spareHostPage } from '../internal/host-page.ts';
import { icon } from '../internal/look/icons.ts';
import { wayBackOf } from '../internal/way-back.ts';
import { ignore } from '../internal/ignore.ts';
import { isolate } from '../internal/isolate.ts';
import { chatTerms } from '../locales/english/chat.ts';
import { errorTerms } from '../locales/english/errors.ts';
import { addEnglish } from '../locales/index.ts';
import { Composer } from './composer.ts';
import { foldNotices, type Row } from './log/fold-notices.ts';
import { LogView } from './log/log-view.ts';
import { LongTexts } from './log/long-texts.ts';
import { MessageActions } from './log/message-actions.ts';
import { Knocks } from './knocks.ts';
import { renderRows } from './log/message-rows.ts';
import { Nickname } from './nickname.ts';
import { renderHeader } from './room-header.ts';

export { chatViewStyles } from './chat-view.styles.ts';

addEnglish({ ...errorTerms, ...chatTerms });

const WORDS = {
  idle: 'chatIdle',
  prejoin: 'chatIdle',
  joining: 'joining',
  locked: 'room-locked',
  knocking: 'knocking',
  joined: 'chatIdle',
  reconnecting: 'reconnecting',
  left: 'chatLeft',
  failed: 'internal',
} as const;

/** The key of the sentence for a state. While the page reconnects, the reason does not matter to the person. */
function wordOf(state: CallState, code: ErrorCode | undefined) {
  if (code === 'cancelled') return 'chatWithdrawn';
  return state === 'reconnecting' ? WORDS[state] : (code ?? WORDS[state]);
}

/** The key of the text on the button that enters the room; `null` in the room, or if no button can help. */
function wayOf(state: CallState, code: ErrorCode | undefined) {
  if (state === 'locked') return 'askJoin';
  if (state !== 'left' && state !== 'failed') return null;
  return code === 'cancelled' ? 'askAgain' : wayBackOf(code, state === 'failed');
}

/** What the view needs of the element. */
export interface ChatHost extends ReactiveElement {
  readonly: boolean;
  readonly state: CallState;
  readonly participants: readonly RoomParticipant[];
  readonly messages: readonly Message[];
  editMessage(id: string, text: string): Promise<unknown>;
  deleteMessage(id: string): Promise<unknown>;
  loadOlder(): Promise<unknown>;
  announce(text: string): Promise<unknown>;
}

export interface ChatViewOptions {
  /** Sends the message. @throws CodedError */
  readonly onSend: (text: string, to: string | undefined) => void;
  readonly onRetry: (clientId: string) => void;
  readonly onRename: (name: string) => void;
  readonly onUnread: (count: number) => void;
}

export class ChatView {
  readonly #host: ChatHost;
  readonly #controller: RoomController;
  readonly #locale: LocaleController;
  readonly #options: ChatViewOptions;
  readonly #log: LogView;
  readonly #longTexts: LongTexts;
  readonly #composer: Composer;
  readonly #nickname: Nickname;
  readonly #actions: MessageActions;
  readonly #knocks: Knocks;
  /** Names by id, also of participants who left, so that a private message to them still names its receiver. */
  readonly #names = new Map<string, string>();
  #peopleOpen = false;
  #folded: { readonly messages: readonly Message[]; readonly rows: readonly Row[] } = { messages: [], rows: [] };

  constructor(host: ChatHost, controller: RoomController, locale: LocaleController, options: ChatViewOptions) {
    this.#host = host;
    this.#controller = controller;
    this.#locale = locale;
    this.#options = options;
    // Created before the log, which scrolls to its end once all heights are known.
    this.#longTexts = new LongTexts(host, locale, () => this.#log.stay());
    this.#log = new LogView(host, options.onUnread, () => host.loadOlder());
    this.#actions = new MessageActions(host, {
      locale,
      onEdit: (id, text) => host.editMessage(id, text),
      onDelete: (id) => host.deleteMessage(id),
    });
    this.#knocks = new Knocks(host, locale);
    this.#nickname = new Nickname(host, locale, options.onRename);
    this.#composer = new Composer(host, {
      locale,
      onSend: (text, to) => {
        options.onSend(text, to);
        this.#log.showNewest();
      },
      onAnnounce: (text) => host.announce(text),
      onTyping: () => controller.session?.typing(),
      onUp: () => this.#actions.editLast(host.messages),
    });
    spareHostPage(host, () => this.#composer.refuse('chatNoFiles'));
    this.handleSession();
  }

  get unreadCount(): number {
    return this.#log.unreadCount;
  }

  /** The session changed, or there is none. */
  handleSession(): void {
    this.#log.reset();
    this.#composer.handleRoom(this.#controller.session?.room ?? '');
    this.#names.clear();
    this.#actions.reset();
    this.#peopleOpen = false;
  }

  /** A message of another participant, or a notice, arrived. */
  handleMessage(message: Message): void {
    this.#log.handleMessage(message);
  }

  /** @param refusal why there is no session although a room is named */
  render(refusal: CodedError | null) {
    const { snapshot } = this.#controller;
    const { participants, readonly, state } = this.#host;
    const canWrite =
      !readonly &&
      snapshot?.role !== 'viewer' &&
      (state === 'joining' || state === 'joined' || state === 'reconnecting');
    const moderates = snapshot?.role === 'moderator';
    const isClosed = !may('chat', snapshot);
    this.#actions.handlePowers({ canWrite: canWrite && state === 'joined', isClosed, moderates });
    for (const { id, displayName } of participants) this.#names.set(id, displayName);
    const onChoose = canWrite ? (id: string) => this.#composer.address(id) : null;
    return html`
      ${
        snapshot
          ? renderHeader({
              room: snapshot.room,
              participants,
              locale: this.#locale,
              open: this.#peopleOpen,
              onToggle: this.#onTogglePeople,
              onChoose,
            })
          : nothing
      }
      ${this.#knocks.render(this.#controller.session)}
      ${this.#renderMiddle(this.#renderWord(refusal))}
      <p class="typing" part="typing" ?hidden=${readonly}>${this.#renderTyping()}</p>
      ${
        canWrite
          ? html`<div class="foot">${this.#composer.render({
              participants,
              nameOf: this.#nameOf,
              moderates,
              isClosed,
              aside: this.#nickname.render(this.#ownName),
            })}</div>`
          : nothing
      }`;
  }

  #renderMiddle(word: unknown) {
    const locale = this.#locale;
    const { messages, participants, state } = this.#host;
    const rows = this.#fold(messages);
    const { unreadCount } = this.#log;
    const inCall = participants.find(({ isSelf }) => isSelf)?.inCall ?? false;
    const start = this.#log.place(
      rows.map(({ message }) => message),
      state === 'joined',
      this.#controller.snapshot?.hasOlder ?? false,
    );
    const isEmpty = rows.length === 0;
    const drawn = rows.slice(start);
    this.#actions.handleRows(drawn.map(({ message }) => message));
    const { onRetry } = this.#options;
    const renderMessages = () =>
      renderRows({
        rows: drawn,
        participants,
        inCall,
        nameOf: this.#nameOf,
        locale,
        actions: this.#actions,
        longTexts: this.#longTexts,
        onRetry,
        onSendToAll: this.#onSendToAll,
      });
    const shownState = [...this.#actions.state, this.#longTexts.state, locale.lang(), locale.term('chatLog')];
    const unread = unreadCount
      ? locale.term('chatUnread', unreadCount)
      : html`<span class="visually-hidden">${locale.term('chatNewest')}</span>`;
    const hint = locale.term('chatEmptyHint');
    const banner = word && !isEmpty ? html`<div class="banner" part="banner">${word}</div>` : nothing;
    return html`<div role="status">${banner}</div>
      <div class="middle">
        <div class="log" part="log" role="log" aria-live="polite" aria-busy=${this.#log.busy}
          aria-label=${locale.term('chatLog')} tabindex="0" @scroll=${this.#log.handleScroll}>
          <div class="rows">
            ${this.#renderOlder()}
            ${guard([messages, start, participants, ...shownState], renderMessages)}</div>
        </div>
        <div class="still" part="empty" role="status" ?hidden=${!word || !isEmpty}>
          ${icon('empty', 'illustration')}${word}</div>
        <div class="still" part="empty" ?hidden=${word || !isEmpty}>
          <slot name="empty">${icon('empty', 'illustration')}<p part="empty-text"><strong
            part="empty-title">${locale.term('chatEmpty')}</strong> ${hint}</p></slot>
        </div>
        <button type="button" class="newest ${unreadCount ? 'primary' : ''}" part="newest-button"
          ?hidden=${this.#log.atEnd} title=${locale.term('chatNewest')} @click=${() => this.#log.showNewest()}>
          ${icon('newest')}${unread}</button>
      </div>`;
  }

  /** The button that loads earlier messages, if there are any. */
  #renderOlder() {
    const { older } = this.#log;
    if (older === 'none') return nothing;
    const isLoading = older === 'loading';
    return html`<button type="button" class="older" part="older-button" ?disabled=${isLoading}
      @click=${() => void this.#log.loadOlder()}>
      ${this.#locale.term(isLoading ? 'chatOlderLoading' : 'chatOlder')}</button>`;
  }

  /** Folds before the log chooses which rows to draw, so that folded rows do not count. */
  #fold(messages: readonly Message[]): readonly Row[] {
    if (messages !== this.#folded.messages) this.#folded = { messages, rows: foldNotices(messages) };
    return this.#folded.rows;
  }

  /** Why the participant is not in the room, with a button that can help; `null` in the room. */
  #renderWord(refusal: CodedError | null) {
    const { session, snapshot } = this.#controller;
    const { state } = this.#host;
    const error = snapshot?.error ?? refusal;
    const isEmpty = this.#fold(this.#host.messages).length === 0;
    if (!error && state === 'joined') return null;
    return html`<p part=${isEmpty ? 'empty-text' : 'banner-text'}>${this.#locale.term(wordOf(state, error?.code))}</p>
      ${session ? this.#renderRemedy(session, error?.code) : nothing}`;
  }

  /** The button that cancels a knock or enters the room again. */
  #renderRemedy(session: RoomSession, code: ErrorCode | undefined) {
    const locale = this.#locale;
    const { state } = this.#host;
    if (state === 'knocking') {
      return html`<button type="button" class="outline" part="cancel-button"
        @click=${() => session.withdraw()}>${locale.term('chatCancel')}</button>`;
    }
    const way = wayOf(state, code);
    if (!way) return nothing;
    return html`<button type="button" class="outline" part="join-button"
      @click=${() => session.join()}>${locale.term(way)}</button>`;
  }

  #renderTyping() {
    const { typing = [], selfId } = this.#controller.snapshot ?? {};
    const names = typing.flatMap((id) => (id === selfId ? [] : isolate(this.#nameOf(id) ?? '')));
    return names.length ? html`<span>${this.#locale.term('chatTyping', names)}</span>` : nothing;
  }

  get #ownName(): string {
    return (
      this.#host.participants.find(({ isSelf }) => isSelf)?.displayName ??
      this.#controller.connection?.store.get().displayName ??
      ''
    );
  }

  readonly #nameOf = (id: string): string | undefined =>
    this.#names.get(id) ?? this.#host.messages.findLast(({ from }) => from.id === id)?.from.displayName;

  /** Sends a message to everybody because its receiver left. It is a new message, which a listener may prevent. */
  readonly #onSendToAll = ({ id, text }: Message): void => {
    try {
      this.#options.onSend(text, undefined);
    } catch {
      // The element has reported the error; the failed message stays.
      return;
    }
    // The server never had the message, so only this page deletes it.
    this.#host.deleteMessage(id).catch(ignore);
  };

  readonly #onTogglePeople = (): void => {
    this.#peopleOpen = !this.#peopleOpen;
    this.#host.requestUpdate();
  };
}
