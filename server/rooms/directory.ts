/**
 * The public list of rooms, as its watchers receive it.
 *
 * Owns the list's entries, its version and the pace of its changes. A change goes out at most every 100 ms and holds
 * only what changed, so its cost does not depend on the number of rooms. More watchers slow the pace, so that frequent
 * joins and leaves cannot make it expensive. Does not own the sockets of watchers; `Rooms` feeds it.
 */
import { EventEmitter } from 'node:events';
import type { Facts, RoomSummary } from '../protocol.ts';

const INTERVAL_MS = 100;
/**
 * The interval is at least this many milliseconds times the number of watchers. Sending a change to one watcher takes
 * some 25 µs of CPU, so all changes together take at most 5 % of a core.
 */
const WATCHER_MS = 0.5;

/** A list that is kept elsewhere and followed only while this process needs it. */
export interface DirectorySource {
  /** Resolves when the list is up to date and followed. Rejects with `timeout`. */
  open(): Promise<void>;
}

export class Directory {
  readonly changes = new EventEmitter<{ changed: [fact: Facts['rooms:changed']] }>();
  readonly #epoch: string;
  readonly #lines = new Map<string, RoomSummary>();
  #pending = new Map<string, RoomSummary | null>();
  #timer: NodeJS.Timeout | null = null;
  readonly #source: DirectorySource | null;
  /** The number of watchers at this process. */
  countWatchers: () => number = () => 0;
  /** The JSON of each entry, so that a change serialises one entry only. */
  readonly #texts = new Map<string, string>();
  #json: Buffer | null = null;
  #n = 0;

  constructor(epoch: string, source: DirectorySource | null = null) {
    this.#epoch = epoch;
    this.#source = source;
  }

  /** Must be called before the list is shown. */
  async open(): Promise<void> {
    await this.#source?.open();
  }

  /** The whole list, at the version that the next change follows. */
  snapshot(): Facts['rooms:snapshot'] {
    return { epoch: this.#epoch, n: this.#n, rooms: [...this.#lines.values()] };
  }

  /** The whole list as a JSON array, built again only after a change. */
  get json(): Buffer {
    return (this.#json ??= Buffer.from(
      `[${Array.from(this.#lines, ([name, line]) => this.#textOf(name, line)).join(',')}]`,
    ));
  }

  /** A room's entry appeared, changed or (null) disappeared. */
  handleListed(name: string, summary: RoomSummary | null): void {
    if (summary) this.#lines.set(name, summary);
    else this.#lines.delete(name);
    this.#texts.delete(name);
    this.#json = null;
    this.#pending.set(name, summary);
    if (this.#timer) return;
    // The first change goes out at once; all changes of the interval after it go together.
    this.#timer = setTimeout(() => this.#handleInterval(), this.#intervalMs).unref();
    queueMicrotask(() => this.#flush());
  }

  /** Compares the whole list with the current one and tells only the differences. */
  handleList(rooms: readonly RoomSummary[]): void {
    const gone = new Set(this.#lines.keys());
    for (const room of rooms) {
      gone.delete(room.name);
      const line = this.#lines.get(room.name);
      if (JSON.stringify(line) !== JSON.stringify(room)) this.handleListed(room.name, room);
    }
    for (const name of gone) this.handleListed(name, null);
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#pending.clear();
    this.changes.removeAllListeners();
  }

  get #intervalMs(): number {
    return Math.max(INTERVAL_MS, this.countWatchers() * WATCHER_MS);
  }

  #textOf(name: string, line: RoomSummary): string {
    let text = this.#texts.get(name);
    if (text === undefined) this.#texts.set(name, (text = JSON.stringify(line)));
    return text;
  }

  #handleInterval(): void {
    this.#timer = null;
    if (this.#pending.size === 0) return;
    this.#timer = setTimeout(() => this.#handleInterval(), this.#intervalMs).unref();
    this.#flush();
  }

  #flush(): void {
    if (this.#pending.size === 0) return;
    const changed: RoomSummary[] = [];
    const removed: string[] = [];
    for (const [name, summary] of this.#pending) {
      if (summary) changed.push(summary);
      else removed.push(name);
    }
    this.#pending = new Map();
    this.changes.emit('changed', { epoch: this.#epoch, n: ++this.#n, changed, removed });
  }
}
