/**
 * What is said in one room, as one participant hears and says it.
 *
 * Owns the lines that are shown (messages, announcements, who came and left), who is typing, and the asking for
 * what changes lines: sending, editing, deleting, older pages. Owns neither whether one is in the room
 * (`open`, `pause`, `end`) nor the order of facts: `RoomState` hands each in once. It stands apart
 * so that a page with a call alone does without it.
 */
import {
  LIMITS,
  codePointLength,
  showsNothing,
  type Announcement,
  type ChatMessage,
  type CommandName,
  type Commands,
  type Facts,
  type ParticipantInfo,
  type RoomSnapshot,
} from '../../../server/protocol.ts';
import type { Message } from '../../entities.ts';
import { CodedError } from '../../internal/coded-error.ts';
import type { Emitter } from '../../internal/emitter.ts';
import type { Store } from '../../internal/store.ts';
import { MessageList, toMessage } from './message-list.ts';
import { Outbox } from './outbox.ts';
import type { ChatFactName, RoomSessionEvents, RoomSessionSnapshot } from './room-snapshot.ts';
import type { Request } from '../transport/transport.ts';
import { TypingList } from './typing-list.ts';

/** What a conversation needs of its room. */
export interface ConversationRoom {
  readonly room: string;
  readonly request: Request;
  readonly store: Store<RoomSessionSnapshot>;
  readonly events: Emitter<RoomSessionEvents>;
  displayName(): string;
  /** The server says that we are not in the room, though we thought so. */
  onNotInRoom(): void;
}

/** @throws CodedError `payload-invalid` (shows nothing), `message-too-long` */
export function assertSendable(text: string): void {
  if (showsNothing(text)) throw new CodedError('payload-invalid');
  if (codePointLength(text) > LIMITS.messageCodePoints) throw new CodedError('message-too-long');
}

export class Conversation {
  /** The last message up to which nothing is missing: acks and direct messages do not count. */
  after: string | undefined;
  readonly #room: ConversationRoom;
  readonly #messages = new MessageList();
  readonly #outbox: Outbox;
  readonly #typing: TypingList;
  #notices = 0;
  #hasSnapshot = false;
  #older: Promise<number> | null = null;
  /** What a snapshot has left out, because too much had been said meanwhile: between these two. */
  #gap: { after: string | undefined; before: string } | null = null;
  /** Edits and deletions told while an older page is under way, which may be from before them. */
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
      this.#ask('chat:typing', {}).catch(() => undefined);
  }

  async edit(id: string, text: string): Promise<Message> {
    assertSendable(text);
    const { message } = await this.#ask('chat:edit', { id, text });
    this.handleFact('chat:edited', { message });
    return this.#messages.get(id) ?? toMessage(message, true);
  }

  async delete(id: string): Promise<void> {
    // What the server never had goes without a word to it.
    if (this.#messages.get(id)?.state !== 'failed') await this.#ask('chat:delete', { id });
    this.handleFact('chat:deleted', { id });
  }

  /** Resolves to how many came. */
  loadOlder(): Promise<number> {
    return (this.#older ??= this.#loadOlder().finally(() => {
      this.#older = null;
      this.#changes = [];
    }));
  }

  /** In the room: what is pending goes out. */
  open(): void {
    this.#outbox.open();
    // Where that fails, the next opening goes on.
    this.#fill().catch(() => undefined);
  }

  pause(): void {
    this.#typing.clear();
    this.#outbox.pause();
  }

  /** Nothing more will be sent. */
  end(error: CodedError): void {
    this.#outbox.end(error);
  }

  /**
   * Takes in what a snapshot holds. Returns what tells of those of others that are new here; of what was said before this began there is nothing to tell.
   * @param newLife the room's ids say nothing about the order with those before
   */
  handleSnapshot({ messages, edited = [], deleted = [], hasOlder, stale }: RoomSnapshot, newLife: boolean): () => void {
    const first = !this.#hasSnapshot;
    // Too much has changed to be told: what is shown begins anew. What is of another life is kept as ever.
    const anew = stale && !newLife;
    // Up to here all was told, or shown without a word.
    const after = this.#gap ? this.#gap.after : this.after;
    this.#hasSnapshot = true;
    if (newLife) this.#messages.beginLife();
    if (anew) this.#messages.forget();
    if (first || anew) this.#room.store.patch({ hasOlder });
    for (const message of edited) this.#messages.update(message);
    for (const id of deleted) this.#messages.delete(id);
    const [oldest] = messages;
    // A shorter one has left nothing out.
    if (!first && !newLife && oldest && messages.length >= LIMITS.messagesOnJoin)
      this.#gap = { after, before: oldest.id };
    this.after = messages.at(-1)?.id ?? this.after;
    const fresh = this.#take(messages);
    return () => first || this.#tell(fresh.filter(({ id }) => !anew || id > (after ?? '')));
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

  /** "Came" and "left", in English; the id's first word tells an element which, so that it can say it in its own language. */
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
    while (this.#gap) {
      const { after, before } = this.#gap;
      const { messages } = await this.#ask('chat:history', {
        ...(after !== undefined && { after }),
        before,
        limit: LIMITS.messagesPerPage,
      });
      // Another opening was faster.
      if (this.#gap?.before !== before) return;
      this.#gap = messages[0] && messages.length === LIMITS.messagesPerPage ? { after, before: messages[0].id } : null;
      this.#messages.makeRoom(messages.length);
      this.#tell(this.#take(messages));
    }
  }

  /** Takes messages of the server in; returns those of others that are new here. */
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

/** Begins a session's conversation; see `RoomSession.converse`. */
export const createConversation = (room: ConversationRoom): Conversation => new Conversation(room);
