/**
 * Wishes: the commands that a connection sends inside its handshake, so that entering a room costs no round trip of
 * its own.
 *
 * Owns which wishes the last handshake carried, and hands each answer to the request that would have sent the same
 * command. A server that does not know wishes answers none of them, and `take` then finds nothing. Does not own when a
 * session sends its commands.
 *
 * `asked → awaited → answered → over`
 */
import type { Answer, CommandName, Commands, Facts, Wishes } from '../../../server/protocol.ts';
import { CodedError } from '../../internal/coded-error.ts';
import { ignore } from '../../internal/ignore.ts';

/** How long to wait for the answers before the ordinary commands are tried, in milliseconds. */
const ANSWER_TIMEOUT_MS = 8_000;

const PARTS: Partial<Record<CommandName, keyof Wishes>> = {
  'room:join': 'room',
  'call:join': 'call',
  'ice:servers': 'ice',
};

type Answers = Facts['session:answered'];

export class HandshakeWishes {
  #wishes: Wishes = {};
  /** The room of the last handshake's wishes; `undefined` once the wishes are over. */
  room: string | undefined;
  #answered: Promise<Answers> | null = null;
  #settle: (answers: Answers | CodedError) => void = ignore;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Remembers the wishes of the handshake that is about to be sent. */
  ask(wishes: Wishes): Wishes {
    this.end();
    this.#wishes = { ...wishes };
    this.room = wishes.room?.room;
    return wishes;
  }

  /** The server accepted the connection. `known` is true if it answers wishes. */
  handleReady(known: boolean): void {
    if (!known || !this.#wishes.room) return this.end();
    this.#answered = new Promise((resolve, reject) => {
      this.#settle = (answers) => (answers instanceof CodedError ? reject(answers) : resolve(answers));
    });
    // A wish that no request takes must not be reported as an unhandled rejection.
    this.#answered.catch(ignore);
    this.#timer = setTimeout(() => this.end(new CodedError('timeout')), ANSWER_TIMEOUT_MS);
  }

  handleAnswered(answers: Answers): void {
    this.#settle(answers);
    clearTimeout(this.#timer);
    for (const part of ['call', 'ice'] as const) if (!answers[part]) delete this.#wishes[part];
    // Requests take their answers within this task. An answer left over would soon be out of date.
    this.#timer = setTimeout(() => this.end());
  }

  /** Forgets the wishes. Requests that wait for an answer fail with `error`. */
  end(error = new CodedError('server-unreachable')): void {
    clearTimeout(this.#timer);
    this.#settle(error);
    this.#settle = ignore;
    this.#wishes = {};
    this.room = undefined;
    this.#answered = null;
  }

  /** The answer to a command that the handshake carried; `null` if the command must be sent. */
  take<C extends CommandName>(command: C, payload: Commands[C]['payload']): Promise<Commands[C]['value']> | null {
    const part = PARTS[command];
    const wish = part && this.#wishes[part];
    if (!wish || !this.#answered) return null;
    const asked = wish === true ? { room: this.room } : wish;
    if (JSON.stringify(asked) !== JSON.stringify(payload)) return null;
    delete this.#wishes[part];
    return this.#answered.then((answers) => {
      const answer = answers[part] as Answer<Commands[C]['value']> | undefined;
      if (answer?.ok) return answer.value;
      throw answer ? CodedError.fromWire(answer.error) : new CodedError('internal');
    });
  }
}
