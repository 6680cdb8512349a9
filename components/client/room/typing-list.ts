/**
 * The participants who are typing. A `chat:typed` fact counts only for a few seconds, because no fact tells that a
 * participant stopped without sending.
 */

const SHOWN_MS = 5_000;
const OWN_EVERY_MS = 3_000;

export class TypingList {
  readonly #onChange: (ids: readonly string[]) => void;
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #toldAt = -Infinity;

  constructor(onChange: (ids: readonly string[]) => void) {
    this.#onChange = onChange;
  }

  handleTyped(id: string): void {
    const known = this.#timers.get(id);
    clearTimeout(known);
    this.#timers.set(
      id,
      setTimeout(() => this.handleStopped(id), SHOWN_MS),
    );
    if (known === undefined) this.#onChange([...this.#timers.keys()]);
  }

  /** The message arrived, or its author left. */
  handleStopped(id: string): void {
    clearTimeout(this.#timers.get(id));
    if (this.#timers.delete(id)) this.#onChange([...this.#timers.keys()]);
  }

  clear(): void {
    for (const id of [...this.#timers.keys()]) this.handleStopped(id);
  }

  /** Returns whether to tell the others, perhaps again, that this participant is typing. */
  shouldTell(nowMs = Date.now()): boolean {
    if (nowMs - this.#toldAt < OWN_EVERY_MS) return false;
    this.#toldAt = nowMs;
    return true;
  }
}
