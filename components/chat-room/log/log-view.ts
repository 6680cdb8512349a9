/**
 * Which messages are drawn, and which the person has seen.
 *
 * Owns the scroll position, the first row drawn (only the last rows at first, more while scrolling up), and the number
 * of unread messages. Does not own the messages or how a row looks. It stands apart because these three depend on
 * scrolling, and nothing else of the element does.
 */
import type { ReactiveController, ReactiveElement } from 'lit';
import { observersOf, windowOf } from '../../internal/platform.ts';
import type { Message } from '../../entities.ts';
import { rowKey } from './message-rows.ts';

/** Rows drawn at first, and added at the top. Thousands at once would take half a second. */
const ROWS = 80;
/** The log follows new messages while it is scrolled this close to its end, in pixels. */
const END_PX = 40;
/** Older rows are added while the log is scrolled this close to its top, in pixels. */
const TOP_PX = 300;
/** How long screen readers skip rows that are not new, in milliseconds. */
const BUSY_MS = 250;

/** Read from the prototype, because an `<img name="hidden">` of the page replaces `document.hidden`. */
function isHidden(page: Document): boolean {
  const { hidden } = page as { hidden: unknown };
  return typeof hidden === 'boolean' ? hidden : Reflect.get(Document.prototype, 'hidden', page);
}

export class LogView implements ReactiveController {
  readonly #host: ReactiveElement;
  readonly #onUnread: (count: number) => void;
  /** Loads older messages; resolves once they are in `messages`. */
  readonly #onOlder: () => Promise<unknown>;
  #hasOlder = false;
  #older: 'idle' | 'loading' | 'failed' = 'idle';
  #messages: readonly Message[] = [];
  #start = 0;
  /** Key of the row that stays first while the person reads older messages. */
  #first = '';
  #atEnd = true;
  /** Distance to the end of the log that the next update must keep, in pixels. */
  #fromEnd: number | null = null;
  /** The scroll position that this class set last. */
  #top = 0;
  #unreadCount = 0;
  #inRoom = false;
  /** True while printing: all loaded messages are drawn, because paper cannot scroll. */
  #printing = false;
  #busy: ReturnType<typeof setTimeout> | undefined;
  #inViewport = true;
  #ends: (() => void)[] = [];
  /** Keeps the last message visible when the log shrinks (a phone's keyboard) or rows grow (a font arrives). */
  #resize: ResizeObserver | undefined;
  #observed: HTMLElement | null = null;

  constructor(host: ReactiveElement, onUnread: (count: number) => void, onOlder: () => Promise<unknown>) {
    this.#host = host;
    this.#onUnread = onUnread;
    this.#onOlder = onOlder;
    host.addController(this);
  }

  get unreadCount(): number {
    return this.#unreadCount;
  }

  /** False while the person reads older messages. */
  get atEnd(): boolean {
    return this.#atEnd;
  }

  /** Whether a button for older messages is shown above the first row, and whether some are loading. */
  get older(): 'none' | 'idle' | 'loading' {
    // Shown until loading ends, because removing the button would move the rows in sight.
    if (this.#older === 'loading') return 'loading';
    return this.#hasOlder && this.#start === 0 ? 'idle' : 'none';
  }

  /** True while rows appear that are not new. */
  get busy(): boolean {
    return this.#busy !== undefined;
  }

  hostConnected(): void {
    const { IntersectionObserver, ResizeObserver } = observersOf(this.#host);
    const page = windowOf(this.#host);
    this.#resize = new ResizeObserver(() => this.hostUpdated());
    const intersection = new IntersectionObserver((entries) => {
      this.#inViewport = entries.at(-1)!.isIntersecting;
      this.#look();
    });
    intersection.observe(this.#host);
    const heard = new AbortController();
    const listen = (target: EventTarget, type: string, heardBy: () => void): void =>
      EventTarget.prototype.addEventListener.call(target, type, heardBy, { signal: heard.signal });
    listen(page.document, 'visibilitychange', this.#look);
    listen(page, 'beforeprint', () => this.#setPrinting(true));
    listen(page, 'afterprint', () => this.#setPrinting(false));
    this.#ends = [() => intersection.disconnect(), () => this.#resize?.disconnect(), () => heard.abort()];
  }

  hostDisconnected(): void {
    for (const end of this.#ends.splice(0)) end();
    this.#observed = null;
  }

  hostUpdate(): void {
    // The person scrolled up, but the scroll event comes with the next frame. `hostUpdated` must not scroll back.
    if (this.#atEnd && this.#log && this.#log.scrollTop < this.#top) this.handleScroll();
  }

  hostUpdated(): void {
    const log = this.#log;
    if (!log) return;
    if (log !== this.#observed && this.#ends.length) {
      this.#observed = log;
      this.#resize?.observe(log);
      this.#resize?.observe(log.firstElementChild!);
    }
    if (this.#atEnd) log.scrollTop = log.scrollHeight;
    else if (this.#fromEnd !== null) log.scrollTop = log.scrollHeight - this.#fromEnd;
    this.#fromEnd = null;
    this.#top = log.scrollTop;
  }

  /** The room changed: starts at the end, with nothing unread. */
  reset(): void {
    this.#first = '';
    this.#atEnd = true;
    this.#top = 0;
    this.#inRoom = false;
    this.#older = 'idle';
    this.#setUnread(0);
  }

  /**
   * Returns the index of the first message to draw.
   * @param inRoom true if the participant is in the room, so that new rows are news
   * @param hasOlder true if the server has messages before the first of `messages`
   */
  place(messages: readonly Message[], inRoom: boolean, hasOlder: boolean): number {
    this.#hasOlder = hasOlder && inRoom;
    if (inRoom && !this.#inRoom) this.#setBusy();
    this.#inRoom = inRoom;
    this.#messages = messages;
    this.#start = Math.max(0, messages.length - ROWS);
    const first = this.#first ? messages.findIndex((message) => rowKey(message) === this.#first) : -1;
    if (first >= 0) this.#start = first;
    if (this.#printing) this.#start = 0;
    return this.#start;
  }

  /** A message of another participant, or a notice, arrived. */
  handleMessage({ kind }: Message): void {
    this.#setUnread(this.#isSeen ? 0 : this.#unreadCount + Number(kind !== 'notice'));
  }

  readonly handleScroll = (): void => {
    const log = this.#log;
    if (!log) return;
    // A person who scrolls up gets above the position that was set last. Otherwise only a size changed.
    const atEnd =
      log.scrollHeight - log.scrollTop - log.clientHeight < END_PX || (this.#atEnd && log.scrollTop >= this.#top);
    if (atEnd !== this.#atEnd) {
      this.#atEnd = atEnd;
      this.#hold(atEnd ? -1 : this.#start);
    }
    if (!atEnd && log.scrollTop < TOP_PX) {
      if (this.#start > 0) this.#extend();
      // After a failure only the button tries again.
      else if (this.#older === 'idle') void this.loadOlder();
    }
    this.#look();
  };

  /** Loads a page of older messages and draws it above, without moving the rows in sight. */
  async loadOlder(): Promise<void> {
    if (!this.#hasOlder || this.#older === 'loading') return;
    this.#older = 'loading';
    if (!this.#atEnd) this.#hold(this.#start);
    this.#host.requestUpdate();
    try {
      await this.#onOlder();
      // The messages have arrived and the old rows are drawn: now the new rows can be added above.
      await this.#host.updateComplete;
      this.#older = 'idle';
      this.#extend();
    } catch {
      this.#older = 'failed';
      this.#host.requestUpdate();
    }
  }

  /** Scrolls to the last message. */
  showNewest(): void {
    this.#atEnd = true;
    this.#top = 0;
    this.#hold(-1);
    this.#look();
  }

  /** Keeps the rows in sight in place while rows below them grow. */
  stay(): void {
    this.#atEnd = false;
    this.#hold(this.#start);
    // If everything still fits, no scroll event tells that this is still the end.
    void this.#host.updateComplete.then(this.handleScroll);
  }

  /** Draws more rows above the first one. */
  #extend(): void {
    const log = this.#log;
    if (!log) return;
    // A person at the end of a short log wants to see the older messages.
    this.#atEnd = false;
    this.#fromEnd = log.scrollHeight - log.scrollTop;
    this.#setBusy();
    this.#hold(Math.max(0, this.#start - ROWS));
  }

  #hold(index: number): void {
    const message = this.#messages[index];
    this.#first = message ? rowKey(message) : '';
    this.#host.requestUpdate();
  }

  /** Draws at once: after `print()` a scheduled update would come too late. */
  #setPrinting(on: boolean): void {
    this.#printing = on;
    this.#setBusy();
    this.#host.requestUpdate();
    (this.#host as unknown as { performUpdate(): void }).performUpdate();
  }

  #setBusy(): void {
    clearTimeout(this.#busy);
    this.#busy = setTimeout(() => {
      this.#busy = undefined;
      this.#host.requestUpdate();
    }, BUSY_MS);
  }

  #setUnread(count: number): void {
    if (count === this.#unreadCount) return;
    this.#unreadCount = count;
    this.#host.requestUpdate();
    this.#onUnread(count);
  }

  /** Marks what is in sight as read. */
  readonly #look = (): void => {
    if (this.#isSeen) this.#setUnread(0);
  };

  get #log(): HTMLElement | null {
    return (this.#host.renderRoot as ParentNode | undefined)?.querySelector<HTMLElement>('.log') ?? null;
  }

  get #isSeen(): boolean {
    const isShown = !isHidden(this.#host.ownerDocument) && this.#host.checkVisibility?.({ checkVisibilityCSS: true });
    return this.#atEnd && this.#inViewport && isShown;
  }
}
