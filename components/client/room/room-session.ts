/**
 * One participant's stay in one room.
 *
 * Owns entering: it enters again after a lost connection and after a missing fact, waits as long as the server asks,
 * and gives up only if another attempt cannot help. Does not own what is shown (`RoomState`), the chat (`Conversation`)
 * or the presence in the call (`CallMembership`). Does not own the connection, which calls `handleReady`, `handleLost`
 * and `handleRefused`. Knows no DOM and no media.
 */
import type {
  Announcement,
  CallPresence,
  Commands,
  Facts,
  LeaveReason,
  SignalBody,
  TrackInfo,
  Wishes,
} from '../../../server/protocol.ts';
import type { Message } from '../../entities.ts';
import { CodedError } from '../../internal/coded-error.ts';
import { Emitter } from '../../internal/emitter.ts';
import { Store, type ReadableStore } from '../../internal/store.ts';
import { CallMembership, type CarriedOffer } from './call-membership.ts';
import type { Conversation, createConversation } from './conversation.ts';
import type { RoomSessionEvents, RoomSessionSnapshot } from './room-snapshot.ts';
import { RoomState, type RoomFactName } from './room-state.ts';
import type { EntryOptions, RoomCommand, RoomSessionHost } from './session-host.ts';
import { retryDelayMs } from '../transport/transport.ts';

export type { RoomSessionEvents, RoomSessionSnapshot, RoomSessionState } from './room-snapshot.ts';

export class RoomSession {
  /** Canonical name of the room. */
  readonly room: string;
  readonly events = new Emitter<RoomSessionEvents>();
  readonly #host: RoomSessionHost;
  readonly #options: Pick<EntryOptions, 'unlisted' | 'knock'>;
  readonly #store: Store<RoomSessionSnapshot>;
  readonly #state: RoomState;
  #conversation: Conversation | null = null;
  readonly #call: CallMembership;
  /** Counts connections, so that an answer to a request on an earlier connection is ignored. */
  #life = 0;
  #entering = false;
  #expectsCall = false;
  /** Whether entering a locked room knocks: opening a page asks nobody for anything. */
  #knocks: boolean;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;

  /** Made by `Connection.acquireRoom`. */
  constructor(room: string, host: RoomSessionHost, options: Pick<EntryOptions, 'unlisted' | 'knock'> = {}) {
    const { events } = this;
    const { request } = host;
    const store = new Store<RoomSessionSnapshot>({
      room,
      state: 'joining',
      error: null,
      selfId: null,
      role: host.role(),
      participants: [],
      messages: [],
      locked: false,
      typing: [],
      waiting: [],
      hasOlder: false,
    });
    const enter = (): void => void this.#enter();
    this.room = room;
    this.#host = host;
    this.#options = options;
    this.#knocks = options.knock ?? true;
    this.#store = store;
    this.#call = new CallMembership(
      room,
      request,
      (error) =>
        events.emit('call-ended', error.code === 'cancelled' ? { reason: 'ended' } : { reason: 'ended', error }),
      enter,
    );
    this.#state = new RoomState({
      store,
      events,
      conversation: () => this.#conversation,
      onGap: enter,
      // After `moved` the fact `room:moved` ends the session. `left` or `lost` is not our doing: the server took the
      // disconnection of another page for ours.
      onSelfLeft: (reason) => {
        if (reason === 'left' || reason === 'lost') enter();
        else if (reason !== 'moved') this.handleEnded(reason);
      },
      onKnockAnswered: (admitted, code = 'knock-refused') => {
        if (admitted) enter();
        else if (store.get().state === 'knocking') this.#end('failed', new CodedError(code));
      },
      onCallEnded: (reason) => {
        this.#call.forget(new CodedError(reason === 'ended' ? 'cancelled' : reason));
        events.emit('call-ended', { reason });
      },
    });
  }

  get store(): ReadableStore<RoomSessionSnapshot> {
    return this.#store;
  }

  /** Joins again after `left`, `failed` or `locked`, and knocks at a locked room. @param knock false does not knock */
  join(knock = true): void {
    this.#knocks ||= knock && this.#store.get().state !== 'joined';
    if (!this.isOver && this.#store.get().state !== 'locked') return;
    this.#store.patch({ state: 'joining', error: null });
    this.#host.revive();
    void this.#enter();
  }

  /** Starts the conversation: loads what was said and shows it from now on. Later calls do nothing. */
  converse(create: typeof createConversation): void {
    if (this.#conversation) return;
    const { room, events } = this;
    const host = this.#host;
    this.#conversation = create({
      room,
      events,
      request: host.request,
      store: this.#store,
      displayName: () => host.displayName(),
      onNotInRoom: () => void this.#enter(),
    });
    if (this.#store.get().state === 'joined') void this.#enter();
  }

  /**
   * Shows the text as pending and resolves once the server has it, however often the connection is lost before.
   * @param options.to id of the one participant who receives it
   * @throws CodedError `payload-invalid` (empty), `message-too-long`, `not-in-room`, or the server's refusal
   */
  async sendMessage(text: string, options: { to?: string } = {}): Promise<Message> {
    return this.#talk.send(text, options.to);
  }

  /** Sends a failed message again; it cannot be posted twice. Rejects as `sendMessage` does. */
  async retryMessage(clientId: string): Promise<Message> {
    return this.#talk.retry(clientId);
  }

  /**
   * Replaces the text of this participant's message.
   * @throws CodedError as `sendMessage`, `not-allowed`, `server-unreachable` (the edit is not kept)
   */
  async editMessage(id: string, text: string): Promise<Message> {
    return this.#talk.edit(id, text);
  }

  /**
   * Deletes this participant's message for everybody. A moderator may delete any message.
   * @throws CodedError `not-allowed`, `server-unreachable` (the request is not kept) …
   */
  async deleteMessage(id: string): Promise<void> {
    return this.#talk.delete(id);
  }

  /**
   * Adds a page of at most 100 older messages and resolves to their number.
   * @throws CodedError `server-unreachable` …
   */
  async loadOlder(): Promise<number> {
    return this.#talk.loadOlder();
  }

  /** Sends a command about this room. @throws CodedError `not-allowed`, `participant-gone` … */
  async moderate<C extends RoomCommand>(
    command: C,
    fields: Omit<Commands[C]['payload'], 'room'>,
  ): Promise<Commands[C]['value']> {
    this.#mustBeIn();
    return this.#host.request(command, { room: this.room, ...fields } as Commands[C]['payload']);
  }

  /** Tells the others that this participant is typing, at most every three seconds. */
  typing(): void {
    this.#conversation?.typing();
  }

  /** Cancels a knock: the session becomes `left` with the error `cancelled`. */
  withdraw(): void {
    this.#knocks = this.#options.knock ?? true;
    if (this.#store.get().state !== 'knocking') return;
    this.#host.leave();
    this.#end('left', new CodedError('cancelled'));
    this.events.emit('ended', { reason: 'left' });
  }

  /**
   * Enters the call and stays in it across lost connections, under the same join id (`presence.joinId`). Calling it
   * again with the same join id renews the ICE servers.
   * @throws CodedError the server's refusal; `cancelled` if the call or the room is left before the answer
   */
  async joinCall(presence: CallPresence, offer?: CarriedOffer): Promise<Commands['call:join']['value']> {
    this.#mustBeIn();
    return this.#call.join(presence, offer);
  }

  /** An element shows the room's call: before it is joined, handshakes ask for its ICE servers. */
  expectCall(): void {
    this.#expectsCall = true;
  }

  /** True if this participant is in the call, or enters it. */
  get isInCall(): boolean {
    return this.#call.isWanted;
  }

  /** True if a handshake will carry what this session enters. */
  get isHandshakeAhead(): boolean {
    return this.#host.isHandshakeAhead();
  }

  /** Whether the server answers wishes. It then also knows `ice:servers`, and who entered the call later (`since`). */
  get knowsWishes(): boolean {
    return this.#host.knowsWishes();
  }

  /** The ICE servers of the call, before joining it. Only for a server that answers wishes. @throws CodedError */
  iceServers(): Promise<Commands['ice:servers']['value']> {
    return this.#host.request('ice:servers', { room: this.room });
  }

  /** Reports what this participant sends. While the server cannot be reached, the latest report is kept. */
  updateCall(fields: { tracks?: TrackInfo[]; receivesVideo?: boolean }): void {
    this.#call.update(fields);
  }

  leaveCall(): void {
    this.#call.leave();
  }

  /** @throws CodedError `server-unreachable` (the signal is not kept), `rate-limited`, `participant-gone` … */
  async sendSignal(to: string, link: string, signal: SignalBody): Promise<void> {
    const told = this.#call.whenTold();
    if (told) await told;
    await this.#host.request('signal:send', { room: this.room, to, link, signal });
  }

  /** The commands for the handshake to carry; `null` if this session does not enter the room. */
  async wishes(): Promise<Wishes | null> {
    await this.#call.whenOffering();
    if (this.isOver) return null;
    const call = this.#call.wish();
    return { room: this.#entry(), ...(call && { call }), ...(this.#expectsCall && !call && { ice: true }) };
  }

  /** Called each time the connection becomes ready: enters the room. @param restarted the server lost its state */
  handleReady(restarted = false): void {
    this.#forgetLife();
    if (restarted) this.#state.expectReturns();
    void this.#enter();
  }

  handleLost(): void {
    this.#forgetLife();
    if (this.#store.get().state === 'joined') this.#store.patch({ state: 'reconnecting' });
  }

  /** Sets or clears the error to show while the connection keeps trying. */
  handleUnreachable(error: CodedError | null): void {
    if (!this.isOver) this.#store.patch({ error });
  }

  /** The server refused the connection: the session gives up and keeps what is shown. */
  handleRefused(error: CodedError): void {
    if (!this.isOver) this.#end('failed', error);
  }

  /** The page goes away. The call ends here, and the disconnection ends the links at the other participants. */
  handleSuspended(): void {
    if (this.isOver) return;
    this.#call.forget(new CodedError('cancelled'));
    this.events.emit('suspended', undefined);
  }

  handleMoved(to: string): void {
    if (this.isOver) return;
    this.#end('left', null);
    this.events.emit('moved', { to });
    this.events.emit('ended', { reason: 'moved' });
  }

  /** Ends the session. The server knows already, or the connection tells it. */
  handleEnded(reason: LeaveReason): void {
    if (this.isOver) return;
    this.#end(
      'left',
      reason === 'removed' || reason === 'replaced' || reason === 'token-expired' ? new CodedError(reason) : null,
    );
    this.events.emit('ended', { reason });
  }

  handleAnnouncement(announcement: Announcement): void {
    if (this.isOver) return;
    if (this.#conversation) this.#conversation.handleAnnouncement(announcement);
    else this.events.emit('announcement', announcement);
  }

  handleFact<N extends RoomFactName>(name: N, fact: Facts[N]): void {
    if (!this.isOver) this.#state.handleFact(name, fact);
  }

  async #enter(): Promise<void> {
    if (this.#entering || this.isOver || !this.#host.isReady()) return;
    const life = this.#life;
    clearTimeout(this.#retryTimer);
    this.#entering = true;
    this.#state.expectSnapshot();
    const entry = this.#entry();
    const answer = await this.#host.request('room:join', entry).catch((error: unknown) => CodedError.from(error));
    if (life !== this.#life) return;
    this.#entering = false;
    // The token changed during the request, and `setToken` does not restart a session that is entering.
    if (answer instanceof CodedError && entry.token !== this.#entry().token) return void this.#enter();
    if (answer instanceof CodedError) return this.#notEntered(answer, entry.knock !== false || !this.knowsWishes);
    const snapshot = answer.rooms.find(({ room }) => room === this.room);
    if (!snapshot) return this.#notEntered(new CodedError('internal'));
    this.#knocks = this.#options.knock ?? true;
    const resumed = this.#store.get().state === 'reconnecting';
    // Before the snapshot is shown, because showing it makes links send signals, and these must follow `call:join`.
    this.#call.open(snapshot.participants.some(({ id, call }) => id === answer.participantId && call));
    this.#state.handleSnapshot(snapshot, answer.participantId);
    if (life !== this.#life) return;
    this.#conversation?.open();
    if (resumed) this.events.emit('resumed', undefined);
  }

  #entry(): Commands['room:join']['payload'] {
    const after = this.#conversation?.after;
    const { unlisted } = this.#options;
    // A call continues while its participant waits to be let in again.
    const isQuiet = !this.#knocks && !this.isInCall;
    return this.#host.entry({
      ...(after && { after }),
      ...(unlisted && { unlisted }),
      ...(isQuiet && { knock: false }),
    });
  }

  #notEntered(error: CodedError, knocked = true): void {
    // `handleReady` enters again.
    if (error.code === 'server-unreachable') return;
    this.#call.dropOffer(error.code === 'room-locked');
    if (error.code === 'room-locked') return this.#onLocked(knocked);
    const delayMs = retryDelayMs(error);
    if (delayMs === undefined) return this.#end('failed', error);
    this.#store.patch({ error });
    this.#retryTimer = setTimeout(() => void this.#enter(), delayMs);
  }

  /** After a knock the server sends `participant:knocked` with the answer. An older server knocks always. */
  #onLocked(knocked: boolean): void {
    const isQuiet = this.#entry().knock === false;
    if (!knocked && !isQuiet) return void this.#enter();
    // Withdrawn before the answer came.
    if (knocked && isQuiet && this.knowsWishes) this.#host.leave();
    const waits = knocked && !(isQuiet && this.knowsWishes);
    this.#store.patch({ state: waits ? 'knocking' : 'locked', locked: true, error: null });
  }

  #forgetLife(): void {
    this.#life++;
    this.#entering = false;
    clearTimeout(this.#retryTimer);
    this.#state.pause();
    this.#conversation?.pause();
    this.#call.pause();
  }

  #end(state: 'left' | 'failed', error: CodedError | null): void {
    this.#knocks = this.#options.knock ?? true;
    this.#store.patch({ state, error });
    this.#forgetLife();
    this.#state.end();
    this.#conversation?.end(error ?? new CodedError('not-in-room'));
    this.#call.forget(error ?? new CodedError('cancelled'));
  }

  #mustBeIn(): void {
    if (this.isOver) throw new CodedError('not-in-room');
  }

  get #talk(): Conversation {
    this.#mustBeIn();
    if (!this.#conversation) throw new CodedError('not-in-room');
    return this.#conversation;
  }

  /** True after `left` or `failed`. */
  get isOver(): boolean {
    const { state } = this.#store.get();
    return state === 'left' || state === 'failed';
  }
}
