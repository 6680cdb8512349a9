/**
 * The public list of rooms, as those who watch it are told of it.
 *
 * Owns the list's lines, its version and the pace of its changes: one small fact at most every tenth of
 * a second, holding only what changed, so that its cost never depends on how many rooms there are. Does
 * not know sockets, nor who watches; `Rooms` feeds it.
 */
import { EventEmitter } from 'node:events';
import type { Facts, RoomSummary } from './protocol.ts';

const INTERVAL_MS = 100;

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

  /** A room's line is new, another, or (null) no longer there. */
  handleListed(name: string, summary: RoomSummary | null): void {
    if (summary) this.#lines.set(name, summary);
    else this.#lines.delete(name);
    this.#pending.set(name, summary);
    if (this.#timer) return;
    // The first change goes out at once; those of the next tenth of a second go together.
    this.#timer = setTimeout(() => this.#handleInterval(), INTERVAL_MS).unref();
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

  #handleInterval(): void {
    this.#timer = null;
    if (this.#pending.size === 0) return;
    this.#timer = setTimeout(() => this.#handleInterval(), INTERVAL_MS).unref();
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
