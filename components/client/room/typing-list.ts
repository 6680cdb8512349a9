/** Who is typing: told by facts that may get lost, so each counts for a while only. */

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

  /** The message is here, or its writer gone. */
  handleStopped(id: string): void {
    clearTimeout(this.#timers.get(id));
    if (this.#timers.delete(id)) this.#onChange([...this.#timers.keys()]);
  }

  clear(): void {
    for (const id of [...this.#timers.keys()]) this.handleStopped(id);
  }

  /** Whether the others should be told (again) that we type. */
  shouldTell(nowMs = Date.now()): boolean {
    if (nowMs - this.#toldAt < OWN_EVERY_MS) return false;
    this.#toldAt = nowMs;
    return true;
  }
}
