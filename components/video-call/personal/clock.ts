/** How long the participant has been in the call, below the name of the room. Nothing is rendered for it. */
import type { CallParts } from '../call-view.ts';

const SECOND_MS = 1_000;

/** `4:07`, and `1:04:07` from an hour on. */
export function durationOf(ms: number): string {
  const seconds = Math.floor(ms / SECOND_MS);
  const two = (value: number): string => `${value}`.padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return hours > 0 ? `${hours}:${two(minutes % 60)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

export class Clock {
  readonly #parts: CallParts;
  readonly #element: HTMLElement;
  readonly #text = new Text();
  #since: number | null = null;
  /** The second that is shown. */
  #second = -1;

  constructor(parts: CallParts) {
    this.#parts = parts;
    const element = parts.element.ownerDocument.createElement('span');
    element.className = 'clock';
    element.setAttribute('part', 'clock');
    // A screen reader reads it when it is asked to, and not every second.
    element.role = 'timer';
    element.dir = 'ltr';
    element.append(this.#text);
    this.#element = element;
  }

  /** How long the call lasts so far, in milliseconds; `null` outside. */
  get lastsMs(): number | null {
    return this.#since === null ? null : performance.now() - this.#since;
  }

  /** Called when the state may have changed. @param sinceMs when the call began, by the clock of the page */
  follow(sinceMs: number | null): void {
    if (sinceMs !== this.#since) this.#second = -1;
    this.#since = sinceMs;
    if (sinceMs === null) return this.#element.remove();
    const title = this.#parts.element.renderRoot.querySelector('.controls .title');
    if (title?.nextSibling !== this.#element) title?.after(this.#element);
    this.tick();
  }

  /** Called several times a second. A hidden page needs no text. Returns true with each second that begins. */
  tick(): boolean {
    const { lastsMs } = this;
    const second = lastsMs === null ? -1 : Math.floor(lastsMs / SECOND_MS);
    if (lastsMs === null || second === this.#second) return false;
    this.#second = second;
    const { element, term } = this.#parts;
    if (element.ownerDocument.visibilityState === 'hidden') return true;
    const text = durationOf(lastsMs);
    this.#text.data = text;
    this.#element.ariaLabel = `${term('callDuration')} ${text}`;
    return true;
  }
}
