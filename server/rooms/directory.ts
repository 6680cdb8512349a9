/**
 * The public list of rooms, as those who watch it are told of it.
 *
 * Owns the list's lines, its version and the pace of its changes: one small fact at most every tenth of
 * a second, holding only what changed, so that its cost never depends on how many rooms there are. The more
 * watch, the slower the pace, so that nobody can make it costly by coming and going. Does not know sockets, nor who
 * watches; `Rooms` feeds it.
 */
import { EventEmitter } from 'node:events';
import type { Facts, RoomSummary } from '../protocol.ts';

const INTERVAL_MS = 100;
/** Milliseconds between two changes for each that watches: telling one takes some 25 µs, so it is 5 % of a core. */
const WATCHER_MS = 0.5;

/** Where the list is kept, when that is elsewhere: followed only while somebody here wants it. */
export interface DirectorySource {
  /** Resolves when the list has been brought up to date and will be kept so for a while. Throws `timeout`. */
  open(): Promise<void>;
}

export class Directory {
  readonly changes = new EventEmitter<{ changed: [fact: Facts['rooms:changed']] }>();
  readonly #epoch: string;
  readonly #lines = new Map<string, RoomSummary>();
  #pending = new Map<string, RoomSummary | null>();
  #timer: NodeJS.Timeout | null = null;
  readonly #source: DirectorySource | null;
  /** How many of this process watch. */
  countWatchers: () => number = () => 0;
  /** The lines as JSON, until one of them changes; each by itself, so that a change costs one line. */
  readonly #texts = new Map<string, string>();
  #json: Buffer | null = null;
  #n = 0;

  constructor(epoch: string, source: DirectorySource | null = null) {
    this.#epoch = epoch;
    this.#source = source;
  }

  /** To be called before the list is shown to anybody. */
  async open(): Promise<void> {
    await this.#source?.open();
  }

  /** Everything, at the version that the next change follows on. */
  snapshot(): Facts['rooms:snapshot'] {
    return { epoch: this.#epoch, n: this.#n, rooms: [...this.#lines.values()] };
  }

  /** The lines as a JSON array, made again only after a change. */
  get json(): Buffer {
    return (this.#json ??= Buffer.from(
      `[${Array.from(this.#lines, ([name, line]) => this.#textOf(name, line)).join(',')}]`,
    ));
  }

  /** A room's line is new, another, or (null) no longer there. */
  handleListed(name: string, summary: RoomSummary | null): void {
    if (summary) this.#lines.set(name, summary);
    else this.#lines.delete(name);
    this.#texts.delete(name);
    this.#json = null;
    this.#pending.set(name, summary);
    if (this.#timer) return;
    // The first change goes out at once; those of the next interval go together.
    this.#timer = setTimeout(() => this.#handleInterval(), this.#intervalMs).unref();
    queueMicrotask(() => this.#flush());
  }

  /** The whole list anew: only what is different is a change. */
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
