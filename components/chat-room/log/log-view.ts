/**
 * What of the messages is drawn, and what of them has been seen.
 *
 * Owns the place in the log (at its end, or up in it), the first row drawn (the last rows alone; more as one
 * scrolls up) and the count of unread messages. Owns neither the messages nor how a row looks. It stands
 * apart because all three hang on scrolling, and nothing else of the element does.
 */
import type { ReactiveController, ReactiveElement } from 'lit';
import { observersOf, windowOf } from '../../internal/platform.ts';
import type { Message } from '../../entities.ts';
import { rowKey } from './message-rows.ts';

/** Rows drawn at first, and added on reaching the top: thousands at once would take half a second. */
const ROWS = 80;
/** So near its end, in pixels, the log follows new messages. */
const END_PX = 40;
/** So near the top, in pixels, older rows are added. */
const TOP_PX = 300;
/** So long, in milliseconds, rows that are no news are kept from being read out. */
const BUSY_MS = 250;

/** Asked of the prototype: in a page with `<img name="hidden">` the document's own is that image. */
function isHidden(page: Document): boolean {
  const { hidden } = page as { hidden: unknown };
  return typeof hidden === 'boolean' ? hidden : Reflect.get(Document.prototype, 'hidden', page);
}

export class LogView implements ReactiveController {
  readonly #host: ReactiveElement;
  readonly #onUnread: (count: number) => void;
  /** Older messages are wanted; resolves once they are among the messages. */
  readonly #onOlder: () => Promise<unknown>;
  #hasOlder = false;
  #older: 'idle' | 'loading' | 'failed' = 'idle';
  #messages: readonly Message[] = [];
  #start = 0;
  /** Key of the row that must stay the first one while somebody reads further up. */
  #first = '';
  #atEnd = true;
  /** Distance to the end of the log that the next drawing has to keep. */
  #fromEnd: number | null = null;
  /** Where we left the log ourselves. */
  #top = 0;
  #unreadCount = 0;
  #inRoom = false;
  /** Paper has no scroll bar: every message that is here is drawn. */
  #printing = false;
  #busy: ReturnType<typeof setTimeout> | undefined;
  #inViewport = true;
  #ends: (() => void)[] = [];
  /** A log that shrinks (a phone's keyboard, a growing draft) or rows that grow (a font) must not hide the last message. */
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

  /** False while one reads further up. */
  get atEnd(): boolean {
    return this.#atEnd;
  }

  /** Whether the way to older messages is to be shown above the first row, and whether some are on their way. */
  get older(): 'none' | 'idle' | 'loading' {
    // As long as they are on their way, whatever came meanwhile: what stands above moves what is in sight.
    if (this.#older === 'loading') return 'loading';
    return this.#hasOlder && this.#start === 0 ? 'idle' : 'none';
  }

  /** True while rows appear that are no news. */
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
    // The event of a scrolling comes with the next frame; until then nothing may scroll back.
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

  /** Another room: at its end, nothing unread. */
  reset(): void {
    this.#first = '';
    this.#atEnd = true;
    this.#top = 0;
    this.#inRoom = false;
    this.#older = 'idle';
    this.#setUnread(0);
  }

  /**
   * Index of the first message to be drawn.
   * @param inRoom whether one is in the room, so that what comes is news
   * @param hasOlder whether the server has some before the first of `messages`
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

  /** Something came that is not one's own. */
  handleMessage({ kind }: Message): void {
    this.#setUnread(this.#isSeen ? 0 : this.#unreadCount + Number(kind !== 'notice'));
  }

  readonly handleScroll = (): void => {
    const log = this.#log;
    if (!log) return;
    // Whoever goes up is above where we left the log; still there, it is the log that shrank since.
    const atEnd =
      log.scrollHeight - log.scrollTop - log.clientHeight < END_PX || (this.#atEnd && log.scrollTop >= this.#top);
    if (atEnd !== this.#atEnd) {
      this.#atEnd = atEnd;
      this.#hold(atEnd ? -1 : this.#start);
    }
    if (!atEnd && log.scrollTop < TOP_PX) {
      if (this.#start > 0) this.#extend();
      // What failed is not asked for again and again: there is a button.
      else if (this.#older === 'idle') void this.loadOlder();
    }
    this.#look();
  };

  /** Fetches a page of older messages and draws it above; what is in sight stays where it is. */
  async loadOlder(): Promise<void> {
    if (!this.#hasOlder || this.#older === 'loading') return;
    this.#older = 'loading';
    if (!this.#atEnd) this.#hold(this.#start);
    this.#host.requestUpdate();
    try {
      await this.#onOlder();
      // The rows of before are drawn, and the messages are here: now those before them.
      await this.#host.updateComplete;
      this.#older = 'idle';
      this.#extend();
    } catch {
      this.#older = 'failed';
      this.#host.requestUpdate();
    }
  }

  /** Goes to the last message. */
  showNewest(): void {
    this.#atEnd = true;
    this.#top = 0;
    this.#hold(-1);
    this.#look();
  }

  /** What is in sight stays there, whatever grows below it. */
  stay(): void {
    this.#atEnd = false;
    this.#hold(this.#start);
    // Where all of it is in sight as before, no scrolling says that this is still the end.
    void this.#host.updateComplete.then(this.handleScroll);
  }

  /** Draws more rows above the first one. */
  #extend(): void {
    const log = this.#log;
    if (!log) return;
    // Somebody at the end of a short log wants to see what was asked for.
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

  /** Drawn at once: where the page calls `print()`, an update that waits its turn comes after the printing. */
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

  /** What is in sight has been read. */
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
