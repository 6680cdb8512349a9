/**
 * The public list of rooms, kept current by small changes.
 *
 * Owns the list and its version. A change that does not follow the last one makes it ask for the whole list again. The
 * known rooms stay visible while the connection is lost. Does not own who watches (see `Connection`) nor the order of
 * the list.
 */
import type { Facts, RoomSummary } from '../../server/protocol.ts';
import { CodedError } from '../internal/coded-error.ts';
import { Store, type ReadableStore } from '../internal/store.ts';
import { retryDelayMs, type Request } from './transport/transport.ts';

export interface RoomDirectorySnapshot {
  /** False until the first list has arrived. */
  readonly ready: boolean;
  readonly rooms: readonly RoomSummary[];
  /** The current obstacle, or `null`. */
  readonly error: CodedError | null;
}

export interface RoomDirectoryHost {
  request: Request;
  token(): string;
}

export class RoomDirectory {
  readonly #host: RoomDirectoryHost;
  readonly #store = new Store<RoomDirectorySnapshot>({ ready: false, rooms: [], error: null });
  #rooms: readonly RoomSummary[] = [];
  readonly #byName = new Map<string, RoomSummary>();
  #epoch: string | null = null;
  #n = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** True while a requested list has not arrived. */
  #watching = false;
  #life = 0;

  constructor(host: RoomDirectoryHost) {
    this.#host = host;
  }

  get store(): ReadableStore<RoomDirectorySnapshot> {
    return this.#store;
  }

  /** Asks for the whole list: when the connection becomes ready, and when `setToken` may end an error. */
  handleReady(): void {
    this.handleLost();
    void this.#watch();
  }

  handleLost(): void {
    this.#life++;
    this.#watching = false;
    this.#epoch = null;
    clearTimeout(this.#timer);
  }

  handleError(error: CodedError | null): void {
    this.#store.patch({ error });
  }

  handleSnapshot({ epoch, n, rooms }: Facts['rooms:snapshot']): void {
    this.#watching = false;
    this.#epoch = epoch;
    this.#n = n;
    this.#rooms = rooms;
    this.#byName.clear();
    for (const room of rooms) this.#byName.set(room.name, room);
    this.#show();
  }

  handleChanged({ epoch, n, changed, removed }: Facts['rooms:changed']): void {
    if (this.#epoch === null || (epoch === this.#epoch && n <= this.#n)) return;
    if (epoch !== this.#epoch || n !== this.#n + 1) return void this.#watch();
    this.#n = n;
    // Copying the array and `indexOf` take microseconds. Building the array from the map would visit each room.
    const rooms = this.#rooms.slice();
    for (const name of removed) this.#remove(rooms, name);
    for (const room of changed) this.#put(rooms, room);
    this.#rooms = rooms;
    this.#show();
  }

  #remove(rooms: RoomSummary[], name: string): void {
    const before = this.#byName.get(name);
    const index = before ? rooms.indexOf(before) : -1;
    this.#byName.delete(name);
    if (index >= 0) rooms.splice(index, 1);
  }

  /** A known room keeps its place; a new one comes last. */
  #put(rooms: RoomSummary[], room: RoomSummary): void {
    const before = this.#byName.get(room.name);
    const index = before ? rooms.indexOf(before) : -1;
    this.#byName.set(room.name, room);
    if (index >= 0) rooms[index] = room;
    else rooms.push(room);
  }

  async #watch(): Promise<void> {
    if (this.#watching) return;
    const life = this.#life;
    const token = this.#host.token();
    this.#watching = true;
    const error = await this.#host.request('room:watch', token ? { token } : {}).then(() => null, CodedError.from);
    if (life !== this.#life || !error || error.code === 'server-unreachable') return;
    this.#watching = false;
    // The token changed during the request. `setToken` asks again only after an error, and there was none yet.
    if (token !== this.#host.token()) return void this.#watch();
    this.#store.patch({ error });
    const delayMs = retryDelayMs(error);
    if (delayMs !== undefined) this.#timer = setTimeout(() => void this.#watch(), delayMs);
  }

  #show(): void {
    this.#store.set({ ready: true, rooms: this.#rooms, error: null });
  }
}

/** Creates the list of a connection; see `Connection.acquireDirectory`. */
export const createDirectory = (host: RoomDirectoryHost): RoomDirectory => new RoomDirectory(host);
