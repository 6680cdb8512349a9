/**
 * The public list of rooms of all processes, followed while a client of this process watches it, and shortly after.
 *
 * Owns the subscription to the changes of the list, and their order. After a missed change or an absence of Redis the
 * list is read again, and only the differences are told. Watchers get them as a usual `rooms:changed`.
 */
import type { Directory, DirectorySource } from '../../rooms/directory.ts';
import type { RoomSummary } from '../../protocol.ts';
import type { RedisConnection } from '../connection.ts';
import { parseLine, parseList, parseListChange } from './published.ts';
import type { ListChange, ListedRoom } from './published.ts';
import { SCRIPTS } from '../scripts.ts';

/** Milliseconds the list is followed after the last watcher left. */
const CLOSING_MS = 30_000;

export interface RoomListFeedOptions {
  connection: RedisConnection;
  prefix: string;
  /** Whether a client of this process watches the list. */
  isWatched: () => boolean;
}

function toSummary({ name, participantCount, inCallCount, locked }: ListedRoom): RoomSummary {
  return { name, participantCount, inCallCount, locked };
}

export class RoomListFeed implements DirectorySource {
  /** Gets the changes; set before the first client watches. */
  directory: Directory | null = null;
  readonly #options: RoomListFeedOptions;
  readonly #channel: string;
  #opened: Promise<void> | null = null;
  #loading: Promise<void> | null = null;
  #early: ListChange[] = [];
  #n = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RoomListFeedOptions) {
    this.#options = options;
    this.#channel = `${options.prefix}list:changes`;
  }

  async open(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#closeUnwatched(), CLOSING_MS).unref();
    const opened = (this.#opened ??= this.#open());
    await opened.catch((error: unknown) => {
      if (this.#opened === opened) this.#stop();
      throw error;
    });
  }

  /** Reads the list again after an absence of Redis, if it is followed. */
  async reload(): Promise<void> {
    if (this.#opened) await this.#load();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#stop();
  }

  async #open(): Promise<void> {
    await this.#options.connection.subscribe(this.#channel, (text) => this.#take(parseListChange(text)));
    await this.#options.connection.whenUp();
    await this.#load();
  }

  #load(): Promise<void> {
    this.#loading ??= this.#read().finally(() => {
      this.#loading = null;
      const early = this.#early;
      this.#early = [];
      for (const change of early) this.#take(change);
    });
    return this.#loading;
  }

  async #read(): Promise<void> {
    const [n, lines] = await this.#options.connection.runNow(SCRIPTS.list, {});
    this.#n = n;
    this.directory?.handleList(
      parseList(lines)
        .filter(({ unlisted }) => !unlisted)
        .map(toSummary),
    );
  }

  #take(change: ListChange): void {
    if (this.#loading) {
      this.#early.push(change);
      return;
    }
    const [n, name, line] = change;
    if (n <= this.#n) return;
    if (n > this.#n + 1) {
      // When this fails, Redis is away, and its return reads the list.
      this.#load().catch(() => undefined);
      return;
    }
    this.#n = n;
    const room = parseLine(name, line);
    this.directory?.handleListed(name, room && toSummary(room));
  }

  #closeUnwatched(): void {
    if (!this.#options.isWatched()) return this.#stop();
    this.#timer = setTimeout(() => this.#closeUnwatched(), CLOSING_MS).unref();
  }

  #stop(): void {
    this.#opened = null;
    this.#options.connection.unsubscribe(this.#channel);
  }
}
