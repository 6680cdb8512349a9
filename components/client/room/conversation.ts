/**
 * The conversation in one room, as one participant reads and writes it.
 *
 * Owns the visible lines (messages, announcements, arrivals and departures) and the list of typing participants. Owns
 * also the requests that change lines: sending, editing, deleting and loading older pages. Does not own the stay in the
 * room: the session calls `open`, `pause` and `end`. Does not own the order of facts: `RoomState` passes each fact on
 * once. It stands apart so that a page with only a call does not load it.
 */
import {
  LIMITS,
  type Announcement,
  type ChatMessage,
  type CommandName,
  type Commands,
  type Facts,
  type ParticipantInfo,
  type RoomSnapshot,
} from '../../../server/protocol.ts';
import { codePointLength, showsNothing } from '../../../server/texts.ts';
import type { Message } from '../../entities.ts';
import { CodedError } from '../../internal/coded-error.ts';
import type { Emitter } from '../../internal/emitter.ts';
import type { Store } from '../../internal/store.ts';
import { ignore } from '../../internal/ignore.ts';
import { MessageList, toMessage } from './message-list.ts';
import { Outbox } from './outbox.ts';
import type { ChatFactName, RoomSessionEvents, RoomSessionSnapshot } from './room-snapshot.ts';
import type { Request } from '../transport/transport.ts';
import { TypingList } from './typing-list.ts';

/** What a conversation needs from its room. */
export interface ConversationRoom {
  readonly room: string;
  readonly request: Request;
  readonly store: Store<RoomSessionSnapshot>;
  readonly events: Emitter<RoomSessionEvents>;
  displayName(): string;
  /** Called when the server answers that we are not in the room. */
  onNotInRoom(): void;
}

/** @throws CodedError `payload-invalid` (no visible character), `message-too-long` */
export function assertSendable(text: string): void {
  if (showsNothing(text)) throw new CodedError('payload-invalid');
  if (codePointLength(text) > LIMITS.messageCodePoints) throw new CodedError('message-too-long');
}

/** A range of messages that are missing here: ids of the messages before and behind it. */
interface Gap {
  readonly after: string | undefined;
  readonly before: string;
}

export class Conversation {
  /**
   * Id of the last message to the whole room that arrived as a fact or in a snapshot. From the first snapshot up to
   * this id, only the messages in `#gaps` are missing. Acknowledgements and direct messages do not advance it.
   */
  after: string | undefined;
  readonly #room: ConversationRoom;
  readonly #messages = new MessageList();
  readonly #outbox: Outbox;
  readonly #typing: TypingList;
  #notices = 0;
  #hasSnapshot = false;
  #older: Promise<number> | null = null;
  /**
   * The ranges of messages that snapshots left out because too many were sent during the absence, oldest first. Two
   * ranges are never merged: the messages between them already had their events. Loaded again, they could have a second
   * one, because the list drops old messages and then does not know them.
   */
  #gaps: Gap[] = [];
  /** Edits and deletions that arrive while older messages load. The server may have read those before the change. */
  #changes: (() => void)[] = [];

  constructor(room: ConversationRoom) {
    const { store } = room;
    this.#room = room;
    this.#outbox = new Outbox({
      room: room.room,
      request: room.request,
      messages: this.#messages,
      onNotInRoom: room.onNotInRoom,
      self: () => ({ id: store.get().selfId ?? '', displayName: room.displayName() }),
      onChange: () => this.#show(),
    });
    this.#typing = new TypingList((typing) => store.patch({ typing }));
    // Never ended: this lives as long as the session.
    room.events.on('participant-changed', (participant) => this.#rename(participant));
  }

  /** @throws CodedError as `RoomSession.sendMessage` */
  async send(text: string, to?: string): Promise<Message> {
    assertSendable(text);
    return this.#outbox.send(text, to);
  }

  retry(clientId: string): Promise<Message> {
    return this.#outbox.retry(clientId);
  }

  typing(): void {
    if (this.#room.store.get().state === 'joined' && this.#typing.shouldTell())
      this.#ask('chat:typing', {}).catch(ignore);
  }

  async edit(id: string, text: string): Promise<Message> {
    assertSendable(text);
    const { message } = await this.#ask('chat:edit', { id, text });
    this.handleFact('chat:edited', { message });
    return this.#messages.get(id) ?? toMessage(message, true);
  }

  async delete(id: string): Promise<void> {
    // The server never received a failed message, so it is not asked to delete it.
    if (this.#messages.get(id)?.state !== 'failed') await this.#ask('chat:delete', { id });
    this.handleFact('chat:deleted', { id });
  }

  /** Resolves to the number of messages that were added. */
  loadOlder(): Promise<number> {
    return (this.#older ??= this.#loadOlder().finally(() => {
      this.#older = null;
      this.#changes = [];
    }));
  }

  /** The session is in the room: send what is pending. */
  open(): void {
    this.#outbox.open();
    // If loading the missing messages fails, the next `open()` continues.
    this.#fill().catch(ignore);
  }

  pause(): void {
    this.#typing.clear();
    this.#outbox.pause();
  }

  /** Fails every pending message with `error`. */
  end(error: CodedError): void {
    this.#outbox.end(error);
  }

  /**
   * Applies a snapshot. Returns a function that emits an event for each new message of another participant. The first
   * snapshot emits none, because its messages were sent before the conversation began.
   * @param newLife true if the server lost its state, so that the ids here have no order relative to earlier ones
   */
  handleSnapshot({ messages, edited = [], deleted = [], hasOlder, stale }: RoomSnapshot, newLife: boolean): () => void {
    const first = !this.#hasSnapshot;
    // `stale`: too much changed for the server to list each change, so the snapshot replaces the visible messages. If
    // the server lost its state, earlier messages stay visible.
    const replaces = stale && !newLife;
    if (newLife) this.#gaps = [];
    // Everything up to this id has been emitted or was shown without an event, except for what gaps contain.
    const { after } = this;
    const gaps = this.#gaps;
    const isUntold = ({ id }: Message) =>
      id > (after ?? '') || gaps.some((gap) => id > (gap.after ?? '') && id < gap.before);
    this.#hasSnapshot = true;
    if (newLife) this.#messages.beginLife();
    if (replaces) this.#messages.forget();
    if (first || replaces) this.#room.store.patch({ hasOlder });
    for (const message of edited) this.#messages.update(message);
    for (const id of deleted) this.#messages.delete(id);
    const [oldest] = messages;
    // A snapshot with fewer messages than the limit has left none out.
    if (!first && !newLife && oldest && messages.length >= LIMITS.messagesOnJoin)
      this.#gaps = [...gaps, { after, before: oldest.id }];
    this.after = messages.at(-1)?.id ?? this.after;
    const fresh = this.#take(messages);
    return () => first || this.#tell(fresh.filter((message) => !replaces || isUntold(message)));
  }

  handleAnnouncement({ id, text, at }: Announcement): void {
    this.#append({
      id,
      clientId: id,
      from: { id: '', displayName: '' },
      isSelf: false,
      text,
      at: new Date(at),
      kind: 'announcement',
      state: 'sent',
    });
  }

  /** Adds an English notice. The first word of its id tells elements which notice to show in their own language. */
  note(what: 'came' | 'left', { id: participantId, displayName }: ParticipantInfo): void {
    if (what === 'left') this.#typing.handleStopped(participantId);
    const id = `${what}-${++this.#notices}`;
    const from = { id: participantId, displayName };
    this.#append({
      id,
      clientId: id,
      from,
      isSelf: false,
      text: `${displayName} ${what}`,
      at: new Date(),
      kind: 'notice',
      state: 'sent',
    });
  }

  handleFact<N extends ChatFactName>(name: N, fact: Omit<Facts[N], 'room' | 'epoch' | 'n'>): void {
    this.#apply[name](fact);
  }

  readonly #apply: { [N in ChatFactName]: (fact: Omit<Facts[N], 'room' | 'epoch' | 'n'>) => void } = {
    'chat:posted': ({ message }) => {
      if (message.to === undefined) this.after = message.id;
      this.#typing.handleStopped(message.from.id);
      this.#tell(this.#take([message]));
    },
    'chat:edited': ({ message }) => this.#change(() => this.#messages.update(message)),
    'chat:deleted': ({ id }) => this.#change(() => this.#messages.delete(id)),
    'chat:typed': ({ participantId }) => {
      if (participantId !== this.#room.store.get().selfId) this.#typing.handleTyped(participantId);
    },
  };

  /** A participant may choose a name after the notice, most often in the lobby. */
  #rename({ id, displayName }: ParticipantInfo): void {
    const from = { id, displayName };
    for (const line of this.#messages.shown) {
      if (line.kind !== 'notice' || line.from.id !== id || line.from.displayName === displayName) continue;
      const [what] = line.id.split('-');
      this.#messages.patch((one) => one === line, { from, text: `${displayName} ${what}` });
      this.#show();
    }
  }

  #change(apply: () => void): void {
    if (this.#older) this.#changes.push(apply);
    apply();
    this.#show();
  }

  #ask<C extends CommandName>(command: C, fields: Omit<Commands[C]['payload'], 'room'>): Promise<Commands[C]['value']> {
    return this.#room.request(command, { room: this.#room.room, ...fields } as Commands[C]['payload']);
  }

  async #loadOlder(): Promise<number> {
    const { store } = this.#room;
    const { oldestId: before } = this.#messages;
    const { messages, hasOlder } = await this.#ask('chat:history', {
      limit: LIMITS.messagesPerPage,
      ...(before !== undefined && { before }),
    });
    this.#messages.makeRoom(messages.length);
    store.patch({ hasOlder });
    this.#take(messages);
    for (const apply of this.#changes) apply();
    this.#show();
    return messages.length;
  }

  async #fill(): Promise<void> {
    for (let gap; (gap = this.#gaps[0]);) {
      const { after, before } = gap;
      const { messages } = await this.#ask('chat:history', {
        ...(after !== undefined && { after }),
        before,
        limit: LIMITS.messagesPerPage,
      });
      // A later `open()` has already filled this gap.
      if (this.#gaps[0] !== gap) return;
      const [oldest] = messages;
      const rest = oldest && messages.length === LIMITS.messagesPerPage ? [{ after, before: oldest.id }] : [];
      this.#gaps = [...rest, ...this.#gaps.slice(1)];
      this.#messages.makeRoom(messages.length);
      this.#tell(this.#take(messages));
    }
  }

  /** Adds messages from the server. Returns those of other participants that are new here. */
  #take(wire: readonly ChatMessage[]): Message[] {
    const { selfId } = this.#room.store.get();
    const fresh: Message[] = [];
    for (const message of wire) {
      const isSelf = message.from.id === selfId;
      const line = this.#messages.add(message, isSelf);
      if (isSelf) this.#outbox.confirm(message);
      else if (line) fresh.push(line);
    }
    this.#show();
    return fresh;
  }

  #tell(fresh: readonly Message[]): void {
    for (const message of fresh) this.#room.events.emit('message', message);
  }

  #append(message: Message): void {
    this.#messages.append(message);
    this.#show();
    this.#tell([message]);
  }

  #show(): void {
    const { store } = this.#room;
    store.patch({ messages: this.#messages.shown, hasOlder: store.get().hasOlder || this.#messages.trimmed });
  }
}

/** Creates the conversation of a session; see `RoomSession.converse`. */
export const createConversation = (room: ConversationRoom): Conversation => new Conversation(room);
