/**
 * The messages of one room as they are shown: each once, in the server's order, what is still on its way last.
 *
 * Owns order and identity. A message is known by its sender and `clientId`, so that ack, echo and a
 * snapshot after a reconnect all find the same line; ids order what the server has within one life of
 * its state, and a later life comes after an earlier one. Does not own sending (see `Outbox`).
 */
import type { ChatMessage } from '../../../server/protocol.ts';
import type { Message } from '../../entities.ts';

/** More than this is let go of at the front, but for what was asked for; older pages can be asked for again. */
const CAPACITY = 1_000;

interface Entry {
  message: Message;
  life: number;
  /** The server's id where it orders; null for notices, announcements and what the server does not have yet. */
  order: string | null;
}

/** A line as the page is handed it. */
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
  /** True once something had to be let go of. */
  trimmed = false;

  /** All of them, oldest first; the same array until something changes. */
  get shown(): readonly Message[] {
    return (this.#shown ??= this.#entries.map(({ message }) => message));
  }

  /** The server's state is a new one: its ids say nothing about the order with those before. */
  beginLife(): void {
    this.#life++;
  }

  /** What the server gave in this life is read anew. */
  forget(): void {
    this.#entries = this.#entries.filter(({ order, life }) => order === null || life !== this.#life);
    this.#shown = null;
  }

  /** The oldest id of this life that the server gave; older pages end before it. */
  get oldestId(): string | undefined {
    return this.#entries.find(({ order, life }) => order !== null && life === this.#life)?.message.id;
  }

  /** So many older ones come, for they were asked for, and stay. */
  makeRoom(count: number): void {
    this.#capacity = Math.max(this.#capacity, this.#entries.length + count);
    this.trimmed = false;
  }

  /** Takes in what the server has. Returns the line if it is a new one, `null` if it was known (pending becomes sent). */
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

  /** The server's word on what a line says now; none where it is not among ours, or we know a later one. */
  update({ id, text, editedAt = 0 }: ChatMessage): void {
    const isNewer = (known: Message): boolean =>
      known.id === id && known.state === 'sent' && editedAt > (known.editedAt?.getTime() ?? 0);
    this.patch(isNewer, { text, editedAt: new Date(editedAt) });
  }

  /** Puts a line that the server's order does not know after all it has. */
  append(message: Message): void {
    this.#insert({ message, life: this.#life, order: null });
  }

  /** Replaces some fields of the line that `matches`; one that turns pending goes to the end. */
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

  /** One of one's own. */
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
