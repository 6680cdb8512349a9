/**
 * This participant's messages on their way to the server, one after another.
 *
 * `pending → sent`, or `failed → (retry) pending`. A lost connection leaves messages pending. They are sent again in
 * order under the same `clientId`, which the server stores only once. Does not own where they appear in the list (see
 * `MessageList`) nor the stay in the room: the session calls `open` and `pause`.
 */
import type { ChatMessage } from '../../../server/protocol.ts';
import type { Message } from '../../entities.ts';
import { CodedError } from '../../internal/coded-error.ts';
import type { MessageList } from './message-list.ts';
import { retryDelayMs, type Request } from '../transport/transport.ts';

interface Letter {
  clientId: string;
  text: string;
  to?: string;
  promise: Promise<Message>;
  resolve(message: Message): void;
  reject(error: CodedError): void;
}

export interface OutboxOptions {
  room: string;
  messages: MessageList;
  request: Request;
  /** This participant's id and name, as far as they are known. */
  self(): { id: string; displayName: string };
  /** Called when the list has changed. */
  onChange(): void;
  /** Called when the server answers that we are not in the room. */
  onNotInRoom(): void;
}

/** `randomUUID` exists only in secure contexts; this id is random enough for one participant's messages. */
function createClientId(): string {
  return Date.now().toString(36) + Array.from({ length: 3 }, () => Math.random().toString(36).slice(2, 8)).join('');
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #queue: Letter[] = [];
  #open = false;
  #sending = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** @throws CodedError the server's refusal */
  async send(text: string, to?: string): Promise<Message> {
    const clientId = createClientId();
    const { messages, self, onChange } = this.#options;
    const addressed = to === undefined ? {} : { to };
    messages.append({
      id: clientId,
      clientId,
      from: self(),
      isSelf: true,
      text,
      at: new Date(),
      ...addressed,
      kind: 'text',
      state: 'pending',
    });
    const sent = this.#enqueue({ clientId, text, ...addressed });
    onChange();
    return sent;
  }

  /** @throws CodedError `payload-invalid` if no message with this id has failed, otherwise as `send` */
  async retry(clientId: string): Promise<Message> {
    const underway = this.#queue.find((letter) => letter.clientId === clientId);
    if (underway) return underway.promise;
    const { messages, onChange } = this.#options;
    const message = messages.find(clientId);
    if (message?.state === 'sent') return message;
    if (!message) throw new CodedError('payload-invalid');
    messages.patch((other) => other === message, { state: 'pending', at: new Date() });
    const sent = this.#enqueue({ clientId, text: message.text, ...(message.to !== undefined && { to: message.to }) });
    onChange();
    return sent;
  }

  /** The session is in the room: send what is pending. */
  open(): void {
    this.#open = true;
    void this.#drain();
  }

  pause(): void {
    this.#open = false;
    clearTimeout(this.#timer);
  }

  /** The server has stored the message. Called for the acknowledgement and for the echo, in either order. */
  confirm(wire: ChatMessage): void {
    const index = this.#queue.findIndex(({ clientId }) => clientId === wire.clientId);
    if (index < 0) return;
    const [letter] = this.#queue.splice(index, 1);
    letter!.resolve(this.#options.messages.find(wire.clientId)!);
  }

  /** Fails every pending message with `error`. */
  end(error: CodedError): void {
    this.pause();
    for (const letter of [...this.#queue]) this.#fail(letter, error);
  }

  #enqueue(content: Pick<Letter, 'clientId' | 'text' | 'to'>): Promise<Message> {
    let handlers: Pick<Letter, 'resolve' | 'reject'>;
    const promise = new Promise<Message>((resolve, reject) => (handlers = { resolve, reject }));
    this.#queue.push({ ...content, ...handlers!, promise });
    void this.#drain();
    return promise;
  }

  async #drain(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    clearTimeout(this.#timer);
    const { room, messages, request, onChange, onNotInRoom } = this.#options;
    for (let letter; this.#open && (letter = this.#queue[0]);) {
      const { clientId, text, to } = letter;
      try {
        const { message } = await request('chat:send', { room, clientId, text, ...(to !== undefined && { to }) });
        messages.add(message, true);
        this.confirm(message);
        onChange();
      } catch (thrown) {
        const error = CodedError.from(thrown);
        if (this.#queue[0] !== letter) continue;
        const delayMs = error.code === 'internal' ? undefined : retryDelayMs(error);
        if (delayMs !== undefined) {
          // Later messages wait, because they must not overtake this one.
          this.#timer = setTimeout(() => void this.#drain(), delayMs);
          break;
        }
        if (error.code === 'server-unreachable') break;
        if (error.code === 'not-in-room') {
          onNotInRoom();
          break;
        }
        this.#fail(letter, error);
      }
    }
    this.#sending = false;
  }

  #fail(letter: Letter, error: CodedError): void {
    this.#queue.splice(this.#queue.indexOf(letter), 1);
    this.#options.messages.patch(({ isSelf, clientId }) => isSelf && clientId === letter.clientId, {
      state: 'failed',
      error: error.code,
    });
    this.#options.onChange();
    letter.reject(error);
  }
}
