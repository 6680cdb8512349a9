/**
 * Keeps the screen on during a call. The browser takes the lock away from a hidden page, so it is asked for again when
 * the page is visible. Where the browser or the page's permission policy refuses it, the screen turns off as usual.
 */
import { ignore } from '../../internal/ignore.ts';
import { viewOf } from '../../internal/platform.ts';

export class WakeLock {
  #document: Document | null = null;
  #sentinel: WakeLockSentinel | null = null;
  #asking: Promise<unknown> | null = null;

  /** @param page the document of a call that goes on; `null` for none */
  follow(page: Document | null): void {
    if (page === this.#document) return;
    const { addEventListener, removeEventListener } = EventTarget.prototype;
    // An element of the page may have the name of a member of `document`, and stand in its place.
    if (this.#document) removeEventListener.call(this.#document, 'visibilitychange', this.#take);
    this.#document = page;
    if (page) addEventListener.call(page, 'visibilitychange', this.#take);
    else void this.#sentinel?.release().catch(ignore);
    this.#take();
  }

  readonly #take = (): void => {
    const page = this.#document;
    if (!page || page.visibilityState !== 'visible' || this.#asking) return;
    if (this.#sentinel && !this.#sentinel.released) return;
    const { wakeLock } = (viewOf(page)?.navigator ?? {}) as Partial<Pick<Navigator, 'wakeLock'>>;
    this.#asking = Promise.resolve(wakeLock?.request('screen'))
      .then((sentinel) => {
        this.#sentinel = sentinel ?? null;
        // The call ended while the browser answered.
        if (this.#document !== page) void sentinel?.release().catch(ignore);
      }, ignore)
      .finally(() => (this.#asking = null));
  };
}
