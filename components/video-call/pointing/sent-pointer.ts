/**
 * Tells the others where this person points: at most so often as the channel takes it, and again while the pointer
 * rests, because messages may be lost.
 *
 * Owns the timers. They run only while the person points.
 */
import type { PointerMessage } from './pointer-message.ts';

/** A little more than a thirtieth of a second: the channel takes 30 messages of a topic in a second. */
const PACE_MS = 34;
const REST_MS = 1_000;

export class SentPointer {
  readonly #send: (message: PointerMessage, isAgain: boolean) => void;
  #last: PointerMessage | null = null;
  /** What waits until the pace allows it. */
  #next: PointerMessage | null = null;
  #pace: ReturnType<typeof setTimeout> | undefined;
  #rest: ReturnType<typeof setTimeout> | undefined;

  /** @param send told whether the pointer rests and is told again */
  constructor(send: (message: PointerMessage, isAgain: boolean) => void) {
    this.#send = send;
  }

  move(message: PointerMessage): void {
    // The end of a stroke is told, or the next one would continue it.
    if (this.#next && this.#next.stroke !== message.stroke) this.#flush();
    this.#next = message;
    if (this.#pace === undefined) this.#flush();
  }

  /** The person points no more. The others let the pointer fade. */
  lift(): void {
    if (this.#last?.stroke) this.#send({ ...this.#last, stroke: false }, false);
    clearTimeout(this.#pace);
    clearTimeout(this.#rest);
    this.#pace = this.#rest = undefined;
    this.#last = this.#next = null;
  }

  #repeat(message: PointerMessage): void {
    this.#next = message;
    this.#flush(true);
  }

  #flush(isAgain = false): void {
    const message = this.#next;
    clearTimeout(this.#pace);
    this.#pace = undefined;
    if (!message) return;
    this.#next = null;
    this.#last = message;
    this.#send(message, isAgain);
    this.#pace = setTimeout(() => this.#flush(), PACE_MS);
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#repeat(message), REST_MS);
  }
}
