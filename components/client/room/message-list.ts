/**
 * The visible messages of one room: each once, in the server's order, with pending messages last.
 *
 * Owns order and identity. A message is identified by its sender and `clientId`, so that acknowledgement, echo and a
 * snapshot after a reconnect all update the same line. Ids give the order within one life of the server's state, which
 * ends when a restart loses it; a later life comes after an earlier one. Does not own sending (see `Outbox`).
 */
import type { ChatMessage } from '../../../server/protocol.ts';
import type { Message } from '../../entities.ts';

/**
 * Beyond this number the oldest messages are dropped, except pages that were loaded on request. Dropped messages can be
 * loaded again.
 */
const CAPACITY = 1_000;

interface Entry {
  message: Message;
  life: number;
  /** The server's id, if it gives the order; `null` for notices, announcements and pending messages. */
  order: string | null;
}

/** Converts a message of the wire to the form that pages receive. */
export function toMessage(wire: ChatMessage, isSelf: boolean): Message {
  const { id, clientId, from, text, at, to, kind, editedAt } = wire;
  return {
    id,
    clientId,
    from,
    isSelf,
    text,
    at: new Date(at),
    ...(to !== undefined && { to }),
    kind,
    state: 'sent',
    ...(editedAt !== undefined && { editedAt: new Date(editedAt) }),
  };
}

export class MessageList {
  #entries: Entry[] = [];
  #life = 0;
  #capacity = CAPACITY;
  #shown: readonly Message[] | null = [];
  /** True once old messages have been dropped. */
  trimmed = false;

  /** All messages, oldest first. The array stays the same object until something changes. */
  get shown(): readonly Message[] {
    return (this.#shown ??= this.#entries.map(({ message }) => message));
  }

  /** The server's state began again: its ids have no order relative to earlier ones. */
  beginLife(): void {
    this.#life++;
  }

  /** Drops the messages that the server sent in this life, so that a snapshot can replace them. */
  forget(): void {
    this.#entries = this.#entries.filter(({ order, life }) => order === null || life !== this.#life);
    this.#shown = null;
  }

  /** The oldest server id of this life. Older pages end before it. */
  get oldestId(): string | undefined {
    return this.#entries.find(({ order, life }) => order !== null && life === this.#life)?.message.id;
  }

  /** Raises the capacity by `count`, so that requested older messages are not dropped. */
  makeRoom(count: number): void {
    this.#capacity = Math.max(this.#capacity, this.#entries.length + count);
    this.trimmed = false;
  }

  /** Adds a message from the server. Returns the line if it is new, `null` if it was known (pending becomes sent). */
  add(wire: ChatMessage, isSelf: boolean): Message | null {
    const { id, clientId, from } = wire;
    const index = this.#entries.findIndex(
      ({ message: known, life }) =>
        (known.id === id && life === this.#life) ||
        (clientId !== '' && known.clientId === clientId && (known.from.id === from.id || (known.isSelf && isSelf))),
    );
    const known = this.#entries[index];
    if (known?.message.state === 'sent') {
      this.update(wire);
      return null;
    }
    if (known) this.#entries.splice(index, 1);
    const message = toMessage(wire, isSelf);
    this.#insert({ message, life: this.#life, order: id });
    return known ? null : message;
  }

  /** Applies an edit; ignores it if the message is not here or a later edit is known. */
  update({ id, text, editedAt = 0 }: ChatMessage): void {
    const isNewer = (known: Message): boolean =>
      known.id === id && known.state === 'sent' && editedAt > (known.editedAt?.getTime() ?? 0);
    this.patch(isNewer, { text, editedAt: new Date(editedAt) });
  }

  /** Adds a line without a server id after everything that is here. */
  append(message: Message): void {
    this.#insert({ message, life: this.#life, order: null });
  }

  /** Replaces fields of the line that `matches`. A line that becomes pending moves to the end. */
  patch(matches: (message: Message) => boolean, fields: Partial<Message>): Message | null {
    const index = this.#entries.findIndex(({ message }) => matches(message));
    const entry = this.#entries[index];
    if (!entry) return null;
    const { error: _, ...known } = entry.message;
    const message = { ...known, ...fields };
    this.#entries[index] = { ...entry, message };
    if (fields.state === 'pending') this.#insert(this.#entries.splice(index, 1)[0]!);
    this.#shown = null;
    return message;
  }

  delete(id: string): void {
    this.#entries = this.#entries.filter(({ message }) => message.id !== id);
    this.#shown = null;
  }

  get(id: string): Message | undefined {
    return this.#entries.find(({ message }) => message.id === id)?.message;
  }

  /** Finds a message of this participant. */
  find(clientId: string): Message | undefined {
    return this.#entries.find(({ message }) => message.isSelf && message.clientId === clientId)?.message;
  }

  #insert(entry: Entry): void {
    const entries = this.#entries;
    let index = entries.length;
    if (entry.message.state !== 'pending') {
      while (entries[index - 1]?.message.state === 'pending') index--;
    }
    for (let i = index - 1; entry.order !== null && i >= 0; i--) {
      const { order, life } = entries[i]!;
      if (order === null) continue;
      if (life < entry.life || order < entry.order) break;
      index = i;
    }
    entries.splice(index, 0, entry);
    if (entries.length > this.#capacity && entries[0]!.message.state === 'sent') {
      entries.shift();
      this.trimmed = true;
    }
    this.#shown = null;
  }
}
